//! A session and the rights it was issued with.

use axum::http::StatusCode;
use carrel_platform::Timestamp;
use carrel_platform::auth::{ApiKeyId, Credential, Permission, Permissions, SessionId, Standing};
use futures::future::join_all;
use serde_json::{Value, json};

use super::{House, PASSWORD};
use crate::roles::RoleId;

const ADA: &str = "ada@example.org";

/// A house, an administrator's token, and Ada's id.
async fn house_of_ada() -> (House, String, String) {
    let house = House::open().await;
    house.person(ADA, "Ada").await;
    let root = house.root().await;
    let ada = house.id_of(&house.token(ADA).await).await;
    (house, root, ada)
}

async fn me(house: &House, cookie: &str) -> super::Reply {
    house.get("/auth/me").cookie(cookie).send().await
}

/// Moves the last change of a token into the past.
async fn eleven_seconds_later(house: &House) {
    let then = Timestamp::now() - std::time::Duration::from_secs(11);
    let moved = carrel_platform::query!(
        house.db,
        execute,
        "UPDATE sessions SET rotated_at = $1 WHERE rotated_at IS NOT NULL",
        then
    );
    assert_eq!(moved.expect("is stored"), 1);
    house.look_again();
}

#[tokio::test]
async fn a_browser_is_given_a_new_token_after_a_change_of_rights_and_the_old_one_dies() {
    let (house, root, ada) = house_of_ada().await;
    let old = house.cookie(ADA).await;
    assert_eq!(
        me(&house, &old).await.expect(StatusCode::OK).new_cookie(),
        None
    );
    let auditor = house.role(&root, "Auditor", &["audit:read"], &[]).await;
    let roles = json!({ "roleIds": [RoleId::STAFF, auditor] });
    house
        .change(&root, &ada, roles)
        .await
        .expect(StatusCode::OK);

    let reply = me(&house, &old).await.expect(StatusCode::OK);
    let new = reply.new_cookie().expect("a new token");
    assert_ne!(new, old);
    assert!(reply.json["permissions"].to_string().contains("audit:read"));
    let again = me(&house, &new).await.expect(StatusCode::OK);
    assert_eq!(again.new_cookie(), None, "one change, one new token");

    let under_way = me(&house, &old).await.expect(StatusCode::OK);
    assert_eq!(
        under_way.new_cookie(),
        None,
        "the old one brings nothing new"
    );
    eleven_seconds_later(&house).await;
    me(&house, &old).await.problem(401, "unauthenticated");
    me(&house, &new).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_token_that_was_replaced_dies_after_ten_seconds_even_if_it_was_just_looked_up() {
    let (house, root, ada) = house_of_ada().await;
    let old = house.cookie(ADA).await;
    let change = json!({ "roleIds": [] });
    house
        .change(&root, &ada, change)
        .await
        .expect(StatusCode::OK);
    me(&house, &old).await.expect(StatusCode::OK);
    let hash = carrel_platform::crypto::token_hash(old.trim_start_matches("carrel_session="));
    let since = Timestamp::now() - std::time::Duration::from_hours(1);
    let read = crate::store::session_by_token(&house.db, &hash, since).await;
    let mut session = read.expect("reads").expect("is there");
    assert!(session.replaced);
    let then = Timestamp::now() - std::time::Duration::from_secs(11);
    session.rotated_at = Some(then);
    let cache = &house.accounts.0.sessions;
    let key = crate::session_cache::SessionKey::Cookie(hash);
    let now = std::time::Instant::now();
    cache.put(key, session, cache.generation(), now);
    me(&house, &old).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn of_many_requests_at_once_one_is_given_the_new_token_and_none_is_refused() {
    let (house, root, ada) = house_of_ada().await;
    let old = house.cookie(ADA).await;
    let change = json!({ "roleIds": [] });
    house
        .change(&root, &ada, change)
        .await
        .expect(StatusCode::OK);
    let replies = join_all((0..12).map(|_| me(&house, &old))).await;
    let mut new: Vec<_> = replies
        .into_iter()
        .filter_map(|reply| reply.expect(StatusCode::OK).new_cookie())
        .collect();
    assert_eq!(new.len(), 1, "{new:?}");
    let new = new.pop().expect("just counted");
    me(&house, &new).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn an_access_token_is_dead_after_a_change_of_rights_and_stays_so() {
    let (house, root, ada) = house_of_ada().await;
    let token = house.token(ADA).await;
    let get = || house.get("/auth/me").bearer(&token).send();
    get().await.expect(StatusCode::OK);
    let (none, staff) = (
        json!({ "roleIds": [] }),
        json!({ "roleIds": [RoleId::STAFF] }),
    );
    house.change(&root, &ada, none).await.expect(StatusCode::OK);
    for _ in 0..2 {
        let refused = get().await;
        refused.problem(401, "unauthenticated");
        let detail = refused.json["detail"].as_str().expect("a sentence");
        assert!(detail.contains("rights have changed"), "{detail}");
    }
    house
        .change(&root, &ada, staff)
        .await
        .expect(StatusCode::OK);
    get().await.problem(401, "unauthenticated");
    let fresh = house.token(ADA).await;
    let sessions = house.get("/auth/sessions").bearer(&fresh).send().await;
    let sessions = sessions.expect(StatusCode::OK).json;
    assert!(
        sessions.as_array().expect("a list").len() <= 2,
        "a dead one isn't listed: {sessions}"
    );
}

#[tokio::test]
async fn a_change_of_a_role_reaches_everyone_who_has_it() {
    let (house, root, ada) = house_of_ada().await;
    let writer = house.role(&root, "Writer", &["documents:use"], &[]).await;
    let roles = json!({ "roleIds": [writer] });
    house
        .change(&root, &ada, roles)
        .await
        .expect(StatusCode::OK);
    let cookie = house.cookie(ADA).await;
    me(&house, &cookie).await.expect(StatusCode::OK);
    let path = format!("/admin/roles/{writer}");
    let role = json!({ "name": "Writer", "allow": ["documents:use", "models:use"], "deny": [] });
    let put = |version: &'static str| {
        let etag = axum::http::header::IF_MATCH;
        let call = house
            .call(axum::http::Method::PUT, &path)
            .json(role.clone());
        call.header(etag, version).bearer(&root).send()
    };
    put("\"1\"").await.expect(StatusCode::OK);
    put("\"1\"").await.problem(412, "version_conflict");
    let reply = me(&house, &cookie).await.expect(StatusCode::OK);
    assert!(reply.new_cookie().is_some());
    assert_eq!(
        reply.json["permissions"],
        json!(["documents:use", "models:use"])
    );
}

#[tokio::test]
async fn signing_in_ends_the_session_that_the_browser_had() {
    let (house, ..) = house_of_ada().await;
    house.person("eve@example.org", "Eve").await;
    let (first, elsewhere) = (house.cookie(ADA).await, house.cookie(ADA).await);
    let login = json!({ "email": "eve@example.org", "password": PASSWORD, "transport": "cookie" });
    let reply = house.post("/auth/login", login).cookie(&first).send().await;
    let second = reply.expect(StatusCode::OK).new_cookie().expect("a cookie");
    assert_ne!(first, second);
    me(&house, &first).await.problem(401, "unauthenticated");
    me(&house, &elsewhere).await.expect(StatusCode::OK);
    let eve = me(&house, &second).await.expect(StatusCode::OK);
    assert_eq!(eve.json["name"], "Eve");
}

#[tokio::test]
async fn what_a_long_answer_stands_on_is_told_as_it_is_now() {
    let (house, root, ada) = house_of_ada().await;
    let session = |value: &Value| {
        let id = value["id"].as_str().expect("an id").parse();
        SessionId(id.expect("a UUID"))
    };
    let (cookie, token) = (house.cookie(ADA).await, house.token(ADA).await);
    let sessions = house.get("/auth/sessions").bearer(&token).send().await.json;
    let sessions = sessions.as_array().expect("a list");
    let by_kind = |kind: &str| {
        let found = sessions.iter().find(|session| {
            session["kind"] == kind && (kind == "cookie" || session["current"] == true)
        });
        session(found.expect("one of this kind"))
    };
    let (cookie_id, token_id) = (by_kind("cookie"), by_kind("token"));
    let standing = async |credential| {
        let standing = house.accounts.standing(credential).await;
        standing.expect("is known")
    };
    for credential in [Credential::Cookie(cookie_id), Credential::Token(token_id)] {
        let rights = standing(credential).await.expect("it counts");
        assert!(rights.contains(Permission::DocumentsUse));
    }
    house
        .change(&root, &ada, json!({ "roleIds": [] }))
        .await
        .expect(StatusCode::OK);
    let rights = standing(Credential::Cookie(cookie_id)).await;
    assert!(rights.is_some_and(|rights| !rights.contains(Permission::DocumentsUse)));
    assert_eq!(standing(Credential::Token(token_id)).await, None);
    me(&house, &cookie).await.expect(StatusCode::OK);
    let rights = standing(Credential::Cookie(cookie_id)).await;
    assert!(rights.is_some(), "a new token is the same session");
    house
        .change(&root, &ada, json!({ "disabled": true }))
        .await
        .expect(StatusCode::OK);
    assert_eq!(standing(Credential::Cookie(cookie_id)).await, None);
}

#[tokio::test]
async fn a_long_answer_to_an_api_key_stands_on_the_key_and_its_owner() {
    let (house, root, ada) = house_of_ada().await;
    let token = house.token(ADA).await;
    let request = json!({ "name": "script", "scopes": ["documents:use"] });
    let made = house.post("/keys", request).bearer(&token).send().await;
    let made = made.expect(StatusCode::CREATED).json;
    let id = made["id"].as_str().expect("an id").parse();
    let credential = Credential::Key(ApiKeyId(id.expect("a UUID")));
    let standing = async || {
        let standing = house.accounts.standing(credential).await;
        standing.expect("is known")
    };
    let scopes: Permissions = [Permission::DocumentsUse].into_iter().collect();
    assert_eq!(standing().await, Some(scopes));
    let none = house.change(&root, &ada, json!({ "roleIds": [] })).await;
    none.expect(StatusCode::OK);
    assert_eq!(standing().await, Some(Permissions::NONE));
    let off = house.change(&root, &ada, json!({ "disabled": true })).await;
    off.expect(StatusCode::OK);
    assert_eq!(standing().await, None);
}
