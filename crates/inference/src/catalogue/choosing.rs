//! The models that can be chosen, and the one that is meant.

use carrel_models::{Provider, ProviderConfig, ProviderKind, extractive};
use serde::Serialize;

use super::{BUILT_IN, Entry, ProviderModel, Source};
use crate::{Error, Inference};

/// The longest name of a model that is passed on to a provider, in bytes.
const MAX_NAME: usize = 200;

/// A model that can be chosen.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Model {
    /// `<provider>/<model>`.
    id: String,
    /// Its name for people.
    name: String,
    /// Its provider's name.
    provider: String,
    /// Whether it is used when none is chosen.
    is_default: bool,
    /// Whether it is the engine that needs no provider and only quotes.
    built_in: bool,
    /// Tokens it reads at once.
    #[schema(required = true)]
    context_window: Option<i64>,
    /// Micro-units per million input tokens.
    #[schema(required = true)]
    price_in: Option<i64>,
    /// Micro-units per million output tokens.
    #[schema(required = true)]
    price_out: Option<i64>,
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
    /// Whether its provider's list names it.
    listed: bool,
}

impl ResolvedModel {
    /// Whether this is the engine that quotes rather than writes.
    pub fn is_extractive(&self) -> bool {
        self.provider_name == BUILT_IN
    }

    /// Its name in figures. What anybody may ask an unlisted name for has one name there, so that there is an end to
    /// them.
    pub(crate) fn label(&self) -> String {
        if self.listed {
            self.id.clone()
        } else {
            format!("{}/other", self.provider_name)
        }
    }
}

/// The id of the built-in engine.
fn built_in_id() -> String {
    format!("{BUILT_IN}/{}", extractive::MODEL)
}

impl Inference {
    /// The models that can be chosen; the built-in engine last.
    pub(crate) async fn models(&self) -> Result<Vec<Model>, Error> {
        let default = self.resolve(None).await?;
        let entries = self.entries().await?;
        let mut models = Vec::new();
        for entry in entries.iter().filter(|entry| entry.enabled) {
            for model in entry.models.iter().filter(|model| model.enabled) {
                let id = format!("{}/{}", entry.name, model.id);
                models.push(Model {
                    is_default: id == default.id,
                    id,
                    name: model.name.clone(),
                    provider: entry.name.clone(),
                    built_in: false,
                    context_window: model.context_window,
                    price_in: model.price_in,
                    price_out: model.price_out,
                });
            }
        }
        models.push(Model {
            id: built_in_id(),
            name: "Built in: quotes the source, writes nothing".into(),
            provider: BUILT_IN.into(),
            is_default: default.is_extractive(),
            built_in: true,
            context_window: None,
            price_in: None,
            price_out: None,
        });
        Ok(models)
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
        Ok(self.built_in())
    }

    async fn find(&self, id: &str) -> Result<Option<ResolvedModel>, Error> {
        let Some((provider, model)) = id.split_once('/') else {
            return Ok(None);
        };
        if provider == BUILT_IN {
            return Ok((model == extractive::MODEL).then(|| self.built_in()));
        }
        let entries = self.entries().await?;
        let Some(entry) = entries.iter().find(|e| e.enabled && e.name == provider) else {
            return Ok(None);
        };
        let listed = entry.models.iter().find(|m| m.id == model);
        // Providers of the environment offer whatever they have, also what their list doesn't name.
        let offered = match listed {
            Some(model) => model.enabled,
            None => entry.source != Source::Web && model.len() <= MAX_NAME,
        };
        Ok(offered.then(|| resolved(entry, model, listed)))
    }

    /// Whether any provider but the built-in engine has a model that can be chosen.
    pub async fn has_model(&self) -> Result<bool, Error> {
        Ok(!self.resolve(None).await?.is_extractive())
    }

    fn built_in(&self) -> ResolvedModel {
        let config = ProviderConfig::new(ProviderKind::Extractive);
        let provider =
            Provider::new(&config, &self.0.connections).expect("the built-in engine needs nothing");
        ResolvedModel {
            id: built_in_id(),
            model: extractive::MODEL.to_owned(),
            provider_name: BUILT_IN.to_owned(),
            provider,
            context_window: None,
            price_in: 0,
            price_out: 0,
            listed: true,
        }
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
        listed: listed.is_some(),
    }
}
