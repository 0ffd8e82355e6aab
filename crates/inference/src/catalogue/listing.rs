//! The lists of models that providers give of themselves.

use std::time::Duration;

use carrel_models::{ModelDescription, Provider};
use tokio::time::timeout;

use super::ProviderModel;

/// How long listing the models of one provider may hold up the list of all.
const LISTING: Duration = Duration::from_secs(5);

/// The chat models of a provider; `None` when it can't be asked.
pub(crate) async fn listed(provider: &Provider, name: &str) -> Option<Vec<ProviderModel>> {
    match timeout(LISTING, provider.models()).await {
        Ok(Ok(models)) => Some(models.into_iter().filter(is_chat).map(Into::into).collect()),
        Ok(Err(error)) => {
            tracing::warn!(provider = name, error = %error, "its models can't be listed");
            None
        }
        Err(_) => {
            tracing::warn!(provider = name, "its models were not listed in time");
            None
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
