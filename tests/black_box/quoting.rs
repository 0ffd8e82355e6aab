//! What the engine that needs no model does to a draft that is refined.

use carrel_tests::document::{EXTRACTIVE, heading, id_of, paragraph, text_of, tree};
use carrel_tests::{Backend, Server, both_databases};
use serde_json::json;

both_databases! {
    without_a_model_a_draft_is_shortened_paragraph_by_paragraph,
}

const LONG: &str = "The roof of the library was repaired in May. It had leaked since the storm of the winter before. \
    The repair cost four thousand euros, which the insurance paid. Two carpenters worked on it for nine days. \
    The reading room stayed closed for a week. Readers were sent to the branch in the south of the town.";

async fn without_a_model_a_draft_is_shortened_paragraph_by_paragraph(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let blocks = [
        heading(1, "The roof"),
        paragraph(LONG),
        paragraph("\u{2014} Minutes, page 3"),
        heading(2, "What is left to do"),
        paragraph("Paint the ceiling."),
    ];
    let (document, _) = ada.written("The roof", &tree(&blocks)).await;
    let refinement = ada
        .post("/ai/refine")
        .header("idempotency-key", "shorten-the-roof")
        .json(&json!({ "documentId": document, "prompt": "shorten", "model": EXTRACTIVE }))
        .await
        .expect(200);
    let hunks = refinement["hunks"].as_array().expect("a list of changes");
    assert_eq!(
        hunks.len(),
        1,
        "only the long paragraph changes: {refinement:#}"
    );
    let accepted = ada
        .post(&format!("/ai/refinements/{}/accept", id_of(&refinement)))
        .json(&json!({}))
        .await
        .expect(200);
    let text = text_of(&accepted["draft"]["tree"]);
    for kept in [
        "The roof",
        "Minutes, page 3",
        "What is left to do",
        "Paint the ceiling.",
    ] {
        assert!(text.contains(kept), "{kept} is missing: {text}");
    }
    assert!(text.len() < LONG.len(), "it is shorter: {text}");
    for sentence in text.split(". ") {
        let sentence = sentence
            .lines()
            .last()
            .unwrap_or_default()
            .trim_end_matches('.');
        let known = LONG.contains(sentence) || blocks.iter().any(|b| text_of(b).contains(sentence));
        assert!(known, "nothing is invented: {sentence:?}");
    }
}
