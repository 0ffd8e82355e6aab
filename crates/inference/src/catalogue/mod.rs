//! Which providers there are and which models they offer.
//!
//! Providers come from the database (configured in the web app), from the environment, and from an Ollama found on
//! this machine. The list is kept for five minutes, and made anew when an administrator changes something here; other
//! nodes learn of that when theirs is old.

mod choosing;
mod environment;
mod listing;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use carrel_models::{Provider, ProviderConfig, ProviderKind, Secret};
use carrel_platform::crypto::Place;
use carrel_platform::web::Problem;
use serde::{Deserialize, Serialize};

pub(crate) use self::choosing::Model;
pub use self::choosing::ResolvedModel;
pub use self::environment::Environment;
pub(crate) use self::listing::{is_chat, listed};
use crate::store::{self, ProviderRow};
use crate::{Error, Inference, ProviderId};

const FRESH: Duration = Duration::from_mins(5);
/// How long a list is kept in which a provider's models are missing, because it could not be asked.
const FRESH_WITH_GAPS: Duration = Duration::from_secs(30);
/// The provider name under which the built-in engine is listed.
pub(crate) const BUILT_IN: &str = "carrel";

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

pub(crate) struct Catalogue {
    environment: Environment,
    cache: RwLock<Cache>,
}

#[derive(Default)]
struct Cache {
    /// How often something was changed here: a list that was begun before a change is not kept after it.
    changes: u64,
    /// The providers, and until when they are kept.
    kept: Option<(Instant, Arc<Vec<Entry>>)>,
}

impl Catalogue {
    pub fn new(environment: Environment) -> Self {
        Self {
            environment,
            cache: RwLock::default(),
        }
    }

    pub fn forget(&self) {
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        cache.changes += 1;
        cache.kept = None;
    }

    /// The list that is kept, or else the number of changes to hand to [`Self::keep`] with a new one.
    fn kept(&self) -> Result<Arc<Vec<Entry>>, u64> {
        let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
        match &cache.kept {
            Some((until, entries)) if Instant::now() < *until => Ok(entries.clone()),
            _ => Err(cache.changes),
        }
    }

    fn keep(&self, changes: u64, entries: &Arc<Vec<Entry>>, fresh: Duration) {
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        if cache.changes == changes {
            cache.kept = Some((Instant::now() + fresh, entries.clone()));
        }
    }
}

impl Inference {
    /// Every provider, those of the web app first.
    pub(crate) async fn entries(&self) -> Result<Arc<Vec<Entry>>, Error> {
        let changes = match self.0.catalogue.kept() {
            Ok(entries) => return Ok(entries),
            Err(changes) => changes,
        };
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
        let (given, all_listed) = self.environment_entries().await;
        for mut entry in given {
            if entries.iter().any(|e: &Entry| e.name == entry.name) {
                entry.name.push_str("-env");
            }
            entries.push(entry);
        }
        let entries = Arc::new(entries);
        let fresh = if all_listed { FRESH } else { FRESH_WITH_GAPS };
        self.0.catalogue.keep(changes, &entries, fresh);
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
            .map_err(|e| Problem::internal(e).into())
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
}

fn key_place(id: &str) -> Place<'_> {
    Place {
        table: "providers",
        column: "api_key_sealed",
        row: id,
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

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn a_list_begun_before_a_change_is_not_kept_after_it() {
        let catalogue = Catalogue::new(Environment::default());
        let changes = catalogue.kept().expect_err("nothing is kept yet");
        catalogue.forget();
        catalogue.keep(changes, &Arc::default(), FRESH);
        let changes = catalogue.kept().expect_err("it was made before the change");
        catalogue.keep(changes, &Arc::default(), FRESH);
        assert!(catalogue.kept().is_ok());
    }
}
