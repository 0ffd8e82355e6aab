//! Set-up, sign-up, sign-in, sessions.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carrel_tests::person::PASSWORD;
use carrel_tests::{Backend, Person, Reply, Server, both_databases};
use http::Method;
use serde_json::{Value, json};

/// A problem without what differs from request to request.
fn told(reply: &Reply) -> Value {
    let mut problem = reply.json();
    problem["requestId"] = Value::Null;
    problem
}

both_databases! {
    the_set_up_link_makes_one_administrator_and_never_another,
    two_who_use_the_set_up_link_at_once_make_one_administrator,
    sign_up_names_every_field_that_needs_correcting,
    an_address_can_be_taken_only_once_however_it_is_written,
    sign_up_can_be_closed,
    an_unknown_address_is_answered_like_a_wrong_password,
    guessing_a_password_is_slowed_down_even_with_the_right_one,
    a_token_lasts_a_day_and_can_not_be_altered,
    a_browser_session_is_a_cookie_that_scripts_can_not_read,
    a_new_password_ends_all_other_sessions,
    a_session_can_be_ended_from_another_one,
    nothing_is_open_to_those_who_are_not_signed_in,
    only_administrators_administer,
    a_profile_keeps_its_name_and_theme,
}

async fn the_set_up_link_makes_one_administrator_and_never_another(backend: Backend) {
    let mut server = Server::start(backend).await;
    let visitor = server.visitor();
    let status = visitor.get("/setup").await.expect(200);
    assert_eq!(status["needed"], true);

    let token = server.set_up_token().await;
    let with = |token: &str, email: &str| json!({ "token": token, "email": email, "name": "Grace", "password": PASSWORD });
    visitor
        .post("/setup")
        .json(&with("not-the-token", "eve@example.org"))
        .await
        .problem(403, "setup_token_invalid");
    let weak = json!({ "token": token, "email": "nobody", "name": "", "password": "short" });
    visitor
        .post("/setup")
        .json(&weak)
        .await
        .problem(422, "validation_failed");

    let made = visitor
        .post("/setup")
        .json(&with(&token, "grace@example.org"))
        .await;
    let signed_in = made.expect(201);
    assert_eq!(signed_in["user"]["roles"], json!(["administrator"]));
    assert_eq!(
        signed_in["token"],
        Value::Null,
        "a browser gets a cookie, not a token"
    );
    let browser = visitor.with_cookie(&made.cookie().expect("a session cookie"));
    assert_eq!(
        browser.get("/auth/me").await.expect(200)["email"],
        "grace@example.org"
    );

    visitor
        .post("/setup")
        .json(&with(&token, "eve@example.org"))
        .await
        .problem(409, "setup_done");
    assert_eq!(visitor.get("/setup").await.expect(200)["needed"], false);

    server.kill().await;
    server.restart().await;
    assert!(
        !server.has_said("token="),
        "a later start prints no set-up link"
    );
    visitor
        .post("/setup")
        .json(&with(&token, "eve@example.org"))
        .await
        .problem(409, "setup_done");
}

async fn two_who_use_the_set_up_link_at_once_make_one_administrator(backend: Backend) {
    let server = Server::start(backend).await;
    let token = server.set_up_token().await;
    let try_it = |n: usize| {
        let details = json!({ "token": token, "email": format!("p{n}@example.org"), "name": "P", "password": PASSWORD });
        let call = server.visitor().post("/setup").json(&details);
        async move { call.await.status }
    };
    let statuses = futures::future::join_all((0..6).map(try_it)).await;
    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        1,
        "{statuses:?}"
    );
}

async fn sign_up_names_every_field_that_needs_correcting(backend: Backend) {
    let server = Server::start(backend).await;
    server.administrator().await;
    let details = json!({ "email": "not an address", "name": " ", "password": "short" });
    let problem = server
        .visitor()
        .post("/auth/signup")
        .json(&details)
        .await
        .problem(422, "validation_failed");
    let errors = problem["errors"].as_array().expect("a list of fields");
    let mut fields: Vec<_> = errors
        .iter()
        .map(|error| error["field"].as_str().unwrap_or_default())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["email", "name", "password"]);
    assert!(errors.iter().all(|error| {
        error["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty())
    }));
}

async fn an_address_can_be_taken_only_once_however_it_is_written(backend: Backend) {
    let server = Server::start(backend).await;
    server.person("Ada").await;
    let details =
        json!({ "email": "ADA@Example.ORG", "name": "Another Ada", "password": PASSWORD });
    server
        .visitor()
        .post("/auth/signup")
        .json(&details)
        .await
        .problem(409, "email_taken");
    Person::sign_in(&server.visitor(), "Ada@EXAMPLE.org", PASSWORD).await;
}

async fn sign_up_can_be_closed(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let mut settings = administrator.get("/admin/settings").await.expect(200);
    settings["signUp"] = json!("closed");
    administrator
        .put("/admin/settings")
        .json(&settings)
        .await
        .expect(200);
    assert_eq!(
        server.visitor().get("/setup").await.expect(200)["signUp"],
        "closed"
    );
    let details = json!({ "email": "eve@example.org", "name": "Eve", "password": PASSWORD });
    server
        .visitor()
        .post("/auth/signup")
        .json(&details)
        .await
        .problem(403, "sign_up_closed");
}

async fn an_unknown_address_is_answered_like_a_wrong_password(backend: Backend) {
    let server = Server::start(backend).await;
    server.person("Ada").await;
    let try_it = |email: &str| {
        server
            .visitor()
            .post("/auth/login")
            .json(&json!({ "email": email, "password": "wrong password 1" }))
    };
    let known = try_it("ada@example.org").await;
    let unknown = try_it("nobody@example.org").await;
    known.problem(401, "sign_in_failed");
    assert_eq!(told(&known), told(&unknown));
}

async fn guessing_a_password_is_slowed_down_even_with_the_right_one(backend: Backend) {
    let server = Server::start(backend).await;
    server.person("Ada").await;
    let try_it = |password: &str| {
        server
            .visitor()
            .post("/auth/login")
            .json(&json!({ "email": "ada@example.org", "password": password }))
    };
    let mut refused = None;
    for guess in 0..40 {
        let reply = try_it(&format!("wrong password {guess}")).await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
        reply.problem(401, "sign_in_failed");
    }
    let refused = refused.expect("forty guesses in a row are too many");
    refused.problem(429, "too_many_attempts");
    let wait: u64 = refused
        .header("retry-after")
        .expect("a time to wait")
        .parse()
        .expect("seconds");
    assert!((1..=3600).contains(&wait), "{wait} s");
    try_it(PASSWORD).await.problem(429, "too_many_attempts");
}

async fn a_token_lasts_a_day_and_can_not_be_altered(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let parts: Vec<_> = ada.token.split('.').collect();
    assert_eq!(parts.len(), 3, "a JWT has three parts");
    let decode = |part: &str| -> Value {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let claims = decode(parts[1]);
    let seconds = claims["exp"].as_i64().expect("exp") - claims["iat"].as_i64().expect("iat");
    assert_eq!(seconds, 24 * 3600);
    assert!(
        !claims.to_string().contains("ada@"),
        "a token carries no personal data: {claims}"
    );
    ada.get("/auth/me").await.expect(200);

    let mut later = claims.clone();
    later["exp"] = json!(claims["exp"].as_i64().expect("exp") + 3600);
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let altered = format!("{}.{}.{}", parts[0], encode(&later), parts[2]);
    let unsigned = format!(
        "{}.{}.",
        encode(&json!({ "alg": "none", "typ": "JWT" })),
        parts[1]
    );
    for forged in [altered.as_str(), &unsigned, "", "a.b.c", "not a token"] {
        server
            .visitor()
            .with_token(forged)
            .get("/auth/me")
            .await
            .problem(401, "unauthenticated");
    }
}

async fn a_browser_session_is_a_cookie_that_scripts_can_not_read(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let details = json!({ "email": ada.email, "password": ada.password, "transport": "cookie" });
    let reply = server.visitor().post("/auth/login").json(&details).await;
    assert_eq!(reply.expect(200)["token"], Value::Null);
    let set = reply.header("set-cookie").expect("a cookie").to_lowercase();
    assert!(set.starts_with("carrel_session="), "{set}");
    for attribute in ["httponly", "samesite=", "path=/"] {
        assert!(set.contains(attribute), "no {attribute} in {set}");
    }
    let browser = server
        .visitor()
        .with_cookie(&reply.cookie().expect("a cookie"));
    assert_eq!(
        browser.get("/auth/me").await.expect(200)["id"],
        ada.id.as_str()
    );

    let rename = json!({ "name": "Eve" });
    browser
        .patch("/auth/me")
        .header("origin", "https://evil.example")
        .json(&rename)
        .await
        .problem(403, "cross_site_refused");
    browser
        .patch("/auth/me")
        .header("sec-fetch-site", "cross-site")
        .json(&rename)
        .await
        .problem(403, "cross_site_refused");
    let own = server.address();
    browser
        .patch("/auth/me")
        .header("origin", &own)
        .json(&json!({ "name": "Ada L." }))
        .await
        .expect(200);
    assert_eq!(ada.get("/auth/me").await.expect(200)["name"], "Ada L.");

    browser
        .post("/auth/logout")
        .header("origin", &own)
        .await
        .expect(204);
    browser
        .get("/auth/me")
        .await
        .problem(401, "unauthenticated");
    ada.get("/auth/me").await.expect(200);
}

async fn a_new_password_ends_all_other_sessions(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let elsewhere = Person::sign_in(&server.visitor(), &ada.email, PASSWORD).await;
    let change = |current: &str| json!({ "currentPassword": current, "newPassword": "another long walk home" });
    ada.post("/auth/password")
        .json(&change("not the password"))
        .await
        .problem(403, "wrong_password");
    elsewhere.get("/auth/me").await.expect(200);
    ada.post("/auth/password")
        .json(&change(PASSWORD))
        .await
        .expect(204);
    elsewhere
        .get("/auth/me")
        .await
        .problem(401, "unauthenticated");
    ada.get("/auth/me").await.expect(200);
    let old = json!({ "email": ada.email, "password": PASSWORD });
    server
        .visitor()
        .post("/auth/login")
        .json(&old)
        .await
        .problem(401, "sign_in_failed");
    Person::sign_in(&server.visitor(), &ada.email, "another long walk home").await;
}

async fn a_session_can_be_ended_from_another_one(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let lost = Person::sign_in(&server.visitor(), &ada.email, PASSWORD).await;
    let sessions = ada.get("/auth/sessions").await.expect(200);
    let sessions = sessions.as_array().expect("a list");
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        sessions
            .iter()
            .filter(|session| session["current"] == true)
            .count(),
        1
    );
    let other = sessions
        .iter()
        .find(|session| session["current"] == false)
        .expect("the lost one");
    let path = format!("/auth/sessions/{}", other["id"].as_str().expect("an id"));
    let eve = server.person("Eve").await;
    eve.delete(&path).await.problem(404, "not_found");
    lost.get("/auth/me").await.expect(200);
    ada.delete(&path).await.expect(204);
    lost.get("/auth/me").await.problem(401, "unauthenticated");
}

async fn nothing_is_open_to_those_who_are_not_signed_in(backend: Backend) {
    let server = Server::start(backend).await;
    server.administrator().await;
    let visitor = server.visitor();
    for path in [
        "/auth/me",
        "/auth/sessions",
        "/documents",
        "/templates",
        "/prompts",
        "/exports",
        "/models",
        "/generations",
        "/usage",
        "/admin/settings",
        "/admin/providers",
        "/status",
    ] {
        visitor.get(path).await.problem(401, "unauthenticated");
    }
    for path in [
        "/documents",
        "/documents/upload-url",
        "/documents/ingest",
        "/documents/generate",
        "/ai/refine",
        "/templates",
        "/prompts",
        "/admin/providers",
    ] {
        visitor
            .post(path)
            .json(&json!({}))
            .await
            .problem(401, "unauthenticated");
    }
}

async fn only_administrators_administer(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let me = ada.get("/auth/me").await.expect(200);
    assert_eq!(me["roles"], json!(["staff"]));
    assert!(!me["permissions"].to_string().contains("manage"), "{me}");
    ada.get("/admin/settings").await.problem(403, "forbidden");
    ada.get("/admin/providers").await.problem(403, "forbidden");
    let settings = server
        .administrator()
        .await
        .get("/admin/settings")
        .await
        .expect(200);
    ada.put("/admin/settings")
        .json(&settings)
        .await
        .problem(403, "forbidden");
    let provider = json!({ "name": "mine", "kind": "anthropic", "baseUrl": "http://127.0.0.1:9", "apiKey": "k" });
    ada.post("/admin/providers")
        .json(&provider)
        .await
        .problem(403, "forbidden");
    ada.post("/admin/providers/test")
        .json(&provider)
        .await
        .problem(403, "forbidden");
}

async fn a_profile_keeps_its_name_and_theme(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    ada.patch("/auth/me")
        .json(&json!({ "name": "Ada Lovelace", "theme": "dark" }))
        .await
        .expect(200);
    let me = ada.get("/auth/me").await.expect(200);
    assert_eq!(
        (&me["name"], &me["theme"]),
        (&json!("Ada Lovelace"), &json!("dark"))
    );
    ada.patch("/auth/me")
        .json(&json!({ "theme": "sepia" }))
        .await
        .problem(422, "validation_failed");
    ada.patch("/auth/me")
        .json(&json!({ "name": "" }))
        .await
        .problem(422, "validation_failed");
}

#[tokio::test]
async fn names_and_addresses_are_not_readable_in_the_data_or_the_log() {
    let mut server = Server::start(Backend::Sqlite).await;
    let details = json!({ "email": "zebulon@example.org", "name": "Zebulon Quartermain", "password": PASSWORD });
    server.administrator().await;
    server
        .visitor()
        .post("/auth/signup")
        .json(&details)
        .await
        .expect(201);
    Person::sign_in(&server.visitor(), "zebulon@example.org", PASSWORD).await;
    server
        .visitor()
        .at(Method::GET, "/health")
        .await
        .expect(200);
    server.stop().await;

    let mut files = vec![server.data().to_owned()];
    let mut read = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(
                std::fs::read_dir(&path)
                    .expect("a directory")
                    .flatten()
                    .map(|entry| entry.path()),
            );
            continue;
        }
        let content = std::fs::read(&path).expect("a file");
        let content = String::from_utf8_lossy(&content).to_lowercase();
        for word in ["zebulon", "quartermain", PASSWORD] {
            assert!(
                !content.contains(word),
                "{} holds {word:?} in clear",
                path.display()
            );
        }
        read += 1;
    }
    assert!(read >= 2, "the database and the key at least are files");
}

#[cfg(unix)]
#[tokio::test]
async fn the_master_key_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(Backend::Sqlite).await;
    let entries = std::fs::read_dir(server.data())
        .expect("the data directory")
        .flatten();
    let keys: Vec<_> = entries
        .filter(|entry| entry.file_name().to_string_lossy().contains("key"))
        .collect();
    assert_eq!(keys.len(), 1, "one key file: {keys:?}");
    let mode = keys[0].metadata().expect("metadata").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
