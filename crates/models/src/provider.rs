use std::sync::Arc;
use std::time::Duration;

use crate::connections::Connections;
use crate::error::Error;
use crate::event::EventStream;
use crate::request::ChatRequest;
use crate::secret::Secret;
use crate::{anthropic, extractive, openai};

/// How to reach a provider.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    pub kind: ProviderKind,
    /// Base address. `None` is the vendor's own. OpenAI-compatible addresses include their version path
    /// (`https://api.openai.com/v1`); one without any path gets `/v1`. Anthropic addresses may end in `/v1` or not.
    pub base_url: Option<String>,
    pub api_key: Option<Secret>,
    /// Extra headers of every request; they win over the adapter's defaults, but not over the key.
    pub headers: Vec<(String, String)>,
    /// Address of an HTTP proxy. The environment's proxy settings are never used.
    pub proxy: Option<String>,
    pub timeouts: Timeouts,
}

/// The wire formats Carrel speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenAI's chat completions, and every server that imitates them (Ollama, vLLM, llama.cpp, gateways).
    OpenAiCompatible,
    /// Anthropic's messages.
    Anthropic,
    /// No model: quotes passages of the request's grounding. Needs no address and no key.
    Extractive,
}

/// Deadlines of one call, by phase. There is none for the whole answer: long answers are fine, silent ones are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Making the connection.
    pub connect: Duration,
    /// From sending the request to the first event of the answer, connection included.
    pub first_event: Duration,
    /// Between two pieces of an answer; keep-alive comments count as pieces.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_event: Duration::from_mins(1),
            idle: Duration::from_mins(1),
        }
    }
}

impl ProviderConfig {
    /// A provider at its vendor's address, without key or extra headers, with the default deadlines.
    pub fn new(kind: ProviderKind) -> Self {
        Self {
            kind,
            base_url: None,
            api_key: None,
            headers: Vec::new(),
            proxy: None,
            timeouts: Timeouts::default(),
        }
    }
}

/// A model a provider offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDescription {
    /// The name to put into [`ChatRequest::model`].
    pub id: String,
    /// A name for people, where the provider has one.
    pub name: Option<String>,
    /// Tokens the model can read at once, where the provider says.
    pub context_window: Option<u64>,
    /// Tokens the model can answer at most, where the provider says.
    pub max_output_tokens: Option<u64>,
}

/// A configured provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Adapter>);

enum Adapter {
    OpenAi(openai::OpenAi),
    Anthropic(anthropic::Anthropic),
    Extractive,
}

impl Provider {
    /// Checks the configuration; makes no connection. Fails with [`crate::ErrorKind::InvalidRequest`] when the address,
    /// a header or the key can't be right.
    pub fn new(config: &ProviderConfig, connections: &Connections) -> Result<Self, Error> {
        let adapter = match config.kind {
            ProviderKind::OpenAiCompatible => {
                Adapter::OpenAi(openai::OpenAi::new(config, connections)?)
            }
            ProviderKind::Anthropic => {
                Adapter::Anthropic(anthropic::Anthropic::new(config, connections)?)
            }
            ProviderKind::Extractive => Adapter::Extractive,
        };
        Ok(Self(Arc::new(adapter)))
    }

    /// Sends a request and returns once the answer has begun, so that an `Err` always means that nothing was answered
    /// yet. Must be called within a Tokio runtime.
    pub async fn stream(&self, request: &ChatRequest) -> Result<EventStream, Error> {
        match &*self.0 {
            Adapter::OpenAi(openai) => openai.stream(request).await,
            Adapter::Anthropic(anthropic) => anthropic.stream(request).await,
            Adapter::Extractive => extractive::stream(request),
        }
    }

    /// The models this key may use, in the provider's order. Costs nothing, so it also serves as a connection test.
    pub async fn models(&self) -> Result<Vec<ModelDescription>, Error> {
        match &*self.0 {
            Adapter::OpenAi(openai) => openai.models().await,
            Adapter::Anthropic(anthropic) => anthropic.models().await,
            Adapter::Extractive => Ok(vec![ModelDescription {
                id: extractive::MODEL.to_owned(),
                name: Some("Built in: quotes the source, writes nothing".to_owned()),
                context_window: None,
                max_output_tokens: None,
            }]),
        }
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match &*self.0 {
            Adapter::OpenAi(_) => "Provider(OpenAiCompatible)",
            Adapter::Anthropic(_) => "Provider(Anthropic)",
            Adapter::Extractive => "Provider(Extractive)",
        })
    }
}
