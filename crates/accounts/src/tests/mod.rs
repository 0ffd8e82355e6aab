//! The wing through its real router, on SQLite.

mod disabled;
mod email;
mod governing;
mod people;
mod rights;
mod rotation;
mod secrets;
mod sessions;
mod set_up;
mod sign_in;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::from_fn_with_state;
use carrel_platform::audit::{Audit, Trail};
use carrel_platform::auth::{Actor, Credential, Permissions, UserId};
use carrel_platform::crypto::Keyring;
use carrel_platform::db::{DatabaseUrl, Db};
use carrel_platform::jobs::Jobs;
use carrel_platform::mail::Mail;
use carrel_platform::objects::Objects;
use carrel_platform::settings::{Settings, SettingsStore, SignUp};
use carrel_platform::web::{TrustedProxies, locate};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{Accounts, AccountsConfig, Foundations, RoleId, authenticate};

const PASSWORD: &str = "a long walk to the library";
const HOME: &str = "192.0.2.1";

/// An installation of its own.
struct House {
    dir: tempfile::TempDir,
    db: Db,
    keyring: Keyring,
    settings: SettingsStore,
    accounts: Accounts,
    router: Router,
}

impl House {
    async fn open() -> Self {
        Self::with(AccountsConfig {
            address: "http://carrel.test".into(),
            secure_cookies: false,
        })
        .await
    }

    async fn with(config: AccountsConfig) -> Self {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let db = Db::open(&DatabaseUrl::Sqlite(dir.path().join("test.db")), 1)
            .await
            .expect("opens");
        db.migrate().await.expect("migrates");
        let keyring = Keyring::open(&dir.path().join("master.key")).expect("makes a key");
        let settings =
            SettingsStore::new(db.clone(), Audit::new(keyring.clone()), Settings::default());
        let jobs = Jobs::new(db.clone());
        let files = format!("file:{}", dir.path().join("objects").display());
        let objects = Objects::open(&files, keyring.clone()).expect("opens");
        let foundations = Foundations {
            db: db.clone(),
            jobs: jobs.clone(),
            keyring: keyring.clone(),
            settings: settings.clone(),
            audit: Audit::new(keyring.clone()),
            trail: Trail::new(db.clone(), objects.clone(), keyring.clone()),
            mail: Mail::new(keyring.clone(), jobs),
        };
        let accounts = Accounts::new(foundations, config);
        let router = Router::from(accounts.router())
            .layer(from_fn_with_state(accounts.clone(), authenticate))
            .layer(from_fn_with_state(TrustedProxies::default(), locate));
        Self {
            dir,
            db,
            keyring,
            settings,
            accounts,
            router,
        }
    }

    fn database_files(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.dir.path())
            .expect("the directory is there")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.to_string_lossy().contains("test.db"))
            .collect()
    }

    async fn person(&self, email: &str, name: &str) {
        self.accounts
            .create(email, name, PASSWORD, &[RoleId::STAFF])
            .await
            .expect("makes an account");
    }

    /// An access token of an administrator.
    async fn root(&self) -> String {
        let email = "root@example.org";
        let roles = &[RoleId::ADMINISTRATOR];
        let made = self.accounts.create(email, "Root", PASSWORD, roles).await;
        made.expect("makes an account");
        self.token(email).await
    }

    /// The id of someone who is signed in with this token.
    async fn id_of(&self, token: &str) -> String {
        let me = self.get("/auth/me").bearer(token).send().await;
        let me = me.expect(StatusCode::OK);
        me.json["id"].as_str().expect("an id").to_owned()
    }

    /// A role with these permissions, made by an administrator.
    async fn role(&self, root: &str, name: &str, allow: &[&str], deny: &[&str]) -> String {
        let role = json!({ "name": name, "allow": allow, "deny": deny });
        let made = self.post("/admin/roles", role).bearer(root).send().await;
        let made = made.expect(StatusCode::CREATED);
        made.json["id"].as_str().expect("an id").to_owned()
    }

    /// Changes a person as whoever has this token.
    async fn change(&self, token: &str, person: &str, change: Value) -> Reply {
        let path = format!("/admin/people/{person}");
        let call = self.call(Method::PATCH, &path).json(change);
        call.bearer(token).send().await
    }

    /// As if the time that a session is believed without looking were over.
    fn look_again(&self) {
        self.accounts.0.sessions.forget(|_| true);
    }

    async fn close_sign_up(&self) {
        let settings = Settings {
            sign_up: SignUp::Closed,
            ..Settings::default()
        };
        let actor = Actor {
            user: UserId::new(),
            credential: Credential::CommandLine,
            permissions: Permissions::ALL,
        };
        let stored = self.settings.put(&actor, settings).await;
        stored.expect("is stored");
    }

    fn call(&self, method: Method, path: &str) -> Call {
        Call {
            router: self.router.clone(),
            request: Request::builder().method(method).uri(path),
            from: HOME.parse().expect("an address"),
            body: None,
        }
    }

    fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    fn post(&self, path: &str, body: Value) -> Call {
        self.call(Method::POST, path).json(body)
    }

    fn sign_in(&self, email: &str, password: &str) -> Call {
        self.post(
            "/auth/login",
            json!({ "email": email, "password": password }),
        )
    }

    /// An access token of someone with [`PASSWORD`].
    async fn token(&self, email: &str) -> String {
        let reply = self.sign_in(email, PASSWORD).send().await;
        let reply = reply.expect(StatusCode::OK);
        reply.json["token"].as_str().expect("a token").to_owned()
    }

    /// The cookie of a new browser session of someone with [`PASSWORD`].
    async fn cookie(&self, email: &str) -> String {
        let request = json!({ "email": email, "password": PASSWORD, "transport": "cookie" });
        let reply = self.post("/auth/login", request).send().await;
        let reply = reply.expect(StatusCode::OK);
        let cookie = reply.set_cookie().expect("a cookie is set");
        cookie.split(';').next().expect("a pair").to_owned()
    }
}

/// A request being put together.
struct Call {
    router: Router,
    request: axum::http::request::Builder,
    from: IpAddr,
    body: Option<Value>,
}

impl Call {
    fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    fn header(mut self, name: header::HeaderName, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION, &format!("Bearer {token}"))
    }

    fn cookie(self, cookie: &str) -> Self {
        self.header(header::COOKIE, cookie)
    }

    fn from(mut self, address: &str) -> Self {
        self.from = address.parse().expect("an address");
        self
    }

    async fn send(self) -> Reply {
        let body = self
            .body
            .map_or_else(Body::empty, |json| json.to_string().into());
        let request = self
            .request
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(SocketAddr::new(self.from, 40000)))
            .body(body)
            .expect("a request");
        let response = self.router.oneshot(request).await.expect("answers");
        let (parts, body) = response.into_parts();
        let body: Bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .expect("a body");
        Reply {
            status: parts.status,
            headers: parts.headers,
            json: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }
}

#[derive(Debug)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    json: Value,
}

impl Reply {
    #[track_caller]
    fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{}", self.json);
        self
    }

    /// Asserts that it is a problem of this status and code.
    #[track_caller]
    fn problem(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), &self.json["code"]),
            (status, &json!(code)),
            "{}",
            self.json
        );
    }

    /// The `name=value` of the cookie that is set.
    fn new_cookie(&self) -> Option<String> {
        let set = self.set_cookie()?;
        Some(set.split(';').next().unwrap_or_default().to_owned())
    }

    fn set_cookie(&self) -> Option<&str> {
        let mut cookies = self.headers.get_all(header::SET_COOKIE).iter();
        let cookie = cookies.next().and_then(|value| value.to_str().ok());
        assert!(cookies.next().is_none(), "at most one cookie is set");
        cookie
    }
}
