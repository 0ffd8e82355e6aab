//! Providers given by configuration, and an Ollama found on this machine.

use carrel_models::{ProviderKind, ollama};

use super::{Entry, Source, listed};
use crate::Inference;

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

/// A provider that was found, before it is connected.
struct Found {
    name: &'static str,
    kind: ProviderKind,
    base_url: String,
    key: Option<String>,
    source: Source,
}

impl Inference {
    /// The providers found, and whether all of them could list their models.
    pub(super) async fn environment_entries(&self) -> (Vec<Entry>, bool) {
        let found = self.found().await;
        let connected = found.into_iter().map(|found| self.connected(found));
        let connected = futures::future::join_all(connected).await;
        let all_listed = connected.iter().flatten().all(|(_, listed)| *listed);
        let entries = connected.into_iter().flatten().map(|(entry, _)| entry);
        (entries.collect(), all_listed)
    }

    async fn found(&self) -> Vec<Found> {
        let environment = &self.0.catalogue.environment;
        let mut found = Vec::new();
        for (name, kind, given) in [
            (
                "openai",
                ProviderKind::OpenAiCompatible,
                &environment.openai,
            ),
            ("anthropic", ProviderKind::Anthropic, &environment.anthropic),
        ] {
            if let Some((url, key)) = given {
                found.push(Found {
                    name,
                    kind,
                    base_url: url.clone().unwrap_or_default(),
                    key: key.clone(),
                    source: Source::Environment,
                });
            }
        }
        if let Some(address) = &environment.ollama
            && let Some(ollama) = ollama::detect_at(address, &self.0.connections).await
        {
            found.push(Found {
                name: "ollama",
                kind: ProviderKind::OpenAiCompatible,
                base_url: ollama.base_url,
                key: None,
                source: Source::Detected,
            });
        }
        found
    }

    async fn connected(&self, found: Found) -> Option<(Entry, bool)> {
        let Found {
            name,
            kind,
            base_url,
            key,
            source,
        } = found;
        let provider = match self.connect(kind, &base_url, key.as_deref()) {
            Ok(provider) => provider,
            Err(error) => {
                tracing::error!(provider = name, error = %error, "a provider of the environment can't be used");
                return None;
            }
        };
        let models = listed(&provider, name).await;
        let all_listed = models.is_some();
        let entry = Entry {
            name: name.to_owned(),
            kind,
            has_key: key.is_some(),
            base_url,
            source,
            enabled: true,
            models: models.unwrap_or_default(),
            row: None,
            provider,
        };
        Some((entry, all_listed))
    }
}
