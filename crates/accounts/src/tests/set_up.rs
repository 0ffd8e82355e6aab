use std::time::Duration;

use axum::http::StatusCode;
use carrel_platform::Timestamp;
use carrel_platform::crypto::token_hash;
use serde_json::{Value, json};

use super::{House, PASSWORD};
use crate::{RoleId, store};

fn grace(token: &str) -> Value {
    json!({ "token": token, "email": "grace@example.org", "name": "Grace", "password": PASSWORD })
}

async fn minted(house: &House) -> String {
    let token = house.accounts.setup_token().await.expect("mints");
    token.expect("there is no administrator")
}

#[tokio::test]
async fn the_set_up_link_makes_one_administrator_and_signs_them_in() {
    let house = House::open().await;
    let status = house.get("/setup").send().await.expect(StatusCode::OK);
    assert_eq!(
        status.json,
        json!({ "needed": true, "signUp": "open", "signUpDomains": [], "appName": "Carrel" })
    );

    let token = minted(&house).await;
    let made = house.post("/setup", grace(&token)).send().await;
    let made = made.expect(StatusCode::CREATED);
    assert_eq!(made.json["user"]["roles"], json!(["administrator"]));
    assert_eq!(made.json["token"], Value::Null);
    let cookie = made.set_cookie().expect("a cookie").split(';').next();
    let me = house
        .get("/auth/me")
        .cookie(cookie.expect("a pair"))
        .send()
        .await;
    let me = me.expect(StatusCode::OK);
    let permissions = me.json["permissions"].as_array().expect("a list");
    assert!(
        permissions.contains(&json!("people:manage")),
        "{permissions:?}"
    );

    let again = house.post("/setup", grace(&token)).send().await;
    again.problem(409, "setup_done");
    let status = house.get("/setup").send().await;
    assert_eq!(status.json["needed"], false);
    assert_eq!(house.accounts.setup_token().await.expect("answers"), None);
}

#[tokio::test]
async fn a_request_that_needs_correcting_does_not_use_up_the_link() {
    let house = House::open().await;
    house.person("taken@example.org", "Ada").await;
    let token = minted(&house).await;
    let mut weak = grace(&token);
    weak["password"] = json!("short");
    let refused = house.post("/setup", weak).send().await;
    refused.problem(422, "validation_failed");
    let mut taken = grace(&token);
    taken["email"] = json!("taken@example.org");
    let refused = house.post("/setup", taken).send().await;
    refused.problem(409, "email_taken");
    let made = house.post("/setup", grace(&token)).send().await;
    made.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn only_the_newest_link_that_is_less_than_a_day_old_works() {
    let house = House::open().await;
    let older = minted(&house).await;
    let newest = minted(&house).await;
    for wrong in [older.as_str(), "guessed", ""] {
        let refused = house.post("/setup", grace(wrong)).send().await;
        refused.problem(403, "setup_token_invalid");
    }
    let mut tx = house.db.begin().await.expect("begins");
    let made_at = Timestamp::now() - Duration::from_hours(25);
    let expired_at = made_at + Duration::from_hours(24);
    store::insert_setup_token(&mut tx, &token_hash("yesterday"), made_at, expired_at)
        .await
        .expect("stores");
    tx.commit().await.expect("commits");
    let refused = house.post("/setup", grace("yesterday")).send().await;
    refused.problem(403, "setup_token_invalid");
    let made = house.post("/setup", grace(&newest)).send().await;
    made.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn of_many_who_open_the_link_at_once_one_becomes_administrator() {
    let house = House::open().await;
    let token = minted(&house).await;
    let try_it = |n: usize| {
        let mut request = grace(&token);
        request["email"] = json!(format!("p{n}@example.org"));
        house.post("/setup", request).send()
    };
    let replies = futures::future::join_all((0..5).map(try_it)).await;
    let made = replies
        .iter()
        .filter(|reply| reply.status == StatusCode::CREATED);
    assert_eq!(made.count(), 1, "{replies:?}");
}

#[tokio::test]
async fn an_administrator_made_at_the_command_line_ends_set_up() {
    let house = House::open().await;
    let token = minted(&house).await;
    house
        .accounts
        .create(
            "root@example.org",
            "Root",
            PASSWORD,
            &[RoleId::ADMINISTRATOR],
        )
        .await
        .expect("makes an account");
    assert_eq!(house.accounts.setup_token().await.expect("answers"), None);
    let refused = house.post("/setup", grace(&token)).send().await;
    refused.problem(409, "setup_done");
}
