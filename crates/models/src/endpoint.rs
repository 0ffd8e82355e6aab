//! A provider's address: sends requests there, and turns everything that isn't an answer into an [`Error`].

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use crate::connections::Connections;
use crate::error::{Error, ErrorKind, TimeoutPhase, shown};
use crate::fault::{Fault, request_id, retry_after};
use crate::provider::{ProviderConfig, Timeouts};
use crate::secret::Secret;

/// Most of an error's body that is read.
const ERROR_BODY: usize = 64 << 10;
/// Most of a model list that is read; the longest real one is under 1 MB.
const LIST_BODY: usize = 8 << 20;

/// Where a provider listens, and what every request to it carries.
pub(crate) struct Endpoint {
    client: Client,
    base: Url,
    headers: HeaderMap,
    pub key: Option<Secret>,
    pub timeouts: Timeouts,
}

/// A provider's refusal, before its adapter has judged it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub status: StatusCode,
    pub fault: Fault,
    pub retry_after: Option<Duration>,
    pub request_id: Option<String>,
}

/// Why a request got no answer.
pub(crate) enum Failure {
    Refused(Box<Refusal>),
    Failed(Error),
}

impl Endpoint {
    /// `vendor_base` is used when the configuration names no address; `default_path` when its address has no path.
    /// `key_header` is how the adapter sends the key.
    pub fn new(
        config: &ProviderConfig,
        connections: &Connections,
        vendor_base: &str,
        default_path: &str,
        key_header: Option<(HeaderName, String)>,
    ) -> Result<Self, Error> {
        let base = config.base_url.as_deref().unwrap_or(vendor_base).trim();
        let mut base = Url::parse(base)
            .map_err(|_| Error::invalid("the provider's base address is not a URL"))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(Error::invalid(
                "the provider's base address must begin with http:// or https://",
            ));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(Error::invalid(
                "the provider's base address must not hold a password; use the API key",
            ));
        }
        base.set_fragment(None);
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(if path.is_empty() { default_path } else { &path });

        let mut headers = HeaderMap::new();
        for (name, value) in &config.headers {
            let name: HeaderName = name
                .parse()
                .map_err(|_| Error::invalid("the name of an extra header is not valid"))?;
            let mut value: HeaderValue = value.parse().map_err(|_| {
                Error::invalid(format!("the value of the extra header {name} is not valid"))
            })?;
            // Gateways are often given their credentials this way.
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        if let Some((name, value)) = key_header {
            let mut value: HeaderValue = value
                .parse()
                .map_err(|_| Error::invalid("the API key holds characters no key can hold"))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let client = connections.client(
            config.timeouts.connect,
            config.proxy.as_deref(),
            base.scheme() == "https",
        )?;
        Ok(Self {
            client,
            base,
            headers,
            key: config.api_key.clone(),
            timeouts: config.timeouts,
        })
    }

    /// The host name of the base address.
    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// The path of the base address, without a closing slash.
    pub fn path(&self) -> &str {
        self.base.path().trim_end_matches('/')
    }

    /// A default header, unless the configuration has set it.
    pub fn default_header(&mut self, name: &'static str, value: &'static str) {
        self.headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.path()));
        url
    }

    /// Posts `body` and returns the answer with its body unread, once its status says that there is one.
    pub async fn post(
        &self,
        path: &str,
        body: &impl Serialize,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let request = self
            .client
            .post(self.url(path))
            .headers(self.headers.clone())
            .header(reqwest::header::ACCEPT, "text/event-stream")
            .json(body);
        self.send(request, deadline).await
    }

    /// Gets a JSON document.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let deadline = Instant::now() + self.timeouts.first_event;
        let request = self.client.get(url).headers(self.headers.clone());
        let mut response = self.send(request, deadline).await?;
        let body = read_capped(&mut response, LIST_BODY, deadline).await?;
        let Body::Whole(bytes) = body else {
            return Err(Failure::Failed(Error::because(
                ErrorKind::Protocol,
                "the list is larger than 8 MB",
            )));
        };
        serde_json::from_slice(&bytes).map_err(|_| {
            Failure::Failed(Error::because(
                ErrorKind::Protocol,
                "this is not a list of models; check the base address",
            ))
        })
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let sent = tokio::time::timeout_at(deadline, request.send()).await;
        let mut response = match sent {
            Err(_) => return Err(Error::timeout(TimeoutPhase::FirstEvent).into()),
            Ok(Err(error)) => return Err(self.transport_error(&error).into()),
            Ok(Ok(response)) => response,
        };
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let retry_after = retry_after(response.headers(), SystemTime::now());
        let request_id = request_id(response.headers());
        // What can't be read of an error's body changes nothing: the status has been said.
        let fault = match read_capped(&mut response, ERROR_BODY, deadline).await {
            Ok(Body::Whole(bytes)) => serde_json::from_slice(&bytes)
                .map(|value| Fault::read(&value))
                .unwrap_or_default(),
            Ok(Body::Cut) | Err(_) => Fault::default(),
        };
        Err(Failure::Refused(Box::new(Refusal {
            status,
            fault,
            retry_after,
            request_id,
        })))
    }

    fn transport_error(&self, error: &reqwest::Error) -> Error {
        if error.is_connect() {
            if error.is_timeout() {
                return Error::timeout(TimeoutPhase::Connect);
            }
            return Error::because(
                ErrorKind::Unreachable,
                format!("{} ({})", self.authority(), innermost(error)),
            );
        }
        if error.is_builder() {
            return Error::invalid("the request to the model provider can't be built");
        }
        Error::because(
            ErrorKind::Unreachable,
            format!(
                "{} closed the connection without an answer",
                self.authority()
            ),
        )
    }

    fn authority(&self) -> String {
        match self.base.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    /// An answer with a good status must be an event stream. JSON in its place is an error that some servers send with
    /// the wrong status, or a server that doesn't stream.
    pub async fn expect_events(
        &self,
        mut response: Response,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let is_document = response
            .headers()
            .get(reqwest::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_ascii_lowercase)
            .is_some_and(|kind| {
                kind.starts_with("application/json") || kind.starts_with("text/html")
            });
        if !is_document {
            return Ok(response);
        }
        let status = response.status();
        let request_id = request_id(response.headers());
        if let Body::Whole(bytes) = read_capped(&mut response, ERROR_BODY, deadline).await?
            && let Ok(value) = serde_json::from_slice::<Value>(&bytes)
            && value.get("error").is_some_and(|error| !error.is_null())
        {
            return Err(Failure::Refused(Box::new(Refusal {
                status,
                fault: Fault::read(&value),
                retry_after: None,
                request_id,
            })));
        }
        Err(Failure::Failed(
            Error::because(
                ErrorKind::Protocol,
                "it does not stream; check the base address",
            )
            .with_status(status.as_u16())
            .with_request_id(request_id),
        ))
    }

    /// The judged refusal, in words fit to be shown.
    pub fn refused(&self, refusal: Refusal, kind: ErrorKind) -> Error {
        refusal
            .fault
            .judged(kind, self.key.as_ref())
            .with_status(refusal.status.as_u16())
            .with_request_id(refusal.request_id)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

enum Body {
    Whole(Vec<u8>),
    /// Longer than the cap.
    Cut,
}

async fn read_capped(
    response: &mut Response,
    most: usize,
    deadline: Instant,
) -> Result<Body, Error> {
    let mut bytes = Vec::new();
    loop {
        match tokio::time::timeout_at(deadline, response.chunk()).await {
            Err(_) => return Err(Error::timeout(TimeoutPhase::Idle)),
            Ok(Err(_)) => return Err(Error::new(ErrorKind::Truncated)),
            Ok(Ok(None)) => return Ok(Body::Whole(bytes)),
            Ok(Ok(Some(chunk))) if bytes.len() + chunk.len() > most => return Ok(Body::Cut),
            Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
        }
    }
}

/// The root of a chain of errors, which names the real cause ("connection refused") and holds no address or header.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    shown(&error.to_string(), None)
}
