//! Refining a draft: suggestions to accept or reject, selections, replays.

use carrel_tests::document::{
    SCRIPTED_MODEL, heading, id_of, paragraph, positions_of, text_of, tree,
};
use carrel_tests::{Backend, Person, Server, Turn, Upstream, both_databases};
use serde_json::{Value, json};

/// A person with a draft of a heading and three paragraphs.
async fn at_work(server: &Server) -> (Person, String, Value) {
    let ada = server.person("Ada").await;
    let blocks = [
        heading(1, "Letter"),
        paragraph("The bus leaves early."),
        paragraph("Lunch is not provided."),
        paragraph("Parents may come along."),
    ];
    let (id, draft) = ada.written("Letter", &tree(&blocks)).await;
    (ada, id, draft)
}

const REWRITTEN: &str = "# Letter\n\nThe bus leaves at 8:15.\n\nLunch is not provided.\n\nParents are welcome to come along.\n";

fn refine(document: &str, prompt: &str) -> Value {
    json!({ "documentId": document, "prompt": prompt, "model": SCRIPTED_MODEL })
}

async fn text_now(person: &Person, document: &str) -> String {
    text_of(&person.current_draft(document).await["tree"])
}

both_databases! {
    a_replayed_refinement_makes_no_second_model_call,
    a_suggestion_changes_nothing_until_it_is_accepted_change_by_change,
    a_suggestion_can_be_accepted_or_rejected_as_a_whole,
    only_the_selection_is_refined,
    a_suggestion_about_text_that_changed_is_not_applied,
    a_refinement_can_run_in_the_background_and_fail_with_its_reason,
    a_saved_prompt_is_used_with_its_variables,
}

async fn a_replayed_refinement_makes_no_second_model_call(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let (ada, id, _) = at_work(&server).await;
    ada.post("/ai/refine")
        .json(&refine(&id, "Be exact."))
        .await
        .problem(400, "idempotency_key_required");
    upstream.always(Turn::text(REWRITTEN));
    let first = ada
        .post("/ai/refine")
        .key("refine-1")
        .json(&refine(&id, "Be exact."))
        .await;
    let again = ada
        .post("/ai/refine")
        .key("refine-1")
        .json(&refine(&id, "Be exact."))
        .await;
    assert_eq!(first.expect(200), again.expect(200));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(upstream.calls(), 1);
    ada.post("/ai/refine")
        .key("refine-1")
        .json(&refine(&id, "Be kind."))
        .await
        .problem(422, "idempotency_key_reused");
    assert_eq!(upstream.calls(), 1);
    assert_eq!(
        ada.all(&format!("/documents/{id}/refinements")).await.len(),
        1
    );
}

async fn a_suggestion_changes_nothing_until_it_is_accepted_change_by_change(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let (ada, id, draft) = at_work(&server).await;
    upstream.next(Turn::text(REWRITTEN));
    let refinement = ada
        .post("/ai/refine")
        .key("r")
        .json(&refine(&id, "Be exact."))
        .await
        .expect(200);
    assert!(
        upstream.seen()[0].prompt().contains("Be exact.")
            && upstream.seen()[0]
                .prompt()
                .contains("The bus leaves early.")
    );
    assert_eq!(
        (&refinement["status"], &refinement["draftVersion"]),
        (&json!("proposed"), &draft["version"]),
        "{refinement:#}"
    );
    assert_eq!(
        ada.current_draft(&id).await["version"],
        draft["version"],
        "nothing is changed yet"
    );
    let hunks = refinement["hunks"].as_array().expect("hunks");
    assert_eq!(hunks.len(), 2, "two paragraphs differ: {hunks:#?}");
    assert!(hunks.iter().all(|hunk| hunk["state"] == "open"));
    assert!(hunks[0]["words"].to_string().contains("8:15"), "{hunks:#?}");

    let path = format!("/ai/refinements/{}", id_of(&refinement));
    let decided = ada
        .post(&format!("{path}/accept"))
        .json(&json!({ "hunks": [hunks[1]["id"]] }))
        .await
        .expect(200);
    assert_eq!(
        decided["refinement"]["status"], "proposed",
        "one change is still open: {decided:#}"
    );
    let expected =
        "Letter\nThe bus leaves early.\nLunch is not provided.\nParents are welcome to come along.";
    assert_eq!(text_of(&decided["draft"]["tree"]), expected);
    assert_eq!(text_now(&ada, &id).await, expected);
    let decided = ada
        .post(&format!("{path}/reject"))
        .json(&json!({}))
        .await
        .expect(200);
    let states: Vec<_> = decided["refinement"]["hunks"]
        .as_array()
        .expect("hunks")
        .iter()
        .map(|hunk| hunk["state"].clone())
        .collect();
    assert_eq!(decided["refinement"]["status"], "partly_accepted");
    assert_eq!(states, [json!("rejected"), json!("accepted")]);
    assert_eq!(text_now(&ada, &id).await, expected);
    ada.post(&format!("{path}/accept"))
        .json(&json!({}))
        .await
        .problem(409, "suggestion_decided");
    let revisions = ada.all(&format!("/documents/{id}/revisions")).await;
    assert!(
        revisions
            .iter()
            .any(|revision| revision["cause"] == "refined"),
        "{revisions:#?}"
    );
}

async fn a_suggestion_can_be_accepted_or_rejected_as_a_whole(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::anthropic().await;
    server.offer(&upstream).await;
    let (ada, id, _) = at_work(&server).await;
    upstream.always(Turn::text(REWRITTEN));
    let rejected = ada
        .post("/ai/refine")
        .key("r1")
        .json(&refine(&id, "Be exact."))
        .await
        .expect(200);
    let before = text_now(&ada, &id).await;
    let decided = ada
        .post(&format!("/ai/refinements/{}/reject", id_of(&rejected)))
        .json(&json!({}))
        .await
        .expect(200);
    assert_eq!(
        (
            &decided["refinement"]["status"],
            text_of(&decided["draft"]["tree"])
        ),
        (&json!("rejected"), before)
    );
    let accepted = ada
        .post("/ai/refine")
        .key("r2")
        .json(&refine(&id, "Be exact."))
        .await
        .expect(200);
    let decided = ada
        .post(&format!("/ai/refinements/{}/accept", id_of(&accepted)))
        .json(&json!({}))
        .await
        .expect(200);
    assert_eq!(decided["refinement"]["status"], "accepted");
    assert!(
        text_now(&ada, &id)
            .await
            .contains("The bus leaves at 8:15.")
    );
    let history = ada.all(&format!("/documents/{id}/refinements")).await;
    assert_eq!(history.len(), 2);
    assert!(
        history
            .iter()
            .all(|entry| entry["prompt"] == "Be exact." && entry["authorName"] == "Ada"),
        "{history:#?}"
    );
    assert!(
        history
            .iter()
            .all(|entry| entry["costMicros"].as_i64() > Some(0)),
        "{history:#?}"
    );
}

async fn only_the_selection_is_refined(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let (ada, id, draft) = at_work(&server).await;
    let (from, to) = positions_of(&draft["tree"], 2);
    let mut request = refine(&id, "Say it kindly.");
    request["selection"] = json!({ "from": from, "to": to, "draftVersion": draft["version"] });
    upstream.next(Turn::text("Please pack a lunch."));
    let refinement = ada
        .post("/ai/refine")
        .key("s")
        .json(&request)
        .await
        .expect(200);
    assert!(
        upstream.seen()[0]
            .prompt()
            .contains("Lunch is not provided.")
    );
    let decided = ada
        .post(&format!("/ai/refinements/{}/accept", id_of(&refinement)))
        .json(&json!({}))
        .await
        .expect(200);
    assert_eq!(
        text_of(&decided["draft"]["tree"]),
        "Letter\nThe bus leaves early.\nPlease pack a lunch.\nParents may come along."
    );

    ada.post("/ai/refine")
        .key("stale")
        .json(&request)
        .await
        .problem(412, "draft_changed");
    let now = ada.current_draft(&id).await;
    for (from, to) in [(50, 10), (5, 100_000)] {
        request["selection"] = json!({ "from": from, "to": to, "draftVersion": now["version"] });
        let refused = ada
            .post("/ai/refine")
            .key(&format!("odd-{from}"))
            .json(&request)
            .await;
        assert_eq!(refused.status, 422, "{from}..{to}: {}", refused.text());
    }
    assert_eq!(upstream.calls(), 1);
}

async fn a_suggestion_about_text_that_changed_is_not_applied(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let (ada, id, draft) = at_work(&server).await;
    upstream.next(Turn::text(REWRITTEN));
    let refinement = ada
        .post("/ai/refine")
        .key("r")
        .json(&refine(&id, "Be exact."))
        .await
        .expect(200);
    let changed = tree(&[
        heading(1, "Letter"),
        paragraph("There is no bus."),
        paragraph("There is no trip."),
    ]);
    ada.save(&id, &draft["version"], &changed).await.expect(200);
    ada.post(&format!("/ai/refinements/{}/accept", id_of(&refinement)))
        .json(&json!({}))
        .await
        .problem(409, "suggestion_outdated");
    assert_eq!(
        text_now(&ada, &id).await,
        "Letter\nThere is no bus.\nThere is no trip."
    );
}

async fn a_refinement_can_run_in_the_background_and_fail_with_its_reason(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let (ada, id, draft) = at_work(&server).await;
    let mut request = refine(&id, "Be exact.");
    request["wait"] = json!(false);
    upstream.next(Turn::Held(REWRITTEN.into()));
    let running = ada
        .post("/ai/refine")
        .key("bg")
        .json(&request)
        .await
        .expect(202);
    assert_eq!(running["status"], "running");
    upstream.release();
    let generation = running["generationId"].as_str().expect("a generation");
    assert_eq!(ada.ended(generation).await["status"], "done");
    let path = format!("/ai/refinements/{}", id_of(&running));
    assert_eq!(ada.get(&path).await.expect(200)["status"], "proposed");

    upstream.always(Turn::Cut("# Letter\n\nThe bus".into()));
    let running = ada
        .post("/ai/refine")
        .key("bg-2")
        .json(&request)
        .await
        .expect(202);
    let failed = ada
        .ended(running["generationId"].as_str().expect("a generation"))
        .await;
    assert_eq!(failed["status"], "failed");
    let refinement = ada
        .get(&format!("/ai/refinements/{}", id_of(&running)))
        .await
        .expect(200);
    assert_eq!(
        (&refinement["status"], &refinement["failure"]["code"]),
        (&json!("failed"), &failed["failure"]["code"]),
        "{refinement:#}"
    );
    let listed = ada.all(&format!("/documents/{id}/refinements")).await;
    let standing: Vec<_> = listed
        .iter()
        .map(|one| (one["status"].clone(), one["failure"]["code"].clone()))
        .collect();
    assert_eq!(
        standing,
        [
            (json!("failed"), failed["failure"]["code"].clone()),
            (json!("proposed"), json!(null))
        ]
    );
    assert_eq!(
        ada.current_draft(&id).await["version"],
        draft["version"],
        "a failure changes nothing"
    );
}

async fn a_saved_prompt_is_used_with_its_variables(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let (ada, id, _) = at_work(&server).await;
    let prompt =
        json!({ "title": "Tone", "content": "Rewrite it in a {{tone}} tone.", "tags": ["style"] });
    let prompt = ada.post("/prompts").json(&prompt).await.expect(201);
    let mut request = refine(&id, "");
    request["promptId"] = prompt["id"].clone();
    request["variables"] = json!({ "tone": "cheerful" });
    upstream.next(Turn::text(REWRITTEN));
    ada.post("/ai/refine")
        .key("p")
        .json(&request)
        .await
        .expect(200);
    assert!(
        upstream.seen()[0]
            .prompt()
            .contains("Rewrite it in a cheerful tone."),
        "{}",
        upstream.seen()[0].prompt()
    );
    assert_eq!(
        ada.get(&format!("/prompts/{}", id_of(&prompt)))
            .await
            .expect(200)["uses"],
        1
    );
    request["variables"] = json!({});
    ada.post("/ai/refine")
        .key("p2")
        .json(&request)
        .await
        .problem(422, "variable_missing");
    assert_eq!(upstream.calls(), 1);
}
