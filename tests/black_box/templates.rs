//! Templates: variables, versions, own and global ones, preview.

use carrel_tests::document::{id_of, text_of, variable};
use carrel_tests::{Backend, Server, both_databases};
use serde_json::{Value, json};

fn letter(name: &str, body: &str) -> Value {
    json!({ "name": name, "description": "To parents", "scope": "own", "body": body, "variables": [variable("audience")] })
}

both_databases! {
    a_template_keeps_its_versions_and_can_go_back,
    a_version_can_be_read_as_it_was_before_it_is_restored,
    a_variable_that_is_not_declared_is_named,
    a_preview_fills_in_variables_and_says_what_is_missing,
    global_templates_are_for_all_and_made_by_administrators,
}

async fn a_template_keeps_its_versions_and_can_go_back(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let made = ada
        .post("/templates")
        .json(&letter("Letter", "# To {{audience}}\n"))
        .await
        .expect(201);
    assert_eq!(
        (&made["version"], &made["scope"], &made["mine"]),
        (&json!(1), &json!("own"), &json!(true))
    );
    let path = format!("/templates/{}", id_of(&made));
    let read = ada.get(&path).await;
    assert_eq!(
        (read.expect(200), read.header("etag")),
        (made.clone(), Some("\"1\""))
    );

    let second = letter("Letter home", "# Dear {{audience}}\n");
    ada.put(&path)
        .json(&second)
        .await
        .problem(428, "precondition_required");
    let changed = ada
        .put(&path)
        .if_match(&json!(1))
        .json(&second)
        .await
        .expect(200);
    assert_eq!(
        (&changed["version"], &changed["name"]),
        (&json!(2), &json!("Letter home"))
    );
    ada.put(&path)
        .if_match(&json!(1))
        .json(&second)
        .await
        .problem(412, "version_conflict");

    let versions = ada.get(&format!("{path}/versions")).await.expect(200);
    let numbers: Vec<_> = versions
        .as_array()
        .expect("a list")
        .iter()
        .map(|version| version["version"].clone())
        .collect();
    assert_eq!(numbers, [json!(2), json!(1)]);
    assert_eq!(versions[0]["authorName"], "Ada");
    let restored = ada
        .post(&format!("{path}/versions/1/restore"))
        .await
        .expect(200);
    assert_eq!(
        (&restored["version"], &restored["body"]),
        (&json!(3), &json!("# To {{audience}}\n"))
    );
    ada.post(&format!("{path}/versions/9/restore"))
        .await
        .absent();

    let copy = ada.post(&format!("{path}/duplicate")).await.expect(201);
    assert_ne!(copy["id"], made["id"]);
    assert_eq!(
        (&copy["body"], &copy["version"]),
        (&restored["body"], &json!(1))
    );
    ada.delete(&path).await.expect(204);
    ada.get(&path).await.absent();
    ada.get(&format!("/templates/{}", id_of(&copy)))
        .await
        .expect(200);
}

async fn a_version_can_be_read_as_it_was_before_it_is_restored(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, eve) = (server.person("Ada").await, server.person("Eve").await);
    let mut first = letter("Letter", "# To {{audience}}\n");
    first["letterhead"] = json!({
        "logo": null, "header": "Hill School", "footer": "", "pageNumbers": false, "paper": "letter",
        "margins": { "top": 30, "right": 20, "bottom": 30, "left": 20 },
    });
    let made = ada.post("/templates").json(&first).await.expect(201);
    let path = format!("/templates/{}", id_of(&made));
    let mut second = letter("Letter home", "# Dear {{reader}}\n");
    second["variables"] = json!([variable("reader")]);
    ada.put(&path)
        .if_match(&json!(1))
        .json(&second)
        .await
        .expect(200);

    let seen = ada.get(&format!("{path}/versions/1")).await.expect(200);
    for field in ["name", "description", "body", "variables", "letterhead"] {
        assert_eq!(seen[field], made[field], "{field}");
    }
    assert_eq!(
        (&seen["version"], &seen["authorName"]),
        (&json!(1), &json!("Ada"))
    );
    let current = ada.get(&format!("{path}/versions/2")).await.expect(200);
    assert_eq!(current["body"], second["body"]);
    assert_eq!(
        ada.get(&path).await.expect(200)["version"],
        2,
        "reading a version restores nothing"
    );

    ada.get(&format!("{path}/versions/9")).await.absent();
    ada.get(&format!("{path}/versions/0")).await.absent();
    eve.get(&format!("{path}/versions/1")).await.absent();
    ada.delete(&path).await.expect(204);
    ada.get(&format!("{path}/versions/1")).await.absent();
}

async fn a_variable_that_is_not_declared_is_named(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let wrong = letter("Letter", "# To {{audience}} from {{sender}}\n");
    let problem = ada
        .post("/templates")
        .json(&wrong)
        .await
        .problem(422, "unknown_variable");
    assert!(problem.to_string().contains("sender"), "{problem}");
    let made = ada
        .post("/templates")
        .json(&letter("Letter", "# To {{audience}}\n"))
        .await
        .expect(201);
    let path = format!("/templates/{}", id_of(&made));
    ada.put(&path)
        .if_match(&json!(1))
        .json(&wrong)
        .await
        .problem(422, "unknown_variable");
    assert_eq!(
        ada.get(&path).await.expect(200),
        made,
        "nothing was changed"
    );
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("n".repeat(4000))),
        ("variables", json!([variable("not a name")])),
        (
            "variables",
            json!([variable("audience"), variable("audience")]),
        ),
    ] {
        let mut wrong = letter("Letter", "# To\n");
        wrong[field] = value;
        ada.post("/templates")
            .json(&wrong)
            .await
            .problem(422, "validation_failed");
    }
}

async fn a_preview_fills_in_variables_and_says_what_is_missing(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let request = json!({ "body": "# To {{audience}}\n\nFrom {{sender}}, about {{topic}}.", "variables": [variable("audience"), variable("topic")],
                          "values": { "audience": "the <b>parents</b>" } });
    let preview = ada
        .post("/templates/preview")
        .json(&request)
        .await
        .expect(200);
    assert!(
        text_of(&preview["tree"]).contains("To the <b>parents</b>"),
        "values are text, not markup: {preview:#}"
    );
    assert_eq!(
        (&preview["missing"], &preview["unknown"]),
        (&json!(["topic"]), &json!(["sender"]))
    );
}

async fn global_templates_are_for_all_and_made_by_administrators(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let mut global = letter("District letter", "# To {{audience}}\n");
    global["scope"] = json!("global");
    ada.post("/templates")
        .json(&global)
        .await
        .problem(403, "forbidden");
    let administrator = server.administrator().await;
    let made = administrator
        .post("/templates")
        .json(&global)
        .await
        .expect(201);
    let path = format!("/templates/{}", id_of(&made));
    let seen = ada.get(&path).await.expect(200);
    assert_eq!(
        (&seen["scope"], &seen["mine"]),
        (&json!("global"), &json!(false))
    );
    ada.put(&path)
        .if_match(&json!(1))
        .json(&global)
        .await
        .problem(403, "forbidden");
    ada.delete(&path).await.problem(403, "forbidden");
    let copy = ada.post(&format!("{path}/duplicate")).await.expect(201);
    assert_eq!(
        (&copy["scope"], &copy["mine"]),
        (&json!("own"), &json!(true))
    );
    let globals = ada.all("/templates?scope=global").await;
    assert!(
        globals.iter().any(|template| template["id"] == made["id"])
            && globals.iter().all(|template| template["scope"] == "global")
    );
    let found = ada.all("/templates?q=district").await;
    assert_eq!(found.len(), 2);
}
