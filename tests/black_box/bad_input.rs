//! Files that are broken, hostile or not what they say: each gives a named failure on its document and nothing else.

use carrel_tests::document::id_of;
use carrel_tests::samples::{self, DOCX, HTML, MARKDOWN, PDF, TEXT};
use carrel_tests::{Backend, Person, Server, both_databases};
use http::Method;
use serde_json::{Value, json};

/// Uploads a file that can't be read, checks that the failure is told, and gives its code.
async fn failure_of(person: &Person, name: &str, media_type: &str, bytes: &[u8]) -> Value {
    let document = person.upload(name, media_type, bytes).await;
    let document = person.settled(&id_of(&document)).await;
    assert_eq!(document["status"], "failed", "{name}: {document:#}");
    let failure = &document["failure"];
    assert_eq!(failure["step"], "extract", "{name}: {failure}");
    assert!(
        failure["detail"]
            .as_str()
            .is_some_and(|detail| detail.len() > 10),
        "{name}: {failure}"
    );
    assert_eq!(
        document["sourceWords"].as_u64().unwrap_or_default(),
        0,
        "nothing is half stored: {document:#}"
    );
    failure["code"].clone()
}

both_databases! {
    a_file_that_can_not_be_read_says_why,
    what_a_file_is_is_decided_by_its_content,
    text_in_an_old_encoding_is_read,
    endless_nesting_kills_no_one,
    a_failed_extraction_can_be_tried_again,
    a_draft_from_a_file_without_text_is_refused,
}

async fn a_file_that_can_not_be_read_says_why(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let whole = samples::long_pdf(3);
    let word = samples::docx("# Minutes\n\nThe roof needs repair.");
    let zeros = samples::docx_of_zeros(120 * 1024 * 1024);
    assert!(zeros.len() < 1024 * 1024, "a bomb is small");
    let files: [(&str, &str, &[u8], &str); 9] = [
        ("blank.txt", TEXT, b"  \n\t\n", "file_empty"),
        ("cut.pdf", PDF, &whole[..300], "file_corrupt"),
        ("cut.docx", DOCX, &word[..word.len() / 2], "file_corrupt"),
        (
            "secret.pdf",
            PDF,
            &samples::encrypted_pdf(),
            "file_encrypted",
        ),
        (
            "secret.docx",
            DOCX,
            &samples::encrypted_office(),
            "file_encrypted",
        ),
        (
            "program.pdf",
            PDF,
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0",
            "file_type_unsupported",
        ),
        (
            "noise.txt",
            TEXT,
            b"\x00\x01\x02\x00\x00\xff\xfe\x00\x00\x00\x80\x81\x00",
            "file_type_unsupported",
        ),
        ("bomb.docx", DOCX, &zeros, "archive_bomb"),
        (
            "test.txt",
            TEXT,
            &samples::virus_test_file(),
            "malware_test_file",
        ),
    ];
    for (name, media_type, bytes, code) in files {
        let failed = failure_of(&ada, name, media_type, bytes).await;
        assert_eq!(failed, code, "{name}");
    }
    server.visitor().at(Method::GET, "/ready").await.expect(200);
    let good = ada
        .upload_and_extract("notes.md", MARKDOWN, samples::NOTES.as_bytes())
        .await;
    assert_eq!(
        good["status"], "extracted",
        "the next person notices nothing"
    );
}

async fn what_a_file_is_is_decided_by_its_content(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let pdf = samples::pdf(&["A PDF\nIn the clothes of a Word file."]);
    let document = ada.upload_and_extract("report.docx", DOCX, &pdf).await;
    assert_eq!(document["pageCount"], 1, "{document:#}");
    assert!(
        ada.source_text(&id_of(&document))
            .await
            .contains("clothes of a Word file")
    );
}

async fn text_in_an_old_encoding_is_read(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract(
            "alt.txt",
            TEXT,
            b"Die T\xfcr zur K\xfcche ist gr\xfcn und die Stra\xdfe ist nass.",
        )
        .await;
    assert!(
        ada.source_text(&id_of(&document))
            .await
            .contains("T\u{fc}r zur K\u{fc}che ist gr\u{fc}n")
    );
}

async fn endless_nesting_kills_no_one(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let html = format!(
        "<!doctype html><body>{}deep{}",
        "<div><ul><li>".repeat(60_000),
        "</li></ul></div>".repeat(60_000)
    );
    let markdown = format!("{}deep", "> - ".repeat(60_000));
    for (name, media_type, text) in [("deep.html", HTML, html), ("deep.md", MARKDOWN, markdown)] {
        let document = ada.upload(name, media_type, text.as_bytes()).await;
        let document = ada.settled(&id_of(&document)).await;
        let told = document["status"] == "extracted" || document["failure"]["code"].is_string();
        assert!(told, "{document:#}");
    }
    server.visitor().at(Method::GET, "/ready").await.expect(200);
}

async fn a_failed_extraction_can_be_tried_again(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload("secret.pdf", PDF, &samples::encrypted_pdf())
        .await;
    let id = id_of(&document);
    let failed = ada.settled(&id).await;
    assert_eq!(failed["status"], "failed");
    let again = ada
        .post(&format!("/documents/{id}/retry"))
        .await
        .expect(202);
    assert_eq!(again["id"], document["id"]);
    let failed_again = ada.settled(&id).await;
    assert_eq!(
        failed_again["failure"]["code"], "file_encrypted",
        "{failed_again:#}"
    );
    assert_ne!(
        failed_again["failure"]["at"], failed["failure"]["at"],
        "it was read again"
    );

    let good = ada
        .upload_and_extract("notes.md", MARKDOWN, samples::NOTES.as_bytes())
        .await;
    ada.post(&format!("/documents/{}/retry", id_of(&good)))
        .await
        .problem(409, "nothing_to_retry");
}

async fn a_draft_from_a_file_without_text_is_refused(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload("secret.pdf", PDF, &samples::encrypted_pdf())
        .await;
    let id = id_of(&document);
    ada.settled(&id).await;
    let template = ada.template("Letter", "# Letter", &[]).await;
    let request = json!({ "documentId": id, "templateId": template["id"] });
    ada.post("/documents/generate")
        .json(&request)
        .await
        .problem(409, "source_not_ready");
}
