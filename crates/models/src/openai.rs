//! OpenAI's chat completions, and the many servers that imitate them more or less well.
//!
//! The imitations differ in a few request fields. The adapter sends what the specification says, and when a server
//! refuses one of those fields by name it sends the request once more without it and remembers that for the model.

mod request;
mod response;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use reqwest::header::AUTHORIZATION;
use serde::Deserialize;
use tokio::time::Instant;

use self::request::{Dialect, WireRequest};
use self::response::Decoder;
use crate::connections::Connections;
use crate::endpoint::{Endpoint, Failure, Refusal};
use crate::error::{Error, ErrorKind};
use crate::event::EventStream;
use crate::fault::{Fault, kind_of_status};
use crate::provider::{ModelDescription, ProviderConfig};
use crate::request::ChatRequest;
use crate::secret::Secret;
use crate::wire;

/// Models whose dialect is remembered; forgetting costs one more request.
const DIALECTS: usize = 256;

// Address and headers

pub(crate) struct OpenAi {
    endpoint: Endpoint,
    /// What each model was found to refuse.
    dialects: Mutex<HashMap<String, Dialect>>,
}

impl OpenAi {
    pub fn new(config: &ProviderConfig, connections: &Connections) -> Result<Self, Error> {
        let key = config.api_key.as_ref().map(Secret::expose);
        let endpoint = Endpoint::new(
            config,
            connections,
            "https://api.openai.com/v1",
            "/v1",
            key.map(|key| (AUTHORIZATION, format!("Bearer {key}"))),
        )?;
        Ok(Self {
            endpoint,
            dialects: Mutex::default(),
        })
    }

    // Request

    pub async fn stream(&self, request: &ChatRequest) -> Result<EventStream, Error> {
        let deadline = Instant::now() + self.endpoint.timeouts.first_event;
        let mut dialect = self.dialect(&request.model);
        loop {
            let body = WireRequest::new(request, dialect)?;
            let response = match self
                .endpoint
                .post("chat/completions", &body, deadline)
                .await
            {
                Ok(response) => self.endpoint.expect_events(response, deadline).await,
                Err(failure) => Err(failure),
            };
            match response {
                Ok(response) => {
                    let idle = self.endpoint.timeouts.idle;
                    let decoder = Decoder::new(self.endpoint.key.clone());
                    return wire::open(response, decoder, deadline, idle).await;
                }
                Err(Failure::Refused(refusal)) => match dialect.without_what(&refusal, &body) {
                    Some(narrower) => {
                        tracing::debug!(model = request.model, "sending without a refused field");
                        dialect = narrower;
                        self.remember(&request.model, dialect);
                    }
                    None => return Err(self.error(*refusal)),
                },
                Err(Failure::Failed(error)) => return Err(error),
            }
        }
    }

    fn dialect(&self, model: &str) -> Dialect {
        let dialects = self.dialects.lock().unwrap_or_else(PoisonError::into_inner);
        dialects.get(model).copied().unwrap_or(Dialect {
            // OpenAI's own newer models refuse `max_tokens`; most imitations know nothing else.
            completion_tokens: self.endpoint.host() == "api.openai.com",
            ..Dialect::default()
        })
    }

    fn remember(&self, model: &str, dialect: Dialect) {
        let mut dialects = self.dialects.lock().unwrap_or_else(PoisonError::into_inner);
        if dialects.len() >= DIALECTS {
            dialects.clear();
        }
        dialects.insert(model.to_owned(), dialect);
    }

    // Errors

    fn error(&self, refusal: Refusal) -> Error {
        let status = refusal.status.as_u16();
        let mut kind = kind_of_fault(Some(status), &refusal.fault, refusal.retry_after);
        if status == 404 {
            kind = if refusal.fault.message.is_empty() {
                return Error::invalid(
                    "the address of the model provider answers, but has no chat completions; check the base address",
                )
                .with_status(status)
                .with_request_id(refusal.request_id);
            } else if refusal.fault.names("model") {
                ErrorKind::ModelNotFound
            } else {
                kind
            };
        }
        if refusal.status.is_redirection() {
            return Error::invalid(
                "the address of the model provider redirects elsewhere; enter the final address",
            )
            .with_status(status);
        }
        self.endpoint.refused(refusal, kind)
    }
}

/// What an error means, by its code first and its status second.
pub(crate) fn kind_of_fault(
    status: Option<u16>,
    fault: &Fault,
    retry_after: Option<std::time::Duration>,
) -> ErrorKind {
    if [
        "context_length",
        "maximum context length",
        "context size",
        "prompt is too long",
    ]
    .iter()
    .any(|words| fault.names(words))
    {
        return ErrorKind::ContextLength;
    }
    match fault.code.as_str() {
        // Comes with status 429, but waiting doesn't help.
        "insufficient_quota" | "billing_hard_limit_reached" | "invalid_api_key" => {
            return ErrorKind::Auth;
        }
        "model_not_found" => return ErrorKind::ModelNotFound,
        "content_filter" | "content_policy_violation" => return ErrorKind::ContentFilter,
        "rate_limit_exceeded" => return ErrorKind::RateLimited { retry_after },
        _ => {}
    }
    match fault.kind.as_str() {
        "insufficient_quota" => return ErrorKind::Auth,
        "authentication_error" if status.is_none_or(|status| status < 400) => {
            return ErrorKind::Auth;
        }
        "overloaded_error" | "overloaded" | "unavailable_error" => {
            return ErrorKind::Overloaded { retry_after };
        }
        _ => {}
    }
    match status.filter(|status| *status >= 400).or(fault.status) {
        Some(status) => kind_of_status(status, retry_after),
        None => match fault.kind.as_str() {
            "invalid_request_error" => ErrorKind::InvalidRequest,
            "rate_limit_error" | "requests" | "tokens" => ErrorKind::RateLimited { retry_after },
            _ => ErrorKind::Upstream,
        },
    }
}

// Model list

#[derive(Deserialize)]
struct WireModels {
    /// Ollama without any model says `null`.
    data: Option<Vec<WireModel>>,
}

#[derive(Deserialize)]
struct WireModel {
    id: String,
    name: Option<String>,
    /// OpenRouter and others.
    context_length: Option<u64>,
    /// vLLM.
    max_model_len: Option<u64>,
}

impl OpenAi {
    pub async fn models(&self) -> Result<Vec<ModelDescription>, Error> {
        let models: WireModels = match self.endpoint.get("models", &[]).await {
            Ok(models) => models,
            Err(Failure::Refused(refusal)) => return Err(self.error(*refusal)),
            Err(Failure::Failed(error)) => return Err(error),
        };
        Ok(models
            .data
            .unwrap_or_default()
            .into_iter()
            .map(|model| ModelDescription {
                name: model.name.filter(|name| *name != model.id),
                id: model.id,
                context_window: model.context_length.or(model.max_model_len),
                max_output_tokens: None,
            })
            .collect())
    }
}
