//! AWS KMS as the keeper of the master key.

use carrel_tests::key_service::{KEY, KeyService, Mood};
use carrel_tests::person::PASSWORD;
use carrel_tests::program::run;
use carrel_tests::server::Plan;
use carrel_tests::{Backend, Person, Server, both_databases};
use serde_json::json;

both_databases! {
    the_keys_can_be_wrapped_by_a_key_service,
    a_key_service_that_fails_stops_the_start_with_its_reason_and_not_the_running_server,
    keys_can_be_moved_to_a_key_service_and_back,
    the_role_of_the_machine_is_credentials_enough,
}

fn plan(backend: Backend, service: &KeyService) -> Plan {
    let [(id, key), (secret, value)] = KeyService::credentials();
    Server::plan(backend)
        .unmigrated()
        .set("CARREL_KEYS", service.keys(KEY))
        .set(id, key)
        .set(secret, value)
}

async fn the_keys_can_be_wrapped_by_a_key_service(backend: Backend) {
    let service = KeyService::start().await;
    let mut server = plan(backend, &service).start().await;
    let ada = server.person("Ada").await;
    let administrator = server.administrator().await.clone();
    let state = administrator.get("/admin/encryption").await.expect(200);
    assert_eq!(state["provider"], format!("kms:{KEY}"));
    assert!(
        !server.data().join("master.key").exists(),
        "no master key is made beside it"
    );
    let first = service.asked();
    let wrapped = first
        .iter()
        .filter(|asked| *asked == "TrentService.Encrypt");
    assert_eq!(wrapped.count(), 5, "{first:?}");

    server.stop().await;
    service.feel(Mood::Throttled(3));
    server.restart().await;
    assert_eq!(ada.get("/auth/me").await.expect(200)["name"], "Ada");
    Person::sign_in(&server.visitor(), &ada.email, PASSWORD).await;
    administrator
        .post("/admin/encryption/rotate")
        .await
        .expect(202);
    assert_eq!(ada.get("/auth/me").await.expect(200)["name"], "Ada");
    assert_eq!(service.badly_signed(), Vec::<String>::new());
}

async fn a_key_service_that_fails_stops_the_start_with_its_reason_and_not_the_running_server(
    backend: Backend,
) {
    let service = KeyService::start().await;
    let mut server = plan(backend, &service).start().await;
    let ada = server.person("Ada").await;
    let administrator = server.administrator().await.clone();

    service.feel(Mood::Denied);
    ada.patch("/auth/me")
        .json(&json!({ "name": "Ada L." }))
        .await
        .expect(200);
    administrator
        .post("/admin/encryption/rotate")
        .await
        .problem(503, "unavailable");
    assert_eq!(
        administrator.get("/admin/encryption").await.expect(200)["keys"]
            .as_array()
            .map(Vec::len),
        Some(1),
        "nothing was begun"
    );
    server.stop().await;

    let start = |changed: Option<(&'static str, String)>| {
        let server = &server;
        async move {
            let mut environment = server.environment();
            let changed = changed
                .as_ref()
                .map(|(name, value)| (*name, value.as_str()));
            environment.extend(changed);
            let told = run(&["serve"], server.data(), &environment, "")
                .await
                .failed();
            assert!(!told.contains("no words of a service"), "{told}");
            told
        }
    };
    let told = start(None).await;
    assert!(told.contains("kms:Decrypt"), "{told}");
    service.feel(Mood::Disabled);
    let told = start(None).await;
    assert!(told.contains("disabled"), "{told}");
    service.feel(Mood::Well);
    let other = service.keys("arn:aws:kms:eu-central-1:111122223333:key/another");
    let told = start(Some(("CARREL_KEYS", other))).await;
    assert!(told.contains("another master key"), "{told}");
    let unknown = service.keys("nothing");
    let told = start(Some((
        "CARREL_KEYS",
        format!("{unknown}&region=eu-central-1"),
    )))
    .await;
    assert!(told.contains("has no key nothing"), "{told}");
    let told = start(Some(("AWS_SECRET_ACCESS_KEY", "another".into()))).await;
    assert!(told.contains("credentials"), "{told}");
    assert_eq!(service.badly_signed().len(), 1);
    let told = start(Some(("CARREL_KEYS", "file".into()))).await;
    assert!(told.contains("AWS KMS"), "{told}");

    // Throttled for longer than anybody waits.
    service.feel(Mood::Throttled(1000));
    let told = start(None).await;
    assert!(told.contains("ThrottlingException"), "{told}");
    service.close().await;
    let told = start(None).await;
    assert!(told.contains("can't be reached"), "{told}");
}

async fn keys_can_be_moved_to_a_key_service_and_back(backend: Backend) {
    let service = KeyService::start().await;
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    // A profile of a shared file is as good as variables.
    let file = server.data().join("aws-credentials");
    std::fs::write(&file, KeyService::credentials_file()).expect("is written");
    server.configure("AWS_SHARED_CREDENTIALS_FILE", file.display().to_string());
    server.configure("AWS_PROFILE", "carrel");
    let keys = service.keys(KEY);
    let rewrap = |to: String, server: &Server| {
        let environment: Vec<(String, String)> = server
            .environment()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let data = server.data().to_owned();
        async move {
            let environment: Vec<_> = environment
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            run(&["keys", "rewrap", "--to", &to], &data, &environment, "").await
        }
    };
    service.feel(Mood::Denied);
    let told = rewrap(keys.clone(), &server).await.failed();
    assert!(told.contains("kms:Encrypt"), "{told}");
    service.feel(Mood::Well);
    rewrap(keys.clone(), &server).await.succeeded();
    server.stop().await;
    let told = run(&["serve"], server.data(), &server.environment(), "")
        .await
        .failed();
    assert!(told.contains("AWS KMS"), "{told}");
    server.configure("CARREL_KEYS", keys);
    server.restart().await;
    assert_eq!(ada.get("/auth/me").await.expect(200)["name"], "Ada");

    let back = format!("file:{}", server.data().join("back.key").display());
    rewrap(back.clone(), &server).await.succeeded();
    server.stop().await;
    service.close().await;
    server.configure("CARREL_KEYS", back);
    server.restart().await;
    assert_eq!(ada.get("/auth/me").await.expect(200)["name"], "Ada");
}

async fn the_role_of_the_machine_is_credentials_enough(backend: Backend) {
    let service = KeyService::start().await;
    let (name, metadata) = service.machine();
    let mut server = Server::plan(backend)
        .unmigrated()
        .set("CARREL_KEYS", service.keys(KEY))
        .set(name, metadata)
        .start()
        .await;
    let ada = server.person("Ada").await;
    assert_eq!(service.badly_signed(), Vec::<String>::new());
    server.stop().await;
    // Nothing listens there.
    let mut environment = server.environment();
    environment.push((name, "http://127.0.0.1:9"));
    let told = run(&["serve"], server.data(), &environment, "")
        .await
        .failed();
    assert!(told.contains("no AWS credentials"), "{told}");
    server.restart().await;
    assert_eq!(ada.get("/auth/me").await.expect(200)["name"], "Ada");
}
