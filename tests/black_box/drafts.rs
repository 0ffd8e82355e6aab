//! The draft as people write it: saving, two windows, revisions, comparing, restoring.

use carrel_tests::document::{heading, id_of, paragraph, text_of, tree};
use carrel_tests::{Backend, Server, both_databases};
use serde_json::{Value, json};

both_databases! {
    a_saved_draft_reads_back_as_it_was,
    of_two_windows_the_second_to_save_is_told,
    a_tree_that_is_not_a_document_is_refused_by_its_place,
    an_older_revision_can_be_named_compared_and_restored,
    pictures_are_kept_beside_the_draft_and_checked,
}

async fn a_saved_draft_reads_back_as_it_was(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let rich = tree(&[
        heading(1, "Report"),
        json!({ "type": "paragraph", "content": [
            { "type": "text", "text": "Plain, " },
            { "type": "text", "text": "bold", "marks": [{ "type": "bold" }] },
            { "type": "text", "text": " and " },
            { "type": "text", "text": "linked", "marks": [{ "type": "link", "attrs": { "href": "https://example.org/a" } }] },
            { "type": "hardBreak" },
            { "type": "text", "text": "struck", "marks": [{ "type": "italic" }, { "type": "strike" }] },
        ] }),
        json!({ "type": "orderedList", "attrs": { "start": 3 }, "content": [
            { "type": "listItem", "content": [paragraph("Third"), { "type": "bulletList", "content": [{ "type": "listItem", "content": [paragraph("Nested")] }] }] },
        ] }),
        json!({ "type": "blockquote", "content": [paragraph("Quoted")] }),
        json!({ "type": "codeBlock", "content": [{ "type": "text", "text": "let x = 1;\n" }] }),
        json!({ "type": "table", "content": [{ "type": "tableRow", "content": [
            { "type": "tableHeader", "content": [paragraph("Head")] }, { "type": "tableCell", "content": [paragraph("Cell")] },
        ] }] }),
        json!({ "type": "horizontalRule" }),
        json!({ "type": "pageBreak" }),
        paragraph("Emoji \u{1d11e} and \u{5e9}\u{5dc}\u{5d5}\u{5dd}"),
    ]);
    let (id, saved) = ada.written("Report", &rich).await;
    let read = ada.get(&format!("/documents/{id}/draft")).await;
    assert_eq!(read.expect(200)["version"], saved["version"]);
    assert_eq!(
        read.header("etag"),
        Some(format!("\"{}\"", saved["version"]).as_str())
    );
    let (wanted, found) = (text_of(&rich), text_of(&read.json()["tree"]));
    assert_eq!(found, wanted);
    let kinds = |tree: &Value| {
        tree["content"]
            .as_array()
            .expect("blocks")
            .iter()
            .map(|block| block["type"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(&read.json()["tree"]), kinds(&rich));
    assert_eq!(
        read.json()["tree"]["content"][1]["content"],
        rich["content"][1]["content"],
        "marks and links are kept"
    );
    assert!(
        read.json()["words"]
            .as_u64()
            .is_some_and(|words| words >= 10)
    );
}

async fn of_two_windows_the_second_to_save_is_told(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, draft) = ada.written("Report", &tree(&[paragraph("One")])).await;
    let first = ada
        .save(&id, &draft["version"], &tree(&[paragraph("One and two")]))
        .await
        .expect(200);
    ada.save(&id, &draft["version"], &tree(&[paragraph("One and three")]))
        .await
        .problem(412, "draft_changed");
    ada.put(&format!("/documents/{id}/draft"))
        .json(&json!({ "tree": tree(&[]) }))
        .await
        .problem(428, "precondition_required");
    let now = ada.current_draft(&id).await;
    assert_eq!(
        (text_of(&now["tree"]).as_str(), &now["version"]),
        ("One and two", &first["version"])
    );

    let windows = (0..6).map(|window| {
        let (ada, id, version) = (ada.clone(), id.clone(), first["version"].clone());
        async move {
            ada.save(
                &id,
                &version,
                &tree(&[paragraph(&format!("Window {window}"))]),
            )
            .await
            .status
        }
    });
    let mut statuses = futures::future::join_all(windows).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
}

async fn a_tree_that_is_not_a_document_is_refused_by_its_place(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, draft) = ada.written("Report", &tree(&[paragraph("Good")])).await;
    let link = |href: &str| {
        tree(&[
            json!({ "type": "paragraph", "content": [{ "type": "text", "text": "x",
            "marks": [{ "type": "link", "attrs": { "href": href } }] }] }),
        ])
    };
    for wrong in [
        json!({ "type": "doc" , "content": [{ "type": "iframe" }] }),
        json!({ "type": "paragraph", "content": [] }),
        tree(&[json!({ "type": "heading", "attrs": { "level": 9 } })]),
        tree(&[
            json!({ "type": "image", "attrs": { "src": "https://tracker.example/pixel.png" } }),
        ]),
        tree(&[json!({ "type": "text", "text": "loose" })]),
        link("javascript:alert(1)"),
    ] {
        let problem = ada
            .save(&id, &draft["version"], &wrong)
            .await
            .problem(422, "tree_invalid");
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 10),
            "{problem}"
        );
    }
    // A level of the tree is two of JSON, whose own limit comes after the tree's.
    let tree = (422, "tree_invalid", "deeper than 60 levels");
    let json = (400, "json_too_deep", "127 levels deep");
    for (levels, (status, code, says)) in [(60, tree), (61, tree), (80, json), (100_000, json)] {
        let body = format!(
            r#"{{"tree":{{"type":"doc","content":[{}{{"type":"paragraph"}}{}]}}}}"#,
            r#"{"type":"blockquote","content":["#.repeat(levels),
            "]}".repeat(levels)
        );
        let problem = ada
            .put(&format!("/documents/{id}/draft"))
            .if_match(&draft["version"])
            .bytes("application/json", body)
            .await
            .problem(status, code);
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains(says)),
            "{levels}: {problem}"
        );
    }
    assert_eq!(text_of(&ada.current_draft(&id).await["tree"]), "Good");
}

async fn an_older_revision_can_be_named_compared_and_restored(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let first_tree = tree(&[
        heading(1, "Report"),
        paragraph("The harbour is open all year."),
    ]);
    let (id, draft) = ada.written("Report", &first_tree).await;
    let path = format!("/documents/{id}/revisions");
    let named = ada
        .post(&path)
        .json(&json!({ "name": "As sent to the board" }))
        .await
        .expect(201);
    assert_eq!(
        (&named["name"], &named["authorName"]),
        (&json!("As sent to the board"), &json!("Ada"))
    );
    let changed = tree(&[
        heading(1, "Report"),
        paragraph("The harbour is closed all winter."),
        paragraph("A new paragraph."),
    ]);
    let draft = ada.save(&id, &draft["version"], &changed).await.expect(200);

    let number = &named["number"];
    let comparison = ada
        .get(&format!("{path}/compare?from={number}"))
        .await
        .expect(200);
    let of = |op: &str| {
        let changes = comparison["changes"]
            .as_array()
            .expect("changes")
            .iter()
            .filter(|change| change["op"] == op);
        changes
            .map(|change| change["text"].as_str().expect("text"))
            .collect::<String>()
    };
    assert!(
        of("delete").contains("open") && of("delete").contains("year"),
        "{comparison:#}"
    );
    assert!(
        of("insert").contains("closed") && of("insert").contains("A new paragraph"),
        "{comparison:#}"
    );
    assert!(of("equal").contains("The harbour is"), "{comparison:#}");
    assert_eq!(
        (&comparison["deleted"], &comparison["inserted"]),
        (&json!(2), &json!(5)),
        "{comparison:#}"
    );

    let restored = ada
        .post(&format!("{path}/{number}/restore"))
        .await
        .expect(200);
    assert_eq!(text_of(&restored["tree"]), text_of(&first_tree));
    assert!(
        restored["version"].as_i64() > draft["version"].as_i64(),
        "restoring is a new version"
    );
    let revisions = ada.all(&path).await;
    assert!(
        revisions.is_sorted_by(|a, b| a["number"].as_i64() > b["number"].as_i64()),
        "newest first: {revisions:#?}"
    );
    assert_eq!(revisions[0]["cause"], "restored");
    let mut kept = Vec::new();
    for revision in &revisions {
        let detail = ada
            .get(&format!("{path}/{}", revision["number"]))
            .await
            .expect(200);
        kept.push(text_of(&detail["tree"]));
    }
    assert!(
        kept.iter().any(|text| text.contains("closed all winter")),
        "what was replaced is still there: {kept:?}"
    );

    let renamed = ada
        .patch(&format!("{path}/{number}"))
        .json(&json!({ "name": "Final" }))
        .await
        .expect(200);
    assert_eq!(renamed["name"], "Final");
    ada.patch(&format!("{path}/{number}"))
        .json(&json!({ "name": "n".repeat(4000) }))
        .await
        .problem(422, "validation_failed");
    ada.get(&format!("{path}/9999"))
        .await
        .problem(404, "not_found");
    ada.post(&format!("{path}/9999/restore"))
        .await
        .problem(404, "not_found");
}

async fn pictures_are_kept_beside_the_draft_and_checked(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    ada.post("/images")
        .bytes("image/png", "this is no picture")
        .await
        .problem(422, "image_invalid");
    ada.post("/images")
        .bytes("image/svg+xml", "<svg/>")
        .await
        .problem(422, "image_invalid");
    let picture = carrel_tests::samples::png(3, 2);
    let image = ada
        .post("/images")
        .bytes("image/png", picture.clone())
        .await
        .expect(201);
    assert_eq!(
        (&image["width"], &image["height"], &image["mediaType"]),
        (&json!(3), &json!(2), &json!("image/png"))
    );
    assert_eq!(image["src"], format!("carrel:images/{}", id_of(&image)));
    let read = ada.get(&format!("/images/{}", id_of(&image))).await;
    assert_eq!(
        (read.status, read.header("content-type")),
        (200, Some("image/png"))
    );
    assert!(
        read.body.starts_with(b"\x89PNG"),
        "a picture may be encoded anew, without what else was in the file"
    );
    let with_picture =
        tree(&[json!({ "type": "image", "attrs": { "src": image["src"], "alt": "A dot" } })]);
    ada.written("Report", &with_picture).await;
}
