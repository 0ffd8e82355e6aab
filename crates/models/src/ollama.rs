//! Finding an Ollama server on this machine. It is then used through its OpenAI-compatible address.

use std::time::Duration;

use serde::Deserialize;

use crate::connections::Connections;
use crate::endpoint::{Endpoint, Failure};
use crate::provider::{ProviderConfig, ProviderKind, Timeouts};

/// Where Ollama listens unless told otherwise.
pub const ADDRESS: &str = "http://127.0.0.1:11434";

/// A server on this machine answers within this or is not there.
const PATIENCE: Duration = Duration::from_millis(500);

/// A running Ollama.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ollama {
    /// The base address for [`ProviderKind::OpenAiCompatible`].
    pub base_url: String,
    pub version: String,
}

#[derive(Deserialize)]
struct WireVersion {
    version: String,
}

/// The Ollama on [`ADDRESS`], if one runs there. Answers within half a second.
pub async fn detect(connections: &Connections) -> Option<Ollama> {
    detect_at(ADDRESS, connections).await
}

/// The Ollama at another address (without `/v1`), if one runs there.
pub async fn detect_at(address: &str, connections: &Connections) -> Option<Ollama> {
    match version(address, connections).await {
        Ok(version) => Some(Ollama {
            base_url: format!("{}/v1", address.trim_end_matches('/')),
            version,
        }),
        Err(Failure::Refused(refusal)) => {
            tracing::debug!(address, status = %refusal.status, "this server is no Ollama");
            None
        }
        Err(Failure::Failed(error)) => {
            tracing::debug!(address, %error, "no Ollama");
            None
        }
    }
}

async fn version(address: &str, connections: &Connections) -> Result<String, Failure> {
    let config = ProviderConfig {
        base_url: Some(address.to_owned()),
        timeouts: Timeouts {
            connect: PATIENCE,
            first_event: PATIENCE,
            idle: PATIENCE,
        },
        ..ProviderConfig::new(ProviderKind::OpenAiCompatible)
    };
    let endpoint = Endpoint::new(&config, connections, ADDRESS, "/", None)?;
    let version: WireVersion = endpoint.get("api/version", &[]).await?;
    Ok(version.version)
}
