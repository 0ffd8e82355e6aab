//! Roles, groups and denials, and that nobody gives more than they have.

use axum::http::{Method, StatusCode, header};
use carrel_platform::auth::{Permission, Permissions};
use serde_json::{Value, json};
use sqlx::Executor;

use super::House;
use crate::roles::RoleId;

async fn permissions(house: &House, root: &str, person: &str) -> Value {
    let path = format!("/admin/people/{person}");
    let reply = house.get(&path).bearer(root).send().await;
    reply.expect(StatusCode::OK).json["permissions"].clone()
}

async fn someone(house: &House, name: &str) -> String {
    let email = format!("{}@example.org", name.to_lowercase());
    house.person(&email, name).await;
    house.id_of(&house.token(&email).await).await
}

#[tokio::test]
async fn the_built_in_roles_are_what_the_migration_says() {
    let house = House::open().await;
    let root = house.root().await;
    let roles = house.get("/admin/roles").bearer(&root).send().await;
    let roles = roles.expect(StatusCode::OK).json;
    assert_eq!(roles[0]["id"], json!(RoleId::ADMINISTRATOR));
    assert_eq!(roles[0]["allow"], json!(Permissions::ALL.names()));
    assert_eq!(roles[0]["people"], 1);
    assert_eq!(roles[1]["id"], json!(RoleId::STAFF));
    let staff = [
        Permission::DocumentsUse,
        Permission::TemplatesUse,
        Permission::PromptsUse,
        Permission::ModelsUse,
        Permission::DocumentsShare,
        Permission::KeysUse,
    ];
    let names = staff.map(Permission::as_str);
    assert_eq!(roles[1]["allow"], json!(names));
    let listed = house.get("/admin/permissions").bearer(&root).send().await;
    let listed = listed.expect(StatusCode::OK).json;
    assert_eq!(
        listed.as_array().expect("a list").len(),
        Permission::ALL.len()
    );
}

#[tokio::test]
async fn roles_of_people_before_this_version_are_kept() {
    let pool = sqlx::SqlitePool::connect("sqlite::memory:")
        .await
        .expect("opens");
    let mut one = pool.acquire().await.expect("a connection");
    let before = [
        include_str!("../../../../migrations/sqlite/0001_platform.sql"),
        include_str!("../../../../migrations/sqlite/0002_accounts.sql"),
        "INSERT INTO people VALUES (x'0a', '', x'01', '', '', '[\"administrator\"]', 'system', '2026', '2026');
         INSERT INTO people VALUES (x'0b', '', x'02', '', '', '[\"staff\"]', 'system', '2026', '2026');
         INSERT INTO people VALUES (x'0c', '', x'03', '', '', '[]', 'system', '2026', '2026');
         INSERT INTO sessions VALUES (x'01', x'0b', NULL, 'token', NULL, '2026', '2027', '2028', NULL)",
        include_str!("../../../../migrations/sqlite/0007_roles.sql"),
    ];
    for sql in before {
        one.execute(sql).await.expect("migrates");
    }
    let rules: Vec<(Vec<u8>, String)> =
        sqlx::query_as("SELECT person_id, rules FROM person_rules ORDER BY person_id")
            .fetch_all(&mut *one)
            .await
            .expect("reads");
    let staff = Permissions::from_bits(1563).bits();
    assert_eq!(
        rules,
        [
            (vec![0x0a], "[[-1,0]]".to_owned()),
            (vec![0x0b], format!("[[{staff},0]]")),
            (vec![0x0c], "[]".to_owned()),
        ]
    );
    let session: (i64, String) = sqlx::query_as(
        "SELECT s.rights, p.last_seen_at FROM sessions AS s JOIN people AS p ON p.id = s.user_id",
    )
    .fetch_one(&mut *one)
    .await
    .expect("reads");
    assert_eq!(session, (staff, "2027".to_owned()));
}

#[tokio::test]
async fn groups_give_roles_and_a_denial_anywhere_wins() {
    let house = House::open().await;
    let root = house.root().await;
    let (ada, eve) = (someone(&house, "Ada").await, someone(&house, "Eve").await);
    let auditor = house.role(&root, "Auditor", &["audit:read"], &[]).await;
    let quiet = house.role(&root, "No models", &[], &["models:use"]).await;
    let group = json!({ "name": "Class 5b", "roleIds": [auditor, quiet], "memberIds": [ada] });
    let made = house
        .post("/admin/groups", group)
        .bearer(&root)
        .send()
        .await;
    let made = made.expect(StatusCode::CREATED).json;
    assert_eq!(made["members"], json!([{ "id": ada, "name": "Ada" }]));
    let of_ada = permissions(&house, &root, &ada).await.to_string();
    assert!(
        of_ada.contains("audit:read") && !of_ada.contains("models:use"),
        "{of_ada}"
    );

    let path = format!("/admin/groups/{}", made["id"].as_str().expect("an id"));
    let group = json!({ "name": "Class 5b", "roleIds": [auditor], "memberIds": [eve] });
    let put = house
        .call(Method::PUT, &path)
        .json(group)
        .bearer(&root)
        .send()
        .await;
    assert_eq!(put.expect(StatusCode::OK).json["people"], 1);
    let of_ada = permissions(&house, &root, &ada).await.to_string();
    assert!(
        !of_ada.contains("audit:read") && of_ada.contains("models:use"),
        "{of_ada}"
    );
    let entry = house
        .get(&format!("/admin/people/{eve}"))
        .bearer(&root)
        .send()
        .await
        .json;
    assert_eq!(entry["groups"][0]["name"], "Class 5b");
    assert_eq!(entry["roles"][0]["name"], "staff");
    let roles = house.get("/admin/roles").bearer(&root).send().await.json;
    let auditors = roles
        .as_array()
        .expect("a list")
        .iter()
        .find(|role| role["id"] == json!(auditor));
    assert_eq!(auditors.expect("is listed")["people"], 1, "by a group");

    let gone = house.call(Method::DELETE, &path).bearer(&root).send().await;
    gone.expect(StatusCode::NO_CONTENT);
    let of_eve = permissions(&house, &root, &eve).await.to_string();
    assert!(!of_eve.contains("audit:read"), "{of_eve}");
    house
        .get(&path)
        .bearer(&root)
        .send()
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn what_is_wrong_with_a_role_or_group_is_said() {
    let house = House::open().await;
    let root = house.root().await;
    let post = |path: &str, body: Value| house.post(path, body).bearer(&root).send();
    let both = json!({ "name": " ", "allow": ["models:use"], "deny": ["models:use", "all"] });
    let wrong = post("/admin/roles", both).await;
    wrong.problem(422, "validation_failed");
    house.role(&root, "Auditor", &[], &[]).await;
    let again = json!({ "name": "AUDITOR", "allow": [], "deny": [] });
    post("/admin/roles", again)
        .await
        .problem(409, "role_name_taken");
    let nobody = json!({ "name": "G", "memberIds": [uuid::Uuid::now_v7()] });
    post("/admin/groups", nobody)
        .await
        .problem(422, "validation_failed");
    let no_role = json!({ "name": "G", "roleIds": [uuid::Uuid::now_v7()] });
    post("/admin/groups", no_role)
        .await
        .problem(422, "validation_failed");
    let list = house.get("/admin/groups").bearer(&root).send().await;
    assert_eq!(list.json["items"], json!([]), "a refused group isn't there");

    let path = format!("/admin/roles/{}", RoleId::ADMINISTRATOR);
    let role = json!({ "name": "administrator", "allow": [], "deny": [] });
    let put = house.call(Method::PUT, &path).json(role).bearer(&root);
    let put = put.header(header::IF_MATCH, "\"1\"").send().await;
    put.problem(409, "role_built_in");
    for id in [RoleId::ADMINISTRATOR, RoleId::STAFF] {
        let path = format!("/admin/roles/{id}");
        let removed = house.call(Method::DELETE, &path).bearer(&root).send().await;
        removed.problem(409, "role_built_in");
    }
    let path = format!("/admin/roles/{}", RoleId::STAFF);
    let staff = json!({ "name": "staff", "allow": ["documents:use"], "deny": [] });
    let put = house.call(Method::PUT, &path).json(staff).bearer(&root);
    let put = put.header(header::IF_MATCH, "\"1\"").send().await;
    assert_eq!(
        put.expect(StatusCode::OK).json["allow"],
        json!(["documents:use"])
    );
}

#[tokio::test]
async fn nobody_gives_rights_that_they_do_not_have() {
    let house = House::open().await;
    let root = house.root().await;
    let (mina, ada) = (someone(&house, "Mina").await, someone(&house, "Ada").await);
    let desk = house
        .role(&root, "Desk", &["people:manage", "documents:use"], &[])
        .await;
    let maker = house
        .role(&root, "Maker", &["roles:manage", "documents:use"], &[])
        .await;
    let muted = house.role(&root, "Muted", &[], &["audit:read"]).await;
    let auditor = house.role(&root, "Auditor", &["audit:read"], &[]).await;
    let auditors = json!({ "name": "Auditors", "roleIds": [auditor] });
    let auditors = house
        .post("/admin/groups", auditors)
        .bearer(&root)
        .send()
        .await;
    let auditors = auditors.expect(StatusCode::CREATED).json["id"].clone();
    house
        .change(&root, &ada, json!({ "roleIds": [muted] }))
        .await
        .expect(StatusCode::OK);
    house
        .change(&root, &mina, json!({ "roleIds": [desk] }))
        .await
        .expect(StatusCode::OK);

    let at_desk = house.token("mina@example.org").await;
    for beyond in [
        json!({ "roleIds": [muted, auditor] }),
        json!({ "roleIds": [RoleId::ADMINISTRATOR] }),
        json!({ "groupIds": [auditors] }),
        json!({ "roleIds": [] }), // what was denied to her would come back
    ] {
        let refused = house.change(&at_desk, &ada, beyond).await;
        refused.problem(403, "rights_exceeded");
    }
    house
        .change(&at_desk, &mina, json!({ "roleIds": [desk, auditor] }))
        .await
        .problem(403, "rights_exceeded");
    let own = json!({ "roleIds": [desk, muted] });
    house
        .change(&at_desk, &ada, own)
        .await
        .expect(StatusCode::OK);
    let account = json!({ "email": "x@example.org", "name": "X", "roleIds": [auditor], "password": super::PASSWORD });
    let made = house
        .post("/admin/people", account)
        .bearer(&at_desk)
        .send()
        .await;
    made.problem(403, "rights_exceeded");
    let group = json!({ "name": "G", "roleIds": [auditor], "memberIds": [] });
    let made = house
        .post("/admin/groups", group)
        .bearer(&at_desk)
        .send()
        .await;
    made.problem(403, "rights_exceeded");

    house
        .change(&root, &mina, json!({ "roleIds": [maker] }))
        .await
        .expect(StatusCode::OK);
    let making = house.token("mina@example.org").await;
    let wide = json!({ "name": "Wide", "allow": ["audit:read"], "deny": [] });
    let made = house
        .post("/admin/roles", wide)
        .bearer(&making)
        .send()
        .await;
    made.problem(403, "rights_exceeded");
    let path = format!("/admin/roles/{maker}");
    let wider =
        json!({ "name": "Maker", "allow": ["roles:manage", "documents:use", "audit:read"] });
    let put = house.call(Method::PUT, &path).json(wider).bearer(&making);
    let put = put.header(header::IF_MATCH, "\"1\"").send().await;
    put.problem(403, "rights_exceeded");
    let path = format!("/admin/roles/{muted}");
    let removed = house
        .call(Method::DELETE, &path)
        .bearer(&making)
        .send()
        .await;
    removed.problem(403, "rights_exceeded");
    let of_ada = permissions(&house, &root, &ada).await;
    assert!(!of_ada.to_string().contains("audit:read"), "{of_ada}");
}
