//! People who are switched off.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{House, PASSWORD};

#[tokio::test]
async fn who_is_switched_off_is_out_at_once_and_answered_like_a_wrong_password() {
    let house = House::open().await;
    house.person("ada@example.org", "Ada").await;
    let root = house.root().await;
    let (token, cookie) = (
        house.token("ada@example.org").await,
        house.cookie("ada@example.org").await,
    );
    let ada = house.id_of(&token).await;
    house
        .get("/auth/me")
        .cookie(&cookie)
        .send()
        .await
        .expect(StatusCode::OK);
    let off = house.change(&root, &ada, json!({ "disabled": true })).await;
    assert_eq!(off.expect(StatusCode::OK).json["status"], "disabled");
    house
        .get("/auth/me")
        .bearer(&token)
        .send()
        .await
        .problem(401, "unauthenticated");
    house
        .get("/auth/me")
        .cookie(&cookie)
        .send()
        .await
        .problem(401, "unauthenticated");

    let told = async |email: &str, password: &str| {
        let mut reply = house.sign_in(email, password).send().await;
        reply.problem(401, "sign_in_failed");
        reply.json["requestId"] = Value::Null;
        (reply.status, reply.json)
    };
    let right = told("ada@example.org", PASSWORD).await;
    assert_eq!(right, told("ada@example.org", "not her password").await);
    assert_eq!(right, told("nobody@example.org", PASSWORD).await);

    let on = house
        .change(&root, &ada, json!({ "disabled": false }))
        .await;
    assert_eq!(on.expect(StatusCode::OK).json["status"], "active");
    house
        .get("/auth/me")
        .bearer(&token)
        .send()
        .await
        .problem(401, "unauthenticated");
    house
        .get("/auth/me")
        .cookie(&cookie)
        .send()
        .await
        .problem(401, "unauthenticated");
    house
        .sign_in("ada@example.org", PASSWORD)
        .send()
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn only_who_has_the_rights_of_someone_can_switch_them_on_again() {
    let house = House::open().await;
    let root = house.root().await;
    house.person("mina@example.org", "Mina").await;
    house.person("ada@example.org", "Ada").await;
    let mina = house.id_of(&house.token("mina@example.org").await).await;
    let ada = house.id_of(&house.token("ada@example.org").await).await;
    let desk = house.role(&root, "Desk", &["people:manage"], &[]).await;
    house
        .change(&root, &mina, json!({ "roleIds": [desk] }))
        .await
        .expect(StatusCode::OK);
    house
        .change(&root, &ada, json!({ "disabled": true }))
        .await
        .expect(StatusCode::OK);
    let at_desk = house.token("mina@example.org").await;
    let on = json!({ "disabled": false });
    house
        .change(&at_desk, &ada, on)
        .await
        .problem(403, "rights_exceeded");
}

#[tokio::test]
async fn someone_can_be_signed_out_everywhere() {
    let house = House::open().await;
    house.person("ada@example.org", "Ada").await;
    let root = house.root().await;
    let (token, cookie) = (
        house.token("ada@example.org").await,
        house.cookie("ada@example.org").await,
    );
    let path = format!("/admin/people/{}/sign-out", house.id_of(&token).await);
    let out = house.post(&path, json!({})).bearer(&root).send().await;
    out.expect(StatusCode::NO_CONTENT);
    house
        .get("/auth/me")
        .bearer(&token)
        .send()
        .await
        .problem(401, "unauthenticated");
    house
        .get("/auth/me")
        .cookie(&cookie)
        .send()
        .await
        .problem(401, "unauthenticated");
    house
        .sign_in("ada@example.org", PASSWORD)
        .send()
        .await
        .expect(StatusCode::OK);
    let nobody = format!("/admin/people/{}/sign-out", uuid::Uuid::now_v7());
    let nobody = house.post(&nobody, json!({})).bearer(&root).send().await;
    nobody.problem(404, "not_found");
}
