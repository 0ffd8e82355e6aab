//! The audit trail: what is in it, and that nobody meddles with it unnoticed.

use carrel_tests::person::PASSWORD;
use carrel_tests::program::run;
use carrel_tests::storage::Storage;
use carrel_tests::{Backend, Person, Server, both_databases, eventually};
use serde_json::{Value, json};

both_databases! {
    what_people_do_is_recorded_with_who_did_it_and_no_personal_data,
    the_trail_is_read_with_filters_page_by_page_and_as_a_file,
    only_who_may_reads_the_trail,
    a_row_that_was_edited_removed_added_or_moved_is_found,
    a_chain_that_was_cut_or_written_anew_contradicts_its_signed_heads,
}

async fn events(root: &Person, query: &str) -> Vec<Value> {
    let page = root.get(&format!("/audit?{query}")).await.expect(200);
    page["items"].as_array().expect("a list").clone()
}

async fn verify(root: &Person) -> Value {
    root.post("/audit/verify").await.expect(200)
}

/// Starts again and waits until the end of the chain is signed, which a start makes good at once.
async fn signed(server: &mut Server) -> Value {
    server.stop().await;
    server.restart().await;
    let root = server.administrator().await;
    eventually("a head is signed", || async {
        let verified = verify(root).await;
        (verified["heads"].as_i64() > Some(0)).then_some(verified)
    })
    .await
}

async fn what_people_do_is_recorded_with_who_did_it_and_no_personal_data(backend: Backend) {
    let server = Server::start(backend).await;
    let root = server.administrator().await;
    let ada = server.person("Ada").await;
    let wrong = json!({ "email": ada.email, "password": "not her password" });
    let visitor = server.visitor();
    visitor
        .post("/auth/login")
        .json(&wrong)
        .await
        .problem(401, "sign_in_failed");
    ada.get("/admin/settings").await.problem(403, "forbidden");
    let mut settings = root.get("/admin/settings").await.expect(200);
    settings["appName"] = json!("Reading room");
    root.put("/admin/settings")
        .json(&settings)
        .await
        .expect(200);
    let again = Person::sign_in(&visitor, &ada.email, PASSWORD).await;
    again.post("/auth/logout").await.expect(204);

    let of_ada = events(root, &format!("actor={}", ada.id)).await;
    let done: Vec<_> = of_ada.iter().rev().map(|e| &e["action"]).collect();
    assert_eq!(
        done,
        [
            "account.created",
            "access.denied",
            "session.begun",
            "session.ended"
        ],
        "{of_ada:#?}"
    );
    assert_eq!(of_ada[0]["actor"]["name"], "Ada");
    assert_eq!(of_ada[2]["outcome"], "denied");
    assert_eq!(of_ada[2]["detail"]["route"], "GET /api/v1/admin/settings");
    let refused = events(root, "action=session.refused").await;
    assert_eq!(refused[0]["target"]["id"], json!(ada.id));
    assert_eq!(refused[0]["address"], "127.0.0.1");
    let changed = events(root, "action=settings.changed").await;
    assert_eq!(changed[0]["detail"]["fields"], json!(["appName"]));
    assert!(changed[0]["requestId"].is_string());

    let stored = server
        .storage()
        .await
        .texts(
            "SELECT COALESCE(detail, '') || COALESCE(address_sealed, '') || COALESCE(target_id, '') FROM audit_events",
        )
        .await
        .join("\n");
    for personal in ["Ada", ada.email.as_str(), "127.0.0.1", "Reading room"] {
        assert!(!stored.contains(personal), "{personal} is in the trail");
    }
    assert_eq!(verify(root).await["ok"], true);
}

async fn the_trail_is_read_with_filters_page_by_page_and_as_a_file(backend: Backend) {
    let server = Server::start(backend).await;
    let root = server.administrator().await;
    for name in ["Ada", "Jonas", "Zora"] {
        server.person(name).await;
    }
    let all = events(root, "limit=200").await;
    let first = root.get("/audit?limit=2").await.expect(200);
    let cursor = first["nextCursor"].as_str().expect("there is more");
    let second = events(root, &format!("limit=2&cursor={cursor}")).await;
    assert_eq!(first["items"][1]["seq"], all[1]["seq"]);
    assert_eq!(second[0]["seq"], all[2]["seq"]);
    assert_eq!(events(root, "action=account.created").await.len(), 4);
    assert!(events(root, "outcome=failed").await.is_empty());
    assert!(events(root, "to=2020-01-01T00:00:00Z").await.is_empty());
    let actions = root.get("/audit/actions").await.expect(200);
    let known = |action: &Value| {
        let actions = actions.as_array().expect("a list");
        actions.iter().any(|known| known["name"] == *action)
    };
    assert!(all.iter().all(|event| known(&event["action"])));
    root.get("/audit?actor=nobody")
        .await
        .problem(400, "request_malformed");

    let file = root.get("/audit/export").await;
    let text = file.expect(200);
    assert_eq!(
        text.as_array().map(Vec::len),
        Some(all.len() + 1),
        "and the export itself"
    );
    let csv = root
        .get("/audit/export?format=csv&action=account.created")
        .await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let csv = csv.text();
    assert_eq!(csv.lines().count(), 5, "{csv}");
    assert!(csv.starts_with("seq,at,action,"), "{csv}");
    assert_eq!(events(root, "action=audit.exported").await.len(), 2);
}

async fn only_who_may_reads_the_trail(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    for path in ["/audit", "/audit/actions", "/audit/export"] {
        ada.get(path).await.problem(403, "forbidden");
        server
            .visitor()
            .get(path)
            .await
            .problem(401, "unauthenticated");
    }
    ada.post("/audit/verify").await.problem(403, "forbidden");
}

async fn a_row_that_was_edited_removed_added_or_moved_is_found(backend: Backend) {
    let mut server = Server::start(backend).await;
    for name in ["Ada", "Jonas", "Zora"] {
        server.person(name).await;
    }
    let root = server.administrator().await.clone();
    assert_eq!(verify(&root).await["ok"], true);
    let mut storage = server.storage().await;
    // Each with what takes it back.
    let meddlings = [
        (
            "UPDATE audit_events SET outcome = 'failed' WHERE seq = 2",
            "UPDATE audit_events SET outcome = 'done' WHERE seq = 2",
            2,
        ),
        (
            "UPDATE audit_events SET action = action || '!' WHERE seq = 3",
            "UPDATE audit_events SET action = rtrim(action, '!') WHERE seq = 3",
            3,
        ),
        (
            "UPDATE audit_events SET seq = 1000 WHERE seq = 2",
            "UPDATE audit_events SET seq = 2 WHERE seq = 1000",
            2,
        ),
        (
            "INSERT INTO audit_events (seq, at, action, outcome, hash) SELECT 0, at, action, outcome, hash FROM audit_events WHERE seq = 1",
            "DELETE FROM audit_events WHERE seq = 0",
            0,
        ),
    ];
    for (meddle, undo, at) in meddlings {
        assert_eq!(storage.change(meddle, &[]).await, 1, "{meddle}");
        let verified = verify(&root).await;
        // A row before the first is none of the chain's.
        let first_bad = (at > 0).then_some(at);
        assert_eq!(
            verified["firstBad"],
            json!(first_bad),
            "{meddle}: {verified}"
        );
        assert_eq!(storage.change(undo, &[]).await, 1, "{undo}");
        assert_eq!(verify(&root).await["ok"], true, "{undo}");
    }
    swap(&mut storage).await;
    assert_eq!(verify(&root).await["firstBad"], 2);
    swap(&mut storage).await;
    assert_eq!(verify(&root).await["ok"], true);

    storage
        .change("DELETE FROM audit_events WHERE seq = 3", &[])
        .await;
    assert_eq!(verify(&root).await["firstBad"], 3);
    drop(storage);
    server.stop().await;
    let told = run(
        &["audit", "verify"],
        server.data(),
        &server.environment(),
        "",
    )
    .await;
    let told = told.failed();
    assert!(told.contains("row 3: the row is missing"), "{told}");
}

/// Gives the second and third row each other's place.
async fn swap(storage: &mut Storage) {
    for (from, to) in [(2, 1002), (3, 2), (1002, 3)] {
        let moved = format!("UPDATE audit_events SET seq = {to} WHERE seq = {from}");
        assert_eq!(storage.change(&moved, &[]).await, 1);
    }
}

async fn a_chain_that_was_cut_or_written_anew_contradicts_its_signed_heads(backend: Backend) {
    let mut server = Server::start(backend).await;
    for name in ["Ada", "Jonas", "Zora"] {
        server.person(name).await;
    }
    let verified = signed(&mut server).await;
    assert_eq!(verified["ok"], true, "{verified}");
    let root = server.administrator().await.clone();

    // Cut as cleanly as one can: the end of the chain says what the last row left says.
    let mut storage = server.storage().await;
    storage
        .change("DELETE FROM audit_events WHERE seq > 2", &[])
        .await;
    storage
        .change(
            "UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit_events WHERE seq = 2)",
            &[],
        )
        .await;
    let cut = verify(&root).await;
    assert_eq!(cut["firstBad"], 3, "{cut}");

    // Written anew from the first row by Carrel itself, so that each row fits the one before.
    storage.change("DELETE FROM audit_events", &[]).await;
    let zeros = match backend {
        Backend::Sqlite => "zeroblob(32)",
        Backend::Postgres => "decode(repeat('00', 32), 'hex')",
    };
    let begin = format!("UPDATE audit_head SET seq = 0, hash = {zeros}");
    storage.change(&begin, &[]).await;
    drop(storage);
    for name in ["Mary", "Rosa", "Emmy", "Lise", "Vera", "Jane"] {
        server.person(name).await;
    }
    let anew = verify(&root).await;
    assert_eq!(anew["ok"], false, "{anew}");
    assert!(
        anew["reason"]
            .as_str()
            .is_some_and(|why| why.contains("signed at")),
        "{anew}"
    );
}
