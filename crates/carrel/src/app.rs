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
use carrel_accounts::{Accounts, AccountsConfig, authenticate, record_denials};
use carrel_documents::{Documents, Foundations};
use carrel_formats::{Extractor, ExtractorConfig};
use carrel_inference::{Environment, Inference};
use carrel_models::Timeouts;
use carrel_platform::audit::{Audit, Trail};
use carrel_platform::config::Config;
use carrel_platform::crypto::{self, Encryption, EncryptionConfig, KeyProvider, Keyring};
use carrel_platform::db::{DatabaseUrl, Db, Dialect};
use carrel_platform::jobs::{Jobs, Worker};
use carrel_platform::mail::{Mail, Outbox, SmtpServer};
use carrel_platform::objects::Objects;
use carrel_platform::settings::{Settings, SettingsStore, SignUp};
use carrel_platform::telemetry;
use carrel_platform::web::{
    AccessRules, BodyLimit, Code, Gate, Limits, Problem, Site, answer_headers, enforce, identify,
    limit_addresses, limit_people, locate, refuse_cross_site, refuse_large_bodies,
    refuse_large_headers,
};
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
    pub site: Site,
    pub trail: Trail,
    jobs: Jobs,
    pub keyring: Keyring,
    pub encryption: Encryption,
    pub outbox: Outbox,
}

impl App {
    /// Opens what the configuration names and builds the services. Migrates nothing: on a database that is not up to
    /// date the services can describe themselves and no more.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        let (db, keys) = Self::foundations(&config).await?;
        let keyring = if db.pending_migrations().await == 0 {
            Keyring::load(&db, keys).await?
        } else {
            Keyring::ephemeral()
        };
        Self::build(config, db, keyring)
    }

    /// Brings the database up to date, makes sure that this is its master key, and builds the services.
    pub async fn open_migrated(config: Config) -> anyhow::Result<Self> {
        let (db, keys) = Self::foundations(&config).await?;
        db.migrate()
            .await
            .context("the database can't be brought up to date")?;
        let keyring = Keyring::load(&db, keys).await?;
        let app = Self::build(config, db, keyring)?;
        app.documents.seed_templates().await?;
        Ok(app)
    }

    async fn foundations(config: &Config) -> anyhow::Result<(Db, Arc<dyn KeyProvider>)> {
        make_data_dir(config)?;
        let file = config.data_dir.join("master.key");
        let keys = crypto::provider(&config.keys, config.master_key.as_deref(), &file)?;
        let db = Db::open(&config.database, config.database_connections)
            .await
            .context("the database can't be opened")?;
        Ok((db, keys))
    }

    fn build(config: Config, db: Db, keyring: Keyring) -> anyhow::Result<Self> {
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
        let audit = Audit::new(keyring.clone());
        let trail = Trail::new(db.clone(), objects.clone(), keyring.clone());
        let settings = SettingsStore::new(db.clone(), audit.clone(), defaults);
        let site = Site::new(config.public_url.as_deref())?;
        let mail = Mail::new(keyring.clone(), jobs.clone());
        let server =
            SmtpServer::configured(config.smtp_url.as_deref(), config.mail_from.as_deref())?;
        let outbox = Outbox::new(
            db.clone(),
            keyring.clone(),
            jobs.clone(),
            settings.clone(),
            server,
        );
        let accounts = Accounts::new(
            carrel_accounts::Foundations {
                db: db.clone(),
                jobs: jobs.clone(),
                keyring: keyring.clone(),
                settings: settings.clone(),
                audit: audit.clone(),
                trail: trail.clone(),
                mail: mail.clone(),
            },
            AccountsConfig {
                address: config.address(),
                secure_cookies: site.is_https(),
            },
        );
        let inference = Inference::new(
            db.clone(),
            keyring.clone(),
            settings.clone(),
            audit.clone(),
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
            keyring: keyring.clone(),
            inference: inference.clone(),
            settings: settings.clone(),
            people: Arc::new(accounts.clone()),
            audit: audit.clone(),
            mail,
            address: config.address(),
            extractor: extractor(&config)?,
        });
        let sealed = accounts
            .sealed_columns()
            .into_iter()
            .chain(inference.sealed_columns())
            .chain(documents.sealed_columns())
            .chain(Audit::sealed_columns())
            .chain(Mail::sealed_columns())
            .collect();
        let encryption = Encryption::new(
            db.clone(),
            keyring.clone(),
            jobs.clone(),
            audit,
            sealed,
            EncryptionConfig {
                rotate_days: config.keys_rotate_days,
                grace: Duration::from_secs(60 * u64::from(config.keys_grace_minutes)),
            },
        );
        Ok(Self {
            config,
            db,
            objects,
            accounts,
            inference,
            documents,
            settings,
            site,
            trail,
            jobs,
            keyring,
            encryption,
            outbox,
        })
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
        self.trail.register(&mut worker, &self.settings);
        self.encryption.register(&mut worker);
        self.outbox.register(&mut worker);
        self.accounts.register(&mut worker);
        self.inference.register(&mut worker);
        self.documents.register(&mut worker);
        worker
    }

    /// The API and its description.
    pub fn api(&self) -> anyhow::Result<(Router, utoipa::openapi::OpenApi)> {
        let status = Status::new(self);
        let api = OpenApiRouter::new()
            .merge(self.accounts.router())
            .merge(self.inference.router())
            .merge(self.documents.router())
            .merge(self.settings.router())
            .merge(self.encryption.router())
            .merge(self.outbox.router())
            .merge(status::router(status));
        let (router, mut description) = OpenApiRouter::with_openapi(ApiDescription::openapi())
            .nest("/api/v1", api)
            .split_for_parts();
        env!("CARGO_PKG_VERSION").clone_into(&mut description.info.version);
        let rules = AccessRules::declare(&mut description)?;
        let gate = Gate {
            rules,
            standing: Arc::new(self.accounts.clone()),
        };
        let router = router
            .layer(from_fn_with_state(gate, enforce))
            .layer(from_fn_with_state(self.accounts.clone(), record_denials));
        Ok((router, description))
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
        let (api, description) = self.api()?;
        let description = axum::Json(description);
        let Config {
            per_address_per_minute,
            per_person_per_minute,
            ref trusted_proxies,
            ..
        } = self.config;
        let limits = Limits::new(per_address_per_minute, per_person_per_minute);
        let api = api
            .route(
                "/api/v1/openapi.json",
                axum::routing::get(|| async move { description }),
            )
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(from_fn_with_state(limits.clone(), limit_people))
            .layer(from_fn_with_state(self.accounts.clone(), authenticate))
            .layer(from_fn_with_state(self.site.clone(), refuse_cross_site))
            .layer(from_fn_with_state(BodyLimit(MAX_BODY), refuse_large_bodies))
            .layer(from_fn_with_state(limits, limit_addresses))
            .layer(from_fn_with_state(trusted_proxies.clone(), locate));
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
            .layer(from_fn(refuse_large_headers))
            .layer(from_fn_with_state(self.site.clone(), answer_headers))
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
