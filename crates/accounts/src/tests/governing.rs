//! Somebody is always left to govern.

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use super::House;
use crate::roles::RoleId;

#[tokio::test]
async fn the_last_administrator_can_not_lose_what_makes_one() {
    let house = House::open().await;
    let root = house.root().await;
    let me = house.id_of(&root).await;
    let refused = async |change| {
        let reply = house.change(&root, &me, change).await;
        reply.problem(409, "last_administrator");
    };
    let muted = house.role(&root, "Muted", &[], &["roles:manage"]).await;
    refused(json!({ "roleIds": [] })).await;
    refused(json!({ "roleIds": [RoleId::STAFF] })).await;
    refused(json!({ "roleIds": [RoleId::ADMINISTRATOR, muted] })).await;
    refused(json!({ "disabled": true })).await;
    let group = json!({ "name": "All", "roleIds": [muted], "memberIds": [me] });
    let made = house
        .post("/admin/groups", group)
        .bearer(&root)
        .send()
        .await;
    made.problem(409, "last_administrator");
    let group = json!({ "name": "All", "roleIds": [], "memberIds": [me] });
    let made = house
        .post("/admin/groups", group)
        .bearer(&root)
        .send()
        .await;
    let made = made.expect(StatusCode::CREATED).json;
    let path = format!("/admin/groups/{}", made["id"].as_str().expect("an id"));
    let group = json!({ "name": "All", "roleIds": [muted], "memberIds": [me] });
    let put = house
        .call(Method::PUT, &path)
        .json(group)
        .bearer(&root)
        .send()
        .await;
    put.problem(409, "last_administrator");
    house
        .get("/auth/me")
        .bearer(&root)
        .send()
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn an_administrator_by_another_role_counts_and_can_be_the_last_one() {
    let house = House::open().await;
    let root = house.root().await;
    house.person("ada@example.org", "Ada").await;
    let ada = house.id_of(&house.token("ada@example.org").await).await;
    let govern = ["people:manage", "roles:manage"];
    let governor = house.role(&root, "Governor", &govern, &[]).await;
    let group = json!({ "name": "Board", "roleIds": [governor], "memberIds": [ada] });
    let board = house
        .post("/admin/groups", group)
        .bearer(&root)
        .send()
        .await;
    let board = board.expect(StatusCode::CREATED).json["id"].clone();
    let me = house.id_of(&root).await;
    house
        .change(&root, &me, json!({ "roleIds": [] }))
        .await
        .expect(StatusCode::OK);

    let by_group = house.token("ada@example.org").await;
    let role = format!("/admin/roles/{governor}");
    let deleted = house
        .call(Method::DELETE, &role)
        .bearer(&by_group)
        .send()
        .await;
    deleted.problem(409, "last_administrator");
    let less = json!({ "name": "Governor", "allow": ["roles:manage"], "deny": [] });
    let put = house.call(Method::PUT, &role).json(less).bearer(&by_group);
    let put = put.header(header::IF_MATCH, "\"1\"").send().await;
    put.problem(409, "last_administrator");
    let path = format!("/admin/groups/{}", board.as_str().expect("an id"));
    let deleted = house
        .call(Method::DELETE, &path)
        .bearer(&by_group)
        .send()
        .await;
    deleted.problem(409, "last_administrator");
    let alone = house
        .change(&by_group, &ada, json!({ "groupIds": [] }))
        .await;
    alone.problem(409, "last_administrator");
}
