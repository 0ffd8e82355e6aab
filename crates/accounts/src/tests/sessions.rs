use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use carrel_platform::Timestamp;
use carrel_platform::auth::{SessionId, UserId};
use carrel_platform::crypto::{Keyring, random_token, token_hash};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use super::{House, PASSWORD};
use crate::jobs::Sweep;
use crate::store::{self, SessionKind, SessionRow};
use crate::tokens::Tokens;

/// The rights of someone with the role staff, as bits.
const STAFF: i64 = 1563;
const ADA: &str = "ada@example.org";

async fn house_of_ada() -> House {
    let house = House::open().await;
    house.person(ADA, "Ada").await;
    house
}

fn part(token: &str, n: usize) -> Value {
    let part = token.split('.').nth(n).expect("three parts");
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// Adds a session that began `ago`, was last used `seen` ago, and ends `left` from now.
async fn old_cookie(house: &House, ago: Duration, seen: Duration, left: Duration) -> String {
    let user = UserId(
        part(&house.token(ADA).await, 1)["sub"]
            .as_str()
            .expect("sub")
            .parse()
            .expect("an id"),
    );
    let now = Timestamp::now();
    let token = random_token();
    let session = SessionRow {
        id: SessionId::new(),
        user_id: user,
        kind: SessionKind::Cookie,
        user_agent: None,
        created_at: now - ago,
        last_seen_at: now - seen,
        expires_at: now + left,
    };
    let mut tx = house.db.begin().await.expect("begins");
    store::insert_session(&mut tx, &session, Some(&token_hash(&token)), STAFF)
        .await
        .expect("stores");
    tx.commit().await.expect("commits");
    format!("carrel_session={token}")
}

#[tokio::test]
async fn a_token_that_carrel_did_not_sign_or_that_is_over_is_refused() {
    let house = house_of_ada().await;
    let token = house.token(ADA).await;
    let claims = part(&token, 1);
    let lifetime = claims["exp"].as_i64().expect("exp") - claims["iat"].as_i64().expect("iat");
    assert_eq!(lifetime, 24 * 3600);

    let sign = |claims: &Value, key: &[u8]| {
        let key = EncodingKey::from_secret(key);
        jsonwebtoken::encode(&Header::default(), claims, &key).expect("signs")
    };
    let with = |field: &str, value: Value| {
        let mut claims = claims.clone();
        claims[field] = value;
        sign(&claims, house.keyring.token_secret())
    };
    let same = sign(&claims, house.keyring.token_secret());
    house
        .get("/auth/me")
        .bearer(&same)
        .send()
        .await
        .expect(StatusCode::OK);

    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!(
        "{}.{}.",
        encode(&json!({ "alg": "none", "typ": "JWT" })),
        encode(&claims)
    );
    let past = Timestamp::now().unix_seconds() - 1;
    let mut parts = token.rsplitn(2, '.');
    let (signature, _) = (parts.next().expect("a signature"), parts.next());
    let mut later = claims.clone();
    later["exp"] = json!(claims["exp"].as_i64().expect("exp") + 3600);
    let altered = format!(
        "{}.{}.{signature}",
        encode(&part(&token, 0)),
        encode(&later)
    );
    for (what, forged) in [
        ("unsigned", unsigned),
        ("altered", altered),
        (
            "another key",
            sign(&claims, b"another key of the same kind, 32"),
        ),
        ("expired", with("exp", json!(past))),
        ("for another audience", with("aud", json!("elsewhere"))),
        ("of another issuer", with("iss", json!("elsewhere"))),
        ("of another person", with("sub", json!(UserId::new()))),
        ("of no session", with("sid", json!(SessionId::new()))),
        ("empty", String::new()),
        ("no token", "a.b.c".into()),
    ] {
        let reply = house.get("/auth/me").bearer(&forged).send().await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{what} was taken");
        reply.problem(401, "unauthenticated");
        assert!(
            reply.headers.contains_key(header::WWW_AUTHENTICATE),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_cookie_session_is_not_opened_by_a_token_that_names_it() {
    let house = house_of_ada().await;
    let cookie = house.cookie(ADA).await;
    let sessions = house.get("/auth/sessions").cookie(&cookie).send().await;
    let session = &sessions.json[0];
    let me = house.get("/auth/me").cookie(&cookie).send().await;
    let id = |value: &Value| {
        value["id"]
            .as_str()
            .expect("an id")
            .parse()
            .expect("a UUID")
    };
    let token = Tokens::new(&house.keyring)
        .issue(
            UserId(id(&me.json)),
            SessionId(id(session)),
            Timestamp::now(),
        )
        .expect("signs");
    let reply = house.get("/auth/me").bearer(&token).send().await;
    reply.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_at_once() {
    let house = house_of_ada().await;
    let here = house.token(ADA).await;
    let (program, browser) = (house.token(ADA).await, house.cookie(ADA).await);
    // Both are in the cache now.
    house
        .get("/auth/me")
        .bearer(&program)
        .send()
        .await
        .expect(StatusCode::OK);
    house
        .get("/auth/me")
        .cookie(&browser)
        .send()
        .await
        .expect(StatusCode::OK);

    let change = |current: &str, new: &str| {
        let request = json!({ "currentPassword": current, "newPassword": new });
        house.post("/auth/password", request).bearer(&here).send()
    };
    change("not her password", "another long walk")
        .await
        .problem(403, "wrong_password");
    let weak = change(PASSWORD, "password123").await;
    weak.problem(422, "validation_failed");
    assert_eq!(weak.json["errors"][0]["field"], "newPassword");
    house
        .get("/auth/me")
        .bearer(&program)
        .send()
        .await
        .expect(StatusCode::OK);

    change(PASSWORD, "another long walk")
        .await
        .expect(StatusCode::NO_CONTENT);
    house
        .get("/auth/me")
        .bearer(&program)
        .send()
        .await
        .problem(401, "unauthenticated");
    house
        .get("/auth/me")
        .cookie(&browser)
        .send()
        .await
        .problem(401, "unauthenticated");
    house
        .get("/auth/me")
        .bearer(&here)
        .send()
        .await
        .expect(StatusCode::OK);
    house
        .sign_in(ADA, PASSWORD)
        .send()
        .await
        .problem(401, "sign_in_failed");
    house
        .sign_in(ADA, "another long walk")
        .send()
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn a_session_can_be_ended_from_another_one_of_the_same_person_only() {
    let house = house_of_ada().await;
    house.person("eve@example.org", "Eve").await;
    let (here, lost) = (house.token(ADA).await, house.cookie(ADA).await);
    let sessions = house.get("/auth/sessions").bearer(&here).send().await;
    let sessions = sessions.expect(StatusCode::OK).json;
    let sessions = sessions.as_array().expect("a list");
    assert_eq!(sessions.len(), 2);
    let current = |session: &&Value| session["current"] == true;
    assert_eq!(sessions.iter().filter(current).count(), 1);
    let other = sessions.iter().find(|session| session["current"] == false);
    let other = other.expect("the lost one");
    assert_eq!(other["kind"], "cookie");
    assert_eq!(other["userAgent"], Value::Null);

    let path = format!("/auth/sessions/{}", other["id"].as_str().expect("an id"));
    let end = |token: &str| house.call(Method::DELETE, &path).bearer(token).send();
    let eve = house.token("eve@example.org").await;
    end(&eve).await.problem(404, "not_found");
    house
        .get("/auth/me")
        .cookie(&lost)
        .send()
        .await
        .expect(StatusCode::OK);
    end(&here).await.expect(StatusCode::NO_CONTENT);
    house
        .get("/auth/me")
        .cookie(&lost)
        .send()
        .await
        .problem(401, "unauthenticated");
    end(&here).await.problem(404, "not_found");
    let malformed = house.call(Method::DELETE, "/auth/sessions/nonsense");
    malformed
        .bearer(&here)
        .send()
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_clears_the_cookie() {
    let house = house_of_ada().await;
    let (token, cookie) = (house.token(ADA).await, house.cookie(ADA).await);
    let out = house
        .post("/auth/logout", json!({}))
        .cookie(&cookie)
        .send()
        .await;
    let out = out.expect(StatusCode::NO_CONTENT);
    let set = out.set_cookie().expect("the cookie is cleared");
    assert!(
        set.starts_with("carrel_session=;") && set.contains("Max-Age=0"),
        "{set}"
    );
    house
        .get("/auth/me")
        .cookie(&cookie)
        .send()
        .await
        .problem(401, "unauthenticated");

    let out = house
        .post("/auth/logout", json!({}))
        .bearer(&token)
        .send()
        .await;
    assert_eq!(out.expect(StatusCode::NO_CONTENT).set_cookie(), None);
    house
        .get("/auth/me")
        .bearer(&token)
        .send()
        .await
        .problem(401, "unauthenticated");

    let nobody = house.post("/auth/logout", json!({})).send().await;
    nobody.expect(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_stale_cookie_counts_as_none_and_is_cleared_but_does_not_undo_a_sign_in() {
    let house = house_of_ada().await;
    let stale = "other=1; carrel_session=nonsense";
    let reply = house.get("/setup").cookie(stale).send().await;
    let reply = reply.expect(StatusCode::OK);
    assert!(reply.set_cookie().expect("cleared").contains("Max-Age=0"));

    let request = json!({ "email": ADA, "password": PASSWORD, "transport": "cookie" });
    let reply = house
        .post("/auth/login", request)
        .cookie(stale)
        .send()
        .await;
    let set = reply.set_cookie().expect("one cookie");
    let fresh = set.split(';').next().expect("a pair");
    house
        .get("/auth/me")
        .cookie(fresh)
        .send()
        .await
        .expect(StatusCode::OK);

    let both = house
        .get("/auth/me")
        .cookie(fresh)
        .bearer("nonsense")
        .send()
        .await;
    both.problem(401, "unauthenticated");
    let proxy = house.get("/auth/me").cookie(fresh);
    let proxy = proxy.header(header::AUTHORIZATION, "Basic cHJveHk6cHJveHk=");
    proxy.send().await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_cookie_in_use_lives_on_and_is_written_once_an_hour() {
    let house = house_of_ada().await;
    let (day, hour) = (Duration::from_hours(24), Duration::from_hours(1));
    let cookie = old_cookie(&house, day * 29, hour * 2, day).await;
    let before = Timestamp::now();
    let reply = house.get("/auth/sessions").cookie(&cookie).send().await;
    let renewed = reply.set_cookie().expect("the cookie is renewed");
    assert!(renewed.starts_with(&format!("{cookie};")), "{renewed}");
    assert!(renewed.contains("Max-Age=2592000"), "{renewed}");
    let sessions = reply.json.as_array().expect("a list");
    let this = sessions.iter().find(|session| session["current"] == true);
    let this = this.expect("the session of the request");
    let time = |field: &str| {
        this[field]
            .as_str()
            .expect("a time")
            .parse::<Timestamp>()
            .expect("RFC 3339")
    };
    assert!(time("lastSeenAt") >= before);
    assert!(time("expiresAt") >= before + day * 30);

    let again = house.get("/auth/me").cookie(&cookie).send().await;
    assert_eq!(again.expect(StatusCode::OK).set_cookie(), None);
}

#[tokio::test]
async fn a_session_that_is_over_opens_nothing_and_is_removed() {
    let house = house_of_ada().await;
    let hour = Duration::from_hours(1);
    let expired = old_cookie(&house, hour * 2, hour, Duration::ZERO).await;
    house
        .get("/auth/me")
        .cookie(&expired)
        .send()
        .await
        .problem(401, "unauthenticated");

    let (ended, living) = (house.token(ADA).await, house.cookie(ADA).await);
    house
        .post("/auth/logout", json!({}))
        .bearer(&ended)
        .send()
        .await
        .expect(StatusCode::NO_CONTENT);
    Sweep {}.run(house.accounts.clone()).await.expect("sweeps");
    let hash = |cookie: &str| token_hash(cookie.trim_start_matches("carrel_session="));
    let read = async |cookie: &str| {
        store::session_by_token(&house.db, &hash(cookie), Timestamp::now())
            .await
            .expect("reads")
    };
    assert!(read(&expired).await.is_none());
    assert!(read(&living).await.is_some());
    house
        .get("/auth/me")
        .bearer(&ended)
        .send()
        .await
        .problem(401, "unauthenticated");
    house
        .get("/auth/me")
        .cookie(&living)
        .send()
        .await
        .expect(StatusCode::OK);
}

#[test]
fn keys_of_two_installations_sign_different_tokens() {
    let dir = tempfile::tempdir().expect("a scratch directory");
    let tokens =
        |name: &str| Tokens::new(&Keyring::open(&dir.path().join(name)).expect("makes a key"));
    let (ours, theirs) = (tokens("ours"), tokens("theirs"));
    let token = ours
        .issue(UserId::new(), SessionId::new(), Timestamp::now())
        .expect("signs");
    assert!(ours.verify(&token).is_some());
    assert!(theirs.verify(&token).is_none());
}
