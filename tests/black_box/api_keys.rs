//! API keys: what they look like, what they may do, how often, and how they end.

use carrel_tests::document::id_of;
use carrel_tests::person::PASSWORD;
use carrel_tests::{Backend, Client, Person, Server, both_databases};
use serde_json::{Value, json};

/// The key in the answer to making one.
fn text_of(made: &Value) -> &str {
    made["key"].as_str().expect("the key is shown")
}

async fn make(person: &Person, name: &str, scopes: &[&str]) -> Value {
    let wanted = json!({ "name": name, "scopes": scopes });
    person.post("/keys").json(&wanted).await.expect(201)
}

/// A program with a new key of this person.
async fn program(person: &Person, scopes: &[&str]) -> Client {
    let made = make(person, "a program", scopes).await;
    person.with_token(text_of(&made))
}

async fn limit_to(server: &Server, requests: u32) {
    let administrator = server.administrator().await;
    let mut settings = administrator.get("/admin/settings").await.expect(200);
    settings["apiKeyLimitPerMinute"] = json!(requests);
    let saved = administrator.put("/admin/settings").json(&settings).await;
    saved.expect(200);
}

both_databases! {
    a_key_is_shown_once_and_then_known_by_its_name_and_first_letters,
    a_key_may_do_what_it_was_made_for_and_nothing_else,
    a_key_has_no_more_rights_than_its_owner_and_can_not_make_another,
    what_is_wrong_with_a_new_key_is_named_field_by_field,
    a_mistyped_revoked_or_foreign_key_is_refused,
    a_key_is_taken_only_from_the_authorization_header,
    a_person_has_at_most_fifty_living_keys,
    administrators_see_and_revoke_the_keys_of_everyone,
    a_key_makes_as_many_requests_in_a_minute_as_it_may,
    what_is_done_with_a_key_is_in_the_audit_trail,
}

async fn a_key_is_shown_once_and_then_known_by_its_name_and_first_letters(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let made = make(&ada, "Nightly import", &["documents:use"]).await;
    let key = text_of(&made);
    assert!(
        key.len() == 49
            && key.starts_with("sk-")
            && key[3..].bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{key}"
    );
    let prefix = made["prefix"].as_str().expect("a prefix");
    assert!(key.starts_with(prefix) && prefix.len() < 12, "{prefix}");
    assert_eq!(
        (&made["lastUsedAt"], &made["expiresAt"], &made["revokedAt"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(made["limitPerMinute"], 60);

    let listed = ada.get("/keys").await;
    assert!(!listed.text().contains(key), "the key is not shown again");
    let listed = listed.expect(200);
    assert_eq!(listed[0]["name"], "Nightly import");
    assert_eq!(listed[0]["scopes"], json!(["documents:use"]));
    assert_eq!(listed[0]["prefix"], made["prefix"]);

    ada.with_token(key).get("/documents").await.expect(200);
    let listed = ada.get("/keys").await.expect(200);
    assert_ne!(listed[0]["lastUsedAt"], Value::Null);
}

async fn a_key_may_do_what_it_was_made_for_and_nothing_else(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let key = program(&ada, &["documents:use"]).await;
    let document = key
        .post("/documents")
        .json(&json!({ "title": "By a program" }))
        .await
        .expect(201);
    let path = format!("/documents/{}", id_of(&document));
    assert_eq!(ada.get(&path).await.expect(200)["title"], "By a program");
    assert_eq!(key.get("/auth/me").await.expect(200)["id"], ada.id.as_str());
    key.get("/templates").await.problem(403, "forbidden");
    key.get("/prompts").await.problem(403, "forbidden");
    key.get("/admin/settings").await.problem(403, "forbidden");
    let eve = server.person("Eve").await;
    let foreign = program(&eve, &["documents:use"]).await;
    foreign.get(&path).await.absent();
}

async fn a_key_has_no_more_rights_than_its_owner_and_can_not_make_another(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let grace = server.administrator().await;
    let wanted = json!({ "name": "x", "scopes": ["documents:use", "settings:manage"] });
    let refused = ada.post("/keys").json(&wanted).await;
    let refused = refused.problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["field"], "scopes");
    assert_eq!(refused["errors"][0]["code"], "exceeds_rights");
    grace.post("/keys").json(&wanted).await.expect(201);

    let key = program(
        grace,
        &["api-keys:use", "api-keys:manage", "settings:manage"],
    )
    .await;
    key.get("/admin/settings").await.expect(200);
    for reply in [
        key.get("/keys").await,
        key.post("/keys").json(&wanted).await,
        key.post("/auth/password")
            .json(&json!({ "currentPassword": PASSWORD, "newPassword": "another long walk home" }))
            .await,
        key.get("/auth/sessions").await,
        key.patch("/auth/me").json(&json!({ "name": "Eve" })).await,
    ] {
        reply.problem(403, "forbidden");
    }
}

async fn what_is_wrong_with_a_new_key_is_named_field_by_field(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let wrong =
        json!({ "name": " ", "scopes": ["documents:steal"], "expiresAt": "2020-01-01T00:00:00Z" });
    let refused = ada.post("/keys").json(&wrong).await;
    let refused = refused.problem(422, "validation_failed");
    let fields: Vec<_> = refused["errors"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|error| (&error["field"], &error["code"]))
        .collect();
    assert_eq!(
        fields,
        [
            (&json!("name"), &json!("length")),
            (&json!("scopes"), &json!("unknown")),
            (&json!("expiresAt"), &json!("range")),
        ]
    );
    for (field, value) in [
        ("scopes", json!([])),
        ("expiresAt", json!("2999-01-01T00:00:00Z")),
        ("name", json!("x".repeat(101))),
    ] {
        let mut wrong = json!({ "name": "x", "scopes": ["documents:use"] });
        wrong[field] = value;
        let refused = ada.post("/keys").json(&wrong).await;
        let refused = refused.problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    assert_eq!(ada.get("/keys").await.expect(200), json!([]));
}

async fn a_mistyped_revoked_or_foreign_key_is_refused(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, eve) = (server.person("Ada").await, server.person("Eve").await);
    let made = make(&ada, "a program", &["documents:use"]).await;
    let key = text_of(&made);
    let mut mistyped = key.to_owned();
    mistyped.pop();
    mistyped.push(if key.ends_with('x') { 'y' } else { 'x' });
    for wrong in [mistyped.as_str(), "sk-", "sk-0", &key.replace("sk-", "pk-")] {
        let reply = ada.with_token(wrong).get("/documents").await;
        reply.problem(401, "unauthenticated");
        assert_eq!(
            reply.header("www-authenticate"),
            Some("Bearer error=\"invalid_token\"")
        );
        assert_eq!(reply.header("ratelimit-limit"), None);
    }

    let path = format!("/keys/{}", id_of(&made));
    eve.delete(&path).await.problem(404, "not_found");
    let program = ada.with_token(key);
    program.get("/documents").await.expect(200);
    ada.delete(&path).await.expect(204);
    let refused = program.get("/documents").await;
    refused.problem(401, "unauthenticated");
    ada.delete(&path).await.problem(404, "not_found");
    let listed = ada.get("/keys").await.expect(200);
    assert_ne!(listed[0]["revokedAt"], Value::Null, "it is still shown");
}

async fn a_key_is_taken_only_from_the_authorization_header(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let made = make(&ada, "a program", &["documents:use"]).await;
    let key = text_of(&made);
    let visitor = server.visitor();
    for reply in [
        visitor.get(&format!("/documents?key={key}")).await,
        visitor.get(&format!("/documents?access_token={key}")).await,
        visitor.get("/documents").header("x-api-key", key).await,
        visitor
            .get("/documents")
            .header("cookie", format!("carrel_session={key}"))
            .await,
        visitor
            .get("/documents")
            .header("authorization", format!("Basic {key}"))
            .await,
    ] {
        reply.problem(401, "unauthenticated");
    }
    let listed = ada.get("/keys").await.expect(200);
    assert_eq!(listed[0]["lastUsedAt"], Value::Null);
}

async fn a_person_has_at_most_fifty_living_keys(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let wanted = json!({ "name": "one of many", "scopes": ["documents:use"] });
    let tries = (0..56).map(|_| async { ada.post("/keys").json(&wanted).await });
    let replies = futures::future::join_all(tries).await;
    let (made, refused): (Vec<_>, Vec<_>) =
        replies.into_iter().partition(|reply| reply.status == 201);
    assert_eq!((made.len(), refused.len()), (50, 6));
    for reply in &refused {
        reply.problem(409, "too_many_api_keys");
    }
    let path = format!("/keys/{}", id_of(&made[0].json()));
    ada.delete(&path).await.expect(204);
    ada.post("/keys").json(&wanted).await.expect(201);
}

async fn administrators_see_and_revoke_the_keys_of_everyone(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, eve) = (server.person("Ada").await, server.person("Eve").await);
    let made = make(&ada, "Ada's program", &["documents:use"]).await;
    make(&eve, "Eve's program", &["documents:use"]).await;
    let administrator = server.administrator().await;
    eve.get("/admin/keys").await.problem(403, "forbidden");
    let first = administrator.get("/admin/keys?limit=1").await.expect(200);
    assert_eq!(first["items"][0]["name"], "Eve's program");
    assert_eq!(first["items"][0]["owner"]["name"], "Eve");
    let cursor = first["nextCursor"].as_str().expect("there is more");
    let path = format!("/admin/keys?limit=1&cursor={cursor}");
    let second = administrator.get(&path).await.expect(200);
    assert_eq!(second["items"][0]["owner"]["id"], ada.id.as_str());
    assert_eq!(second["nextCursor"], Value::Null);
    assert!(!second.to_string().contains(text_of(&made)));

    let program = ada.with_token(text_of(&made));
    program.get("/documents").await.expect(200);
    let path = format!("/admin/keys/{}", id_of(&made));
    eve.delete(&path).await.problem(403, "forbidden");
    administrator.delete(&path).await.expect(204);
    let refused = program.get("/documents").await;
    refused.problem(401, "unauthenticated");
}

async fn a_key_makes_as_many_requests_in_a_minute_as_it_may(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    limit_to(&server, 5).await;
    let key = program(&ada, &["documents:use"]).await;
    for left in (0..5).rev() {
        // Also what is refused for another reason is a request.
        let reply = if left == 2 {
            key.get("/templates").await
        } else {
            key.get("/documents").await
        };
        assert_eq!(reply.header("ratelimit-limit"), Some("5"));
        let remaining = reply.header("ratelimit-remaining");
        assert_eq!(remaining, Some(left.to_string().as_str()));
        let reset: u64 = reply
            .header("ratelimit-reset")
            .and_then(|seconds| seconds.parse().ok())
            .expect("seconds");
        assert!((1..=60).contains(&reset), "{reset}");
    }
    let refused = key.get("/documents").await;
    refused.problem(429, "rate_limited");
    assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
    let wait = refused.header("retry-after").expect("a time to wait");
    assert_eq!(refused.header("ratelimit-reset"), Some(wait));

    let other = program(&ada, &["documents:use"]).await;
    other.get("/documents").await.expect(200);
    let own = ada.get("/documents").await;
    own.expect(200);
    assert_eq!(own.header("ratelimit-limit"), None, "people have none");
    limit_to(&server, 6).await;
    key.get("/documents").await.expect(200);
    key.get("/documents").await.problem(429, "rate_limited");
}

async fn what_is_done_with_a_key_is_in_the_audit_trail(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let made = make(&ada, "a program", &["documents:use"]).await;
    let key = ada.with_token(text_of(&made));
    for _ in 0..3 {
        key.get("/documents").await.expect(200);
    }
    let id = id_of(&made);
    ada.delete(&format!("/keys/{id}")).await.expect(204);
    let administrator = server.administrator().await;
    let path = format!("/audit?targetKind=key&targetId={id}");
    let events = administrator.get(&path).await;
    assert!(!events.text().contains(text_of(&made)));
    let events = events.expect(200);
    let told: Vec<_> = events["items"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| event["action"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(told, ["key.revoked", "key.used", "key.created"]);
    let used = &events["items"][1];
    assert_eq!(used["credential"], format!("key:{id}"));
    assert_eq!(used["actor"]["id"], ada.id.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limit_of_a_key_holds_for_all_nodes_together() {
    let server = Server::start(Backend::Postgres).await;
    let ada = server.person("Ada").await;
    let made = make(&ada, "a busy program", &["documents:use"]).await;
    let node = server.another_node().await;
    let here = server.visitor().with_token(text_of(&made));
    let there = node.visitor().with_token(text_of(&made));
    let tries = (0..200).map(|number| {
        let client = if number % 2 == 0 { &here } else { &there };
        async move { client.get("/documents").await }
    });
    let replies = futures::future::join_all(tries).await;
    let (passed, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!((passed.len(), refused.len()), (60, 140));
    for reply in refused {
        reply.problem(429, "rate_limited");
        assert!(reply.header("retry-after").is_some());
    }
    let mut left: Vec<u32> = passed
        .iter()
        .filter_map(|reply| reply.header("ratelimit-remaining")?.parse().ok())
        .collect();
    left.sort_unstable();
    assert!(left.into_iter().eq(0..60), "each was counted once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_revoked_on_one_node_is_dead_on_all() {
    let server = Server::start(Backend::Postgres).await;
    let ada = server.person("Ada").await;
    let made = make(&ada, "a program", &["documents:use"]).await;
    let node = server.another_node().await;
    let there = node.visitor().with_token(text_of(&made));
    there.get("/documents").await.expect(200);
    let path = format!("/keys/{}", id_of(&made));
    ada.delete(&path).await.expect(204);
    let refused = there.get("/documents").await;
    refused.problem(401, "unauthenticated");
}

#[tokio::test]
async fn no_key_and_no_name_of_one_is_readable_in_the_data_or_the_log() {
    let mut server = Server::start(Backend::Sqlite).await;
    let ada = server.person("Ada").await;
    let made = make(&ada, "Zebulon's telescope", &["documents:use"]).await;
    let key = text_of(&made).to_owned();
    ada.with_token(&key).get("/documents").await.expect(200);
    ada.with_token(&key).get("/templates").await;
    server.stop().await;
    let mut folders = vec![server.data().to_owned()];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a directory").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let content = std::fs::read(entry.path()).expect("a file");
            let content = String::from_utf8_lossy(&content);
            for secret in [&key[3..], &key[20..], "Zebulon"] {
                assert!(!content.contains(secret), "{}", entry.path().display());
            }
            read += 1;
        }
    }
    assert!(read >= 2, "the database and the key at least are files");
}
