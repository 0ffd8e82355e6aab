//! Anthropic's messages.

mod request;
mod response;

use std::time::Duration;

use reqwest::header::HeaderName;
use serde::Deserialize;
use tokio::time::Instant;

use self::request::WireRequest;
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

/// Pages of the model list that are read, of 1000 models each.
const LIST_PAGES: usize = 10;

// Address and headers

pub(crate) struct Anthropic {
    endpoint: Endpoint,
    /// What stands before `messages`: empty when the base address already ends in the version.
    version: &'static str,
}

impl Anthropic {
    pub fn new(config: &ProviderConfig, connections: &Connections) -> Result<Self, Error> {
        let key = config.api_key.as_ref().map(Secret::expose);
        let mut endpoint = Endpoint::new(
            config,
            connections,
            "https://api.anthropic.com/v1",
            "/v1",
            key.map(|key| (HeaderName::from_static("x-api-key"), key.to_owned())),
        )?;
        endpoint.default_header("anthropic-version", "2023-06-01");
        let version = if endpoint.path().ends_with("/v1") {
            ""
        } else {
            "v1/"
        };
        Ok(Self { endpoint, version })
    }

    // Request

    pub async fn stream(&self, request: &ChatRequest) -> Result<EventStream, Error> {
        let deadline = Instant::now() + self.endpoint.timeouts.first_event;
        let mut body = WireRequest::new(request)?;
        let path = format!("{}messages", self.version);
        loop {
            let response = match self.endpoint.post(&path, &body, deadline).await {
                Ok(response) => self.endpoint.expect_events(response, deadline).await,
                Err(failure) => Err(failure),
            };
            match response {
                Ok(response) => {
                    let decoder = Decoder::new(self.endpoint.key.clone());
                    let idle = self.endpoint.timeouts.idle;
                    return wire::open(response, decoder, deadline, idle).await;
                }
                // Some models take no temperature, and only they know.
                Err(Failure::Refused(refusal))
                    if refusal.status == 400
                        && refusal.fault.names("temperature")
                        && body.temperature.is_some() =>
                {
                    body.temperature = None;
                }
                Err(Failure::Refused(refusal)) => return Err(self.error(*refusal)),
                Err(Failure::Failed(error)) => return Err(error),
            }
        }
    }

    // Errors

    fn error(&self, refusal: Refusal) -> Error {
        let status = refusal.status.as_u16();
        if refusal.status.is_redirection() {
            return Error::invalid(
                "the address of the model provider redirects elsewhere; enter the final address",
            )
            .with_status(status);
        }
        if status == 404 && refusal.fault.message.is_empty() {
            return Error::invalid(
                "the address of the model provider answers, but has no messages; check the base address",
            )
            .with_status(status)
            .with_request_id(refusal.request_id);
        }
        let kind = kind_of_fault(Some(status), &refusal.fault, refusal.retry_after);
        self.endpoint.refused(refusal, kind)
    }
}

/// What an error means, by its type first and its status second.
pub(crate) fn kind_of_fault(
    status: Option<u16>,
    fault: &Fault,
    retry_after: Option<Duration>,
) -> ErrorKind {
    if status == Some(401) {
        // Whatever type it names: servers that only speak this protocol name others.
        return ErrorKind::Auth;
    }
    match fault.kind.as_str() {
        "invalid_request_error" => {
            if fault.names("prompt is too long") || fault.names("exceed context limit") {
                ErrorKind::ContextLength
            } else if fault.names("credit balance") {
                // Comes with status 400.
                ErrorKind::Auth
            } else if fault.names("content filtering policy") {
                ErrorKind::ContentFilter
            } else {
                ErrorKind::InvalidRequest
            }
        }
        "authentication_error" | "permission_error" | "billing_error" => ErrorKind::Auth,
        "not_found_error" => ErrorKind::ModelNotFound,
        "rate_limit_error" => ErrorKind::RateLimited { retry_after },
        "overloaded_error" => ErrorKind::Overloaded { retry_after },
        "api_error" | "timeout_error" => ErrorKind::Upstream,
        _ => match status {
            Some(status) => kind_of_status(status, retry_after),
            None => ErrorKind::Upstream,
        },
    }
}

// Model list

#[derive(Deserialize)]
struct WireModels {
    data: Vec<WireModel>,
    #[serde(default)]
    has_more: bool,
    last_id: Option<String>,
}

#[derive(Deserialize)]
struct WireModel {
    id: String,
    display_name: Option<String>,
    max_input_tokens: Option<u64>,
    max_tokens: Option<u64>,
}

impl Anthropic {
    pub async fn models(&self) -> Result<Vec<ModelDescription>, Error> {
        let path = format!("{}models", self.version);
        let mut models = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..LIST_PAGES {
            let mut query = vec![("limit", "1000")];
            if let Some(after) = &after {
                query.push(("after_id", after));
            }
            let page: WireModels = match self.endpoint.get(&path, &query).await {
                Ok(page) => page,
                Err(Failure::Refused(refusal)) => return Err(self.error(*refusal)),
                Err(Failure::Failed(error)) => return Err(error),
            };
            models.extend(page.data.into_iter().map(|model| ModelDescription {
                id: model.id,
                name: model.display_name,
                context_window: model.max_input_tokens,
                max_output_tokens: model.max_tokens,
            }));
            if !page.has_more || page.last_id.is_none() {
                break;
            }
            after = page.last_id;
        }
        Ok(models)
    }
}
