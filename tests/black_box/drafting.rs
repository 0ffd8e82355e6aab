//! Drafting from a source and a template: without a model, with one, long sources, streams, cancelling.

use std::time::Duration;

use carrel_tests::document::{EXTRACTIVE, SCRIPTED_MODEL, id_of, text_of};
use carrel_tests::events;
use carrel_tests::samples::{self, MARKDOWN, NOTES, TEXT};
use carrel_tests::{Backend, Server, Turn, Upstream, both_databases, eventually};
use serde_json::{Value, json};

const LETTER: &str = "# Letter to parents\n\n## Costs\n\nSay what the trip costs.\n\n## Safety\n\nSay how the children are kept safe.\n";

both_databases! {
    a_draft_without_any_model_quotes_the_source,
    a_model_writes_the_draft_from_source_template_and_instructions,
    an_anthropic_model_writes_a_draft_too,
    a_long_source_is_read_chunk_by_chunk_and_merged,
    a_stream_can_be_resumed_where_it_broke_off,
    leaving_the_page_does_not_stop_the_draft,
    a_quiet_stream_shows_that_it_lives,
    cancelling_reaches_the_provider_and_leaves_no_draft,
    a_missing_variable_is_named,
    unknown_templates_documents_and_models_are_refused,
    drafting_twice_with_one_key_calls_the_model_once,
    a_new_draft_keeps_the_old_one_as_a_revision,
}

async fn a_draft_without_any_model_quotes_the_source(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    ada.get(&format!("/documents/{id}/draft"))
        .await
        .problem(404, "draft_missing");
    let template = ada.template("Letter", LETTER, &[]).await;
    let draft = ada.draft(&id, &template, EXTRACTIVE).await;
    let text = text_of(&draft["tree"]);
    for phrase in [
        "Letter to parents",
        "Costs",
        "Each pupil pays 12 euros",
        "Safety",
        "One adult accompanies every eight pupils",
    ] {
        assert!(text.contains(phrase), "no {phrase:?} in:\n{text}");
    }
    let document = ada.document(&id).await;
    assert_eq!(document["status"], "draft_generated");
    assert_eq!(document["draftVersion"], draft["version"]);
    assert_eq!(document["templateId"], template["id"]);
    assert_eq!(document["activeGenerationId"], Value::Null);
    let models = ada.get("/models").await.expect(200);
    let last = models
        .as_array()
        .and_then(|models| models.last())
        .expect("a model");
    assert_eq!(
        (&last["id"], &last["builtIn"]),
        (&json!(EXTRACTIVE), &json!(true))
    );
}

async fn a_model_writes_the_draft_from_source_template_and_instructions(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    let template = ada
        .template(
            "Letter",
            "# Letter to {{audience}}\n\n## Costs\n",
            &["audience"],
        )
        .await;
    upstream.next(Turn::text(
        "# Letter to parents\n\nThe trip costs **12 euros**.\n\n- Bring lunch\n",
    ));
    let request = json!({
        "documentId": id, "templateId": template["id"], "model": SCRIPTED_MODEL,
        "instructions": "Keep it under one page.", "variables": { "audience": "the parents of grade five" },
    });
    let started = ada
        .post("/documents/generate")
        .json(&request)
        .await
        .expect(202);
    assert_eq!(
        (
            &started["feature"],
            &started["subjectId"],
            &started["model"]
        ),
        (&json!("draft"), &json!(id), &json!(SCRIPTED_MODEL))
    );
    let generation = ada.ended(&id_of(&started)).await;
    assert_eq!(generation["status"], "done", "{generation:#}");

    assert_eq!(upstream.calls(), 1);
    let prompt = upstream.seen()[0].prompt();
    for told in [
        "Two buses leave the school",
        "the parents of grade five",
        "Keep it under one page.",
        "Costs",
    ] {
        assert!(
            prompt.contains(told),
            "the model is not told {told:?}:\n{prompt}"
        );
    }
    assert!(!prompt.contains("{{"), "variables are filled in:\n{prompt}");

    let draft = ada.current_draft(&id).await;
    let blocks = draft["tree"]["content"].as_array().expect("blocks");
    assert_eq!(
        (&blocks[0]["type"], &blocks[0]["attrs"]["level"]),
        (&json!("heading"), &json!(1))
    );
    assert_eq!(text_of(&blocks[1]), "The trip costs 12 euros.");
    assert_eq!(blocks[1]["content"][1]["marks"][0]["type"], "bold");
    assert_eq!(blocks[2]["type"], "bulletList");

    assert_eq!(
        (&generation["inputTokens"], &generation["failure"]),
        (&json!(100), &Value::Null)
    );
    let output = generation["outputTokens"].as_i64().expect("tokens");
    assert_eq!(
        generation["costMicros"].as_i64(),
        Some((100 * 3_000_000 + output * 15_000_000) / 1_000_000)
    );
    let usage = ada.get("/usage?days=1").await.expect(200);
    assert_eq!(
        (&usage["calls"], &usage["inputTokens"], &usage["costMicros"]),
        (&json!(1), &json!(100), &generation["costMicros"])
    );
    let log = server.log();
    for secret in [upstream.key(), "Two buses leave", "grade five", "12 euros"] {
        assert!(!log.contains(secret), "the log holds {secret:?}");
    }
}

async fn an_anthropic_model_writes_a_draft_too(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::anthropic().await;
    server.offer(&upstream).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let template = ada.template("Letter", LETTER, &[]).await;
    upstream.next(Turn::text("# Letter\n\nDear parents, bring 12 euros."));
    let draft = ada
        .draft(&id_of(&document), &template, SCRIPTED_MODEL)
        .await;
    assert!(text_of(&draft["tree"]).contains("Dear parents, bring 12 euros."));
    assert!(
        upstream.seen()[0]
            .prompt()
            .contains("Two buses leave the school")
    );
}

async fn a_long_source_is_read_chunk_by_chunk_and_merged(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("long.txt", TEXT, samples::prose(16_000).as_bytes())
        .await;
    let id = id_of(&document);
    let chunks =
        usize::try_from(document["chunkCount"].as_u64().expect("a count")).expect("a count");
    assert!(chunks >= 4, "{document:#}");
    let template = ada.template("Summary", "# Summary\n", &[]).await;
    upstream.always(Turn::Held("A note of what this part says.".into()));
    let started = ada.generate(&id, &template, SCRIPTED_MODEL).await;
    let stream = ada
        .get(&format!("/generations/{}/events", id_of(&started)))
        .events()
        .await;
    // Two calls are there before any is answered: they are made at once.
    upstream.was_called(2).await;
    upstream.release();
    let events = stream.to_the_end().await;
    assert_eq!(events.last().map(|event| event.name.as_str()), Some("done"));
    let progress: Vec<_> = events
        .iter()
        .filter(|event| event.name == "progress" && event.data["step"] == "chunk")
        .collect();
    assert!(!progress.is_empty(), "progress is told: {events:?}");
    assert!(
        progress.iter().all(|event| event.data["total"] == chunks),
        "{progress:?}"
    );
    let done: Vec<_> = progress
        .iter()
        .map(|event| event.data["done"].as_u64().unwrap_or_default())
        .collect();
    assert!(done.is_sorted(), "progress goes forward: {done:?}");
    assert!(
        upstream.calls() > chunks,
        "one call per chunk and one to merge: {}",
        upstream.calls()
    );
    assert!(
        (2..=8).contains(&upstream.most_at_once()),
        "{} calls at once",
        upstream.most_at_once()
    );
    let read = upstream
        .seen()
        .iter()
        .map(carrel_tests::upstream::Seen::prompt)
        .collect::<String>();
    for number in [119, 7_919, 15_959] {
        assert!(
            read.contains(&format!(" {number}.")),
            "paragraph {number} was read by the model"
        );
    }
}

async fn a_stream_can_be_resumed_where_it_broke_off(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    let template = ada.template("Letter", LETTER, &[]).await;
    let written = (0..40).fold(String::new(), |text, number| {
        text + &format!("word{number} ")
    });
    upstream.next(Turn::Held(written.clone()));
    let generation = id_of(&ada.generate(&id, &template, SCRIPTED_MODEL).await);
    assert_eq!(
        ada.document(&id).await["activeGenerationId"],
        generation.as_str()
    );

    let path = format!("/generations/{generation}/events");
    let mut first = ada.get(&path).events().await;
    let mut text = String::new();
    let mut last = None;
    while !text.contains("word10") {
        let event = first.next().await.expect("the stream goes on");
        assert!(event.id.is_some(), "every event has an id: {event:?}");
        last = event.id.clone().or(last);
        if event.name == "text" {
            text.push_str(event.data["text"].as_str().expect("text"));
        }
    }
    drop(first);
    let resumed = ada
        .get(&path)
        .header("last-event-id", last.expect("an id"))
        .events()
        .await;
    upstream.release();
    let rest = resumed.to_the_end().await;
    text.push_str(&events::text_of(&rest));
    assert_eq!(
        text.trim_end(),
        written.trim_end(),
        "nothing is lost and nothing comes twice"
    );
    let done = rest.last().expect("an end");
    assert_eq!(
        (done.name.as_str(), &done.data["status"]),
        ("done", &json!("done"))
    );

    let late = ada.get(&path).events().await.to_the_end().await;
    assert_eq!(
        events::text_of(&late).trim_end(),
        written.trim_end(),
        "a latecomer reads it all"
    );
    assert!(
        text_of(&ada.current_draft(&id).await["tree"]).contains("word39"),
        "done means committed"
    );
    assert_eq!(upstream.calls(), 1);
}

async fn leaving_the_page_does_not_stop_the_draft(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    let template = ada.template("Letter", LETTER, &[]).await;
    upstream.next(Turn::Held(
        "A letter that is long enough to be interrupted in the middle".into(),
    ));
    let generation = id_of(&ada.generate(&id, &template, SCRIPTED_MODEL).await);
    let mut stream = ada
        .get(&format!("/generations/{generation}/events"))
        .events()
        .await;
    stream.until("text").await;
    drop(stream);
    upstream.release();
    assert_eq!(ada.ended(&generation).await["status"], "done");
    assert!(text_of(&ada.current_draft(&id).await["tree"]).contains("in the middle"));
}

async fn a_quiet_stream_shows_that_it_lives(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let template = ada.template("Letter", LETTER, &[]).await;
    upstream.next(Turn::Held("Half of it and then the other half".into()));
    let generation = id_of(
        &ada.generate(&id_of(&document), &template, SCRIPTED_MODEL)
            .await,
    );
    let mut stream = ada
        .get(&format!("/generations/{generation}/events"))
        .events()
        .await;
    let beat = stream.heartbeat().await;
    assert!(
        beat < Duration::from_secs(20),
        "a heartbeat every 15 s, not after {beat:?}"
    );
    upstream.release();
    assert_eq!(ada.ended(&generation).await["status"], "done");
}

async fn cancelling_reaches_the_provider_and_leaves_no_draft(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    let template = ada.template("Letter", LETTER, &[]).await;
    upstream.next(Turn::Stall("Half a letter".into()));
    let generation = id_of(&ada.generate(&id, &template, SCRIPTED_MODEL).await);
    let request =
        json!({ "documentId": id, "templateId": template["id"], "model": SCRIPTED_MODEL });
    ada.post("/documents/generate")
        .json(&request)
        .await
        .problem(409, "generation_running");
    let mut stream = ada
        .get(&format!("/generations/{generation}/events"))
        .events()
        .await;
    stream.until("text").await;
    ada.post(&format!("/generations/{generation}/cancel"))
        .await
        .expect(202);
    let cancelled = ada.ended(&generation).await;
    assert_eq!(cancelled["status"], "cancelled", "{cancelled:#}");
    upstream.was_abandoned(1).await;
    assert!(
        stream
            .to_the_end()
            .await
            .last()
            .is_some_and(carrel_tests::events::Event::is_terminal)
    );
    assert_eq!(ada.document(&id).await["activeGenerationId"], Value::Null);
    ada.get(&format!("/documents/{id}/draft"))
        .await
        .problem(404, "draft_missing");
    ada.draft(&id, &template, SCRIPTED_MODEL).await;
}

async fn a_missing_variable_is_named(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let template = ada
        .template("Letter", "# Letter to {{audience}}\n", &["audience"])
        .await;
    let mut request = json!({ "documentId": document["id"], "templateId": template["id"] });
    let problem = ada
        .post("/documents/generate")
        .json(&request)
        .await
        .problem(422, "variable_missing");
    assert!(
        problem["errors"][0]["field"]
            .as_str()
            .is_some_and(|field| field.contains("audience")),
        "{problem}"
    );
    request["variables"] = json!({ "audience": "parents" });
    ada.post("/documents/generate")
        .json(&request)
        .await
        .expect(202);
}

async fn unknown_templates_documents_and_models_are_refused(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let template = ada.template("Letter", LETTER, &[]).await;
    let nothing = uuid::Uuid::now_v7().to_string();
    let ask = |document: &Value, template: &Value, model: &str| {
        ada.post("/documents/generate")
            .json(&json!({ "documentId": document, "templateId": template, "model": model }))
    };
    ask(&document["id"], &json!(nothing), EXTRACTIVE)
        .await
        .problem(404, "template_unknown");
    ask(&json!(nothing), &template["id"], EXTRACTIVE)
        .await
        .problem(404, "not_found");
    ask(&document["id"], &template["id"], "nobody/nothing")
        .await
        .problem(409, "model_unavailable");
    assert_eq!(ada.all("/generations").await.len(), 0, "nothing was begun");
}

async fn drafting_twice_with_one_key_calls_the_model_once(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let template = ada.template("Letter", LETTER, &[]).await;
    let request = json!({ "documentId": document["id"], "templateId": template["id"], "model": SCRIPTED_MODEL });
    let first = ada
        .post("/documents/generate")
        .key("draft-1")
        .json(&request)
        .await
        .expect(202);
    ada.ended(&id_of(&first)).await;
    let again = ada
        .post("/documents/generate")
        .key("draft-1")
        .json(&request)
        .await;
    assert_eq!(again.expect(202)["id"], first["id"]);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(upstream.calls(), 1);
    let mine = ada
        .all(&format!("/generations?subjectId={}", id_of(&document)))
        .await;
    assert_eq!(mine.len(), 1);
}

async fn a_new_draft_keeps_the_old_one_as_a_revision(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    let template = ada.template("Letter", LETTER, &[]).await;
    upstream.next(Turn::text("The first letter."));
    upstream.next(Turn::text("The second letter."));
    ada.draft(&id, &template, SCRIPTED_MODEL).await;
    let second = ada.draft(&id, &template, SCRIPTED_MODEL).await;
    assert_eq!(text_of(&second["tree"]), "The second letter.");
    let old = eventually("the first letter among the revisions", || async {
        for revision in ada.all(&format!("/documents/{id}/revisions")).await {
            let detail = ada
                .get(&format!("/documents/{id}/revisions/{}", revision["number"]))
                .await
                .expect(200);
            if text_of(&detail["tree"]) == "The first letter." {
                return Some(revision);
            }
        }
        None
    })
    .await;
    assert_eq!(old["cause"], "generated");
}
