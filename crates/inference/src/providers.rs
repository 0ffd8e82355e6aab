//! Administration of model providers.

use std::time::{Duration, Instant};

use carrel_models::{ErrorKind, ModelDescription, Provider, TimeoutPhase};
use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::Actor;
use carrel_platform::db::{Tx, is_unique_violation};
use carrel_platform::web::{Code, FieldError, Problem};
use serde::{Deserialize, Serialize};
use sqlx::types::Json as Column;
use tokio::time::timeout;

use crate::catalogue::{
    BUILT_IN, Entry, ProviderModel, Source, is_chat, kind_name, listed, parse_kind,
};
use crate::store::{self, ProviderRow};
use crate::{Error, GenerationFailure, Inference, ProviderId};

const TEST: Duration = Duration::from_secs(15);
/// The largest price, in micro-units per million tokens, and context window, in tokens.
const MAX_FIGURE: i64 = 1_000_000_000_000;

/// A provider as administrators see it. Keys are never shown.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelProvider {
    /// Its id; null when it is configured outside the web app and can't be changed here.
    #[schema(required = true)]
    pub id: Option<ProviderId>,
    /// The first part of its models' ids.
    pub name: String,
    /// `openai_compatible` or `anthropic`.
    pub kind: String,
    /// Where it is.
    pub base_url: String,
    /// Whether a key is stored.
    pub has_key: bool,
    /// Where it was configured.
    pub source: Source,
    /// Whether its models can be chosen.
    pub enabled: bool,
    /// Its models.
    pub models: Vec<ProviderModel>,
    /// When it was added.
    #[schema(required = true)]
    pub created_at: Option<Timestamp>,
}

/// What an administrator enters.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderInput {
    /// 1 to 32 of a-z, 0-9 and hyphen.
    pub name: String,
    /// `openai_compatible` or `anthropic`.
    pub kind: String,
    /// An http or https URL; for OpenAI-compatible servers with `/v1`.
    pub base_url: String,
    /// Left away on a change, the stored key stays; empty removes it.
    #[serde(default)]
    pub api_key: Option<String>,
    /// Whether its models can be chosen; true when absent.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Its models; left away on a change, they stay; left away at first, those that the provider lists.
    #[serde(default)]
    pub models: Option<Vec<ProviderModel>>,
}

/// A connection to try: a stored provider, or what is being entered.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderTestRequest {
    /// A stored provider, whose values stand in for those left away here.
    #[serde(default)]
    pub provider_id: Option<ProviderId>,
    /// `openai_compatible` or `anthropic`.
    #[serde(default)]
    pub kind: Option<String>,
    /// Its URL.
    #[serde(default)]
    pub base_url: Option<String>,
    /// Its key.
    #[serde(default)]
    pub api_key: Option<String>,
}

/// How a try went.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderTest {
    /// Whether it listed its models.
    pub ok: bool,
    /// How long it took.
    #[schema(required = true)]
    pub latency_ms: Option<i64>,
    /// The chat models it named.
    pub models: Vec<String>,
    /// Stable name of the failure.
    #[schema(required = true)]
    pub code: Option<String>,
    /// What happened, in words.
    pub detail: String,
}

impl From<&Entry> for ModelProvider {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.row.as_ref().map(|row| row.id),
            name: entry.name.clone(),
            kind: kind_name(entry.kind).to_owned(),
            base_url: entry.base_url.clone(),
            has_key: entry.has_key,
            source: entry.source,
            enabled: entry.enabled,
            models: entry.models.clone(),
            created_at: entry.row.as_ref().map(|row| row.created_at),
        }
    }
}

impl Inference {
    pub(crate) async fn list_providers(&self) -> Result<Vec<ModelProvider>, Error> {
        Ok(self.entries().await?.iter().map(Into::into).collect())
    }

    pub(crate) async fn add_provider(
        &self,
        actor: &Actor,
        input: ProviderInput,
    ) -> Result<ModelProvider, Error> {
        validate(&input)?;
        let id = ProviderId::new();
        let key = input
            .api_key
            .as_deref()
            .map(str::trim)
            .filter(|key| !key.is_empty());
        let base_url = trimmed(&input.base_url);
        let models = match input.models {
            Some(models) => models,
            // Whoever names none means those that are there.
            None => match parse_kind(&input.kind) {
                Some(kind) => {
                    let provider = self.connect(kind, &base_url, key)?;
                    listed(&provider, &input.name).await.unwrap_or_default()
                }
                None => Vec::new(),
            },
        };
        let row = ProviderRow {
            id,
            api_key_sealed: key.map(|key| self.seal_key(id, key)),
            enabled: input.enabled.unwrap_or(true),
            models: Column(models),
            name: input.name,
            kind: input.kind,
            base_url,
            created_at: Timestamp::now(),
        };
        let mut tx = self.0.db.begin().await?;
        store::insert_provider(&mut tx, &row)
            .await
            .map_err(|e| name_taken(e, &row.name))?;
        self.commit_change(tx, actor, id, "added").await?;
        self.saved(id).await
    }

    pub(crate) async fn change_provider(
        &self,
        actor: &Actor,
        id: ProviderId,
        input: ProviderInput,
    ) -> Result<ModelProvider, Error> {
        validate(&input)?;
        let mut row = self.provider_row(id).await?;
        // A key belongs to the server it was entered for: it is not sent to another one.
        let base_url = trimmed(&input.base_url);
        let moved = base_url != row.base_url;
        match input.api_key.as_deref().map(str::trim) {
            Some("") => row.api_key_sealed = None,
            Some(key) => row.api_key_sealed = Some(self.seal_key(id, key)),
            None if moved => row.api_key_sealed = None,
            None => {}
        }
        row.name = input.name;
        row.kind = input.kind;
        row.base_url = base_url;
        row.enabled = input.enabled.unwrap_or(row.enabled);
        if let Some(models) = input.models {
            row.models = Column(models);
        }
        let mut tx = self.0.db.begin().await?;
        let changed = store::update_provider(&mut tx, &row)
            .await
            .map_err(|e| name_taken(e, &row.name))?;
        if changed == 0 {
            return Err(Problem::not_found("provider").into());
        }
        self.commit_change(tx, actor, id, "changed").await?;
        self.saved(id).await
    }

    pub(crate) async fn remove_provider(&self, actor: &Actor, id: ProviderId) -> Result<(), Error> {
        let mut tx = self.0.db.begin().await?;
        if !store::delete_provider(&mut tx, id).await? {
            return Err(Problem::not_found("provider").into());
        }
        self.commit_change(tx, actor, id, "removed").await?;
        self.0.catalogue.forget();
        Ok(())
    }

    async fn commit_change(
        &self,
        mut tx: Tx,
        actor: &Actor,
        id: ProviderId,
        change: &str,
    ) -> Result<(), Error> {
        let event = Event::new(Action::ProviderChanged).by(actor);
        let event = event
            .on("provider", id)
            .detail(serde_json::json!({ "change": change }));
        self.0.audit.record(&mut tx, event).await?;
        Ok(tx.commit().await?)
    }

    pub(crate) async fn test_provider(
        &self,
        request: ProviderTestRequest,
    ) -> Result<ProviderTest, Error> {
        let stored = match request.provider_id {
            Some(id) => Some(self.provider_row(id).await?),
            None => None,
        };
        let missing = |field: &str| {
            Problem::invalid(vec![FieldError::new(
                field,
                "required",
                format!("{field} is needed"),
            )])
        };
        let kind = request
            .kind
            .or_else(|| stored.as_ref().map(|row| row.kind.clone()))
            .ok_or_else(|| missing("kind"))?;
        let kind = parse_kind(&kind).ok_or_else(|| missing("kind"))?;
        let base_url = request
            .base_url
            .map(|url| trimmed(&url))
            .or_else(|| stored.as_ref().map(|row| row.base_url.clone()))
            .ok_or_else(|| missing("baseUrl"))?;
        let key = match (request.api_key.as_deref().map(str::trim), &stored) {
            (Some(""), _) => None,
            (Some(key), _) => Some(key.to_owned()),
            (None, Some(row)) if row.base_url == base_url => self.open_key(row)?,
            (None, _) => None,
        };
        let started = Instant::now();
        let listed = match self.connect(kind, &base_url, key.as_deref()) {
            Ok(provider) => list_all(&provider, &base_url).await,
            Err(error) => Err(error),
        };
        Ok(match listed {
            Ok(models) => {
                let models: Vec<String> =
                    models.into_iter().filter(is_chat).map(|m| m.id).collect();
                ProviderTest {
                    ok: true,
                    latency_ms: started.elapsed().as_millis().try_into().ok(),
                    detail: match models.len() {
                        1 => "connected; one model found".to_owned(),
                        found => format!("connected; {found} models found"),
                    },
                    models,
                    code: None,
                }
            }
            Err(error) => ProviderTest {
                ok: false,
                latency_ms: None,
                models: Vec::new(),
                code: Some(GenerationFailure::from(&error).code),
                detail: error.to_string(),
            },
        })
    }

    async fn provider_row(&self, id: ProviderId) -> Result<ProviderRow, Error> {
        store::provider(&self.0.db, id)
            .await?
            .ok_or_else(|| Problem::not_found("provider").into())
    }

    async fn saved(&self, id: ProviderId) -> Result<ModelProvider, Error> {
        self.0.catalogue.forget();
        let entries = self.entries().await?;
        entries
            .iter()
            .find(|entry| entry.row.as_ref().is_some_and(|row| row.id == id))
            .map(Into::into)
            .ok_or_else(|| Problem::not_found("provider").into())
    }
}

/// Everything that a provider lists.
async fn list_all(provider: &Provider, base_url: &str) -> Result<Vec<ModelDescription>, Error> {
    let late = || {
        carrel_models::Error::new(ErrorKind::Timeout {
            phase: TimeoutPhase::FirstEvent,
        })
    };
    let listed = timeout(TEST, provider.models())
        .await
        .unwrap_or_else(|_| Err(late()));
    listed.map_err(|error| Error::Model {
        provider: base_url.to_owned(),
        error,
    })
}

fn trimmed(url: &str) -> String {
    url.trim().trim_end_matches('/').to_owned()
}

fn validate(input: &ProviderInput) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let name_ok = (1..=32).contains(&input.name.len())
        && input
            .name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !name_ok || input.name == BUILT_IN {
        errors.push(FieldError::new(
            "name",
            "format",
            "use 1 to 32 of a-z, 0-9 and hyphen, and not carrel",
        ));
    }
    if parse_kind(&input.kind).is_none() {
        errors.push(FieldError::new(
            "kind",
            "choice",
            "choose openai_compatible or anthropic",
        ));
    }
    let url_ok = url::Url::parse(input.base_url.trim()).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if !url_ok {
        errors.push(FieldError::new(
            "baseUrl",
            "format",
            "give an http or https address, such as https://api.example.org/v1",
        ));
    }
    let models = input.models.as_deref().unwrap_or_default();
    if models.len() > 500 || models.iter().any(|m| m.id.is_empty() || m.id.len() > 200) {
        errors.push(FieldError::new(
            "models",
            "range",
            "give at most 500 models with names of 1 to 200 characters",
        ));
    }
    let outside = |n: Option<i64>| n.is_some_and(|n| !(0..=MAX_FIGURE).contains(&n));
    if models
        .iter()
        .any(|m| outside(m.price_in) || outside(m.price_out) || outside(m.context_window))
    {
        errors.push(FieldError::new(
            "models",
            "range",
            "prices and context windows are 0 to 1,000,000,000,000",
        ));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Problem::invalid(errors))
    }
}

fn name_taken(error: sqlx::Error, name: &str) -> Error {
    if is_unique_violation(&error) {
        return Problem::new(
            Code::ProviderNameTaken,
            format!("choose another name than {name}"),
        )
        .into();
    }
    error.into()
}
