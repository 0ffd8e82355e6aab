//! Saved prompts: own and shared.

use carrel_tests::document::{EXTRACTIVE, id_of, paragraph, tree};
use carrel_tests::{Backend, Server, both_databases};
use serde_json::{Value, json};

both_databases! {
    a_prompt_is_kept_with_its_variables_and_tags,
    a_shared_prompt_is_read_by_all_and_changed_by_its_author,
    a_prompt_is_never_overwritten_unnoticed,
    a_tag_is_kept_once,
}

async fn a_prompt_is_kept_with_its_variables_and_tags(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let prompt = json!({ "title": "Tone", "content": "In a {{tone}} tone for {{audience}}, {{tone}}.", "tags": ["style", "letters"] });
    let made = ada.post("/prompts").json(&prompt).await.expect(201);
    assert_eq!(
        (&made["variables"], &made["tags"]),
        (&json!(["tone", "audience"]), &json!(["style", "letters"]))
    );
    assert_eq!(
        (&made["shared"], &made["mine"], &made["uses"]),
        (&json!(false), &json!(true), &json!(0))
    );
    let path = format!("/prompts/{}", id_of(&made));
    let change = json!({ "title": "Tone of voice", "content": "Be brief.", "tags": [] });
    let changed = ada
        .put(&path)
        .if_match(&made["version"])
        .json(&change)
        .await
        .expect(200);
    assert_eq!(
        (&changed["title"], &changed["variables"]),
        (&json!("Tone of voice"), &json!([]))
    );
    assert_eq!(ada.all("/prompts?q=voice").await.len(), 1);
    assert!(ada.all("/prompts?q=nothing-like-it").await.is_empty());
    for (field, value) in [
        ("title", json!("")),
        ("title", json!("t".repeat(4000))),
        ("content", json!("")),
    ] {
        let mut wrong = prompt.clone();
        wrong[field] = value;
        let problem = ada
            .post("/prompts")
            .json(&wrong)
            .await
            .problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["field"], field);
    }
    ada.delete(&path).await.expect(204);
    ada.get(&path).await.problem(404, "not_found");
}

async fn a_shared_prompt_is_read_by_all_and_changed_by_its_author(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, eve) = (server.person("Ada").await, server.person("Eve").await);
    let make = |title: &str, shared: bool| {
        ada.post("/prompts")
            .json(&json!({ "title": title, "content": "Be kind.", "shared": shared }))
    };
    let own = make("Own", false).await.expect(201);
    let shared = make("Shared", true).await.expect(201);
    let seen = eve.all("/prompts").await;
    let titles: Vec<_> = seen
        .iter()
        .map(|prompt| prompt["title"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(titles, ["Shared"]);
    assert_eq!(
        (&seen[0]["mine"], &seen[0]["authorName"]),
        (&Value::Bool(false), &json!("Ada"))
    );
    eve.get(&format!("/prompts/{}", id_of(&own)))
        .await
        .problem(404, "not_found");
    let path = format!("/prompts/{}", id_of(&shared));
    let change = json!({ "title": "Mine now", "content": "Be unkind." });
    let refused = eve
        .put(&path)
        .if_match(&shared["version"])
        .json(&change)
        .await;
    assert!(matches!(refused.status, 403 | 404), "{}", refused.text());
    let refused = eve.delete(&path).await;
    assert!(matches!(refused.status, 403 | 404), "{}", refused.text());
    assert_eq!(ada.get(&path).await.expect(200)["content"], "Be kind.");
}

async fn a_prompt_is_never_overwritten_unnoticed(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let text = |content: &str| json!({ "title": "Tone", "content": content, "shared": true });
    let made = ada
        .post("/prompts")
        .json(&text("Be kind."))
        .await
        .expect(201);
    let path = format!("/prompts/{}", id_of(&made));
    let read = ada.get(&path).await;
    assert_eq!(
        (read.expect(200), read.header("etag")),
        (made.clone(), Some("\"1\""))
    );

    ada.put(&path)
        .json(&text("Be brief."))
        .await
        .problem(428, "precondition_required");
    let first = ada
        .put(&path)
        .if_match(&json!(1))
        .json(&text("Be brief."))
        .await;
    assert_eq!(
        (&first.expect(200)["version"], first.header("etag")),
        (&json!(2), Some("\"2\""))
    );
    let conflict = ada
        .put(&path)
        .if_match(&json!(1))
        .json(&text("Be long."))
        .await
        .problem(412, "version_conflict");
    assert!(
        conflict["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("version 2")),
        "{conflict}"
    );
    assert_eq!(ada.get(&path).await.expect(200)["content"], "Be brief.");

    // Of many who change the same version at once, one does.
    let contents: Vec<_> = (0..8).map(|n| format!("Be number {n}.")).collect();
    let changes = contents.iter().map(|content| {
        let call = ada.put(&path).if_match(&json!(2)).json(&text(content));
        async move { call.await }
    });
    let answers = futures::future::join_all(changes).await;
    let taken: Vec<_> = answers.iter().filter(|a| a.status == 200).collect();
    assert_eq!(taken.len(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.status, 200 | 412))
    );
    assert_eq!(ada.get(&path).await.expect(200), taken[0].expect(200));

    // Using a prompt is no change of it.
    let (id, _) = ada
        .written("Letter", &tree(&[paragraph("The bus leaves early.")]))
        .await;
    let refine = json!({ "documentId": id, "promptId": made["id"],
                         "model": EXTRACTIVE });
    ada.post("/ai/refine")
        .key("once")
        .json(&refine)
        .await
        .expect(200);
    let used = ada.get(&path).await.expect(200);
    assert_eq!((&used["uses"], &used["version"]), (&json!(1), &json!(3)));
}

async fn a_tag_is_kept_once(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let prompt =
        json!({ "title": "Tone", "content": "Be kind.", "tags": ["style", "letters", " style "] });
    let made = ada.post("/prompts").json(&prompt).await.expect(201);
    assert_eq!(made["tags"], json!(["style", "letters"]));
}
