//! Which providers there are and which models they offer.
//!
//! Providers come from the database (configured in the web app), from the environment, and from an Ollama found on
//! this machine. The list is kept for five minutes, and made anew when an administrator changes something here.

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use carrel_models::{
    ModelDescription, Provider, ProviderConfig, ProviderKind, Secret, extractive, ollama,
};
use carrel_platform::crypto::Place;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::store::{self, ProviderRow};
use crate::{Error, Inference, ProviderId};

const FRESH: Duration = Duration::from_mins(5);
/// How long listing the models of one provider may hold up the list of all.
const LISTING: Duration = Duration::from_secs(5);
/// The provider name under which the built-in engine is listed.
pub(crate) const BUILT_IN: &str = "carrel";

/// Providers given by configuration rather than in the web app.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// An OpenAI-compatible server: base URL (OpenAI's own when absent) and key.
    pub openai: Option<(Option<String>, Option<String>)>,
    /// An Anthropic-compatible server: base URL (Anthropic's own when absent) and key.
    pub anthropic: Option<(Option<String>, Option<String>)>,
    /// Where Ollama is looked for.
    pub ollama: Option<String>,
}

/// A model as an administrator lists it with its provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderModel {
    /// The provider's name for it.
    pub id: String,
    /// The name shown to people.
    pub name: String,
    /// Whether people can choose it.
    pub enabled: bool,
    /// Tokens it reads at once.
    #[schema(required = true)]
    pub context_window: Option<i64>,
    /// Micro-units of the workspace's currency per million input tokens.
    #[schema(required = true)]
    pub price_in: Option<i64>,
    /// Micro-units of the workspace's currency per million output tokens.
    #[schema(required = true)]
    pub price_out: Option<i64>,
}

/// Where a provider was configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// In the web app.
    Web,
    /// By environment or configuration file.
    Environment,
    /// Found on this machine.
    Detected,
}

/// A provider ready to be called.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub name: String,
    pub kind: ProviderKind,
    pub base_url: String,
    pub has_key: bool,
    pub source: Source,
    pub enabled: bool,
    pub models: Vec<ProviderModel>,
    pub row: Option<ProviderRow>,
    pub provider: Provider,
}

/// A model that can be called.
#[derive(Clone, Debug)]
pub struct ResolvedModel {
    /// `<provider name>/<model>`.
    pub id: String,
    /// The provider's name for the model.
    pub(crate) model: String,
    pub(crate) provider_name: String,
    pub(crate) provider: Provider,
    /// Tokens it reads at once, when known.
    pub context_window: Option<i64>,
    pub(crate) price_in: i64,
    pub(crate) price_out: i64,
}

impl ResolvedModel {
    /// Whether this is the engine that quotes rather than writes.
    pub fn is_extractive(&self) -> bool {
        self.provider_name == BUILT_IN
    }
}

pub(crate) struct Catalogue {
    environment: Environment,
    cached: RwLock<Option<(Instant, Arc<Vec<Entry>>)>>,
}

impl Catalogue {
    pub fn new(environment: Environment) -> Self {
        Self {
            environment,
            cached: RwLock::default(),
        }
    }

    pub fn forget(&self) {
        if let Ok(mut cached) = self.cached.write() {
            *cached = None;
        }
    }

    fn cached(&self) -> Option<Arc<Vec<Entry>>> {
        let cached = self.cached.read().ok()?;
        let (made, entries) = cached.as_ref()?;
        (made.elapsed() < FRESH).then(|| entries.clone())
    }
}

impl Inference {
    /// Every provider, those of the web app first.
    pub(crate) async fn entries(&self) -> Result<Arc<Vec<Entry>>, Error> {
        if let Some(entries) = self.0.catalogue.cached() {
            return Ok(entries);
        }
        let mut entries = Vec::new();
        for row in store::providers(&self.0.db).await? {
            let name = row.name.clone();
            match self.configured(row) {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    tracing::error!(provider = name, error = %error, "a provider can't be used");
                }
            }
        }
        for mut entry in self.environment_entries().await {
            if entries.iter().any(|e: &Entry| e.name == entry.name) {
                entry.name.push_str("-env");
            }
            entries.push(entry);
        }
        let entries = Arc::new(entries);
        if let Ok(mut cached) = self.0.catalogue.cached.write() {
            *cached = Some((Instant::now(), entries.clone()));
        }
        Ok(entries)
    }

    fn configured(&self, row: ProviderRow) -> Result<Entry, Error> {
        let kind = parse_kind(&row.kind)
            .ok_or_else(|| Error::ModelUnavailable(format!("{} ({})", row.name, row.kind)))?;
        let key = self.open_key(&row)?;
        let provider = self.connect(kind, &row.base_url, key.as_deref())?;
        Ok(Entry {
            name: row.name.clone(),
            kind,
            base_url: row.base_url.clone(),
            has_key: row.api_key_sealed.is_some(),
            source: Source::Web,
            enabled: row.enabled,
            models: row.models.0.clone(),
            row: Some(row),
            provider,
        })
    }

    pub(crate) fn open_key(&self, row: &ProviderRow) -> Result<Option<String>, Error> {
        let id = row.id.to_string();
        row.api_key_sealed
            .as_deref()
            .map(|sealed| self.0.keyring.open_sealed(key_place(&id), sealed))
            .transpose()
            .map_err(|e| carrel_platform::web::Problem::internal(e).into())
    }

    pub(crate) fn seal_key(&self, id: ProviderId, key: &str) -> String {
        self.0.keyring.seal(key_place(&id.to_string()), key)
    }

    pub(crate) fn connect(
        &self,
        kind: ProviderKind,
        base_url: &str,
        key: Option<&str>,
    ) -> Result<Provider, Error> {
        let config = ProviderConfig {
            base_url: (!base_url.is_empty()).then(|| base_url.to_owned()),
            api_key: key.map(Secret::new),
            timeouts: self.0.timeouts,
            ..ProviderConfig::new(kind)
        };
        Provider::new(&config, &self.0.connections).map_err(|error| Error::Model {
            provider: base_url.to_owned(),
            error,
        })
    }

    async fn environment_entries(&self) -> Vec<Entry> {
        let environment = &self.0.catalogue.environment;
        let mut found = Vec::new();
        if let Some((url, key)) = &environment.openai {
            found.push((
                "openai",
                ProviderKind::OpenAiCompatible,
                url.clone().unwrap_or_default(),
                key.clone(),
                Source::Environment,
            ));
        }
        if let Some((url, key)) = &environment.anthropic {
            let url = url.clone().unwrap_or_default();
            found.push((
                "anthropic",
                ProviderKind::Anthropic,
                url,
                key.clone(),
                Source::Environment,
            ));
        }
        if let Some(address) = &environment.ollama
            && let Some(ollama) = ollama::detect_at(address, &self.0.connections).await
        {
            found.push((
                "ollama",
                ProviderKind::OpenAiCompatible,
                ollama.base_url,
                None,
                Source::Detected,
            ));
        }
        let entries = found.into_iter().map(async |(name, kind, base_url, key, source)| {
            let provider = match self.connect(kind, &base_url, key.as_deref()) {
                Ok(provider) => provider,
                Err(error) => {
                    tracing::error!(provider = name, error = %error, "a provider of the environment can't be used");
                    return None;
                }
            };
            Some(Entry {
                name: name.to_owned(),
                kind,
                has_key: key.is_some(),
                base_url,
                source,
                enabled: true,
                models: listed(&provider, name).await,
                row: None,
                provider,
            })
        });
        futures::future::join_all(entries)
            .await
            .into_iter()
            .flatten()
            .collect()
    }

    /// The model of that id, or the one used when none is asked for: the workspace's default, else the first that
    /// is enabled, else the built-in engine.
    pub async fn resolve(&self, id: Option<&str>) -> Result<ResolvedModel, Error> {
        if let Some(id) = id {
            return self
                .find(id)
                .await?
                .ok_or_else(|| Error::ModelUnavailable(id.to_owned()));
        }
        let settings = self.0.settings.get().await?;
        if let Some(default) = &settings.default_model
            && let Some(model) = self.find(default).await?
        {
            return Ok(model);
        }
        let entries = self.entries().await?;
        for entry in entries.iter().filter(|e| e.enabled) {
            if let Some(model) = entry.models.iter().find(|m| m.enabled) {
                return Ok(resolved(entry, &model.id, Some(model)));
            }
        }
        Ok(built_in())
    }

    async fn find(&self, id: &str) -> Result<Option<ResolvedModel>, Error> {
        let Some((provider, model)) = id.split_once('/') else {
            return Ok(None);
        };
        if provider == BUILT_IN {
            return Ok((model == extractive::MODEL).then(built_in));
        }
        let entries = self.entries().await?;
        let Some(entry) = entries.iter().find(|e| e.enabled && e.name == provider) else {
            return Ok(None);
        };
        let listed = entry.models.iter().find(|m| m.id == model);
        // Providers of the environment offer whatever they have, also what their list doesn't name.
        let offered = match listed {
            Some(model) => model.enabled,
            None => entry.source != Source::Web,
        };
        Ok(offered.then(|| resolved(entry, model, listed)))
    }

    /// Whether any provider but the built-in engine has a model that can be chosen.
    pub async fn has_model(&self) -> Result<bool, Error> {
        Ok(!self.resolve(None).await?.is_extractive())
    }
}

fn key_place(id: &str) -> Place<'_> {
    Place {
        table: "providers",
        column: "api_key_sealed",
        row: id,
    }
}

fn resolved(entry: &Entry, model: &str, listed: Option<&ProviderModel>) -> ResolvedModel {
    ResolvedModel {
        id: format!("{}/{model}", entry.name),
        model: model.to_owned(),
        provider_name: entry.name.clone(),
        provider: entry.provider.clone(),
        context_window: listed.and_then(|m| m.context_window),
        price_in: listed.and_then(|m| m.price_in).unwrap_or(0),
        price_out: listed.and_then(|m| m.price_out).unwrap_or(0),
    }
}

fn built_in() -> ResolvedModel {
    let provider = Provider::new(
        &ProviderConfig::new(ProviderKind::Extractive),
        &carrel_models::Connections::new(),
    )
    .expect("the built-in engine needs nothing");
    ResolvedModel {
        id: format!("{BUILT_IN}/{}", extractive::MODEL),
        model: extractive::MODEL.to_owned(),
        provider_name: BUILT_IN.to_owned(),
        provider,
        context_window: None,
        price_in: 0,
        price_out: 0,
    }
}

pub(crate) async fn listed(provider: &Provider, name: &str) -> Vec<ProviderModel> {
    match timeout(LISTING, provider.models()).await {
        Ok(Ok(models)) => models.into_iter().filter(is_chat).map(Into::into).collect(),
        Ok(Err(error)) => {
            tracing::warn!(provider = name, error = %error, "its models can't be listed");
            Vec::new()
        }
        Err(_) => {
            tracing::warn!(provider = name, "its models were not listed in time");
            Vec::new()
        }
    }
}

/// Model lists also name engines that don't chat.
pub(crate) fn is_chat(model: &ModelDescription) -> bool {
    const OTHERS: [&str; 8] = [
        "embed",
        "whisper",
        "tts",
        "dall-e",
        "moderation",
        "rerank",
        "gpt-image",
        "transcribe",
    ];
    !OTHERS.iter().any(|other| model.id.contains(other))
}

impl From<ModelDescription> for ProviderModel {
    fn from(model: ModelDescription) -> Self {
        Self {
            name: model.name.unwrap_or_else(|| model.id.clone()),
            id: model.id,
            enabled: true,
            context_window: model.context_window.and_then(|n| n.try_into().ok()),
            price_in: None,
            price_out: None,
        }
    }
}

/// The names of the kinds that can be configured.
pub(crate) fn kind_name(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::OpenAiCompatible => "openai_compatible",
        ProviderKind::Anthropic => "anthropic",
        ProviderKind::Extractive => "extractive",
    }
}

pub(crate) fn parse_kind(name: &str) -> Option<ProviderKind> {
    [ProviderKind::OpenAiCompatible, ProviderKind::Anthropic]
        .into_iter()
        .find(|kind| kind_name(*kind) == name)
}
