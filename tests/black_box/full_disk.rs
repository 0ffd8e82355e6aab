//! A disk without room: said by name, nothing half saved, and everything goes on once there is room again.

use carrel_tests::document::{id_of, paragraph, text_of, tree};
use carrel_tests::samples::{self, TEXT};
use carrel_tests::{Backend, Person, Server, disk};
use http::Method;
use serde_json::json;

const MEGABYTE: usize = 1024 * 1024;

/// Uploads files of this size until one is refused; checks how, and gives how many were taken.
async fn fill_with_uploads(person: &Person, size: usize) -> usize {
    for taken in 0..200 {
        let wanted = json!({ "contentType": TEXT, "size": size, "originalName": "filler.txt" });
        let place = person.post("/documents/upload-url").json(&wanted).await;
        if place.status != 201 {
            place.problem(507, "storage_full");
            return taken;
        }
        let put = person.put_to(&place.json(), &vec![b'x'; size]).await;
        if put.status != 200 {
            put.problem(507, "storage_full");
            return taken;
        }
    }
    panic!("the disk never filled up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_nothing_is_half_saved() {
    if !disk::is_possible() {
        eprintln!("not tried: this machine lets no one mount a small disk (unshare --mount)");
        return;
    }
    let server = Server::plan(Backend::Sqlite)
        .on_small_disk(24)
        .start()
        .await;
    let ada = server.person("Ada").await;
    let (id, draft) = ada
        .written("Report", &tree(&[paragraph("Saved in time.")]))
        .await;
    let before = ada
        .upload_and_extract("notes.txt", TEXT, b"Uploaded in time.")
        .await;

    assert!(
        fill_with_uploads(&ada, 4 * MEGABYTE).await > 0,
        "there was room at first"
    );
    fill_with_uploads(&ada, 64 * 1024).await;
    fill_with_uploads(&ada, 1024).await;

    // The database may have a little room of its own left; a few large saves use it up.
    let words = samples::prose(40_000);
    let mut version = draft["version"].clone();
    let mut saved = "Saved in time.".to_owned();
    let mut refused = None;
    for number in 0..200 {
        let text = format!("Save {number}: {words}");
        let reply = ada.save(&id, &version, &tree(&[paragraph(&text)])).await;
        if reply.status != 200 {
            refused = Some(reply);
            break;
        }
        version = reply.json()["version"].clone();
        saved = text;
    }
    refused
        .expect("the disk is full")
        .problem(507, "storage_full");

    server
        .visitor()
        .at(Method::GET, "/health")
        .await
        .expect(200);
    let now = ada.current_draft(&id).await;
    assert_eq!(
        (&now["version"], text_of(&now["tree"])),
        (&version, saved),
        "the last acknowledged save stands"
    );
    assert!(
        ada.source_text(&id_of(&before))
            .await
            .contains("Uploaded in time."),
        "reading goes on"
    );

    server.grow_disk(96);
    ada.save(&id, &version, &tree(&[paragraph("Room again.")]))
        .await
        .expect(200);
    assert_eq!(
        text_of(&ada.current_draft(&id).await["tree"]),
        "Room again."
    );
    let after = ada
        .upload_and_extract("more.txt", TEXT, b"Uploaded afterwards.")
        .await;
    assert_eq!(after["status"], "extracted");
    ada.export(&id, "docx").await;
}
