//! Model providers: configured in the web app or by environment, and behaving badly.

use carrel_tests::document::{SCRIPTED_MODEL, id_of, text_of};
use carrel_tests::samples::{MARKDOWN, NOTES};
use carrel_tests::{Backend, Person, Server, Turn, Upstream, both_databases};
use serde_json::{Value, json};

/// A person with an extracted document and a template.
async fn at_work(server: &Server) -> (Person, String, Value) {
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let template = ada.template("Letter", "# Letter\n", &[]).await;
    (ada, id_of(&document), template)
}

/// Drafts, expects a failure, checks that nothing of it stays behind and that a second try works.
async fn fails_then_works(server: &Server, upstream: &Upstream, code: &str) {
    let (ada, id, template) = at_work(server).await;
    let generation = ada.generate(&id, &template, SCRIPTED_MODEL).await;
    let events = ada
        .get(&format!("/generations/{}/events", id_of(&generation)))
        .events()
        .await
        .to_the_end()
        .await;
    let last = events.last().expect("an end");
    assert_eq!(last.name, "error", "{last:?}");
    assert_eq!(last.data["code"], code, "{last:?}");
    assert!(
        last.data["detail"]
            .as_str()
            .is_some_and(|detail| detail.len() > 10),
        "{last:?}"
    );

    let failed = ada.ended(&id_of(&generation)).await;
    assert_eq!(
        (&failed["status"], &failed["failure"]["code"]),
        (&json!("failed"), &json!(code)),
        "{failed:#}"
    );
    let document = ada.document(&id).await;
    assert_eq!(
        (
            &document["failure"]["step"],
            &document["activeGenerationId"]
        ),
        (&json!("draft"), &Value::Null),
        "{document:#}"
    );
    assert_eq!(document["status"], "extracted", "the source is still good");
    ada.get(&format!("/documents/{id}/draft"))
        .await
        .problem(404, "draft_missing");

    upstream.always(Turn::text("A whole letter."));
    let draft = ada.draft(&id, &template, SCRIPTED_MODEL).await;
    assert_eq!(text_of(&draft["tree"]), "A whole letter.");
    assert_eq!(
        ada.document(&id).await["failure"],
        Value::Null,
        "a success ends the failure"
    );
}

both_databases! {
    a_busy_provider_is_asked_again_after_the_time_it_names,
    a_provider_that_stays_broken_is_a_named_failure,
    a_provider_that_refuses_the_key_is_a_named_failure_and_not_asked_again,
    a_stream_cut_in_the_middle_is_a_failure_and_never_a_draft,
    a_stream_without_its_last_event_is_a_failure_and_never_a_draft,
    nonsense_from_a_provider_is_a_failure,
    a_provider_that_never_answers_is_given_up,
    a_provider_that_falls_silent_is_given_up,
    an_answer_that_holds_nothing_is_a_failure,
    a_connection_test_tells_what_it_found,
    a_provider_key_is_taken_and_never_shown,
    a_provider_of_the_environment_is_there_and_can_not_be_changed,
    the_default_model_is_used_when_none_is_named,
}

async fn a_busy_provider_is_asked_again_after_the_time_it_names(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let (ada, id, template) = at_work(&server).await;
    upstream.next(Turn::Refuse {
        status: 429,
        retry_after: Some(1),
    });
    upstream.next(Turn::Refuse {
        status: 503,
        retry_after: None,
    });
    upstream.next(Turn::text("Patience is rewarded."));
    let begun = std::time::Instant::now();
    let draft = ada.draft(&id, &template, SCRIPTED_MODEL).await;
    assert!(begun.elapsed().as_secs() >= 1, "Retry-After is kept");
    assert_eq!(text_of(&draft["tree"]), "Patience is rewarded.");
    assert_eq!(upstream.calls(), 3);
}

async fn a_provider_that_stays_broken_is_a_named_failure(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::anthropic().await;
    server.offer(&upstream).await;
    upstream.always(Turn::Refuse {
        status: 500,
        retry_after: None,
    });
    fails_then_works(&server, &upstream, "model_upstream").await;
}

async fn a_provider_that_refuses_the_key_is_a_named_failure_and_not_asked_again(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    upstream.next(Turn::Refuse {
        status: 401,
        retry_after: None,
    });
    // Whoever asked again would get a draft.
    fails_then_works(&server, &upstream, "model_auth").await;
    assert_eq!(upstream.calls(), 2, "one for each draft");
}

async fn a_stream_cut_in_the_middle_is_a_failure_and_never_a_draft(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    upstream.always(Turn::Cut("Dear parents, this letter ends in the".into()));
    fails_then_works(&server, &upstream, "model_truncated").await;
}

async fn a_stream_without_its_last_event_is_a_failure_and_never_a_draft(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::anthropic().await;
    server.offer(&upstream).await;
    upstream.always(Turn::Short("Dear parents, this letter ends in the".into()));
    fails_then_works(&server, &upstream, "model_truncated").await;
}

async fn nonsense_from_a_provider_is_a_failure(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    upstream.always(Turn::Nonsense);
    fails_then_works(&server, &upstream, "model_truncated").await;
}

async fn a_provider_that_never_answers_is_given_up(backend: Backend) {
    let server = Server::plan(backend)
        .set("CARREL_MODEL_FIRST_EVENT_SECONDS", "1")
        .start()
        .await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    upstream.always(Turn::Hang);
    fails_then_works(&server, &upstream, "model_timeout_first_event").await;
}

async fn a_provider_that_falls_silent_is_given_up(backend: Backend) {
    let server = Server::plan(backend)
        .set("CARREL_MODEL_IDLE_SECONDS", "1")
        .start()
        .await;
    let upstream = Upstream::anthropic().await;
    server.offer(&upstream).await;
    upstream.always(Turn::Stall("Dear parents, this letter".into()));
    fails_then_works(&server, &upstream, "model_timeout_idle").await;
}

async fn an_answer_that_holds_nothing_is_a_failure(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    upstream.always(Turn::text(""));
    fails_then_works(&server, &upstream, "model_failed").await;
}

async fn a_connection_test_tells_what_it_found(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    for upstream in [Upstream::open_ai().await, Upstream::anthropic().await] {
        let test = |url: &str, key: &str| {
            administrator
                .post("/admin/providers/test")
                .json(&json!({ "kind": upstream.kind(), "baseUrl": url, "apiKey": key }))
        };
        let good = test(&upstream.base_url(), upstream.key()).await.expect(200);
        assert_eq!(
            (&good["ok"], &good["models"], &good["code"]),
            (
                &json!(true),
                &json!(["quill-1", "quill-1-mini"]),
                &Value::Null
            )
        );
        assert!(good["latencyMs"].as_u64().is_some());
        let wrong = test(&upstream.base_url(), "sk-wrong-secret-key")
            .await
            .expect(200);
        assert_eq!(
            (&wrong["ok"], &wrong["code"]),
            (&json!(false), &json!("model_auth"))
        );
        assert!(
            wrong["detail"]
                .as_str()
                .is_some_and(|detail| !detail.contains("sk-wrong")),
            "{wrong}"
        );
        // Port 9 of the loopback is "discard": nobody listens there.
        let nobody = test("http://127.0.0.1:9/v1", "k").await.expect(200);
        assert_eq!(nobody["ok"], false, "{nobody}");
        assert!(
            nobody["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 10),
            "{nobody}"
        );
    }
    let odd = json!({ "kind": "anthropic", "baseUrl": "file:///etc/passwd", "apiKey": "k" });
    let odd = administrator.post("/admin/providers/test").json(&odd).await;
    assert!(
        odd.status == 422 || odd.json()["ok"] == false,
        "{}",
        odd.text()
    );
}

async fn a_provider_key_is_taken_and_never_shown(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    let added = server.offer(&upstream).await;
    let administrator = server.administrator().await;
    assert_eq!(
        (&added["hasKey"], &added["source"]),
        (&json!(true), &json!("web"))
    );
    let listed = administrator.get("/admin/providers").await;
    assert!(
        !listed.text().contains(upstream.key()),
        "the key is not shown"
    );
    let path = format!("/admin/providers/{}", id_of(&added));
    let change = json!({ "name": "scripted", "kind": "openai_compatible", "baseUrl": upstream.base_url(), "enabled": true,
                         "models": added["models"] });
    assert_eq!(
        administrator.put(&path).json(&change).await.expect(200)["hasKey"],
        true,
        "a key left out is kept"
    );
    let test = administrator
        .post("/admin/providers/test")
        .json(&json!({ "providerId": added["id"] }))
        .await
        .expect(200);
    assert_eq!(test["ok"], true, "and still works: {test}");
    assert!(!server.log().contains(upstream.key()), "nor logged");
    if backend == Backend::Sqlite {
        let database = std::fs::read(server.data().join("carrel.db")).expect("the database");
        let log = std::fs::read(server.data().join("carrel.db-wal")).unwrap_or_default();
        let stored = [database, log].concat();
        assert!(
            !stored
                .windows(upstream.key().len())
                .any(|bytes| bytes == upstream.key().as_bytes()),
            "nor stored in clear"
        );
    }
    let twin = json!({ "name": "scripted", "kind": "anthropic", "baseUrl": "http://127.0.0.1:9", "apiKey": "k" });
    administrator
        .post("/admin/providers")
        .json(&twin)
        .await
        .problem(409, "provider_name_taken");
    for name in ["", "Has Capitals", "slash/name", &"n".repeat(33)] {
        let mut wrong = twin.clone();
        wrong["name"] = json!(name);
        administrator
            .post("/admin/providers")
            .json(&wrong)
            .await
            .problem(422, "validation_failed");
    }
    administrator.delete(&path).await.expect(204);
    let models = administrator.get("/models").await.expect(200);
    assert!(
        !models.to_string().contains("quill"),
        "its models went with it"
    );
}

async fn a_provider_of_the_environment_is_there_and_can_not_be_changed(backend: Backend) {
    let upstream = Upstream::open_ai().await;
    let server = Server::plan(backend)
        .set("CARREL_OPENAI_BASE_URL", upstream.base_url())
        .set("CARREL_OPENAI_API_KEY", upstream.key())
        .start()
        .await;
    let (ada, id, template) = at_work(&server).await;
    let providers = server
        .administrator()
        .await
        .get("/admin/providers")
        .await
        .expect(200);
    let provider = providers
        .as_array()
        .and_then(|all| all.iter().find(|one| one["source"] == "environment"))
        .expect("a provider");
    assert_eq!(
        (&provider["id"], &provider["hasKey"]),
        (&Value::Null, &json!(true))
    );
    let models = ada.get("/models").await.expect(200);
    let model = models
        .as_array()
        .and_then(|all| all.iter().find(|model| model["builtIn"] == false))
        .expect("a model");
    upstream.next(Turn::text("From the environment."));
    let draft = ada
        .draft(&id, &template, model["id"].as_str().expect("an id"))
        .await;
    assert_eq!(text_of(&draft["tree"]), "From the environment.");
    assert_eq!(
        ada.get("/status").await.expect(200)["modelConfigured"],
        true
    );
}

async fn the_default_model_is_used_when_none_is_named(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let administrator = server.administrator().await;
    let mut settings = administrator.get("/admin/settings").await.expect(200);
    settings["defaultModel"] = json!(SCRIPTED_MODEL);
    administrator
        .put("/admin/settings")
        .json(&settings)
        .await
        .expect(200);
    let (ada, id, template) = at_work(&server).await;
    let models = ada.get("/models").await.expect(200);
    let chosen: Vec<_> = models
        .as_array()
        .expect("a list")
        .iter()
        .filter(|model| model["isDefault"] == true)
        .collect();
    assert_eq!(chosen.len(), 1);
    assert_eq!(chosen[0]["id"], SCRIPTED_MODEL);
    let request = json!({ "documentId": id, "templateId": template["id"] });
    let generation = ada
        .post("/documents/generate")
        .json(&request)
        .await
        .expect(202);
    assert_eq!(generation["model"], SCRIPTED_MODEL);
    assert_eq!(ada.ended(&id_of(&generation)).await["status"], "done");
}
