//! From a configuration to services, and from services to one router.

use std::fs::{File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use carrel_accounts::{Accounts, AccountsConfig, authenticate};
use carrel_documents::{Documents, Foundations};
use carrel_formats::{Extractor, ExtractorConfig};
use carrel_inference::{Environment, Inference};
use carrel_models::Timeouts;
use carrel_platform::config::Config;
use carrel_platform::crypto::Keyring;
use carrel_platform::db::{DatabaseUrl, Db, Dialect};
use carrel_platform::jobs::{Jobs, Worker};
use carrel_platform::key_check::check_key;
use carrel_platform::objects::Objects;
use carrel_platform::settings::{Settings, SettingsStore, SignUp};
use carrel_platform::telemetry;
use carrel_platform::web::{Code, Problem, api_headers, identify, refuse_cross_site};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::status::{self, Status};
use crate::web_app::WebApp;

/// Bytes of a JSON body.
const MAX_BODY: usize = 10 * 1024 * 1024;

#[derive(OpenApi)]
#[openapi(info(
    title = "Carrel",
    description = "The API of Carrel. The web app uses this API and nothing else.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct ApiDescription;

/// Every service of a process.
pub struct App {
    pub config: Config,
    pub db: Db,
    pub objects: Objects,
    pub accounts: Accounts,
    pub inference: Inference,
    pub documents: Documents,
    settings: SettingsStore,
    jobs: Jobs,
    keyring: Keyring,
}

impl App {
    /// Opens what the configuration names and builds the services. Migrates nothing.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        make_data_dir(&config)?;
        let keyring = match &config.master_key {
            Some(key) => Keyring::from_base64(key)?,
            None => Keyring::open(&config.data_dir.join("master.key"))?,
        };
        let db = Db::open(&config.database, config.database_connections)
            .await
            .context("the database can't be opened")?;
        let objects = Objects::open(&config.objects, keyring.clone())?;
        let jobs = Jobs::new(db.clone());
        let defaults = Settings {
            sign_up: if config.sign_up_open {
                SignUp::Open
            } else {
                SignUp::Closed
            },
            ..Settings::default()
        };
        let settings = SettingsStore::new(db.clone(), defaults);
        let secure_cookies = config
            .public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"));
        let accounts = Accounts::new(
            db.clone(),
            keyring.clone(),
            settings.clone(),
            AccountsConfig { secure_cookies },
        );
        let inference = Inference::new(
            db.clone(),
            keyring.clone(),
            settings.clone(),
            Environment {
                openai: config.openai.clone(),
                anthropic: config.anthropic.clone(),
                ollama: config.ollama.clone(),
            },
            Timeouts {
                first_event: Duration::from_secs(config.model_first_event_seconds),
                idle: Duration::from_secs(config.model_idle_seconds),
                ..Timeouts::default()
            },
        );
        let documents = Documents::new(Foundations {
            db: db.clone(),
            objects: objects.clone(),
            jobs: jobs.clone(),
            inference: inference.clone(),
            settings: settings.clone(),
            people: Arc::new(accounts.clone()),
            extractor: extractor(&config)?,
        });
        Ok(Self {
            config,
            db,
            objects,
            accounts,
            inference,
            documents,
            settings,
            jobs,
            keyring,
        })
    }

    /// Brings the database up to date and makes sure that this is its key.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        self.db
            .migrate()
            .await
            .context("the database can't be brought up to date")?;
        check_key(&self.db, &self.keyring).await?;
        self.documents.seed_templates().await?;
        Ok(())
    }

    /// The settings of the workspace.
    pub fn settings(&self) -> &SettingsStore {
        &self.settings
    }

    /// The jobs of every wing, ready to run.
    pub fn worker(&self) -> Worker {
        let mut worker = Worker::new(self.jobs.clone(), self.config.worker_jobs);
        if self.db.dialect() == Dialect::Postgres
            && let Err(error) = worker.work_in(&self.config.data_dir)
        {
            tracing::warn!(error = %error, "jobs of a process that died here are taken up only when their leases run out");
        }
        self.accounts.register(&mut worker);
        self.inference.register(&mut worker);
        self.documents.register(&mut worker);
        worker
    }

    /// The API and its description.
    pub fn api(&self) -> (Router, utoipa::openapi::OpenApi) {
        let status = Status::new(self);
        let api = OpenApiRouter::new()
            .merge(self.accounts.router())
            .merge(self.inference.router())
            .merge(self.documents.router())
            .merge(self.settings.router())
            .merge(status::router(status));
        let (router, mut description) = OpenApiRouter::with_openapi(ApiDescription::openapi())
            .nest("/api/v1", api)
            .split_for_parts();
        env!("CARGO_PKG_VERSION").clone_into(&mut description.info.version);
        (router, description)
    }

    /// What a process that serves nothing else tells of itself: health and metrics.
    pub fn observation(&self, stop: CancellationToken) -> anyhow::Result<Router> {
        let metrics = telemetry::measure().map_err(anyhow::Error::msg)?;
        let (db, objects) = (self.db.clone(), self.objects.clone());
        Ok(telemetry::router(db, objects, metrics, stop)
            .fallback(|| async { Problem::new(Code::NotFound, "there is nothing at this address") })
            .layer(from_fn(identify)))
    }

    /// Everything that is served.
    pub async fn router(&self, stop: CancellationToken) -> anyhow::Result<Router> {
        let metrics = telemetry::measure().map_err(anyhow::Error::msg)?;
        let (api, description) = self.api();
        let description = axum::Json(description);
        let api = api
            .route(
                "/api/v1/openapi.json",
                axum::routing::get(|| async move { description }),
            )
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(from_fn_with_state(self.accounts.clone(), authenticate))
            .layer(from_fn(refuse_cross_site));
        let pages = WebApp::new(self.objects.origin().await);
        // Streams must not wait in a compressor; small answers and what is compressed already gain nothing.
        let compressible = SizeAbove::new(1024)
            .and(NotForContentType::IMAGES)
            .and(NotForContentType::SSE)
            .and(NotForContentType::const_new("application/octet-stream"))
            .and(NotForContentType::const_new("font/"));
        Ok(Router::new()
            .merge(telemetry::router(
                self.db.clone(),
                self.objects.clone(),
                metrics,
                stop,
            ))
            .merge(self.objects.router())
            .merge(api)
            .fallback(move |request: Request| {
                let response = elsewhere(&pages, &request);
                async { response }
            })
            .method_not_allowed_fallback(|| async {
                Problem::new(
                    Code::MethodNotAllowed,
                    "see the API description for the methods of this address",
                )
            })
            .layer(CompressionLayer::new().compress_when(compressible))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn(api_headers))
            .layer(from_fn(identify)))
    }
}

/// Addresses that no wing serves: the web app's pages, or nothing.
fn elsewhere(pages: &WebApp, request: &Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/")
        || path.starts_with("/objects/")
        || !matches!(*request.method(), Method::GET | Method::HEAD)
    {
        return Problem::new(Code::NotFound, "there is nothing at this address").into_response();
    }
    pages.serve(path)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature the layer asks for"
)]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Problem::internal(format_args!("a handler panicked: {said}")).into_response()
}

fn make_data_dir(config: &Config) -> anyhow::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&config.data_dir)
        .with_context(|| {
            format!(
                "the data directory {} can't be made",
                config.data_dir.display()
            )
        })
}

/// Holds a SQLite database for this process: two servers on one file would each take the other's jobs for dead.
/// Dropping the file lets go.
pub fn hold_database(config: &Config) -> anyhow::Result<Option<File>> {
    let DatabaseUrl::Sqlite(database) = &config.database else {
        return Ok(None);
    };
    make_data_dir(config)?;
    let mut path = database.clone().into_os_string();
    path.push(".lock");
    let path = PathBuf::from(path);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("{} can't be opened", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => anyhow::bail!(
            "another Carrel runs on {}; stop it, or give this one another --data-dir",
            database.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).context("the database can't be locked"),
    }
}

/// Files are read by this very program, started again inside the jail.
fn extractor(config: &Config) -> anyhow::Result<Extractor> {
    let program = std::env::current_exe().context("the path of the program is not known")?;
    let mut extractor = ExtractorConfig::new(program, ["jail-parse"]);
    extractor.ocr_languages = config
        .ocr_languages
        .split('+')
        .map(ToOwned::to_owned)
        .collect();
    Ok(Extractor::new(extractor))
}
