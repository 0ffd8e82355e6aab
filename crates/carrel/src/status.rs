//! What the web app must know of the installation.

use axum::extract::State;
use axum::http::StatusCode;
use carrel_documents::{Documents, Seeded};
use carrel_inference::Inference;
use carrel_platform::auth::Actor;
use carrel_platform::db::Dialect;
use carrel_platform::settings::SettingsStore;
use carrel_platform::web::{Json, Problem};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

#[derive(Clone)]
pub struct Status {
    inference: Inference,
    documents: Documents,
    settings: SettingsStore,
    database: Dialect,
    s3: bool,
    dev: bool,
}

impl Status {
    pub fn new(app: &App) -> Self {
        Self {
            inference: app.inference.clone(),
            documents: app.documents.clone(),
            settings: app.settings().clone(),
            database: app.db.dialect(),
            s3: app.objects.is_s3(),
            dev: app.config.dev,
        }
    }
}

pub fn router(status: Status) -> OpenApiRouter {
    let mut router = OpenApiRouter::new().routes(routes!(system_status));
    if status.dev {
        router = router.routes(routes!(seed_test_data));
    }
    router.with_state(status)
}

/// What is configured.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct SystemStatus {
    /// Version of Carrel.
    version: &'static str,
    /// Whether any model but the built-in engine can be used.
    model_configured: bool,
    /// Whether text in pictures can be read.
    ocr_available: bool,
    /// Which database it runs on.
    database: Dialect,
    /// Where files lie: `file` or `s3`.
    objects: &'static str,
    /// Whether test data can be made.
    dev_mode: bool,
    /// ISO 4217 code in which costs are shown.
    currency: String,
}

/// What is configured, for people who are signed in.
#[utoipa::path(get, path = "/status", security(("access" = [])), tag = "system",
    responses((status = 200, body = SystemStatus), (status = "4XX", body = Problem)))]
async fn system_status(
    State(status): State<Status>,
    _actor: Actor,
) -> Result<Json<SystemStatus>, Problem> {
    Ok(Json(SystemStatus {
        version: env!("CARGO_PKG_VERSION"),
        model_configured: status.inference.has_model().await?,
        ocr_available: status.documents.can_recognise(),
        database: status.database,
        objects: if status.s3 { "s3" } else { "file" },
        dev_mode: status.dev,
        currency: status.settings.get().await?.currency.clone(),
    }))
}

/// Make sample documents and prompts for the asker (development mode only).
#[utoipa::path(post, path = "/testdata/seed", security(("access" = ["documents:use"])), tag = "system",
    responses((status = 201, body = Seeded), (status = "4XX", body = Problem)))]
async fn seed_test_data(
    State(status): State<Status>,
    actor: Actor,
) -> Result<(StatusCode, Json<Seeded>), Problem> {
    let seeded = status.documents.seed_samples(&actor).await?;
    Ok((StatusCode::CREATED, Json(seeded)))
}
