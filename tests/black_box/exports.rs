//! Exports: real .docx and PDF files, their list, their downloads.

use std::process::{Command, Stdio};

use carrel_tests::document::{heading, id_of, paragraph, tree};
use carrel_tests::samples::unzip;
use carrel_tests::storage::Row;
use carrel_tests::{Backend, Server, both_databases, eventually};
use http::Method;
use serde_json::{Value, json};

fn report() -> Value {
    let item = |text: &str, inner: &[Value]| json!({ "type": "listItem", "content": ([&[paragraph(text)], inner].concat()) });
    tree(&[
        heading(1, "Annual report"),
        json!({ "type": "paragraph", "content": [
            { "type": "text", "text": "The harbour is " }, { "type": "text", "text": "open", "marks": [{ "type": "bold" }] },
            { "type": "text", "text": ", see " },
            { "type": "text", "text": "the plan", "marks": [{ "type": "link", "attrs": { "href": "https://example.org/plan" } }] },
            { "type": "text", "text": " & <more>." },
        ] }),
        json!({ "type": "orderedList", "attrs": { "start": 1 }, "content": [
            item("First", &[json!({ "type": "bulletList", "content": [item("Nested", &[])] })]), item("Second", &[]),
        ] }),
        json!({ "type": "table", "content": [{ "type": "tableRow", "content": [
            { "type": "tableHeader", "content": [paragraph("Item")] }, { "type": "tableHeader", "content": [paragraph("Cost")] },
        ] }, { "type": "tableRow", "content": [
            { "type": "tableCell", "content": [paragraph("Slate")] }, { "type": "tableCell", "content": [paragraph("400")] },
        ] }] }),
        json!({ "type": "pageBreak" }),
        heading(2, "Appendix"),
        paragraph("The end."),
    ])
}

fn part(parts: &std::collections::BTreeMap<String, Vec<u8>>, name: &str) -> String {
    let content = parts
        .get(name)
        .unwrap_or_else(|| panic!("{name} among {:?}", parts.keys()));
    String::from_utf8(content.clone()).expect("XML is UTF-8")
}

fn is_named(name: &str, extension: &str) -> bool {
    std::path::Path::new(name)
        .extension()
        .is_some_and(|found| found == extension)
}

fn text_of_pdf(bytes: &[u8]) -> String {
    use std::io::Write;
    let mut program = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftotext of poppler-utils is installed");
    program
        .stdin
        .take()
        .expect("a pipe")
        .write_all(bytes)
        .expect("pdftotext reads");
    let output = program.wait_with_output().expect("pdftotext ends");
    assert!(output.status.success(), "pdftotext reads the file");
    String::from_utf8(output.stdout).expect("pdftotext writes UTF-8")
}

both_databases! {
    a_draft_becomes_a_word_file,
    a_draft_becomes_a_pdf,
    the_letterhead_of_the_template_is_on_every_page,
    a_download_address_is_for_one_file_and_one_time_span,
    exports_are_listed_and_can_be_deleted,
    exporting_twice_with_one_key_makes_one_file,
    a_repeated_export_has_a_link_that_is_still_good,
    one_key_asked_twice_at_once_makes_one_file,
    a_key_of_an_export_is_for_one_request,
    what_can_not_be_exported_says_why,
}

async fn a_draft_becomes_a_word_file(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, _) = ada.written("Annual report: 2026/27", &report()).await;
    let export = ada.export(&id, "docx").await;
    let key = export["key"].as_str().expect("a key");
    assert!(
        key.starts_with(&format!("exports/{id}-")) && is_named(key, "docx"),
        "{key}"
    );
    assert!(
        export["fileName"]
            .as_str()
            .is_some_and(|name| is_named(name, "docx") && !name.contains('/')),
        "{export:#}"
    );
    let bytes = ada.download(&export["downloadUrl"]).await;
    assert_eq!(export["size"], bytes.len());

    let parts = unzip(&bytes);
    let body = part(&parts, "word/document.xml");
    for wanted in [
        "Annual report",
        "<w:tbl>",
        "<w:numPr>",
        "<w:b ",
        "w:hyperlink",
        "&amp; &lt;more&gt;.",
        "w:pageBreakBefore",
    ] {
        assert!(body.contains(wanted), "no {wanted} in {body}");
    }
    assert!(
        body.contains("w:val=\"Heading1\"") && body.contains("w:val=\"Heading2\""),
        "headings are headings"
    );
    assert!(part(&parts, "word/styles.xml").contains("Heading1"));
    assert!(part(&parts, "word/_rels/document.xml.rels").contains("https://example.org/plan"));
    let footers = parts
        .iter()
        .filter(|(name, _)| name.contains("footer"))
        .map(|(_, xml)| String::from_utf8_lossy(xml));
    assert!(
        footers.into_iter().any(|footer| footer.contains("PAGE")),
        "pages are numbered"
    );
    assert_eq!(ada.document(&id).await["status"], "exported");
}

async fn a_draft_becomes_a_pdf(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, _) = ada.written("Annual report", &report()).await;
    let export = ada.export(&id, "pdf").await;
    let bytes = ada.download(&export["downloadUrl"]).await;
    assert!(bytes.starts_with(b"%PDF-"));
    let text = text_of_pdf(&bytes);
    let pages: Vec<_> = text.split('\u{c}').collect();
    for wanted in [
        "Annual report",
        "The harbour is open",
        "Nested",
        "Slate",
        "400",
    ] {
        assert!(
            pages[0].contains(wanted),
            "no {wanted:?} on the first page:\n{text}"
        );
    }
    assert!(
        pages[1].contains("Appendix") && !pages[0].contains("Appendix"),
        "a page break breaks the page:\n{text}"
    );
}

async fn the_letterhead_of_the_template_is_on_every_page(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let logo = ada
        .post("/images")
        .bytes("image/png", carrel_tests::samples::png(64, 32))
        .await
        .expect(201);
    let template = json!({
        "name": "Letter", "body": "# Letter\n", "variables": [],
        "letterhead": { "logo": logo["src"], "header": "Harbour School District", "footer": "Pier 4, Harbour Town", "pageNumbers": true,
                        "paper": "letter", "margins": { "top": 30, "right": 25, "bottom": 30, "left": 25 } },
    });
    let template = ada.post("/templates").json(&template).await.expect(201);
    let (id, _) = ada.written("Letter", &report()).await;
    let export = |format: &str| {
        let call = ada
            .post(&format!("/documents/export/{id}"))
            .json(&json!({ "format": format, "templateId": template["id"] }));
        async move { call.await.expect(201) }
    };
    let word = unzip(&ada.download(&export("docx").await["downloadUrl"]).await);
    let all: String = word
        .iter()
        .filter(|(name, _)| is_named(name, "xml"))
        .map(|(_, xml)| String::from_utf8_lossy(xml))
        .collect();
    assert!(all.contains("Harbour School District") && all.contains("Pier 4, Harbour Town"));
    assert!(
        word.keys().any(|name| name.starts_with("word/media/")),
        "the logo is inside: {:?}",
        word.keys()
    );
    let body = part(&word, "word/document.xml");
    assert!(
        body.contains("w:w=\"12240\"") && body.contains("w:h=\"15840\""),
        "the paper is Letter: {body}"
    );

    let text = text_of_pdf(&ada.download(&export("pdf").await["downloadUrl"]).await);
    assert_eq!(
        text.matches("Harbour School District").count(),
        2,
        "once on each of two pages:\n{text}"
    );
    assert_eq!(text.matches("Pier 4, Harbour Town").count(), 2, "{text}");
}

async fn a_download_address_is_for_one_file_and_one_time_span(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, _) = ada.written("Report", &report()).await;
    let export = ada.export(&id, "docx").await;
    let url = export["downloadUrl"].as_str().expect("an address");
    let get = |url: String| ada.anonymous().at(Method::GET, &url).attempt();
    for (part, other) in [
        ("expires=", "expires=9"),
        ("signature=", "signature=A"),
        ("name=", "name=x"),
    ] {
        let forged = url.replacen(part, other, 1);
        assert_ne!(forged, url, "{url} has {part}");
        get(forged)
            .await
            .expect("an answer")
            .problem(403, "signature_invalid");
    }
    let other_file = url.replacen(&id, &uuid::Uuid::now_v7().to_string(), 1);
    get(other_file)
        .await
        .expect("an answer")
        .problem(403, "signature_invalid");
    let bare = url.split('?').next().expect("a path").to_owned();
    assert!(
        get(bare).await.expect("an answer").status >= 400,
        "no signature, no file"
    );
    let again = ada
        .post(&format!("/exports/{}/download-url", id_of(&export)))
        .await
        .expect(200);
    ada.download(&again["url"]).await;
}

async fn exports_are_listed_and_can_be_deleted(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, _) = ada.written("Report", &report()).await;
    let word = ada.export(&id, "docx").await;
    let pdf = ada.export(&id, "pdf").await;
    let (other, _) = ada.written("Another", &report()).await;
    ada.export(&other, "pdf").await;
    let listed: Vec<_> = ada
        .all(&format!("/exports?documentId={id}"))
        .await
        .iter()
        .map(id_of)
        .collect();
    assert_eq!(listed, [id_of(&pdf), id_of(&word)], "newest first");
    assert_eq!(ada.all("/exports").await.len(), 3);
    assert!(
        word["expiresAt"].as_str() > word["createdAt"].as_str(),
        "{word:#}"
    );

    let url = word["downloadUrl"].clone();
    ada.delete(&format!("/exports/{}", id_of(&word)))
        .await
        .expect(204);
    ada.get(&format!("/exports/{}", id_of(&word)))
        .await
        .problem(404, "not_found");
    ada.anonymous()
        .at(Method::GET, url.as_str().expect("an address"))
        .await
        .problem(404, "not_found");
    assert_eq!(ada.all("/exports").await.len(), 2);
}

async fn exporting_twice_with_one_key_makes_one_file(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, _) = ada.written("Report", &report()).await;
    let ask = || {
        ada.post(&format!("/documents/export/{id}"))
            .key("export-1")
            .json(&json!({ "format": "docx" }))
    };
    let first = ask().await.json();
    let second = ask().await;
    assert_eq!(second.json()["id"], first["id"]);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(ada.all("/exports").await.len(), 1);
}

async fn a_repeated_export_has_a_link_that_is_still_good(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, _) = ada.written("Report", &report()).await;
    let path = format!("/documents/export/{id}");
    let ask = || {
        ada.post(&path)
            .key("export-1")
            .json(&json!({ "format": "docx" }))
    };
    let first = ask().await.expect(201);
    let expires = |export: &Value| {
        let url = export["downloadUrl"].as_str().expect("an address");
        let (_, query) = url.split_once("expires=").expect("a time");
        let digits = query.split('&').next().expect("digits");
        digits.parse::<i64>().expect("a Unix time")
    };
    // Links are made to the second, so one made later is good until later.
    let fresh = eventually("a link with another time", || async {
        let again = ask().await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        let again = again.expect(201);
        assert_eq!(again["id"], first["id"]);
        (expires(&again) > expires(&first)).then_some(again)
    })
    .await;
    ada.download(&fresh["downloadUrl"]).await;

    // The key lives as long as the export, also after the day for which other answers are kept.
    server.stop().await;
    let mut stored = server.storage().await;
    let row = id_of(&first);
    let times = ["created_at", "expires_at"];
    stored.age("exports", &times, Row::Id(&row), 3).await;
    drop(stored);
    server.restart().await;
    assert_eq!(ask().await.expect(201)["id"], first["id"]);
    ada.delete(&format!("/exports/{row}")).await.expect(204);
    let anew = ask().await;
    assert_eq!(anew.header("idempotency-replayed"), None);
    let anew = anew.expect(201);
    assert_ne!(anew["id"], first["id"], "what was deleted is made anew");
    ada.download(&anew["downloadUrl"]).await;
}

async fn one_key_asked_twice_at_once_makes_one_file(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, _) = ada.written("Report", &report()).await;
    let path = format!("/documents/export/{id}");
    let asking = (0..6).map(|_| {
        let call = ada.post(&path).key("export-1");
        let call = call.json(&json!({ "format": "pdf" }));
        tokio::spawn(async move { call.await.expect(201) })
    });
    let asked: Vec<_> = asking.collect();
    let mut ids = std::collections::BTreeSet::new();
    for answer in asked {
        let export = answer.await.expect("an answer");
        assert_eq!(export["status"], "ready", "{export:#}");
        ids.insert(id_of(&export));
    }
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(ada.all("/exports").await.len(), 1);
}

async fn a_key_of_an_export_is_for_one_request(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let jonas = server.person("Jonas").await;
    let (id, _) = ada.written("Report", &report()).await;
    let (other, _) = ada.written("Another", &report()).await;
    let ask = |document: &str, format: &str| {
        ada.post(&format!("/documents/export/{document}"))
            .key("export-1")
            .json(&json!({ "format": format }))
    };
    ask(&id, "docx").await.expect(201);
    ask(&id, "pdf").await.problem(422, "idempotency_key_reused");
    ask(&other, "docx")
        .await
        .problem(422, "idempotency_key_reused");
    let (theirs, _) = jonas.written("Report", &report()).await;
    let mine = jonas
        .post(&format!("/documents/export/{theirs}"))
        .key("export-1")
        .json(&json!({ "format": "docx" }))
        .await;
    assert_eq!(
        mine.header("idempotency-replayed"),
        None,
        "keys are a person's own"
    );
    assert_eq!(mine.expect(201)["documentId"], theirs.as_str());
    ada.post(&format!("/documents/export/{id}"))
        .key("two words")
        .json(&json!({ "format": "docx" }))
        .await
        .problem(400, "idempotency_key_invalid");
}

async fn what_can_not_be_exported_says_why(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", "text/markdown", b"# Notes")
        .await;
    let path = format!("/documents/export/{}", id_of(&document));
    ada.post(&path)
        .json(&json!({ "format": "docx" }))
        .await
        .problem(404, "draft_missing");
    let (id, _) = ada.written("Report", &report()).await;
    ada.post(&format!("/documents/export/{id}"))
        .json(&json!({ "format": "odt" }))
        .await
        .problem(422, "validation_failed");
    let nothing = json!({ "format": "docx", "templateId": uuid::Uuid::now_v7() });
    ada.post(&format!("/documents/export/{id}"))
        .json(&nothing)
        .await
        .problem(404, "template_unknown");
    assert!(
        ada.all("/exports").await.is_empty(),
        "nothing half made is listed"
    );
}
