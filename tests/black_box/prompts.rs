//! Saved prompts: own and shared.

use carrel_tests::document::id_of;
use carrel_tests::{Backend, Server, both_databases};
use serde_json::{Value, json};

both_databases! {
    a_prompt_is_kept_with_its_variables_and_tags,
    a_shared_prompt_is_read_by_all_and_changed_by_its_author,
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
    let changed = ada.put(&path).json(&change).await.expect(200);
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
    let refused = eve.put(&path).json(&change).await;
    assert!(matches!(refused.status, 403 | 404), "{}", refused.text());
    let refused = eve.delete(&path).await;
    assert!(matches!(refused.status, 403 | 404), "{}", refused.text());
    assert_eq!(ada.get(&path).await.expect(200)["content"], "Be kind.");
}
