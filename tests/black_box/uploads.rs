//! From a file to its text: upload addresses, ingest, extraction, chunks, search in the source, Trash.

use carrel_tests::document::id_of;
use carrel_tests::samples::{self, CSV, DOCX, EML, HTML, MARKDOWN, NOTES, PDF, TEXT};
use carrel_tests::{Backend, Server, both_databases};
use http::Method;
use serde_json::json;

both_databases! {
    files_of_many_kinds_give_their_text_and_structure,
    structure_and_offsets_survive_extraction,
    a_pdf_keeps_its_pages_and_can_be_searched,
    a_scanned_page_is_read_by_eye_or_says_that_it_needs_to_be,
    a_hundred_pages_are_extracted_and_cut_into_chunks,
    an_upload_address_takes_exactly_what_was_announced,
    an_upload_address_ends_within_a_quarter_of_an_hour,
    what_can_not_be_taken_is_refused_before_the_upload,
    odd_names_are_kept_as_names_and_never_as_paths,
    the_original_can_be_downloaded_as_it_was,
    several_files_at_once_are_all_extracted,
    a_deleted_document_waits_in_trash_and_can_come_back,
    a_title_can_be_changed_within_reason,
}

async fn files_of_many_kinds_give_their_text_and_structure(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let html = "<!doctype html><html><head><title>Harbour</title><script>alert('no')</script></head><body><h1>Tides</h1>\
                <p>High water at <b>noon</b>.</p><ul><li>Bring boots</li></ul></body></html>";
    let csv = "Name,Class\nAda,5a\nGrace,5b\n";
    let files: [(&str, &str, Vec<u8>, &[&str]); 7] = [
        (
            "notes.md",
            MARKDOWN,
            NOTES.into(),
            &[
                "Two buses leave the school",
                "without nuts",
                "Knot workshop",
            ],
        ),
        (
            "minutes.docx",
            DOCX,
            samples::docx(
                "# Minutes\n\nThe roof needs repair.\n\n| Item | Cost |\n| Slate | 400 |",
            ),
            &["Minutes", "The roof needs repair.", "Slate"],
        ),
        (
            "report.pdf",
            PDF,
            samples::pdf(&["Annual report\nThe school has 412 pupils."]),
            &["Annual report", "412 pupils"],
        ),
        (
            "tides.html",
            HTML,
            html.into(),
            &["Tides", "High water at noon.", "Bring boots"],
        ),
        ("classes.csv", CSV, csv.into(), &["Grace", "5b"]),
        (
            "minutes.eml",
            EML,
            samples::mail(),
            &["The committee met on Thursday.", "repaint the lighthouse"],
        ),
        (
            "plain.txt",
            TEXT,
            "Caf\u{e9} at the pier\n\nClosed on Mondays.".into(),
            &["Caf\u{e9} at the pier", "Closed on Mondays."],
        ),
    ];
    for (name, media_type, bytes, phrases) in files {
        let document = ada.upload_and_extract(name, media_type, &bytes).await;
        assert_eq!(document["status"], "extracted", "{name}");
        assert_eq!(document["originalName"], name);
        assert_eq!(document["size"], bytes.len());
        assert!(
            document["sourceWords"]
                .as_u64()
                .is_some_and(|words| words > 0),
            "{document:#}"
        );
        let text = ada.source_text(&id_of(&document)).await;
        for phrase in phrases {
            assert!(
                text.contains(phrase),
                "{name} should hold {phrase:?}:\n{text}"
            );
        }
        assert!(!text.contains("alert("), "scripts are no text");
    }
}

async fn structure_and_offsets_survive_extraction(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let pages = ada
        .all(&format!("/documents/{}/source", id_of(&document)))
        .await;
    let blocks: Vec<_> = pages
        .iter()
        .flat_map(|page| page["blocks"].as_array().expect("blocks"))
        .collect();
    let kinds: Vec<_> = blocks
        .iter()
        .map(|block| block["kind"]["type"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(
        kinds,
        [
            "heading",
            "paragraph",
            "heading",
            "paragraph",
            "heading",
            "paragraph",
            "listItem",
            "listItem",
            "heading",
            "table"
        ]
    );
    assert_eq!(blocks[0]["kind"]["level"], 1);
    assert_eq!(blocks[2]["kind"]["level"], 2);
    assert_eq!(
        blocks[9]["kind"]["rows"][1],
        json!(["9:30", "Tour of the lightship"])
    );
    let mut end = 0;
    for block in blocks {
        let (start, next) = (
            block["start"].as_u64().expect("start"),
            block["end"].as_u64().expect("end"),
        );
        let length =
            u64::try_from(block["text"].as_str().expect("text").chars().count()).expect("a length");
        assert!(
            start >= end && next - start == length,
            "offsets count characters: {block}"
        );
        end = next;
    }
}

async fn a_pdf_keeps_its_pages_and_can_be_searched(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let bytes = samples::pdf(&[
        "First page\nThe tide comes in.",
        "Second page\nThe lantern is lit.",
        "Third page\nThe lantern goes out.",
    ]);
    let document = ada.upload_and_extract("tides.pdf", PDF, &bytes).await;
    assert_eq!(
        (&document["pageCount"], &document["ocr"]),
        (&json!(3), &json!("not_needed"))
    );
    let id = id_of(&document);
    let pages = ada.all(&format!("/documents/{id}/source")).await;
    let numbers: Vec<_> = pages
        .iter()
        .map(|page| page["page"].as_u64().unwrap_or_default())
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    let matches = ada
        .get(&format!("/documents/{id}/source/search?q=LANTERN"))
        .await
        .expect(200);
    let found: Vec<_> = matches
        .as_array()
        .expect("a list")
        .iter()
        .map(|found| found["page"].as_u64().unwrap_or_default())
        .collect();
    assert_eq!(found, [2, 3]);
    assert!(
        matches[0]["snippet"]
            .as_str()
            .is_some_and(|snippet| snippet.contains("lantern is lit"))
    );
    assert_eq!(
        ada.get(&format!("/documents/{id}/source/search?q=whale"))
            .await
            .expect(200),
        json!([])
    );
}

async fn a_scanned_page_is_read_by_eye_or_says_that_it_needs_to_be(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload(
            "scan.pdf",
            PDF,
            &samples::scanned_pdf("Lighthouse keeper\nThe lantern room is closed on Sunday"),
        )
        .await;
    let document = ada.settled(&id_of(&document)).await;
    if ada.get("/status").await.expect(200)["ocrAvailable"] == true {
        assert_eq!(document["ocr"], "done", "{document:#}");
        let text = ada.source_text(&id_of(&document)).await.to_lowercase();
        assert!(text.contains("lantern room is closed"), "{text}");
    } else {
        assert_eq!(document["ocr"], "needed", "{document:#}");
    }
}

async fn a_hundred_pages_are_extracted_and_cut_into_chunks(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("long.pdf", PDF, &samples::long_pdf(100))
        .await;
    assert_eq!(document["pageCount"], 100);
    let count = document["chunkCount"].as_u64().expect("a count");
    assert!(count > 5, "{count} chunks of 45,000 words");
    let id = id_of(&document);
    let chunks = ada
        .get(&format!("/documents/{id}/chunks"))
        .await
        .expect(200);
    let chunks = chunks.as_array().expect("a list");
    assert_eq!(u64::try_from(chunks.len()).expect("a count"), count);
    let mut end = 0;
    for (index, chunk) in chunks.iter().enumerate() {
        assert_eq!(chunk["idx"], index);
        let start = chunk["start"].as_u64().expect("start");
        assert!(
            start <= end + 2,
            "nothing is lost between chunks: {chunk} after {end}"
        );
        end = chunk["end"].as_u64().expect("end");
        assert!(
            chunk["tokens"]
                .as_u64()
                .is_some_and(|tokens| tokens <= 4000),
            "{chunk}"
        );
    }
    let pages = ada.all(&format!("/documents/{id}/source")).await;
    let last = pages
        .iter()
        .flat_map(|page| page["blocks"].as_array().expect("blocks"))
        .next_back()
        .expect("a block");
    assert!(
        end >= last["end"].as_u64().expect("end") - 1,
        "the chunks reach the end"
    );
}

async fn an_upload_address_takes_exactly_what_was_announced(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let place = ada.upload_url("a.md", MARKDOWN, 5).await;
    assert_eq!(place["method"], "PUT");
    ada.put_to(&place, b"123456")
        .await
        .problem(422, "size_mismatch");
    ada.put_to(&place, b"1234")
        .await
        .problem(422, "size_mismatch");
    ada.ingest(&place, "a.md", MARKDOWN, 5)
        .await
        .problem(409, "upload_missing");

    let url = place["url"].as_str().expect("a url");
    for forged in [
        url.replace("size=5", "size=6"),
        url.replacen("expires=", "expires=9", 1),
        url.replace("signature=", "signature=A"),
    ] {
        assert_ne!(forged, url, "the address has size, expiry and signature");
        let mut other = place.clone();
        other["url"] = json!(forged);
        ada.put_to(&other, b"12345")
            .await
            .problem(403, "signature_invalid");
    }
    let reading = ada.anonymous().at(Method::GET, url).await;
    reading.problem(403, "signature_invalid");

    let put = ada.put_to(&place, b"12345").await;
    assert!(
        matches!(put.status, 200 | 201),
        "a failed PUT can be repeated: {}",
        put.text()
    );
    ada.ingest(&place, "a.md", MARKDOWN, 4)
        .await
        .problem(422, "size_mismatch");
    let document = ada.ingest(&place, "a.md", MARKDOWN, 5).await.expect(201);
    ada.ingest(&place, "a.md", MARKDOWN, 5)
        .await
        .problem(409, "upload_already_used");
    assert_eq!(ada.settled(&id_of(&document)).await["status"], "extracted");
}

async fn an_upload_address_ends_within_a_quarter_of_an_hour(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let place = ada.upload_url("a.md", MARKDOWN, 5).await;
    let expires = place["expiresAt"].as_str().expect("a time").to_owned();
    let document = ada
        .post("/documents")
        .json(&json!({ "title": "now" }))
        .await
        .expect(201);
    let now = document["createdAt"].as_str().expect("a time").to_owned();
    assert!(expires > now, "{expires} is after {now}");
    // Both are RFC 3339 in UTC; minutes since midnight are enough, over midnight too.
    let minutes = |time: &str| {
        time[11..13].parse::<i64>().expect("hours") * 60
            + time[14..16].parse::<i64>().expect("minutes")
    };
    let lifetime = (minutes(&expires) - minutes(&now)).rem_euclid(24 * 60);
    assert!((1..=15).contains(&lifetime), "{lifetime} minutes");
}

async fn what_can_not_be_taken_is_refused_before_the_upload(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let ask = |name: &str, media_type: &str, size: u64| {
        ada.post("/documents/upload-url")
            .json(&json!({ "contentType": media_type, "size": size, "originalName": name }))
    };
    ask("big.pdf", PDF, 500 * 1024 * 1024)
        .await
        .problem(413, "file_too_large");
    ask("big.pdf", PDF, 50 * 1024 * 1024 + 1)
        .await
        .problem(413, "file_too_large");
    ask("full.pdf", PDF, 50 * 1024 * 1024).await.expect(201);
    ask("run.exe", "application/x-msdownload", 10)
        .await
        .problem(415, "media_type_unsupported");
    ask("empty.pdf", PDF, 0).await.problem(422, "file_empty");
    for name in ["", "  ", &"n".repeat(4000), "two\nlines.pdf", "nul\0.pdf"] {
        ask(name, PDF, 10).await.problem(422, "name_invalid");
    }
}

async fn odd_names_are_kept_as_names_and_never_as_paths(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    for name in [
        "../../etc/passwd.md",
        "a/b\\c.md",
        "\u{202e}dm.exe",
        "\u{65e5}\u{672c}\u{8a9e} \u{1f4da}.md",
        "it's \"quoted\"; x=1.md",
    ] {
        let wanted = json!({ "contentType": MARKDOWN, "size": 7, "originalName": name });
        let place = ada.post("/documents/upload-url").json(&wanted).await;
        if place.status == 422 {
            place.problem(422, "name_invalid");
            continue;
        }
        let place = place.expect(201);
        assert!(
            !place["key"].as_str().expect("a key").contains(".."),
            "{place}"
        );
        assert_eq!(ada.put_to(&place, b"# Title").await.status, 200);
        let document = ada.ingest(&place, name, MARKDOWN, 7).await.expect(201);
        let document = ada.settled(&id_of(&document)).await;
        assert_eq!(document["status"], "extracted", "{document:#}");
        let title = document["title"].as_str().expect("a title");
        assert!(!title.contains(['/', '\\', '\u{202e}']), "{title:?}");
        let url = ada
            .post("/documents/download-url")
            .json(&json!({ "documentId": document["id"] }))
            .await
            .expect(200);
        assert_eq!(ada.download(&url["url"]).await, b"# Title");
    }
}

async fn the_original_can_be_downloaded_as_it_was(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let bytes = samples::pdf(&["One page"]);
    let document = ada.upload_and_extract("One page.pdf", PDF, &bytes).await;
    let url = ada
        .post("/documents/download-url")
        .json(&json!({ "documentId": document["id"] }))
        .await
        .expect(200);
    let address = url["url"].as_str().expect("a url");
    let file = ada.anonymous().at(Method::GET, address).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.body, bytes);
    let disposition = file
        .header("content-disposition")
        .expect("a name to save it under");
    assert!(
        disposition.starts_with("attachment") && disposition.contains("One page.pdf"),
        "{disposition}"
    );
    assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    ada.anonymous()
        .at(Method::GET, &address.replacen("expires=", "expires=9", 1))
        .await
        .problem(403, "signature_invalid");
    ada.anonymous()
        .at(Method::PUT, address)
        .bytes(PDF, "changed")
        .await
        .problem(403, "signature_invalid");
}

async fn several_files_at_once_are_all_extracted(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let uploads = (0..8).map(|number| {
        let ada = ada.clone();
        async move {
            let text = format!("# Note {number}\n\nThe number is {number}.");
            ada.upload_and_extract(&format!("note-{number}.md"), MARKDOWN, text.as_bytes())
                .await
        }
    });
    let documents = futures::future::join_all(uploads).await;
    assert!(
        documents
            .iter()
            .all(|document| document["status"] == "extracted")
    );
    assert_eq!(ada.all("/documents?status=extracted").await.len(), 8);
}

async fn a_deleted_document_waits_in_trash_and_can_come_back(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let path = format!("/documents/{}", id_of(&document));
    ada.delete(&path).await.expect(204);
    assert!(ada.all("/documents").await.is_empty());
    let trash = ada.all("/documents?trash=true").await;
    assert_eq!(trash.len(), 1);
    assert!(trash[0]["deletedAt"].is_string());
    ada.post(&format!("{path}/undelete")).await.expect(200);
    assert_eq!(ada.all("/documents").await.len(), 1);
    assert!(ada.all("/documents?trash=true").await.is_empty());
    assert!(
        ada.source_text(&id_of(&document))
            .await
            .contains("Two buses")
    );
}

async fn a_title_can_be_changed_within_reason(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .post("/documents")
        .json(&json!({ "title": "Untitled" }))
        .await
        .expect(201);
    let path = format!("/documents/{}", id_of(&document));
    assert_eq!(
        ada.patch(&path)
            .json(&json!({ "title": "Spring report" }))
            .await
            .expect(200)["title"],
        "Spring report"
    );
    ada.patch(&path)
        .json(&json!({ "title": "  " }))
        .await
        .problem(422, "validation_failed");
    ada.patch(&path)
        .json(&json!({ "title": "t".repeat(4000) }))
        .await
        .problem(422, "validation_failed");
    assert_eq!(ada.get(&path).await.expect(200)["title"], "Spring report");
}
