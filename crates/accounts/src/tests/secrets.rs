use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{House, PASSWORD};

#[tokio::test]
async fn the_database_holds_no_address_name_password_or_token_in_clear() {
    let house = House::open().await;
    let setup = house
        .accounts
        .setup_token()
        .await
        .expect("mints")
        .expect("a token");
    let zebulon = json!({ "email": "zebulon@example.org", "name": "Zebulon Quartermain", "password": PASSWORD });
    let made = house.post("/auth/signup", zebulon).send().await;
    made.expect(StatusCode::CREATED);
    let token = house.token("zebulon@example.org").await;
    let cookie = house.cookie("zebulon@example.org").await;
    let cookie = cookie.trim_start_matches("carrel_session=");
    // With the write-ahead log as it is while Carrel runs, and the database as it is afterwards.
    let running = content(&house);
    house.db.close().await;
    for content in [running, content(&house)] {
        assert!(content.contains("$argon2id$"), "the rows are in the files");
        for secret in ["zebulon", "quartermain", PASSWORD, &setup, &token, cookie] {
            assert!(
                !content.contains(&secret.to_lowercase()),
                "{secret:?} is readable"
            );
        }
    }
}

/// All that the files of the database hold, in lower case.
fn content(house: &House) -> String {
    let files = house.database_files();
    let content: Vec<u8> = files
        .iter()
        .flat_map(|path| std::fs::read(path).expect("a file"))
        .collect();
    String::from_utf8_lossy(&content).to_lowercase()
}

/// The web app's client is generated from this: `T | null` is a required field that may be null, `field?: T` an
/// optional one that may not.
#[tokio::test]
async fn the_api_says_which_fields_may_be_null_and_which_may_be_absent() {
    let house = House::open().await;
    let api = serde_json::to_value(house.accounts.router().into_openapi()).expect("JSON");
    let schemas = &api["components"]["schemas"];
    let required = |schema: &str, field: &str| {
        let fields = schemas[schema]["required"].as_array().into_iter().flatten();
        fields.into_iter().any(|name| name == field)
    };
    let kind = |schema: &str, field: &str| &schemas[schema]["properties"][field]["type"];
    for (schema, field) in [("SignedIn", "token"), ("Session", "userAgent")] {
        assert!(required(schema, field), "{schema}.{field} is always there");
        assert_eq!(
            kind(schema, field),
            &json!(["string", "null"]),
            "{schema}.{field}"
        );
    }
    for (schema, field) in [
        ("UpdateMe", "name"),
        ("UpdateMe", "theme"),
        ("SignInRequest", "transport"),
        ("SignUpRequest", "transport"),
    ] {
        let property = &schemas[schema]["properties"][field];
        assert!(property.is_object(), "{schema}.{field} is documented");
        assert!(!required(schema, field), "{schema}.{field} may be absent");
        assert!(!property.to_string().contains("null"), "{property}");
    }
    for schema in [
        "SetupStatus",
        "SetupRequest",
        "Me",
        "ChangePassword",
        "Problem",
    ] {
        assert_ne!(schemas[schema], Value::Null, "{schema}");
    }
}
