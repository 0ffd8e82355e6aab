use axum::http::{Method, StatusCode, header};
use carrel_platform::auth::{People, UserId};
use serde_json::{Value, json};

use super::{House, PASSWORD};
use crate::{AccountsConfig, Error};

#[tokio::test]
async fn signing_up_gives_a_program_a_token_and_a_browser_a_cookie() {
    let house = House::open().await;
    let mut ada = json!({ "email": " Ada@Example.org", "name": "Ada", "password": PASSWORD });
    let program = house.post("/auth/signup", ada.clone()).send().await;
    let program = program.expect(StatusCode::CREATED);
    assert_eq!(program.set_cookie(), None);
    let token = program.json["token"].as_str().expect("a token");
    let me = house.get("/auth/me").bearer(token).send().await;
    let me = me.expect(StatusCode::OK);
    assert_eq!(me.json["email"], "ada@example.org");
    assert_eq!(me.json["roles"], json!(["staff"]));
    assert_eq!(
        me.json["permissions"],
        json!([
            "documents:use",
            "templates:use",
            "prompts:use",
            "models:use",
            "documents:share",
            "api-keys:use"
        ])
    );
    assert_eq!(me.json, program.json["user"]);

    ada["email"] = json!("bea@example.org");
    ada["transport"] = json!("cookie");
    let browser = house.post("/auth/signup", ada).send().await;
    let browser = browser.expect(StatusCode::CREATED);
    assert_eq!(browser.json["token"], Value::Null);
    let set = browser.set_cookie().expect("a cookie");
    let (pair, attributes) = set.split_once("; ").expect("attributes");
    assert!(pair.starts_with("carrel_session="), "{set}");
    assert_eq!(
        attributes,
        "HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000"
    );
    let me = house.get("/auth/me").cookie(pair).send().await;
    assert_eq!(me.expect(StatusCode::OK).json["email"], "bea@example.org");
}

#[tokio::test]
async fn over_https_the_cookie_can_not_leave_it() {
    let house = House::with(AccountsConfig {
        address: "https://carrel.test".into(),
        secure_cookies: true,
    })
    .await;
    house.person("ada@example.org", "Ada").await;
    let request =
        json!({ "email": "ada@example.org", "password": PASSWORD, "transport": "cookie" });
    let reply = house.post("/auth/login", request).send().await;
    let set = reply.set_cookie().expect("a cookie");
    assert!(set.starts_with("__Host-carrel_session="), "{set}");
    assert!(set.contains("; Secure"), "{set}");
    let pair = set.split(';').next().expect("a pair");
    house
        .get("/auth/me")
        .cookie(pair)
        .send()
        .await
        .expect(StatusCode::OK);
    let plain = pair.trim_start_matches("__Host-");
    house
        .get("/auth/me")
        .cookie(plain)
        .send()
        .await
        .problem(401, "unauthenticated");
}

#[tokio::test]
async fn every_field_that_needs_correcting_is_named_at_once() {
    let house = House::open().await;
    let wrong = json!({ "email": "nobody", "name": " ", "password": "short" });
    let reply = house.post("/auth/signup", wrong).send().await;
    reply.problem(422, "validation_failed");
    let errors = reply.json["errors"].as_array().expect("a list");
    let fields: Vec<_> = errors.iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["email", "name", "password"]);
}

#[tokio::test]
async fn an_address_has_one_account_and_a_closed_door_stays_closed() {
    let house = House::open().await;
    house.person("ada@example.org", "Ada").await;
    let mut another = json!({ "email": "ADA@example.ORG ", "name": "A", "password": PASSWORD });
    let taken = house.post("/auth/signup", another.clone()).send().await;
    taken.problem(409, "email_taken");
    let again = house
        .accounts
        .create("ADA@example.org", "A", PASSWORD, &[])
        .await;
    assert!(matches!(again, Err(Error::EmailTaken)));

    house.close_sign_up().await;
    another["email"] = json!("new@example.org");
    let closed = house.post("/auth/signup", another).send().await;
    closed.problem(403, "sign_up_closed");
    let status = house.get("/setup").send().await;
    assert_eq!(status.json["signUp"], "closed");
}

#[tokio::test]
async fn an_unknown_address_is_answered_like_a_wrong_password() {
    let house = House::open().await;
    house.person("ada@example.org", "Ada").await;
    let known = house
        .sign_in("ada@example.org", "not her password")
        .send()
        .await;
    let unknown = house
        .sign_in("nobody@example.org", "not her password")
        .send()
        .await;
    let nonsense = house.sign_in("\u{202e}", PASSWORD).send().await;
    known.problem(401, "sign_in_failed");
    for other in [unknown, nonsense] {
        assert_eq!(other.status, known.status);
        assert_eq!(other.json, known.json);
        assert_eq!(other.headers, known.headers);
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_and_the_owner_gets_in_from_elsewhere() {
    let house = House::open().await;
    house.person("ada@example.org", "Ada").await;
    let attacker = "198.51.100.7";
    for email in ["ada@example.org", "nobody@example.org"] {
        for _ in 0..8 {
            let reply = house
                .sign_in(email, "a wrong guess")
                .from(attacker)
                .send()
                .await;
            reply.problem(401, "sign_in_failed");
        }
        let refused = house.sign_in(email, PASSWORD).from(attacker).send().await;
        refused.problem(429, "too_many_attempts");
        let wait = refused.headers[header::RETRY_AFTER].to_str();
        let wait: u64 = wait.expect("text").parse().expect("seconds");
        assert!(
            (30..=60).contains(&wait),
            "a minute, less what has passed: {wait}"
        );
    }
    let owner = house.sign_in("Ada@example.org", PASSWORD).send().await;
    owner.expect(StatusCode::OK);
}

#[tokio::test]
async fn guessing_the_current_password_of_a_session_is_slowed_down_too() {
    let house = House::open().await;
    house.person("ada@example.org", "Ada").await;
    let token = house.token("ada@example.org").await;
    let change = json!({ "currentPassword": "a wrong guess", "newPassword": "another long walk" });
    for _ in 0..8 {
        let reply = house
            .post("/auth/password", change.clone())
            .bearer(&token)
            .send()
            .await;
        reply.problem(403, "wrong_password");
    }
    let reply = house
        .post("/auth/password", change)
        .bearer(&token)
        .send()
        .await;
    reply.problem(429, "too_many_attempts");
}

#[tokio::test]
async fn a_profile_keeps_its_name_and_theme() {
    let house = House::open().await;
    house.person("ada@example.org", "Ada").await;
    let token = house.token("ada@example.org").await;
    let update = |change: Value| {
        let call = house.call(Method::PATCH, "/auth/me").json(change);
        call.bearer(&token).send()
    };
    let me = update(json!({ "name": " Ada Lovelace " })).await;
    assert_eq!(me.expect(StatusCode::OK).json["name"], "Ada Lovelace");
    let me = update(json!({ "theme": "dark" }))
        .await
        .expect(StatusCode::OK);
    assert_eq!(me.json["name"], "Ada Lovelace");
    assert_eq!(me.json["theme"], "dark");
    update(json!({ "theme": "sepia" }))
        .await
        .problem(422, "validation_failed");
    let wrong = update(json!({ "name": "Ada\nLovelace" })).await;
    wrong.problem(422, "validation_failed");
    assert_eq!(wrong.json["errors"][0]["field"], "name");
    let me = house.get("/auth/me").bearer(&token).send().await;
    assert_eq!(me.json["name"], "Ada Lovelace");
}

#[tokio::test]
async fn names_are_found_by_id_and_strangers_are_absent() {
    let house = House::open().await;
    let make = async |email: &str, name: &str| {
        let made = house.accounts.create(email, name, PASSWORD, &[]).await;
        made.expect("makes an account")
    };
    let ada = make("ada@example.org", "Ada").await;
    let bea = make("bea@example.org", "Béa").await;
    let people: &dyn People = &house.accounts;
    let names = people
        .names(&[ada, UserId::new(), bea, ada])
        .await
        .expect("reads");
    assert_eq!(names.len(), 2);
    assert_eq!((names[&ada].as_str(), names[&bea].as_str()), ("Ada", "Béa"));
    assert!(people.names(&[]).await.expect("reads").is_empty());
}
