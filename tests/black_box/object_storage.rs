//! Files in an S3-compatible store: presigned addresses of the store itself, from upload to export.

use carrel_tests::document::{EXTRACTIVE, id_of};
use carrel_tests::object_server::ObjectServer;
use carrel_tests::samples::{self, PDF};
use carrel_tests::{Backend, Server, both_databases};
use http::Method;
use serde_json::json;

both_databases! {
    files_go_to_the_store_and_come_from_it_by_presigned_addresses,
    a_store_that_is_away_is_a_named_failure_and_not_a_crash,
}

async fn files_go_to_the_store_and_come_from_it_by_presigned_addresses(backend: Backend) {
    let store = ObjectServer::start().await;
    let mut plan = Server::plan(backend).set("CARREL_OBJECTS_URL", store.url());
    for (name, value) in store.credentials() {
        plan = plan.set(name, value);
    }
    let server = plan.start().await;
    let ada = server.person("Ada").await;
    assert_eq!(ada.get("/status").await.expect(200)["objects"], "s3");

    let bytes = samples::pdf(&["Annual report\nThe school has 412 pupils."]);
    let place = ada.upload_url("report.pdf", PDF, bytes.len()).await;
    let url = place["url"].as_str().expect("an address");
    assert!(
        url.starts_with(&store.origin()),
        "{url} is an address of the store"
    );
    assert!(!place.to_string().contains("a-secret-for-tests-only"));
    let mut forged = place.clone();
    forged["url"] = json!(url.replacen("X-Amz-Expires=", "X-Amz-Expires=1", 1));
    assert_eq!(
        ada.put_to(&forged, &bytes).await.status,
        403,
        "the store checks the signature"
    );
    assert_eq!(ada.put_to(&place, &bytes).await.status, 200);
    let document = ada
        .ingest(&place, "report.pdf", PDF, bytes.len())
        .await
        .expect(201);
    let id = id_of(&document);
    assert_eq!(ada.settled(&id).await["status"], "extracted");

    let original = ada
        .post("/documents/download-url")
        .json(&json!({ "documentId": id }))
        .await
        .expect(200);
    let file = ada
        .anonymous()
        .at(Method::GET, original["url"].as_str().expect("an address"))
        .await;
    assert_eq!(file.body, bytes);
    assert!(
        file.header("content-disposition")
            .is_some_and(|name| name.contains("report.pdf")),
        "it keeps its name"
    );

    let template = ada.template("Letter", "# Letter\n\n## Pupils\n", &[]).await;
    ada.draft(&id, &template, EXTRACTIVE).await;
    let export = ada.export(&id, "docx").await;
    assert!(
        export["downloadUrl"]
            .as_str()
            .is_some_and(|url| url.starts_with(&store.origin())),
        "{export:#}"
    );
    samples::unzip(&ada.download(&export["downloadUrl"]).await);
    let key = export["key"].as_str().expect("a key").to_owned();
    assert!(
        store.keys().contains(&key),
        "{key} among {:?}",
        store.keys()
    );
    ada.delete(&format!("/exports/{}", id_of(&export)))
        .await
        .expect(204);
    assert!(!store.keys().contains(&key), "deleting deletes the file");
}

async fn a_store_that_is_away_is_a_named_failure_and_not_a_crash(backend: Backend) {
    let store = ObjectServer::start().await;
    let mut plan = Server::plan(backend).set("CARREL_OBJECTS_URL", store.url());
    for (name, value) in store.credentials() {
        plan = plan.set(name, value);
    }
    let server = plan.start().await;
    let ada = server.person("Ada").await;
    let place = ada.upload_url("report.md", "text/markdown", 8).await;
    ada.put_to(&place, b"# Report").await;
    drop(store);
    let refused = ada.ingest(&place, "report.md", "text/markdown", 8).await;
    refused.problem(503, "unavailable");
    assert!(
        ada.all("/documents").await.is_empty(),
        "nothing is half there"
    );
    ada.get("/auth/me").await.expect(200);
}
