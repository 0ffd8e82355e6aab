//! What is deleted with time, and what is not. Time passes in the database, while the server is stopped; the nightly
//! firing that was missed meanwhile is made good at the start.

use carrel_tests::document::{EXTRACTIVE, id_of, paragraph, tree};
use carrel_tests::samples::{self, MARKDOWN, NOTES};
use carrel_tests::storage::{Row, Storage};
use carrel_tests::{Backend, Person, Server, both_databases, eventually};
use http::Method;
use serde_json::{Value, json};

both_databases! {
    uploads_that_nobody_used_are_deleted_after_thirty_days,
    exports_are_deleted_after_fourteen_days,
    the_trash_is_emptied_after_thirty_days,
    days_that_an_administrator_set_are_obeyed,
    pictures_that_nothing_shows_are_deleted_after_a_day,
    an_object_that_can_not_be_deleted_at_once_is_deleted_later,
}

/// Starts the server and waits until its retention job has ended and every object it gave up is deleted.
async fn after_the_night(server: &mut Server) {
    let mut stored = server.storage().await;
    stored.age_schedules().await;
    drop(stored);
    server.restart().await;
    let server = &*server;
    eventually("an end of the retention job", || async {
        let done = ["kind=\"documents.retention\"", "outcome=\"done\""];
        (server.counter("carrel_jobs_total", &done).await >= 1.0).then_some(())
    })
    .await;
}

async fn gone(server: &Server, key: &Value) {
    let file = server.object(key);
    eventually("an end of the object", || async {
        (!file.exists()).then_some(())
    })
    .await;
}

/// An upload that arrived and became no document; its `UploadUrl`.
async fn uploaded(person: &Person, name: &str) -> Value {
    let place = person.upload_url(name, MARKDOWN, NOTES.len()).await;
    assert_eq!(person.put_to(&place, NOTES.as_bytes()).await.status, 200);
    place
}

async fn age_upload(stored: &mut Storage, place: &Value, days: u32) {
    let key = place["key"].as_str().expect("a key");
    stored
        .age("uploads", &["created_at"], Row::Key(key), days)
        .await;
}

async fn age_export(stored: &mut Storage, export: &Value, days: u32) {
    let row = id_of(export);
    stored
        .age(
            "exports",
            &["created_at", "expires_at"],
            Row::Id(&row),
            days,
        )
        .await;
}

async fn get_file(person: &Person, url: &Value) -> carrel_tests::Reply {
    let url = url.as_str().expect("an address");
    person.anonymous().at(Method::GET, url).await
}

async fn uploads_that_nobody_used_are_deleted_after_thirty_days(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let forgotten = uploaded(&ada, "forgotten.md").await;
    let recent = uploaded(&ada, "recent.md").await;
    let announced = ada.upload_url("never-sent.md", MARKDOWN, 10).await;
    let used = uploaded(&ada, "used.md").await;
    let document = ada
        .ingest(&used, "used.md", MARKDOWN, NOTES.len())
        .await
        .expect(201);
    let document = id_of(&document);
    ada.settled(&document).await;
    for place in [&forgotten, &recent, &used] {
        assert!(server.object(&place["key"]).exists(), "{place}");
    }

    server.stop().await;
    let mut stored = server.storage().await;
    for (place, days) in [
        (&forgotten, 31),
        (&announced, 31),
        (&recent, 29),
        (&used, 400),
    ] {
        age_upload(&mut stored, place, days).await;
    }
    drop(stored);
    after_the_night(&mut server).await;

    gone(&server, &forgotten["key"]).await;
    for place in [&forgotten, &announced] {
        ada.ingest(place, "late.md", MARKDOWN, NOTES.len())
            .await
            .problem(409, "upload_missing");
    }
    assert!(server.object(&used["key"]).exists(), "a document needs it");
    let original = ada
        .post("/documents/download-url")
        .json(&json!({ "documentId": document }))
        .await
        .expect(200);
    assert_eq!(ada.download(&original["url"]).await, NOTES.as_bytes());
    let late = ada
        .ingest(&recent, "recent.md", MARKDOWN, NOTES.len())
        .await
        .expect(201);
    assert_eq!(ada.settled(&id_of(&late)).await["status"], "extracted");
}

async fn exports_are_deleted_after_fourteen_days(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, _) = ada.written("Report", &tree(&[paragraph("The end.")])).await;
    let old = ada.export(&id, "docx").await;
    let recent = ada.export(&id, "docx").await;
    let (old_id, recent_id) = (id_of(&old), id_of(&recent));

    server.stop().await;
    let mut stored = server.storage().await;
    age_export(&mut stored, &old, 15).await;
    age_export(&mut stored, &recent, 13).await;
    drop(stored);
    after_the_night(&mut server).await;

    gone(&server, &old["key"]).await;
    ada.get(&format!("/exports/{old_id}"))
        .await
        .problem(404, "not_found");
    ada.post(&format!("/exports/{old_id}/download-url"))
        .await
        .problem(404, "not_found");
    get_file(&ada, &old["downloadUrl"])
        .await
        .problem(404, "not_found");
    let left: Vec<_> = ada.all("/exports").await.iter().map(id_of).collect();
    assert_eq!(left, [recent_id]);
    samples::unzip(&ada.download(&recent["downloadUrl"]).await);
    ada.export(&id, "docx").await;
}

async fn the_trash_is_emptied_after_thirty_days(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let template = ada.template("Letter", "# Letter\n\n## Costs\n", &[]).await;
    let mut documents = Vec::new();
    for name in ["old.md", "recent.md", "kept.md"] {
        let place = uploaded(&ada, name).await;
        let document = ada.ingest(&place, name, MARKDOWN, NOTES.len()).await;
        let id = id_of(&document.expect(201));
        ada.settled(&id).await;
        ada.draft(&id, &template, EXTRACTIVE).await;
        let export = ada.export(&id, "docx").await;
        documents.push((id, place["key"].clone(), export));
    }
    let [old, recent, kept] = <[_; 3]>::try_from(documents).expect("three of them");
    for (id, ..) in [&old, &recent] {
        ada.delete(&format!("/documents/{id}")).await.expect(204);
    }

    server.stop().await;
    let mut stored = server.storage().await;
    for ((id, ..), days) in [(&old, 31), (&recent, 29)] {
        let row = Row::Id(id);
        stored.age("documents", &["deleted_at"], row, days).await;
    }
    let row = Row::Id(&kept.0);
    let times = ["created_at", "updated_at"];
    stored.age("documents", &times, row, 400).await;
    drop(stored);
    after_the_night(&mut server).await;

    gone(&server, &old.1).await;
    gone(&server, &old.2["key"]).await;
    for path in ["", "/draft", "/revisions", "/source"] {
        ada.get(&format!("/documents/{}{path}", old.0))
            .await
            .problem(404, "not_found");
    }
    ada.get(&format!("/exports/{}", id_of(&old.2)))
        .await
        .problem(404, "not_found");
    get_file(&ada, &old.2["downloadUrl"])
        .await
        .problem(404, "not_found");
    let trash: Vec<_> = ada
        .all("/documents?trash=true")
        .await
        .iter()
        .map(id_of)
        .collect();
    assert_eq!(trash, [recent.0.as_str()]);

    ada.post(&format!("/documents/{}/undelete", recent.0))
        .await
        .expect(200);
    for (id, upload, export) in [&recent, &kept] {
        assert!(server.object(upload).exists(), "the file of {id} stays");
        assert!(!ada.source_text(id).await.is_empty());
        ada.current_draft(id).await;
        samples::unzip(&ada.download(&export["downloadUrl"]).await);
    }
}

async fn days_that_an_administrator_set_are_obeyed(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let administrator = server.administrator().await;
    let mut settings = administrator.get("/admin/settings").await.expect(200);
    settings["uploadRetentionDays"] = json!(3);
    settings["exportRetentionDays"] = json!(60);
    administrator
        .put("/admin/settings")
        .json(&settings)
        .await
        .expect(200);
    let (old_upload, recent_upload) = (uploaded(&ada, "a.md").await, uploaded(&ada, "b.md").await);
    let (id, _) = ada.written("Report", &tree(&[paragraph("The end.")])).await;
    let old_export = ada.export(&id, "docx").await;
    let recent_export = ada.export(&id, "docx").await;

    server.stop().await;
    let mut stored = server.storage().await;
    age_upload(&mut stored, &old_upload, 4).await;
    age_upload(&mut stored, &recent_upload, 2).await;
    age_export(&mut stored, &old_export, 61).await;
    age_export(&mut stored, &recent_export, 59).await;
    drop(stored);
    after_the_night(&mut server).await;

    gone(&server, &old_upload["key"]).await;
    gone(&server, &old_export["key"]).await;
    ada.get(&format!("/exports/{}", id_of(&old_export)))
        .await
        .problem(404, "not_found");
    ada.ingest(&recent_upload, "b.md", MARKDOWN, NOTES.len())
        .await
        .expect(201);
    samples::unzip(&ada.download(&recent_export["downloadUrl"]).await);
}

async fn picture(person: &Person) -> Value {
    person
        .post("/images")
        .bytes("image/png", samples::png(16, 16))
        .await
        .expect(201)
}

fn shown(picture: &Value) -> Value {
    tree(&[
        paragraph("Look:"),
        json!({ "type": "image", "attrs": { "src": picture["src"], "alt": "A plan" } }),
    ])
}

fn letterhead(logo: &Value) -> Value {
    json!({ "logo": logo, "header": "", "footer": "", "pageNumbers": true, "paper": "a4",
            "margins": { "top": 25, "right": 25, "bottom": 25, "left": 25 } })
}

/// Makes a template with this logo.
async fn with_logo(person: &Person, logo: &Value) -> Value {
    let template =
        json!({ "name": "Letter", "body": "# Letter\n", "letterhead": letterhead(logo) });
    person.post("/templates").json(&template).await.expect(201)
}

async fn pictures_that_nothing_shows_are_deleted_after_a_day(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let plain = tree(&[paragraph("Nothing to see.")]);

    let never_used = picture(&ada).await;
    let fresh = picture(&ada).await;
    let in_a_draft = picture(&ada).await;
    let (report, _) = ada.written("Report", &shown(&in_a_draft)).await;

    // A name closes a revision: what is typed then begins the next one.
    let in_a_revision = picture(&ada).await;
    let (letter, draft) = ada.written("Letter", &shown(&in_a_revision)).await;
    let name = json!({ "name": "With the plan" });
    let revisions = format!("/documents/{letter}/revisions");
    let named = ada.post(&revisions).json(&name).await.json();
    let saved = ada.save(&letter, &draft["version"], &plain).await;
    saved.expect(200);

    let typed_over = picture(&ada).await;
    let (note, draft) = ada.written("Note", &shown(&typed_over)).await;
    let saved = ada.save(&note, &draft["version"], &plain).await;
    saved.expect(200);

    let in_the_trash = picture(&ada).await;
    let (trashed, _) = ada.written("Trash", &shown(&in_the_trash)).await;
    ada.delete(&format!("/documents/{trashed}"))
        .await
        .expect(204);

    let old_logo = picture(&ada).await;
    let template = with_logo(&ada, &old_logo["src"]).await;
    let path = format!("/templates/{}", id_of(&template));
    let without =
        json!({ "name": "Letter", "body": "# Letter\n", "letterhead": letterhead(&Value::Null) });
    let replaced = ada
        .put(&path)
        .if_match(&template["version"])
        .json(&without)
        .await;
    replaced.expect(200);
    let deleted_logo = picture(&ada).await;
    let deleted = with_logo(&ada, &deleted_logo["src"]).await;
    let deleted = id_of(&deleted);
    ada.delete(&format!("/templates/{deleted}"))
        .await
        .expect(204);

    let stay = [&in_a_draft, &in_a_revision, &old_logo];
    let go = [&never_used, &typed_over, &in_the_trash, &deleted_logo];
    server.stop().await;
    let mut stored = server.storage().await;
    for picture in stay.into_iter().chain(go) {
        let id = id_of(picture);
        stored
            .age("images", &["created_at"], Row::Id(&id), 400)
            .await;
    }
    for (table, id) in [("documents", &trashed), ("templates", &deleted)] {
        stored.age(table, &["deleted_at"], Row::Id(id), 31).await;
    }
    drop(stored);
    after_the_night(&mut server).await;

    for picture in go {
        let id = id_of(picture);
        ada.get(&format!("/images/{id}"))
            .await
            .problem(404, "not_found");
        gone(&server, &json!(format!("images/{id}"))).await;
    }
    for picture in stay.into_iter().chain([&fresh]) {
        let id = id_of(picture);
        assert_eq!(ada.get(&format!("/images/{id}")).await.status, 200, "{id}");
    }
    let number = &named["number"];
    ada.post(&format!("{revisions}/{number}/restore"))
        .await
        .expect(200);
    for document in [report, letter] {
        let export = ada.export(&document, "docx").await;
        let parts = samples::unzip(&ada.download(&export["downloadUrl"]).await);
        let has_picture = parts.keys().any(|name| name.starts_with("word/media/"));
        assert!(has_picture, "{:?}", parts.keys());
    }
    ada.save(&note, &json!(3), &shown(&typed_over))
        .await
        .problem(422, "tree_invalid");
}

async fn an_object_that_can_not_be_deleted_at_once_is_deleted_later(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let id = id_of(&picture(&ada).await);
    server.stop().await;
    let mut stored = server.storage().await;
    stored.age("images", &["created_at"], Row::Id(&id), 2).await;
    drop(stored);

    // A directory that leads nowhere: neither can the object be deleted nor is it seen to be gone.
    let objects = server.data().join("objects");
    let link_to = |to: &str| {
        let next = objects.join("next");
        std::os::unix::fs::symlink(to, &next).expect("a link");
        std::fs::rename(next, objects.join("images")).expect("the link takes its place");
    };
    std::fs::rename(objects.join("images"), objects.join("elsewhere")).expect("it is there");
    link_to("images");
    after_the_night(&mut server).await;
    let failed = ["kind=\"documents.discard\"", "outcome=\"failed\""];
    let running = &server;
    eventually("a failed attempt to delete the object", || async {
        let attempts = running.counter("carrel_jobs_total", &failed).await;
        (attempts >= 1.0).then_some(())
    })
    .await;
    ada.get(&format!("/images/{id}"))
        .await
        .problem(404, "not_found");
    assert!(objects.join("elsewhere").join(&id).exists());

    link_to("elsewhere");
    gone(&server, &json!(format!("elsewhere/{id}"))).await;
}
