//! A running server with its own data, that can be stopped, killed and started again.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::sync::{OnceCell, watch};

use crate::client::Client;
use crate::database::{Backend, Database};
use crate::person::{PASSWORD, Person};
use crate::storage::Storage;
use crate::wait::{DEADLINE, eventually};
use crate::{disk, document, program};

/// The built binary, serving.
pub struct Server {
    data: tempfile::TempDir,
    environment: Vec<(String, String)>,
    running: Option<Running>,
    /// Shared with every client, since the port changes with a restart.
    address: Arc<RwLock<String>>,
    http: reqwest::Client,
    administrator: OnceCell<Person>,
    starts: u32,
    disk: Option<u32>,
}

struct Running {
    child: Child,
    said: watch::Receiver<Vec<String>>,
}

/// What is set before a server starts.
pub struct Plan {
    backend: Backend,
    migrated: bool,
    environment: Vec<(String, String)>,
    disk: Option<u32>,
}

impl Plan {
    /// Sets an environment variable of the server.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Begins with a database that was never migrated.
    #[must_use]
    pub fn unmigrated(mut self) -> Self {
        self.migrated = false;
        self
    }

    /// Keeps its data on a disk of its own with this many megabytes; see [`crate::disk::is_possible`].
    #[must_use]
    pub fn on_small_disk(mut self, megabytes: u32) -> Self {
        self.disk = Some(megabytes);
        self
    }

    /// Starts it and waits until it is ready.
    pub async fn start(self) -> Server {
        let database = if self.migrated {
            Database::fresh(self.backend).await
        } else {
            Database::empty(self.backend).await
        };
        let mut environment = self.environment;
        environment.extend(database.environment);
        let mut server = Server {
            data: scratch(),
            environment,
            running: None,
            address: Arc::default(),
            http: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(DEADLINE)
                .build()
                .expect("an HTTP client"),
            administrator: OnceCell::new(),
            starts: 0,
            disk: self.disk,
        };
        server.restart().await;
        server
    }
}

fn scratch() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("carrel-test-")
        .tempdir()
        .expect("a scratch directory")
}

impl Server {
    /// A server with nothing configured, ready.
    pub async fn start(backend: Backend) -> Self {
        Self::plan(backend).start().await
    }

    /// A server to be configured before its start.
    pub fn plan(backend: Backend) -> Plan {
        Plan {
            backend,
            migrated: true,
            environment: Vec::new(),
            disk: None,
        }
    }

    /// Another node beside it, on the same PostgreSQL database and the same objects.
    pub async fn another_node(&self) -> Self {
        let mut environment = self.environment.clone();
        assert!(
            environment
                .iter()
                .any(|(name, _)| name == "CARREL_DATABASE_URL"),
            "only nodes on PostgreSQL can share a database"
        );
        if !environment
            .iter()
            .any(|(name, _)| name == "CARREL_OBJECTS_URL")
        {
            let objects = format!("file:{}", self.data.path().join("objects").display());
            environment.push(("CARREL_OBJECTS_URL".to_owned(), objects));
        }
        let mut node = Self {
            data: scratch(),
            environment,
            running: None,
            address: Arc::default(),
            http: self.http.clone(),
            administrator: OnceCell::new(),
            starts: 0,
            disk: None,
        };
        node.restart().await;
        node
    }

    /// Sets an environment variable, for the next start.
    pub fn configure(&mut self, name: &str, value: impl Into<String>) {
        self.environment.retain(|(set, _)| set != name);
        self.environment.push((name.to_owned(), value.into()));
    }

    /// Its database, past the server.
    pub async fn storage(&self) -> Storage {
        let url = self
            .environment
            .iter()
            .find(|(name, _)| name == "CARREL_DATABASE_URL");
        Storage::open(url.map(|(_, url)| url.as_str()), self.data()).await
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The variables it was started with, for commands about the same data.
    pub fn environment(&self) -> Vec<(&str, &str)> {
        self.environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> String {
        self.address.read().expect("no writer panics").clone()
    }

    /// The file of an object in its data directory.
    pub fn object(&self, key: &Value) -> PathBuf {
        let key = key.as_str().expect("a key");
        self.data().join("objects").join(key)
    }

    /// The sum of a counter over the series that have all these labels, as `name="value"`; 0 when there are none.
    pub async fn counter(&self, name: &str, labels: &[&str]) -> f64 {
        let metrics = self.visitor().at(http::Method::GET, "/metrics").await;
        assert_eq!(metrics.status, 200, "{}", metrics.text());
        counter_in(&metrics.text(), name, labels)
    }

    /// Its process id.
    pub fn process(&self) -> u32 {
        let running = self.running.as_ref().expect("the server runs");
        running.child.id().expect("the server has not ended")
    }

    /// Kills it as a power cut would: nothing is told, nothing is flushed.
    pub async fn kill(&mut self) {
        let mut running = self.running.take().expect("the server runs");
        running
            .child
            .kill()
            .await
            .expect("the server can be killed");
    }

    /// Gives the small disk it runs on more room.
    pub fn grow_disk(&self, megabytes: u32) {
        assert!(self.disk.is_some(), "the server has no disk of its own");
        disk::grow(self.process(), self.data(), megabytes);
    }

    /// Asks it to stop, and gives its exit code.
    pub async fn stop(&mut self) -> Option<i32> {
        let process = self.process().to_string();
        let asked = tokio::process::Command::new("kill")
            .args(["-TERM", &process])
            .status()
            .await;
        assert!(asked.expect("kill runs").success());
        let mut running = self.running.take().expect("the server runs");
        let ended = tokio::time::timeout(DEADLINE, running.child.wait())
            .await
            .expect("the server stops when asked");
        ended.expect("its end can be awaited").code()
    }

    /// Starts it (again) on the same data and waits until it is ready. Clients keep working.
    pub async fn restart(&mut self) {
        assert!(self.running.is_none(), "kill or stop it first");
        self.starts += 1;
        let log = std::fs::File::create(self.log_file()).expect("a log file");
        let prefix = self.disk.map(disk::prefix).unwrap_or_default();
        let mut child = program::command_after(
            &prefix,
            &["serve", "--listen", "127.0.0.1:0"],
            self.data.path(),
            &self.environment(),
        )
        .arg("--data-dir")
        .arg(self.data.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe was asked for")).lines();
        let (say, said) = watch::channel(Vec::new());
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                say.send_modify(|said| said.push(line));
            }
        });
        self.running = Some(Running { child, said });
        let line = self.said("http://127.0.0.1:").await;
        let url = link_in(&line);
        let port = url::Url::parse(url)
            .expect("an address")
            .port()
            .expect("a port");
        let address = format!("http://127.0.0.1:{port}");
        (*self.address.write().expect("no writer panics")).clone_from(&address);
        eventually("an answer that the server is ready", || async {
            let answer = self
                .http
                .get(format!("{address}/ready"))
                .send()
                .await
                .ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// The first line on its standard output that contains `words`.
    pub async fn said(&self, words: &str) -> String {
        let mut said = self.running.as_ref().expect("the server runs").said.clone();
        let search = said.wait_for(|lines| lines.iter().any(|line| line.contains(words)));
        let found = tokio::time::timeout(Duration::from_mins(1), search).await;
        match found {
            Ok(Ok(lines)) => lines
                .iter()
                .find(|line| line.contains(words))
                .cloned()
                .expect("just found"),
            _ => panic!("the server never said `{words}`:\n{}", self.log()),
        }
    }

    /// Whether its standard output so far contains `words`.
    pub fn has_said(&self, words: &str) -> bool {
        let running = self.running.as_ref().expect("the server runs");
        running
            .said
            .borrow()
            .iter()
            .any(|line| line.contains(words))
    }

    /// What it logged since its last start.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.data
            .path()
            .join(format!("test-server-{}.log", self.starts))
    }

    /// Someone who is not signed in.
    pub fn visitor(&self) -> Client {
        Client::new(self.http.clone(), self.address.clone())
    }

    /// The token in the set-up link it printed.
    pub async fn set_up_token(&self) -> String {
        let line = self.said("/setup?token=").await;
        let link = url::Url::parse(link_in(&line)).expect("a link");
        let token = link.query_pairs().find(|(name, _)| name == "token");
        token.expect("the link carries a token").1.into_owned()
    }

    /// The administrator, made through the set-up link the first time, who then opens sign-up.
    pub async fn administrator(&self) -> &Person {
        self.administrator
            .get_or_init(|| async {
                let email = "grace@example.org";
                let token = self.set_up_token().await;
                let visitor = self.visitor();
                let details = json!({ "token": token, "email": email, "name": "Grace", "password": PASSWORD });
                visitor.post("/setup").json(&details).await.expect(201);
                let administrator = Person::sign_in(&visitor, email, PASSWORD).await;
                let mut settings = administrator.get("/admin/settings").await.expect(200);
                settings["signUp"] = json!("open");
                administrator.put("/admin/settings").json(&settings).await.expect(200);
                administrator
            })
            .await
    }

    /// A new person without any special rights.
    pub async fn person(&self, name: &str) -> Person {
        self.administrator().await;
        let email = format!("{}@example.org", name.to_lowercase());
        let details = json!({ "email": email, "name": name, "password": PASSWORD });
        let signed_in = self
            .visitor()
            .post("/auth/signup")
            .json(&details)
            .await
            .expect(201);
        Person::from_signed_in(&self.visitor(), &signed_in, PASSWORD)
    }

    /// Adds the upstream as a provider called `scripted`; its model is [`document::SCRIPTED_MODEL`].
    pub async fn offer(&self, upstream: &crate::Upstream) -> serde_json::Value {
        let provider = json!({
            "name": "scripted", "kind": upstream.kind(), "baseUrl": upstream.base_url(), "apiKey": upstream.key(), "enabled": true,
            "models": [{ "id": "quill-1", "name": "Quill", "enabled": true, "contextWindow": 128_000,
                         "priceIn": 3_000_000, "priceOut": 15_000_000 }],
        });
        let added = self
            .administrator()
            .await
            .post("/admin/providers")
            .json(&provider)
            .await
            .expect(201);
        let models = self.administrator().await.get("/models").await.expect(200);
        let models = models.as_array().expect("a list of models");
        assert!(
            models
                .iter()
                .any(|model| model["id"] == document::SCRIPTED_MODEL),
            "the new model is offered: {models:#?}"
        );
        added
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines = log.lines().collect::<Vec<_>>();
            let last = lines.len().saturating_sub(60);
            eprintln!(
                "--- the last lines of the server's log ---\n{}",
                lines[last..].join("\n")
            );
        }
    }
}

/// The sum of a counter in Prometheus's text format over the series that have all these labels.
pub fn counter_in(metrics: &str, name: &str, labels: &[&str]) -> f64 {
    let of_name = |line: &&str| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(['{', ' ']))
    };
    let matching = metrics
        .lines()
        .filter(of_name)
        .filter(|line| labels.iter().all(|label| line.contains(label)));
    matching
        .map(|line| {
            let value = line.rsplit(' ').next().expect("a value");
            value.parse::<f64>().expect("a number")
        })
        .sum()
}

/// The first web address in a line of prose.
pub fn link_in(line: &str) -> &str {
    let start = line.find("http").expect("the line names an address");
    let link = &line[start..];
    let end = link
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '`' | '\u{1b}'))
        .unwrap_or(link.len());
    &link[..end]
}
