use super::super::provider::Wrapping;
use super::*;
use crate::{Timestamp, query, scalar};
use sqlx::types::Json;

#[tokio::test]
async fn two_nodes_that_start_at_once_agree_on_the_keys() {
    let house = House::open().await;
    let (one, two) = tokio::join!(house.load("master.key"), house.load("master.key"));
    let (one, two) = (one.expect("loads"), two.expect("loads"));
    let sealed = one.seal(HERE, "x");
    assert_eq!(two.open_sealed(HERE, &sealed).expect("opens"), "x");
    assert_eq!(one.token_secret(), two.token_secret());
    assert_eq!(one.audit_seed(), two.audit_seed());
    assert_eq!(one.blind_index("a", "b"), two.blind_index("a", "b"));
}

#[tokio::test]
async fn keys_derived_from_the_master_are_taken_over_as_what_they_were() {
    let house = House::open().await;
    // What the first version left: nothing but values, and the fingerprint of the master.
    let old = Keyring::open(&house.file("master.key")).expect("makes a key");
    let sealed = old.seal(HERE, "ada@example.org");
    assert!(sealed.starts_with("v1|m1|"));
    query!(
        house.db,
        execute,
        "INSERT INTO settings (name, value, updated_at) VALUES ('master key check', $1, $2)",
        Json(house.master("master.key").fingerprint()),
        Timestamp::now()
    )
    .expect("is noted");
    let fingerprint = old.blind_index("master key", "check");
    let known = house.master("master.key").fingerprint();
    assert_eq!(
        base64::Engine::encode(
            &base64::engine::general_purpose::URL_SAFE_NO_PAD,
            fingerprint
        ),
        known,
        "the fingerprint is the one of the first version"
    );

    let new = house.load("master.key").await.expect("loads");
    assert_eq!(
        new.open_sealed(HERE, &sealed).expect("opens"),
        "ada@example.org"
    );
    assert_eq!(
        old.blind_index("people.email", "a"),
        new.blind_index("people.email", "a")
    );
    assert_eq!(old.token_secret(), new.token_secret());
    assert_eq!(old.sign_url("x"), new.sign_url("x"));

    // They don't depend on the master any more.
    let encryption = house.encryption(&new, Vec::new());
    let to = house.master("new.key");
    encryption.rewrap(&*to).await.expect("wraps anew");
    let after = house.load("new.key").await.expect("loads");
    assert_eq!(
        after.open_sealed(HERE, &sealed).expect("opens"),
        "ada@example.org"
    );
    assert_eq!(old.token_secret(), after.token_secret());
}

#[tokio::test]
async fn a_new_installation_derives_nothing_from_its_master() {
    let house = House::open().await;
    let keys = house.load("master.key").await.expect("loads");
    let derived = Keyring::open(&house.file("master.key")).expect("opens");
    assert!(keys.seal(HERE, "x").starts_with("v1|k1|"));
    assert_ne!(keys.token_secret(), derived.token_secret());
    assert_ne!(keys.blind_index("a", "b"), derived.blind_index("a", "b"));
}

#[tokio::test]
async fn another_master_key_is_refused_and_so_is_the_old_one_after_the_keys_were_wrapped_anew() {
    let house = House::open().await;
    let keys = house.load("master.key").await.expect("loads");
    let refused = house.load("other.key").await.expect_err("another key");
    assert!(matches!(refused, KeyError::AnotherMaster), "{refused}");
    let to = house.master("new.key");
    let count = house.encryption(&keys, Vec::new()).rewrap(&*to).await;
    assert_eq!(count.expect("wraps anew"), 5);
    let refused = house.load("master.key").await.expect_err("the old key");
    assert!(matches!(refused, KeyError::AnotherMaster), "{refused}");
    house.load("new.key").await.expect("loads");

    // Nor does it unwrap what is there now, whatever the fingerprint says.
    let wrapped = scalar!(
        house.db,
        fetch_one,
        String,
        "SELECT wrapped FROM data_keys WHERE id = 'k1'"
    )
    .expect("is there");
    let about = Wrapping {
        id: "k1",
        purpose: "field",
    };
    let old = house.master("master.key");
    assert!(old.unwrap(about, &wrapped).await.is_err());
    assert!(to.unwrap(about, &wrapped).await.is_ok());
}

#[tokio::test]
async fn a_node_that_was_not_told_of_another_master_adds_no_key() {
    let house = House::open().await;
    let keys = house.load("master.key").await.expect("loads");
    let encryption = house.encryption(&keys, Vec::new());
    let to = house.master("new.key");
    encryption.rewrap(&*to).await.expect("wraps anew");
    let refused = encryption
        .rotate(None)
        .await
        .expect_err("wraps with the old");
    assert!(matches!(refused, KeyError::AnotherMaster), "{refused}");
    let refused = encryption.rewrap(&*house.master("third.key")).await;
    assert!(matches!(refused, Err(KeyError::AnotherMaster)));
}

#[tokio::test]
async fn a_wrapped_key_put_in_the_place_of_another_does_not_unwrap() {
    let house = House::open().await;
    house.load("master.key").await.expect("loads");
    query!(
        house.db,
        execute,
        "UPDATE data_keys
         SET wrapped = (SELECT other.wrapped FROM data_keys AS other WHERE other.id = 'urls')
         WHERE id = 'tokens'"
    )
    .expect("is moved");
    let refused = house.load("master.key").await.expect_err("moved");
    assert!(refused.to_string().contains("tokens"), "{refused}");
}
