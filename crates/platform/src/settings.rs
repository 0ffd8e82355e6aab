//! Settings of the workspace that administrators change while Carrel runs. The database holds what was changed;
//! everything else has its default (or the environment's value).

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::types::Json as Column;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::{Action, Audit, Event};
use crate::auth::Actor;
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
    /// Whoever reads mail at an address of one of the domains in `signUpDomains`.
    Domains,
}

/// The settings of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The name shown to people, 1 to 60 characters.
    pub app_name: String,
    /// Who may sign up.
    pub sign_up: SignUp,
    /// Domains of e-mail addresses, up to 100, in lower case and without `@`; those below them don't count. At least
    /// one when sign-up is by domain.
    #[serde(default)]
    pub sign_up_domains: Vec<String>,
    /// Whether people can sign in only once they have shown that they read mail at their address. Sign-up by domain
    /// always asks for it.
    #[serde(default)]
    pub require_verified_email: bool,
    /// Whether people may find each other by name.
    #[serde(default = "people_directory")]
    pub people_directory: bool,
    /// The model used when none is chosen; null for the built-in extractive engine or the first configured one.
    #[schema(required = true)]
    pub default_model: Option<String>,
    /// Days until an upload that no document refers to is deleted, 1 to 3650.
    pub upload_retention_days: u32,
    /// Days until an export is deleted, 1 to 3650.
    pub export_retention_days: u32,
    /// Years until a row of the audit trail is removed, 1 to 100.
    #[serde(default = "audit_retention_years")]
    pub audit_retention_years: u32,
    /// Requests a minute that an API key may make, all nodes together, 1 to 1,000,000.
    #[serde(default = "api_key_limit")]
    pub api_key_limit_per_minute: u32,
    /// ISO 4217 code of the currency in which prices are entered and costs are shown.
    pub currency: String,
}

fn people_directory() -> bool {
    true
}

fn audit_retention_years() -> u32 {
    7
}

fn api_key_limit() -> u32 {
    60
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            app_name: "Carrel".into(),
            sign_up: SignUp::Open,
            sign_up_domains: Vec::new(),
            require_verified_email: false,
            people_directory: people_directory(),
            default_model: None,
            upload_retention_days: 30,
            export_retention_days: 14,
            audit_retention_years: audit_retention_years(),
            api_key_limit_per_minute: api_key_limit(),
            currency: "USD".into(),
        }
    }
}

impl Settings {
    /// Whether someone whose address is not verified is kept from signing in.
    pub fn verifies_email(&self) -> bool {
        self.require_verified_email || self.sign_up == SignUp::Domains
    }

    fn validate(&self) -> Result<(), Problem> {
        let mut errors = Vec::new();
        if !(1..=60).contains(&self.app_name.trim().chars().count()) {
            errors.push(FieldError::new(
                "appName",
                "length",
                "the name needs 1 to 60 characters",
            ));
        }
        if let Some(detail) = self.wrong_domains() {
            errors.push(FieldError::new("signUpDomains", "format", detail));
        }
        for (field, days) in [
            ("uploadRetentionDays", self.upload_retention_days),
            ("exportRetentionDays", self.export_retention_days),
        ] {
            if !(1..=3650).contains(&days) {
                errors.push(FieldError::new(field, "range", "give 1 to 3650 days"));
            }
        }
        if !(1..=100).contains(&self.audit_retention_years) {
            errors.push(FieldError::new(
                "auditRetentionYears",
                "range",
                "give 1 to 100 years",
            ));
        }
        if !(1..=1_000_000).contains(&self.api_key_limit_per_minute) {
            errors.push(FieldError::new(
                "apiKeyLimitPerMinute",
                "range",
                "give 1 to 1000000 requests",
            ));
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

impl Settings {
    fn wrong_domains(&self) -> Option<String> {
        let domains = &self.sign_up_domains;
        if self.sign_up == SignUp::Domains && domains.is_empty() {
            return Some("name at least one domain, such as example.org".to_owned());
        }
        if domains.len() > 100 {
            return Some("give at most 100 domains".to_owned());
        }
        let wrong = domains.iter().find(|domain| !is_domain(domain))?;
        Some(format!(
            "{wrong:?} is not a domain such as example.org, in lower case and without @"
        ))
    }
}

fn is_domain(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .chars()
                    .all(|c| (c.is_alphanumeric() && !c.is_uppercase()) || c == '-')
        })
}

/// The names of the fields that differ.
fn changed(before: &Settings, after: &Settings) -> Vec<String> {
    let fields = |settings| match serde_json::to_value(settings) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let before = fields(before);
    fields(after)
        .into_iter()
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|(name, _)| name)
        .collect()
}

/// The settings and when they were read.
type Cached = (Instant, Arc<Settings>);

/// Reads and changes the settings.
#[derive(Clone)]
pub struct SettingsStore {
    db: Db,
    audit: Audit,
    defaults: Arc<Settings>,
    cached: Arc<RwLock<Option<Cached>>>,
}

impl SettingsStore {
    /// Settings in this database; `defaults` hold where nothing was changed.
    pub fn new(db: Db, audit: Audit, defaults: Settings) -> Self {
        Self {
            db,
            audit,
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
    pub async fn put(&self, actor: &Actor, settings: Settings) -> Result<Arc<Settings>, Problem> {
        settings.validate()?;
        let changed = changed(&*self.get().await?, &settings);
        let mut tx = self.db.begin().await?;
        query!(tx, execute,
            "INSERT INTO settings (name, value, updated_at)
             VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            NAME, Column(&settings), Timestamp::now())?;
        let event = Event::new(Action::SettingsChanged).by(actor);
        let event = event.detail(serde_json::json!({ "fields": changed }));
        self.audit.record(&mut tx, event).await?;
        tx.commit().await?;
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
#[utoipa::path(get, path = "/admin/settings", security(("access" = ["settings:manage"])), tag = "administration", operation_id = "get_settings",
    responses((status = 200, body = Settings), (status = "4XX", body = Problem)))]
async fn read(State(store): State<SettingsStore>) -> Result<Json<Settings>, Problem> {
    Ok(Json(Settings::clone(&*store.get().await?)))
}

/// Replace the settings of the workspace.
#[utoipa::path(put, path = "/admin/settings", security(("access" = ["settings:manage"])), tag = "administration", operation_id = "put_settings",
    request_body = Settings,
    responses((status = 200, body = Settings), (status = "4XX", body = Problem)))]
async fn replace(
    State(store): State<SettingsStore>,
    actor: Actor,
    Json(settings): Json<Settings>,
) -> Result<Json<Settings>, Problem> {
    Ok(Json(Settings::clone(&*store.put(&actor, settings).await?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stored_by_an_older_version_keep_their_meaning() {
        let stored = r#"{"appName":"A","signUp":"closed","defaultModel":null,"uploadRetentionDays":1,
            "exportRetentionDays":1,"currency":"EUR"}"#;
        let settings: Settings = serde_json::from_str(stored).expect("reads");
        assert_eq!(settings.sign_up, SignUp::Closed);
        assert!(!settings.verifies_email() && settings.people_directory);
    }

    #[test]
    fn sign_up_by_domain_needs_domains_that_are_some() {
        let with = |sign_up, domains: &[&str]| Settings {
            sign_up,
            sign_up_domains: domains.iter().map(ToString::to_string).collect(),
            ..Settings::default()
        };
        for right in [
            with(SignUp::Open, &[]),
            with(
                SignUp::Domains,
                &["example.org", "school.example", "localhost"],
            ),
            with(SignUp::Domains, &["例子.公司"]),
        ] {
            assert!(right.validate().is_ok(), "{right:?}");
        }
        assert!(with(SignUp::Domains, &["example.org"]).verifies_email());
        for wrong in [
            with(SignUp::Domains, &[]),
            with(SignUp::Open, &["@example.org"]),
            with(SignUp::Domains, &["Example.org"]),
            with(SignUp::Domains, &["example..org"]),
            with(SignUp::Domains, &["-example.org"]),
            with(SignUp::Domains, &["example.org "]),
            with(SignUp::Domains, &["a"; 101]),
        ] {
            let problem = wrong.validate().expect_err("is refused");
            assert_eq!(problem.errors[0].field, "signUpDomains");
        }
    }
}
