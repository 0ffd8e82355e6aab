//! `kill -9` in the middle of work: what was acknowledged is there, nothing is half there, and a retry works.

use std::time::Duration;

use carrel_tests::document::{EXTRACTIVE, SCRIPTED_MODEL, id_of, paragraph, text_of, tree};
use carrel_tests::samples::{self, MARKDOWN, NOTES, PDF};
use carrel_tests::{Backend, Server, Turn, Upstream, both_databases};
use futures::StreamExt;
use serde_json::{Value, json};

both_databases! {
    a_document_accepted_before_a_crash_is_extracted_after_it,
    a_draft_under_way_in_a_crash_is_interrupted_and_can_be_repeated,
    every_acknowledged_save_survives_a_crash,
    an_export_in_a_crash_is_whole_or_absent,
    an_upload_in_a_crash_leaves_nothing_and_can_be_repeated,
    stopping_waits_for_requests_and_ends_well,
}

async fn a_document_accepted_before_a_crash_is_extracted_after_it(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let pdf = samples::long_pdf(60);
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(id_of(
            &ada.upload(&format!("report-{number}.pdf"), PDF, &pdf).await,
        ));
    }
    server.kill().await;
    server.restart().await;
    for id in ids {
        let document = ada.settled(&id).await;
        assert_eq!(
            (&document["status"], &document["pageCount"]),
            (&json!("extracted"), &json!(60)),
            "{document:#}"
        );
        assert!(
            ada.source_text(&id)
                .await
                .contains("Leaf 60 of the long report")
        );
    }
}

async fn a_draft_under_way_in_a_crash_is_interrupted_and_can_be_repeated(backend: Backend) {
    let mut server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    let template = ada.template("Letter", "# Letter\n", &[]).await;
    upstream.next(Turn::Held(
        "Half of a letter that will never be whole".into(),
    ));
    let generation = id_of(&ada.generate(&id, &template, SCRIPTED_MODEL).await);
    let mut stream = ada
        .get(&format!("/generations/{generation}/events"))
        .events()
        .await;
    stream.until("text").await;
    server.kill().await;
    server.restart().await;

    let ended = ada.ended(&generation).await;
    assert_eq!(ended["status"], "interrupted", "{ended:#}");
    let events = ada
        .get(&format!("/generations/{generation}/events"))
        .events()
        .await
        .to_the_end()
        .await;
    assert_eq!(
        events.last().map(|event| event.name.as_str()),
        Some("error"),
        "the stream tells it too"
    );
    ada.get(&format!("/documents/{id}/draft"))
        .await
        .problem(404, "draft_missing");
    assert_eq!(ada.document(&id).await["activeGenerationId"], Value::Null);

    upstream.release();
    upstream.next(Turn::text("A whole letter."));
    let draft = ada.draft(&id, &template, SCRIPTED_MODEL).await;
    assert_eq!(text_of(&draft["tree"]), "A whole letter.");
}

async fn every_acknowledged_save_survives_a_crash(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, draft) = ada.written("Report", &tree(&[paragraph("Edit 0")])).await;
    let mut version = draft["version"].clone();
    let mut edit = 0;
    for round in 0..3_u64 {
        let saving = {
            let (ada, id, mut version) = (ada.clone(), id.clone(), version.clone());
            tokio::spawn(async move {
                let mut acknowledged = edit;
                loop {
                    let next = tree(&[paragraph(&format!("Edit {}", acknowledged + 1))]);
                    let call = ada
                        .put(&format!("/documents/{id}/draft"))
                        .if_match(&version)
                        .json(&json!({ "tree": next }));
                    match call.attempt().await {
                        Ok(reply) => version = reply.expect(200)["version"].clone(),
                        Err(_) => return acknowledged,
                    }
                    acknowledged += 1;
                }
            })
        };
        // Not to let anything happen in time, but to crash at different moments of the same work.
        tokio::time::sleep(Duration::from_millis(150 + 170 * round)).await;
        server.kill().await;
        let acknowledged = saving.await.expect("the saving ends with the connection");
        server.restart().await;
        let now = ada.current_draft(&id).await;
        let text = text_of(&now["tree"]);
        let found: usize = text
            .strip_prefix("Edit ")
            .and_then(|number| number.parse().ok())
            .expect("an edit");
        assert!(
            found == acknowledged || found == acknowledged + 1,
            "acknowledged {acknowledged}, found {found}"
        );
        assert!(found > edit || round == 0, "the rounds save something");
        (version, edit) = (now["version"].clone(), found);
    }
    ada.save(&id, &version, &tree(&[paragraph("The end")]))
        .await
        .expect(200);
}

async fn an_export_in_a_crash_is_whole_or_absent(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let words = samples::prose(4000);
    let blocks: Vec<_> = words.split("\n\n").map(paragraph).collect();
    let (id, _) = ada.written("Report", &tree(&blocks)).await;
    for round in 0..2_u64 {
        let asking = (0..4).map(|number| {
            let format = if number % 2 == 0 { "docx" } else { "pdf" };
            let call = ada
                .post(&format!("/documents/export/{id}"))
                .json(&json!({ "format": format }));
            tokio::spawn(async move { call.attempt().await })
        });
        let asked: Vec<_> = asking.collect();
        tokio::time::sleep(Duration::from_millis(40 + 160 * round)).await;
        server.kill().await;
        let mut acknowledged = Vec::new();
        for answer in asked {
            if let Ok(reply) = answer.await.expect("the call ends") {
                acknowledged.push(id_of(&reply.json()));
            }
        }
        server.restart().await;
        let listed = ada.all("/exports").await;
        for id in acknowledged {
            assert!(
                listed.iter().any(|export| export["id"] == id.as_str()),
                "{id} was acknowledged"
            );
        }
        for export in listed {
            let path = format!("/exports/{}", id_of(&export));
            let export = carrel_tests::eventually("an end of the export", || async {
                let export = ada.get(&path).await.expect(200);
                (export["status"] != "queued").then_some(export)
            })
            .await;
            if export["status"] == "ready" {
                let bytes = ada.download(&export["downloadUrl"]).await;
                assert_eq!(export["size"], bytes.len());
                if export["format"] == "docx" {
                    samples::unzip(&bytes);
                } else {
                    assert!(bytes.trim_ascii_end().ends_with(b"%%EOF"), "a whole PDF");
                }
            } else {
                assert!(export["failure"]["detail"].is_string(), "{export:#}");
            }
        }
    }
    ada.export(&id, "docx").await;
}

async fn an_upload_in_a_crash_leaves_nothing_and_can_be_repeated(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let place = ada.upload_url("report.md", MARKDOWN, 1_000_000).await;
    let half = futures::stream::iter([Ok(vec![b'x'; 500_000])])
        .chain(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let sending = {
        let (ada, place) = (ada.clone(), place.clone());
        tokio::spawn(async move {
            let address = place["url"].as_str().expect("a url").to_owned();
            let call = ada
                .anonymous()
                .at(http::Method::PUT, &address)
                .header("content-type", MARKDOWN);
            call.stream(half, 1_000_000).attempt().await.is_err()
        })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.kill().await;
    assert!(
        sending.await.expect("the upload ends"),
        "a killed server answers nothing"
    );
    server.restart().await;
    ada.ingest(&place, "report.md", MARKDOWN, 1_000_000)
        .await
        .problem(409, "upload_missing");
    let whole = "# Report\n\n".to_owned() + &samples::prose(150_000);
    let whole = &whole.as_bytes()[..1_000_000];
    assert_eq!(
        ada.put_to(&place, whole).await.status,
        200,
        "the same address takes the file again"
    );
    let document = ada
        .ingest(&place, "report.md", MARKDOWN, 1_000_000)
        .await
        .expect(201);
    assert_eq!(ada.settled(&id_of(&document)).await["status"], "extracted");
}

async fn stopping_waits_for_requests_and_ends_well(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let template = ada.template("Letter", "# Letter\n\n## Costs\n", &[]).await;
    ada.draft(&id_of(&document), &template, EXTRACTIVE).await;
    assert_eq!(server.stop().await, Some(0));
    server.restart().await;
    assert!(text_of(&ada.current_draft(&id_of(&document)).await["tree"]).contains("12 euros"));
}
