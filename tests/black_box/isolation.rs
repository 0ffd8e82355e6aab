//! What belongs to one person does not exist for another.

use carrel_tests::document::{EXTRACTIVE, id_of, paragraph, tree};
use carrel_tests::samples::{MARKDOWN, NOTES};
use carrel_tests::{Backend, Server, both_databases};
use http::Method;
use serde_json::json;

both_databases! {
    a_stranger_finds_nothing_of_anothers_work,
    another_persons_template_or_picture_can_not_be_used,
}

async fn a_stranger_finds_nothing_of_anothers_work(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, eve) = (server.person("Ada").await, server.person("Eve").await);
    let template = ada.template("Letter", "# Letter\n\n## Costs\n", &[]).await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    let started = ada.generate(&id, &template, EXTRACTIVE).await;
    let generation = id_of(&ada.ended(&id_of(&started)).await);
    let draft = ada.current_draft(&id).await;
    let revision = ada
        .post(&format!("/documents/{id}/revisions"))
        .json(&json!({ "name": "Mine" }))
        .await
        .expect(201);
    let number = revision["number"].as_i64().expect("a number");
    let refine = json!({ "documentId": id, "prompt": "Shorter.", "model": EXTRACTIVE });
    let refinement = id_of(
        &ada.post("/ai/refine")
            .key("r")
            .json(&refine)
            .await
            .expect(200),
    );
    let export = id_of(&ada.export(&id, "docx").await);
    let prompt = id_of(
        &ada.post("/prompts")
            .json(&json!({ "title": "Mine", "content": "Private." }))
            .await
            .expect(201),
    );
    let image = id_of(
        &ada.post("/images")
            .bytes("image/png", carrel_tests::samples::png(2, 2))
            .await
            .expect(201),
    );
    let place = ada.upload_url("more.md", MARKDOWN, 4).await;
    ada.put_to(&place, b"more").await;
    let template_id = id_of(&template);

    let documents = format!("/documents/{id}");
    for path in [
        documents.clone(),
        format!("{documents}/source"),
        format!("{documents}/source/search?q=bus"),
        format!("{documents}/chunks"),
        format!("{documents}/draft"),
        format!("{documents}/revisions"),
        format!("{documents}/revisions/{number}"),
        format!("{documents}/revisions/compare?from={number}"),
        format!("{documents}/refinements"),
        format!("/generations/{generation}"),
        format!("/generations/{generation}/events"),
        format!("/ai/refinements/{refinement}"),
        format!("/exports/{export}"),
        format!("/templates/{template_id}"),
        format!("/templates/{template_id}/versions"),
        format!("/templates/{template_id}/versions/1"),
        format!("/prompts/{prompt}"),
        format!("/images/{image}"),
    ] {
        eve.get(&path).await.absent();
        let own = ada.get(&path).await.status;
        assert_eq!(own, 200, "its owner reads {path}");
    }

    let input = json!({ "name": "Stolen", "body": "# Stolen" });
    let writes = [
        (
            Method::PATCH,
            documents.clone(),
            json!({ "title": "Stolen" }),
        ),
        (Method::DELETE, documents.clone(), json!(null)),
        (Method::POST, format!("{documents}/retry"), json!(null)),
        (Method::POST, format!("{documents}/undelete"), json!(null)),
        (
            Method::PUT,
            format!("{documents}/draft"),
            json!({ "tree": tree(&[paragraph("Stolen")]) }),
        ),
        (
            Method::POST,
            format!("{documents}/revisions"),
            json!({ "name": "Stolen" }),
        ),
        (
            Method::PATCH,
            format!("{documents}/revisions/{number}"),
            json!({ "name": "Stolen" }),
        ),
        (
            Method::POST,
            format!("{documents}/revisions/{number}/restore"),
            json!(null),
        ),
        (
            Method::POST,
            "/documents/download-url".into(),
            json!({ "documentId": id }),
        ),
        (
            Method::POST,
            format!("/documents/export/{id}"),
            json!({ "format": "docx" }),
        ),
        (
            Method::POST,
            "/documents/generate".into(),
            json!({ "documentId": id, "templateId": template_id }),
        ),
        (Method::POST, "/ai/refine".into(), refine),
        (
            Method::POST,
            format!("/generations/{generation}/cancel"),
            json!(null),
        ),
        (
            Method::POST,
            format!("/ai/refinements/{refinement}/accept"),
            json!({}),
        ),
        (
            Method::POST,
            format!("/ai/refinements/{refinement}/reject"),
            json!({}),
        ),
        (
            Method::POST,
            format!("/exports/{export}/download-url"),
            json!(null),
        ),
        (Method::DELETE, format!("/exports/{export}"), json!(null)),
        (Method::PUT, format!("/templates/{template_id}"), input),
        (
            Method::DELETE,
            format!("/templates/{template_id}"),
            json!(null),
        ),
        (
            Method::POST,
            format!("/templates/{template_id}/duplicate"),
            json!(null),
        ),
        (
            Method::POST,
            format!("/templates/{template_id}/versions/1/restore"),
            json!(null),
        ),
        (
            Method::PUT,
            format!("/prompts/{prompt}"),
            json!({ "title": "Stolen", "content": "Stolen" }),
        ),
        (Method::DELETE, format!("/prompts/{prompt}"), json!(null)),
    ];
    for (number, (method, path, body)) in writes.into_iter().enumerate() {
        let call = eve
            .call(method, &path)
            .key(&format!("eve-{number}"))
            .if_match(&draft["version"]);
        let reply = if body.is_null() {
            call.await
        } else {
            call.json(&body).await
        };
        reply.absent();
    }
    let stolen = eve.ingest(&place, "more.md", MARKDOWN, 4).await;
    assert!(
        matches!(stolen.status, 404 | 409),
        "an upload belongs to who asked for it: {}",
        stolen.text()
    );
    assert_eq!(ada.ingest(&place, "more.md", MARKDOWN, 4).await.status, 201);

    for list in [
        "/documents",
        "/documents?trash=true",
        "/exports",
        "/prompts",
        "/generations",
        "/templates?scope=own",
    ] {
        assert!(
            eve.all(list).await.is_empty(),
            "{list} of a stranger is empty"
        );
    }
    assert_eq!(ada.current_draft(&id).await, draft, "nothing was changed");
    assert_eq!(eve.get("/usage?days=1").await.expect(200)["calls"], 0);
}

async fn another_persons_template_or_picture_can_not_be_used(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, eve) = (server.person("Ada").await, server.person("Eve").await);
    let template = ada.template("Letter", "# Secret wording\n", &[]).await;
    let image = ada
        .post("/images")
        .bytes("image/png", carrel_tests::samples::png(2, 2))
        .await
        .expect(201);
    let document = eve
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let request =
        json!({ "documentId": document["id"], "templateId": template["id"], "model": EXTRACTIVE });
    eve.post("/documents/generate")
        .json(&request)
        .await
        .problem(404, "template_unknown");
    let (id, _) = eve.written("Report", &tree(&[paragraph("Mine")])).await;
    let export = json!({ "format": "docx", "templateId": template["id"] });
    eve.post(&format!("/documents/export/{id}"))
        .json(&export)
        .await
        .problem(404, "template_unknown");

    let picture = tree(&[json!({ "type": "image", "attrs": { "src": image["src"] } })]);
    let draft = eve.current_draft(&id).await;
    let refused = eve.save(&id, &draft["version"], &picture).await;
    refused.problem(422, "tree_invalid");
    assert_eq!(eve.current_draft(&id).await, draft);
}
