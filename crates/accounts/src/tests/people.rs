//! Finding and making people.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{House, PASSWORD};
use crate::roles::RoleId;

async fn names(house: &House, root: &str, query: &str) -> (Vec<String>, Option<String>) {
    let path = format!("/admin/people{query}");
    let reply = house.get(&path).bearer(root).send().await;
    let page = reply.expect(StatusCode::OK).json;
    let items = page["items"].as_array().expect("a page").iter();
    let names = items.map(|person| person["name"].as_str().expect("a name").to_owned());
    (
        names.collect(),
        page["nextCursor"].as_str().map(ToOwned::to_owned),
    )
}

#[tokio::test]
async fn people_are_found_by_a_part_of_the_name_or_address_page_by_page() {
    let house = House::open().await;
    let root = house.root().await;
    for name in ["Ada", "Bea", "Adam", "Cleo", "Nadadja"] {
        house
            .person(&format!("{}@example.org", name.to_lowercase()), name)
            .await;
    }
    let (all, next) = names(&house, &root, "").await;
    assert_eq!(
        all,
        ["Nadadja", "Cleo", "Adam", "Bea", "Ada", "Root"],
        "newest first"
    );
    assert_eq!(next, None);
    let (first, next) = names(&house, &root, "?q=ADA&limit=2").await;
    assert_eq!(first, ["Nadadja", "Adam"]);
    let query = format!("?q=ADA&limit=2&cursor={}", next.expect("a next page"));
    assert_eq!(
        names(&house, &root, &query).await,
        (vec!["Ada".to_owned()], None)
    );
    let (exact, _) = names(&house, &root, "?q=ADA@example.org").await;
    assert_eq!(exact, ["Ada"], "an address finds its owner, not nadada's");
    let (by_address, _) = names(&house, &root, "?q=cleo@ex").await;
    assert_eq!(by_address, ["Cleo"]);
    let (nobody, next) = names(&house, &root, "?q=zoe").await;
    assert_eq!((nobody.len(), next), (0, None));
    let foreign = house
        .get("/admin/people?cursor=nonsense")
        .bearer(&root)
        .send()
        .await;
    foreign.problem(400, "cursor_invalid");
}

#[tokio::test]
async fn people_are_listed_by_whether_they_can_sign_in() {
    let house = House::open().await;
    let root = house.root().await;
    for name in ["Ada", "Bea"] {
        house
            .person(&format!("{}@example.org", name.to_lowercase()), name)
            .await;
    }
    let bea = house.id_of(&house.token("bea@example.org").await).await;
    house
        .change(&root, &bea, json!({ "disabled": true }))
        .await
        .expect(StatusCode::OK);
    let (off, _) = names(&house, &root, "?status=disabled").await;
    assert_eq!(off, ["Bea"]);
    let (on, _) = names(&house, &root, "?status=active").await;
    assert_eq!(on, ["Ada", "Root"]);
    let (none, _) = names(&house, &root, "?status=active&q=bea@example.org").await;
    assert!(none.is_empty(), "{none:?}");
}

#[tokio::test]
async fn an_account_made_by_an_administrator_can_sign_in() {
    let house = House::open().await;
    let root = house.root().await;
    let account = json!({ "email": "Ada@Example.org", "name": "Ada", "roleIds": [RoleId::STAFF], "password": PASSWORD });
    let post = |account: &Value| {
        house
            .post("/admin/people", account.clone())
            .bearer(&root)
            .send()
    };
    let made = post(&account).await.expect(StatusCode::CREATED).json;
    assert_eq!(made["email"], "ada@example.org");
    assert_eq!(made["lastSeenAt"], Value::Null);
    assert_eq!(
        made["roles"],
        json!([{ "id": RoleId::STAFF, "name": "staff" }])
    );
    post(&account).await.problem(409, "email_taken");
    let mut weak = account.clone();
    weak["password"] = json!("short");
    weak["email"] = json!("nobody");
    let weak = post(&weak).await;
    weak.problem(422, "validation_failed");
    assert_eq!(weak.json["errors"].as_array().map(Vec::len), Some(2));

    let token = house.token("ada@example.org").await;
    let id = house.id_of(&token).await;
    let path = format!("/admin/people/{id}");
    let seen = house.get(&path).bearer(&root).send().await.json;
    assert!(seen["lastSeenAt"].is_string(), "{seen}");
    let renamed = house.change(&root, &id, json!({ "name": "Ada L." })).await;
    assert_eq!(renamed.expect(StatusCode::OK).json["name"], "Ada L.");
    let me = house.get("/auth/me").bearer(&token).send().await;
    assert_eq!(
        me.expect(StatusCode::OK).json["name"],
        "Ada L.",
        "a name changes no rights"
    );
    let bad = house.change(&root, &id, json!({ "name": "" })).await;
    bad.problem(422, "validation_failed");
    let nobody = uuid::Uuid::now_v7().to_string();
    house
        .change(&root, &nobody, json!({ "name": "X" }))
        .await
        .problem(404, "not_found");
}
