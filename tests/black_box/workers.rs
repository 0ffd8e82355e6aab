//! Background jobs: who takes them up when a node dies, and workers that serve nothing else.

use std::process::Stdio;
use std::time::Duration;

use carrel_tests::document::{id_of, paragraph, tree};
use carrel_tests::samples::{self, PDF};
use carrel_tests::server::{counter_in, link_in};
use carrel_tests::{Backend, Person, Server, eventually, program};
use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

/// A server that runs no jobs and was killed while an export waited for one; and that export.
async fn killed_with_an_export(backend: Backend) -> (Server, Person, Value) {
    let mut server = Server::plan(backend)
        .set("CARREL_WORKER_JOBS", "0")
        .start()
        .await;
    let ada = server.person("Ada").await;
    let (id, _) = ada.written("Report", &tree(&[paragraph("The end.")])).await;
    let call = ada.post(&format!("/documents/export/{id}"));
    let call = call.json(&json!({ "format": "docx" }));
    let asking = tokio::spawn(async move { call.attempt().await.is_err() });
    let export = eventually("the export in the queue", || async {
        ada.all("/exports").await.into_iter().next()
    })
    .await;
    server.kill().await;
    assert!(
        asking.await.expect("the request ends"),
        "nothing answered it"
    );
    server.configure("CARREL_WORKER_JOBS", "2");
    (server, ada, export)
}

async fn made(person: &Person, export: &Value) {
    let path = format!("/exports/{}", id_of(export));
    let export = eventually("an end of the export", || async {
        let export = person.get(&path).await.expect(200);
        (export["status"] != "queued").then_some(export)
    })
    .await;
    assert_eq!(export["status"], "ready", "{export:#}");
    samples::unzip(&person.download(&export["downloadUrl"]).await);
}

/// What a claim writes, by a worker that nobody heard of again.
const CLAIMED: &str = "UPDATE jobs
    SET state = 'running', attempt = 1, lease_owner = gen_random_uuid(), lease_until = now() + interval '8 seconds'
    WHERE kind = 'documents.export'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_another_node_that_died_is_taken_up_when_its_lease_runs_out() {
    let (mut server, ada, export) = killed_with_an_export(Backend::Postgres).await;
    let mut stored = server.storage().await;
    assert_eq!(stored.change(CLAIMED, &[]).await, 1);
    server.restart().await;
    made(&ada, &export).await;
    let left = "SELECT count(*) FROM jobs WHERE kind = 'documents.export'";
    eventually("an end of the job", || async {
        let mut stored = server.storage().await;
        (stored.count(left).await == 0).then_some(())
    })
    .await;
    let log = server.log();
    assert!(
        log.contains("a job whose process ended is run again"),
        "the lease was kept until it ran out:\n{log}"
    );
}

const HELD_UNTIL_TOMORROW: &str = "UPDATE jobs
    SET lease_until = now() + interval '1 day'
    WHERE kind = 'documents.extract' AND state = 'running'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_ran_here_in_a_crash_is_taken_up_at_the_next_start() {
    let mut server = Server::start(Backend::Postgres).await;
    let ada = server.person("Ada").await;
    let mut stored = server.storage().await;
    let running =
        "SELECT count(*) FROM jobs WHERE kind = 'documents.extract' AND state = 'running'";
    let pdf = samples::long_pdf(200);
    // The reading may end between the look and the kill; then another file is read.
    let document = loop {
        let document = id_of(&ada.upload("report.pdf", PDF, &pdf).await);
        let claimed = async {
            while stored.count(running).await == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(carrel_tests::wait::DEADLINE, claimed)
            .await
            .expect("the job is claimed");
        server.kill().await;
        let held = stored.change(HELD_UNTIL_TOMORROW, &[]).await == 1;
        server.restart().await;
        if held {
            break document;
        }
    };
    let document = ada.settled(&document).await;
    assert_eq!(document["status"], "extracted", "{document:#}");
}

/// A worker beside (or without) a server, and the address it answers on.
async fn worker(server: &Server, data: &std::path::Path) -> (tokio::process::Child, String) {
    let arguments = ["worker", "--listen", "127.0.0.1:0"];
    let mut child = program::command(&arguments, data, &server.environment())
        .arg("--data-dir")
        .arg(data)
        .env("CARREL_WORKER_JOBS", "2")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe was asked for")).lines();
    let address = tokio::time::timeout(carrel_tests::wait::DEADLINE, async {
        while let Some(line) = lines.next_line().await.expect("its output can be read") {
            if line.contains("http://") {
                return link_in(&line).to_owned();
            }
        }
        panic!("it ended without naming an address")
    });
    (child, address.await.expect("it names its address"))
}

async fn ended_by_signal(mut child: tokio::process::Child) {
    let id = child.id().expect("it runs").to_string();
    let asked = tokio::process::Command::new("kill")
        .args(["-TERM", &id])
        .status()
        .await;
    assert!(asked.expect("kill runs").success());
    let ended = tokio::time::timeout(carrel_tests::wait::DEADLINE, child.wait()).await;
    let ended = ended.expect("it stops when asked").expect("its end");
    assert_eq!(ended.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_beside_a_server_tells_its_health_and_its_jobs() {
    let objects = tempfile::tempdir().expect("a scratch directory");
    let server = Server::plan(Backend::Postgres)
        .set("CARREL_WORKER_JOBS", "0")
        .set(
            "CARREL_OBJECTS_URL",
            format!("file:{}", objects.path().display()),
        )
        .start()
        .await;
    let ada = server.person("Ada").await;
    let data = tempfile::tempdir().expect("a scratch directory");
    let (child, address) = worker(&server, data.path()).await;
    let get = |path: &str| ada.anonymous().at(Method::GET, &format!("{address}{path}"));
    for path in ["/health", "/health/db", "/ready"] {
        assert_eq!(get(path).await.expect(200), json!({ "status": "ok" }));
    }
    let document = ada.upload("notes.md", samples::MARKDOWN, b"# Notes").await;
    let document = ada.settled(&id_of(&document)).await;
    assert_eq!(document["status"], "extracted", "{document:#}");
    let done = ["kind=\"documents.extract\"", "outcome=\"done\""];
    eventually("the job among the worker's figures", || async {
        let metrics = get("/metrics").await.text();
        (counter_in(&metrics, "carrel_jobs_total", &done) >= 1.0).then_some(())
    })
    .await;
    for path in [
        "/",
        "/api/v1/auth/me",
        "/api/v1/openapi.json",
        "/objects/uploads/x",
    ] {
        get(path).await.problem(404, "not_found");
    }
    ended_by_signal(child).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_alone_tells_its_health_on_sqlite() {
    let mut server = Server::start(Backend::Sqlite).await;
    server.stop().await;
    let (child, address) = worker(&server, server.data()).await;
    let ready = server
        .visitor()
        .at(Method::GET, &format!("{address}/ready"));
    assert_eq!(ready.await.expect(200), json!({ "status": "ok" }));
    ended_by_signal(child).await;
}

#[tokio::test]
async fn a_worker_listens_nowhere_unless_told() {
    let data = tempfile::tempdir().expect("a scratch directory");
    // The address of the server, taken by a server: a worker that wanted it, too, would fail.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let mut child = program::command(&["worker"], data.path(), &[("CARREL_LISTEN", &address)])
        .arg("--data-dir")
        .arg(data.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe was asked for")).lines();
    let line = tokio::time::timeout(carrel_tests::wait::DEADLINE, lines.next_line());
    let line = line.await.expect("it says something").expect("a line");
    assert!(
        line.as_deref()
            .is_some_and(|line| line.ends_with("works on background jobs")),
        "{line:?}"
    );
    ended_by_signal(child).await;
}
