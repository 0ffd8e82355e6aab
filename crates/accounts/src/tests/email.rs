//! What the black-box tests can't wait for.

use axum::http::StatusCode;
use carrel_platform::auth::{Actor, Credential, Permissions, UserId};
use carrel_platform::settings::Settings;
use carrel_platform::{Timestamp, query, scalar};
use serde_json::json;

use super::{House, PASSWORD};
use crate::jobs::Sweep;

async fn links(house: &House) -> i64 {
    let db = &house.db;
    let count = scalar!(db, fetch_one, i64, "SELECT COUNT(*) FROM email_tokens");
    count.expect("counts")
}

#[tokio::test]
async fn when_addresses_must_be_verified_the_sessions_of_others_end() {
    let house = House::open().await;
    house.person("ada@example.org", "Ada").await;
    let ada = house.token("ada@example.org").await;
    let eve = json!({ "email": "eve@example.org", "name": "Eve", "password": PASSWORD });
    let eve = house.post("/auth/signup", eve).send().await;
    let eve = eve.expect(StatusCode::CREATED).json;
    assert_eq!(eve["user"]["emailVerified"], false);
    let eve = eve["token"].as_str().expect("a token");
    let sweep = || async {
        let swept = Sweep {}.run(house.accounts.clone()).await;
        swept.expect("sweeps");
        house.look_again();
    };
    let me = |token: &str| house.get("/auth/me").bearer(token).send();
    sweep().await;
    me(eve).await.expect(StatusCode::OK);

    let settings = Settings {
        require_verified_email: true,
        ..Settings::default()
    };
    let actor = Actor {
        user: UserId::new(),
        credential: Credential::CommandLine,
        permissions: Permissions::ALL,
    };
    let stored = house.settings.put(&actor, settings).await;
    stored.expect("is stored");
    sweep().await;
    me(eve).await.problem(401, "unauthenticated");
    me(&ada).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn links_that_are_over_are_removed() {
    let house = House::open().await;
    let eve = json!({ "email": "eve@example.org", "name": "Eve", "password": PASSWORD });
    let signed_up = house.post("/auth/signup", eve).send().await;
    signed_up.expect(StatusCode::CREATED);
    Sweep {}.run(house.accounts.clone()).await.expect("sweeps");
    assert_eq!(links(&house).await, 1);
    let (db, now) = (&house.db, Timestamp::now());
    let expired = query!(db, execute, "UPDATE email_tokens SET expires_at = $1", now);
    expired.expect("is changed");
    Sweep {}.run(house.accounts.clone()).await.expect("sweeps");
    assert_eq!(links(&house).await, 0);
}
