//! Settings of the workspace that administrators change while Carrel runs. The database holds what was changed;
//! everything else has its default (or the environment's value).

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::types::Json as Column;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Actor, Permission};
use crate::db::Db;
use crate::web::{FieldError, Json, Problem};
use crate::{Timestamp, query, scalar};

/// How long a node may go on with settings that another node has changed.
const FRESH: Duration = Duration::from_mins(5);
const NAME: &str = "workspace";

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignUp {
    /// Anyone who reaches the address.
    Open,
    /// Nobody; administrators make accounts.
    Closed,
}

/// The settings of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The name shown to people, 1 to 60 characters.
    pub app_name: String,
    /// Who may sign up.
    pub sign_up: SignUp,
    /// The model used when none is chosen; null for the built-in extractive engine or the first configured one.
    #[schema(required = true)]
    pub default_model: Option<String>,
    /// Days until an upload that no document refers to is deleted, 1 to 3650.
    pub upload_retention_days: u32,
    /// Days until an export is deleted, 1 to 3650.
    pub export_retention_days: u32,
    /// ISO 4217 code of the currency in which prices are entered and costs are shown.
    pub currency: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            app_name: "Carrel".into(),
            sign_up: SignUp::Open,
            default_model: None,
            upload_retention_days: 30,
            export_retention_days: 14,
            currency: "USD".into(),
        }
    }
}

impl Settings {
    fn validate(&self) -> Result<(), Problem> {
        let mut errors = Vec::new();
        if !(1..=60).contains(&self.app_name.trim().chars().count()) {
            errors.push(FieldError::new(
                "appName",
                "length",
                "the name needs 1 to 60 characters",
            ));
        }
        for (field, days) in [
            ("uploadRetentionDays", self.upload_retention_days),
            ("exportRetentionDays", self.export_retention_days),
        ] {
            if !(1..=3650).contains(&days) {
                errors.push(FieldError::new(field, "range", "give 1 to 3650 days"));
            }
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            errors.push(FieldError::new(
                "currency",
                "format",
                "give an ISO 4217 code such as EUR",
            ));
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(errors))
        }
    }
}

/// The settings and when they were read.
type Cached = (Instant, Arc<Settings>);

/// Reads and changes the settings.
#[derive(Clone)]
pub struct SettingsStore {
    db: Db,
    defaults: Arc<Settings>,
    cached: Arc<RwLock<Option<Cached>>>,
}

impl SettingsStore {
    /// Settings in this database; `defaults` hold where nothing was changed.
    pub fn new(db: Db, defaults: Settings) -> Self {
        Self {
            db,
            defaults: Arc::new(defaults),
            cached: Arc::default(),
        }
    }

    /// The settings, at most 5 minutes old.
    pub async fn get(&self) -> sqlx::Result<Arc<Settings>> {
        if let Ok(cached) = self.cached.read()
            && let Some((read, settings)) = &*cached
            && read.elapsed() < FRESH
        {
            return Ok(settings.clone());
        }
        let stored = scalar!(
            self.db,
            fetch_optional,
            Column<Settings>,
            "SELECT value FROM settings WHERE name = $1",
            NAME
        )?;
        let settings = stored.map_or_else(|| self.defaults.clone(), |Column(s)| Arc::new(s));
        self.remember(&settings);
        Ok(settings)
    }

    /// Replaces the settings.
    pub async fn put(&self, settings: Settings) -> Result<Arc<Settings>, Problem> {
        settings.validate()?;
        query!(self.db, execute,
            "INSERT INTO settings (name, value, updated_at)
             VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            NAME, Column(&settings), Timestamp::now())?;
        let settings = Arc::new(settings);
        self.remember(&settings);
        Ok(settings)
    }

    fn remember(&self, settings: &Arc<Settings>) {
        if let Ok(mut cached) = self.cached.write() {
            *cached = Some((Instant::now(), settings.clone()));
        }
    }

    /// The administration routes.
    pub fn router(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(read, replace))
            .with_state(self.clone())
    }
}

/// The settings of the workspace.
#[utoipa::path(get, path = "/admin/settings", tag = "administration", operation_id = "get_settings",
    responses((status = 200, body = Settings), (status = "4XX", body = Problem)))]
async fn read(State(store): State<SettingsStore>, actor: Actor) -> Result<Json<Settings>, Problem> {
    actor.require(Permission::SettingsManage)?;
    Ok(Json(Settings::clone(&*store.get().await?)))
}

/// Replace the settings of the workspace.
#[utoipa::path(put, path = "/admin/settings", tag = "administration", operation_id = "put_settings",
    request_body = Settings,
    responses((status = 200, body = Settings), (status = "4XX", body = Problem)))]
async fn replace(
    State(store): State<SettingsStore>,
    actor: Actor,
    Json(settings): Json<Settings>,
) -> Result<Json<Settings>, Problem> {
    actor.require(Permission::SettingsManage)?;
    Ok(Json(Settings::clone(&*store.put(settings).await?)))
}
