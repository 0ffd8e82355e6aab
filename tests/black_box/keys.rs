//! The keys that seal personal data and secrets: the master key, what it wraps, and how both are replaced.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use carrel_tests::key_service::hex;
use carrel_tests::person::PASSWORD;
use carrel_tests::program::run;
use carrel_tests::storage::Storage;
use carrel_tests::{Backend, Person, Server, both_databases, eventually};
use serde_json::{Value, json};

both_databases! {
    another_master_key_is_refused_rather_than_losing_what_was_sealed,
    a_value_moved_to_another_row_or_column_does_not_open_and_leaks_nothing,
    keys_are_replaced_while_people_work_and_nothing_is_lost,
    a_rotation_in_a_crash_ends_after_it,
    keys_wrapped_anew_open_with_the_new_master_key_and_no_more_with_the_old_one,
    nothing_that_names_people_or_opens_doors_is_kept_in_clear,
    only_those_who_manage_settings_see_and_replace_keys,
}

async fn another_master_key_is_refused_rather_than_losing_what_was_sealed(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    server.stop().await;
    // 32 bytes, and not the ones that the server made or was given.
    let another = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let mut environment = server.environment();
    environment.push(("CARREL_MASTER_KEY", another));
    let told = run(&["serve"], server.data(), &environment, "")
        .await
        .failed();
    assert!(told.contains("master key"), "{told}");

    server.restart().await;
    assert_eq!(ada.get("/auth/me").await.expect(200)["name"], "Ada");
}

async fn sealed_names(storage: &mut Storage) -> Vec<String> {
    storage
        .texts("SELECT name_sealed FROM people ORDER BY id")
        .await
}

async fn a_value_moved_to_another_row_or_column_does_not_open_and_leaks_nothing(backend: Backend) {
    let server = Server::start(backend).await;
    let grace = server.administrator().await;
    let zora = server.person("Zora").await;
    let mut storage = server.storage().await;
    let names = sealed_names(&mut storage).await;
    let [of_grace, of_zora] = names.as_slice() else {
        panic!("two people: {names:?}")
    };
    let put = "UPDATE people SET name_sealed = $2 WHERE name_sealed = $1";
    // To another row.
    storage.change(put, &[of_grace, "aside"]).await;
    storage.change(put, &[of_zora, of_grace]).await;
    storage.change(put, &["aside", of_zora]).await;
    for person in [grace, &zora] {
        let problem = person
            .get("/auth/me")
            .await
            .problem(500, "value_unreadable")
            .to_string();
        for name in ["Grace", "Zora", "example.org", of_grace, of_zora] {
            assert!(!problem.contains(name), "{problem}");
        }
    }
    storage.change(put, &[of_zora, "aside"]).await;
    storage.change(put, &[of_grace, of_zora]).await;
    storage.change(put, &["aside", of_grace]).await;
    assert_eq!(zora.get("/auth/me").await.expect(200)["name"], "Zora");

    // To another column.
    let emails = storage
        .texts("SELECT email_sealed FROM people ORDER BY id")
        .await;
    storage.change(put, &[of_zora, &emails[1]]).await;
    zora.get("/auth/me").await.problem(500, "value_unreadable");
    grace.get("/auth/me").await.expect(200);
    storage.change(put, &[&emails[1], of_zora]).await;
    zora.get("/auth/me").await.expect(200);

    let log = server.log();
    assert!(log.contains("a sealed value can't be opened"), "{log}");
    assert!(!log.contains("Zora") && !log.contains("zora@"), "{log}");
}

async fn field_keys(administrator: &Person) -> Vec<Value> {
    let state = administrator.get("/admin/encryption").await.expect(200);
    state["keys"].as_array().expect("a list of keys").clone()
}

/// Waits until all field keys but the newest are destroyed, and gives that one's id.
async fn only_the_newest_key_is_left(administrator: &Person) -> String {
    eventually("an end of the rotation", || async {
        let keys = field_keys(administrator).await;
        let (newest, older) = keys.split_first().expect("a key");
        assert_eq!(newest["active"], true);
        older
            .iter()
            .all(|key| key["destroyedAt"].is_string())
            .then(|| newest["id"].as_str().expect("an id").to_owned())
    })
    .await
}

async fn rotate(administrator: &Person) -> Value {
    administrator
        .post("/admin/encryption/rotate")
        .await
        .expect(202)
}

/// Every value of a few columns that are sealed whatever else there is.
async fn sealed_values(storage: &mut Storage) -> Vec<String> {
    storage
        .texts(
            "SELECT email_sealed FROM people
             UNION ALL SELECT name_sealed FROM people
             UNION ALL SELECT api_key_sealed FROM providers WHERE api_key_sealed IS NOT NULL
             UNION ALL SELECT address_sealed FROM audit_events WHERE address_sealed IS NOT NULL",
        )
        .await
}

/// Changes one's name again and again, and reads it; gives the last name that was acknowledged.
fn keep_renaming(person: Person, stop: Arc<AtomicBool>) -> tokio::task::JoinHandle<String> {
    tokio::spawn(async move {
        let mut number = 0;
        let mut name = person.name.clone();
        while !stop.load(Ordering::Relaxed) {
            number += 1;
            name = format!("{} {number}", person.name);
            person
                .patch("/auth/me")
                .json(&json!({ "name": name }))
                .await
                .expect(200);
            let me = person.get("/auth/me").await.expect(200);
            assert_eq!(me["name"], name.as_str());
        }
        name
    })
}

async fn keys_are_replaced_while_people_work_and_nothing_is_lost(backend: Backend) {
    let mut server = Server::plan(backend)
        .set("CARREL_KEYS_GRACE_MINUTES", "0")
        .start()
        .await;
    let mut people = Vec::new();
    for name in ["Ada", "Bela", "Cleo"] {
        people.push(server.person(name).await);
    }
    let administrator = server.administrator().await.clone();
    let before = field_keys(&administrator).await;
    assert_eq!(before.len(), 1);
    assert_eq!(before[0]["sealedLeft"], Value::Null);
    let mut storage = server.storage().await;
    let old = storage
        .texts("SELECT wrapped FROM data_keys WHERE purpose = 'field'")
        .await;
    let stop = Arc::new(AtomicBool::new(false));
    let working: Vec<_> = people
        .iter()
        .map(|person| keep_renaming(person.clone(), stop.clone()))
        .collect();
    for _ in 0..3 {
        let state = rotate(&administrator).await;
        assert_eq!(state["rotation"]["running"], true, "{state:#}");
        assert!(state["rotation"]["lastAt"].is_string(), "{state:#}");
    }
    let newest = only_the_newest_key_is_left(&administrator).await;
    stop.store(true, Ordering::Relaxed);
    for (person, working) in people.iter().zip(working) {
        let name = working.await.expect("nobody is held up");
        let me = person.get("/auth/me").await.expect(200);
        assert_eq!(me["name"], name.as_str());
        assert_eq!(me["email"], person.email.as_str());
        Person::sign_in(&server.visitor(), &person.email, PASSWORD).await;
    }
    let begins = format!("v1|{newest}|");
    for value in sealed_values(&mut storage).await {
        assert!(value.starts_with(&begins), "{value} is not of {newest}");
    }
    let left = storage
        .texts("SELECT id FROM data_keys WHERE purpose = 'field' AND wrapped IS NOT NULL")
        .await;
    assert_eq!(left, [newest]);
    drop(storage);
    server.stop().await;
    if backend == Backend::Sqlite {
        let file = std::fs::read(server.data().join("carrel.db")).expect("the database");
        let file = String::from_utf8_lossy(&file);
        assert!(!file.contains(&old[0]), "the old key is still in the file");
    }
    server.restart().await;
    for person in people {
        person.get("/auth/me").await.expect(200);
    }
}

async fn a_rotation_in_a_crash_ends_after_it(backend: Backend) {
    let mut server = Server::plan(backend)
        .set("CARREL_KEYS_GRACE_MINUTES", "0")
        .start()
        .await;
    let ada = server.person("Ada").await;
    let administrator = server.administrator().await.clone();
    for number in 0..400 {
        let provider = json!({
            "name": format!("provider-{number}"), "kind": "anthropic", "baseUrl": "http://127.0.0.1:9",
            "apiKey": format!("secret {number}"), "enabled": false, "models": [],
        });
        administrator
            .post("/admin/providers")
            .json(&provider)
            .await
            .expect(201);
    }
    let mut in_the_middle = 0;
    for round in 0..4_u64 {
        rotate(&administrator).await;
        // Not to let anything happen in time, but to crash at different moments of the same work.
        tokio::time::sleep(Duration::from_millis(20 + 35 * round)).await;
        server.kill().await;
        let mut storage = server.storage().await;
        let values = sealed_values(&mut storage).await;
        let of = |value: &String| value.split('|').nth(1).unwrap_or_default().to_owned();
        let keys: std::collections::BTreeSet<_> = values.iter().map(of).collect();
        in_the_middle += usize::from(keys.len() > 1);
        drop(storage);
        server.restart().await;
        assert_eq!(ada.get("/auth/me").await.expect(200)["name"], "Ada");
    }
    assert!(in_the_middle > 0, "no crash met a rotation half done");
    let newest = only_the_newest_key_is_left(&administrator).await;
    let begins = format!("v1|{newest}|");
    let mut storage = server.storage().await;
    let values = sealed_values(&mut storage).await;
    assert!(values.len() > 400);
    assert!(values.iter().all(|value| value.starts_with(&begins)));
    let providers = administrator.get("/admin/providers").await.expect(200);
    let providers = providers.as_array().expect("a list");
    assert!(providers.iter().filter(|one| one["hasKey"] == true).count() >= 400);
    Person::sign_in(&server.visitor(), &ada.email, PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_goes_on_reading_and_writing_while_keys_are_replaced() {
    let first = Server::plan(Backend::Postgres)
        .set("CARREL_KEYS_GRACE_MINUTES", "0")
        .start()
        .await;
    let administrator = first.administrator().await.clone();
    first.person("Ada").await;
    first.person("Bela").await;
    let second = first.another_node().await;
    let mut working = Vec::new();
    let stop = Arc::new(AtomicBool::new(false));
    let mut everybody = Vec::new();
    for (server, email) in [(&second, "ada@example.org"), (&first, "bela@example.org")] {
        let person = Person::sign_in(&server.visitor(), email, PASSWORD).await;
        working.push(keep_renaming(person.clone(), stop.clone()));
        everybody.push(person);
    }
    for _ in 0..2 {
        rotate(&administrator).await;
        only_the_newest_key_is_left(&administrator).await;
    }
    stop.store(true, Ordering::Relaxed);
    for (person, working) in everybody.iter().zip(working) {
        let name = working.await.expect("nobody is held up");
        // Each is read on the other node, too.
        for server in [&first, &second] {
            let seen = Person::sign_in(&server.visitor(), &person.email, PASSWORD).await;
            let me = seen.get("/auth/me").await.expect(200);
            assert_eq!(me["name"], name.as_str());
        }
    }
    for server in [&first, &second] {
        assert!(!server.log().contains("a sealed value can't be opened"));
    }
}

async fn keys_wrapped_anew_open_with_the_new_master_key_and_no_more_with_the_old_one(
    backend: Backend,
) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let place = format!("file:{}", server.data().join("other.key").display());
    let rewrap = ["keys", "rewrap", "--to", &place];
    let told = run(&rewrap, server.data(), &server.environment(), "")
        .await
        .succeeded();
    assert!(told.contains("CARREL_KEYS"), "it says what to do: {told}");
    // The running server needs no restart for what it has.
    ada.patch("/auth/me")
        .json(&json!({ "name": "Ada L." }))
        .await
        .expect(200);
    server.stop().await;
    let refused = run(&["serve"], server.data(), &server.environment(), "")
        .await
        .failed();
    assert!(refused.contains("master key"), "{refused}");
    let again = run(&rewrap, server.data(), &server.environment(), "").await;
    assert!(again.failed().contains("master key"));

    server.configure("CARREL_KEYS", &place);
    server.restart().await;
    assert_eq!(ada.get("/auth/me").await.expect(200)["name"], "Ada L.");
    Person::sign_in(&server.visitor(), &ada.email, PASSWORD).await;
    let listed = run(&["keys", "list"], server.data(), &server.environment(), "")
        .await
        .succeeded();
    for purpose in ["field", "index", "urls", "tokens", "heads"] {
        assert!(listed.contains(purpose), "{listed}");
    }
    let made = run(
        &["keys", "rotate"],
        server.data(),
        &server.environment(),
        "",
    )
    .await
    .succeeded();
    assert!(made.contains("k2"), "{made}");
    eventually("values sealed with the new key", || async {
        let mut storage = server.storage().await;
        let names = sealed_names(&mut storage).await;
        names
            .iter()
            .all(|name| name.starts_with("v1|k2|"))
            .then_some(())
    })
    .await;
    assert_eq!(ada.get("/auth/me").await.expect(200)["name"], "Ada L.");
}

async fn nothing_that_names_people_or_opens_doors_is_kept_in_clear(backend: Backend) {
    let mut server = Server::plan(backend)
        .set("CARREL_LOG", "debug")
        .set("CARREL_KEYS_GRACE_MINUTES", "0")
        .start()
        .await;
    let administrator = server.administrator().await.clone();
    let details = json!({ "email": "zebulon@example.org", "name": "Zebulon Quartermain", "password": PASSWORD });
    server
        .visitor()
        .post("/auth/signup")
        .json(&details)
        .await
        .expect(201);
    let zebulon = Person::sign_in(&server.visitor(), "zebulon@example.org", PASSWORD).await;
    let cookie = json!({ "email": zebulon.email, "password": PASSWORD, "transport": "cookie" });
    let signed_in = server.visitor().post("/auth/login").json(&cookie).await;
    signed_in.expect(200);
    let cookie = signed_in.cookie().expect("a cookie");
    let wrong = json!({ "email": zebulon.email, "password": "hesperides 17 wrong" });
    server
        .visitor()
        .post("/auth/login")
        .json(&wrong)
        .await
        .problem(401, "sign_in_failed");
    let nobody = json!({ "email": "umberto@example.org", "password": "hesperides 17 wrong" });
    server
        .visitor()
        .post("/auth/login")
        .json(&nobody)
        .await
        .problem(401, "sign_in_failed");
    let key = zebulon
        .post("/keys")
        .json(&json!({ "name": "Quartermain's import", "scopes": ["documents:use"] }))
        .await
        .expect(201);
    let key = key["key"].as_str().expect("a key").to_owned();
    zebulon.with_token(&key).get("/documents").await.expect(200);
    zebulon
        .patch("/auth/me")
        .json(&json!({ "name": "Zebulon Xanthippe" }))
        .await
        .expect(200);
    let provider = json!({
        "name": "scripted", "kind": "anthropic", "baseUrl": "http://127.0.0.1:9",
        "apiKey": "sk-yggdrasil-secret", "enabled": false, "models": [],
    });
    administrator
        .post("/admin/providers")
        .json(&provider)
        .await
        .expect(201);
    rotate(&administrator).await;
    only_the_newest_key_is_left(&administrator).await;
    let trail = administrator.get("/audit/export?format=json").await.text();
    assert!(trail.contains("keys.rotated"), "{trail}");

    let cookie = cookie.split_once('=').expect("name=value").1;
    let signature = zebulon.token.rsplit('.').next().expect("a signature");
    let secrets = [
        "zebulon",
        "quartermain",
        "xanthippe",
        "umberto",
        "hesperides",
        "yggdrasil",
        PASSWORD,
        &key,
        cookie,
        signature,
    ];
    // The names of actors are shown in the export, since people have a right to read it; nothing else of them is.
    for secret in &secrets[3..] {
        assert!(!trail.to_lowercase().contains(&secret.to_lowercase()));
    }
    let mut kept = Vec::new();
    if backend == Backend::Postgres {
        kept.push((
            "the database".to_owned(),
            server.storage().await.dump().await,
        ));
    }
    server.stop().await;
    let mut places = vec![server.data().to_owned()];
    while let Some(path) = places.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a directory").flatten();
            places.extend(entries.map(|entry| entry.path()));
        } else {
            let content = std::fs::read(&path).expect("a file");
            let content = String::from_utf8_lossy(&content).into_owned();
            kept.push((path.display().to_string(), content));
        }
    }
    let all: usize = kept.iter().map(|(_, content)| content.len()).sum();
    assert!(all > 10_000, "the database and the log are among them");
    for (place, content) in kept {
        let content = content.to_lowercase();
        for secret in secrets {
            let plain = secret.to_lowercase();
            let digits = hex(secret.as_bytes());
            assert!(!content.contains(&plain), "{place} holds {secret:?}");
            assert!(!content.contains(&digits), "{place} holds {secret:?}");
        }
    }
}

async fn only_those_who_manage_settings_see_and_replace_keys(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    ada.get("/admin/encryption").await.problem(403, "forbidden");
    ada.post("/admin/encryption/rotate")
        .await
        .problem(403, "forbidden");
    server
        .visitor()
        .get("/admin/encryption")
        .await
        .problem(401, "unauthenticated");
    let administrator = server.administrator().await;
    let state = administrator.get("/admin/encryption").await.expect(200);
    assert_eq!(state["provider"], "local");
    assert_eq!(
        state["rotation"],
        json!({ "running": false, "lastAt": null, "everyDays": 365 })
    );
    assert_eq!(state["keys"][0]["active"], true);
}
