//! The program on the command line.

use carrel_tests::document::id_of;
use carrel_tests::program::run;
use carrel_tests::{Backend, Person, Server, both_databases};
use serde_json::{Value, json};

both_databases! {
    an_account_can_be_made_on_the_command_line,
    migrating_twice_is_as_good_as_once,
    the_doctor_says_what_is_configured_and_what_is_missing,
    demonstration_data_fills_a_workspace,
    test_data_can_be_seeded_in_development_only,
}

async fn an_account_can_be_made_on_the_command_line(backend: Backend) {
    let server = Server::start(backend).await;
    let environment = server.environment();
    let make = [
        "user",
        "create",
        "root@example.org",
        "--role",
        "administrator",
        "--password-stdin",
    ];
    run(
        &make,
        server.data(),
        &environment,
        "a password from a pipe\n",
    )
    .await
    .succeeded();
    let root = Person::sign_in(
        &server.visitor(),
        "root@example.org",
        "a password from a pipe",
    )
    .await;
    assert_eq!(
        root.get("/auth/me").await.expect(200)["roles"],
        json!(["administrator"])
    );
    assert_eq!(
        server.visitor().get("/setup").await.expect(200)["needed"],
        false,
        "the set-up link is not needed any more"
    );
    let told = run(
        &make,
        server.data(),
        &environment,
        "a password from a pipe\n",
    )
    .await
    .failed();
    assert!(
        told.contains("root@example.org") || told.contains("already"),
        "{told}"
    );
    let weak = [
        "user",
        "create",
        "weak@example.org",
        "--role",
        "staff",
        "--password-stdin",
    ];
    run(&weak, server.data(), &environment, "short\n")
        .await
        .failed();
}

async fn migrating_twice_is_as_good_as_once(backend: Backend) {
    let server = Server::plan(backend).unmigrated().start().await;
    for _ in 0..2 {
        run(&["migrate"], server.data(), &server.environment(), "")
            .await
            .succeeded();
    }
    server.person("Ada").await;
}

async fn the_doctor_says_what_is_configured_and_what_is_missing(backend: Backend) {
    let server = Server::start(backend).await;
    let told = run(&["doctor"], server.data(), &server.environment(), "")
        .await
        .succeeded();
    let told = told.to_lowercase();
    for word in ["database", "objects", "model", "ocr"] {
        assert!(
            told.contains(word),
            "the doctor says nothing of {word}:\n{told}"
        );
    }
    if backend == Backend::Postgres {
        assert!(told.contains("postgres"), "{told}");
    }
}

async fn demonstration_data_fills_a_workspace(backend: Backend) {
    let server = Server::start(backend).await;
    let demo = || async {
        run(&["demo"], server.data(), &server.environment(), "")
            .await
            .succeeded()
    };
    let told = demo().await;
    let line = told
        .lines()
        .find(|line| line.contains("password"))
        .expect("a sample person");
    let (about, password) = line.split_once(", password ").expect("their password");
    let email = about.rsplit(' ').next().expect("their address");
    let password = password.split(' ').next().expect("a word");
    let ada = Person::sign_in(&server.visitor(), email, password).await;
    let documents = ada.all("/documents").await;
    assert!(!documents.is_empty(), "there are sample documents");
    for document in documents {
        let document = ada.settled(&id_of(&document)).await;
        assert_eq!(document["status"], "extracted", "{document:#}");
    }
    assert!(
        !ada.all("/templates").await.is_empty(),
        "there are templates"
    );
    assert!(
        !ada.all("/prompts").await.is_empty(),
        "there are sample prompts"
    );
    demo().await;
    Person::sign_in(&server.visitor(), email, password).await;
}

async fn test_data_can_be_seeded_in_development_only(backend: Backend) {
    let server = Server::plan(backend)
        .set("CARREL_DEV", "true")
        .start()
        .await;
    let ada = server.person("Ada").await;
    let seeded = ada
        .post("/testdata/seed")
        .json(&json!({}))
        .await
        .expect(201);
    assert!(seeded["documents"].as_u64() > Some(0), "{seeded}");
    assert_eq!(
        ada.all("/documents").await.len(),
        usize::try_from(seeded["documents"].as_u64().unwrap_or_default()).expect("a count")
    );
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a scratch directory")
}

#[tokio::test]
async fn the_checked_in_description_of_the_api_is_the_one_served() {
    let printed = run(&["openapi"], scratch().path(), &[], "")
        .await
        .succeeded();
    let printed: Value = serde_json::from_str(&printed).expect("JSON");
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let kept = std::fs::read_to_string(kept).expect("docs/openapi.json is there");
    let kept: Value = serde_json::from_str(&kept).expect("JSON");
    assert!(
        printed == kept,
        "docs/openapi.json is old: run `carrel openapi > docs/openapi.json` and `npm run api` in web/"
    );
}

#[tokio::test]
async fn a_wrong_setting_is_named_with_its_origin() {
    let data = scratch();
    let told = run(
        &["serve"],
        data.path(),
        &[("CARREL_DATABASE_URL", "mysql://someone:secret@host/db")],
        "",
    )
    .await
    .failed();
    assert!(
        told.contains("CARREL_DATABASE_URL") && !told.contains("secret"),
        "{told}"
    );
    let told = run(&["serve", "--listen", "nowhere"], data.path(), &[], "")
        .await
        .failed();
    assert!(
        told.contains("listen") && told.contains("nowhere"),
        "{told}"
    );
    std::fs::write(data.path().join("carrel.toml"), "lisen = \"127.0.0.1:1\"\n").expect("a file");
    let told = run(&["serve"], data.path(), &[], "").await.failed();
    assert!(told.contains("lisen"), "{told}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let told = run(&["serve", "--listen", &address], scratch().path(), &[], "")
        .await
        .failed();
    assert!(told.contains(&address), "{told}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_said_so() {
    let told = run(
        &["serve"],
        scratch().path(),
        &[(
            "CARREL_DATABASE_URL",
            "postgres://someone:secret@127.0.0.1:9/db",
        )],
        "",
    )
    .await
    .failed();
    assert!(
        told.contains("database") && !told.contains("secret"),
        "{told}"
    );
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let server = Server::start(Backend::Sqlite).await;
    let told = run(
        &["serve", "--listen", "127.0.0.1:0"],
        server.data(),
        &[],
        "",
    )
    .await
    .failed();
    assert!(
        told.contains(&server.data().display().to_string()),
        "{told}"
    );
    server.person("Ada").await;
}

#[tokio::test]
async fn the_version_is_told() {
    let output = tokio::process::Command::new(carrel_tests::program::path())
        .arg("--version")
        .output()
        .await
        .expect("it runs");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        concat!("carrel ", env!("CARGO_PKG_VERSION"))
    );
}
