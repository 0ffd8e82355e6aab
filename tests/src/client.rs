//! An HTTP client that says what it asked for when an answer is not what was promised.

use std::pin::Pin;
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::events::Events;

/// Talks to one server as one person, or as nobody.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    address: Arc<RwLock<String>>,
    credential: Credential,
}

#[derive(Clone)]
enum Credential {
    None,
    Bearer(String),
    Cookie(String),
}

impl Client {
    pub(crate) fn new(http: reqwest::Client, address: Arc<RwLock<String>>) -> Self {
        Self {
            http,
            address,
            credential: Credential::None,
        }
    }

    /// The same client with a token, as a program.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            credential: Credential::Bearer(token.to_owned()),
            ..self.clone()
        }
    }

    /// The same client with a session cookie (`name=value`), as a browser.
    #[must_use]
    pub fn with_cookie(&self, cookie: &str) -> Self {
        Self {
            credential: Credential::Cookie(cookie.to_owned()),
            ..self.clone()
        }
    }

    /// The same client without credentials.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self {
            credential: Credential::None,
            ..self.clone()
        }
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> String {
        self.address.read().expect("no writer panics").clone()
    }

    /// GET of a path under `/api/v1`.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// POST to a path under `/api/v1`.
    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// PUT to a path under `/api/v1`.
    pub fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }

    /// PATCH of a path under `/api/v1`.
    pub fn patch(&self, path: &str) -> Call {
        self.call(Method::PATCH, path)
    }

    /// DELETE of a path under `/api/v1`.
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Any method on a path under `/api/v1`.
    pub fn call(&self, method: Method, path: &str) -> Call {
        self.at(method, &format!("/api/v1{path}"))
    }

    /// Any method on a path of the server, or on a whole address (which is given no credentials).
    pub fn at(&self, method: Method, address: &str) -> Call {
        let foreign = address.starts_with("http");
        let url = if foreign {
            address.to_owned()
        } else {
            format!("{}{address}", self.address())
        };
        let request = self.http.request(method.clone(), url);
        let request = match &self.credential {
            _ if foreign => request,
            Credential::None => request,
            Credential::Bearer(token) => request.bearer_auth(token),
            Credential::Cookie(cookie) => request.header("cookie", cookie),
        };
        Call {
            asked: format!("{method} {address}"),
            request,
        }
    }
}

/// A request to be sent by `.await`.
pub struct Call {
    asked: String,
    request: reqwest::RequestBuilder,
}

impl Call {
    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// With these bytes as the body.
    #[must_use]
    pub fn bytes(self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.header("content-type", media_type).body(body)
    }

    /// With these bytes as the body, of a type that a header names.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.request = self.request.body(body.into());
        self
    }

    /// With a body of this many bytes that comes piece by piece.
    #[must_use]
    pub fn stream<S>(mut self, body: S, size: usize) -> Self
    where
        S: futures::Stream<Item = Result<Vec<u8>, std::io::Error>> + Send + 'static,
    {
        self.request = self
            .request
            .header("content-length", size)
            .body(reqwest::Body::wrap_stream(body));
        self
    }

    /// With a body that comes piece by piece and doesn't say how long it is.
    #[must_use]
    pub fn pieces<S>(mut self, body: S) -> Self
    where
        S: futures::Stream<Item = Result<Vec<u8>, std::io::Error>> + Send + 'static,
    {
        self.request = self.request.body(reqwest::Body::wrap_stream(body));
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.request = self.request.header(name, value.as_ref());
        self
    }

    /// With an `Idempotency-Key`.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With `If-Match` on a version.
    #[must_use]
    pub fn if_match(self, version: &Value) -> Self {
        let version = version.as_i64().expect("a version is a number");
        self.header("if-match", format!("\"{version}\""))
    }

    /// Sends it and reads the answer as a stream of events.
    pub async fn events(self) -> Events {
        let answer = self
            .request
            .header("accept", "text/event-stream")
            .send()
            .await;
        let answer = answer.unwrap_or_else(|error| panic!("{}: {error:?}", self.asked));
        let status = answer.status().as_u16();
        let media_type = answer
            .headers()
            .get("content-type")
            .map(|value| value.as_bytes().to_vec())
            .unwrap_or_default();
        assert!(
            status == 200 && media_type.starts_with(b"text/event-stream"),
            "{} answered {status}, not a stream of events: {}",
            self.asked,
            answer.text().await.unwrap_or_default(),
        );
        Events::new(answer)
    }

    /// Sends it; an error when the connection broke before the answer was whole.
    pub async fn attempt(self) -> Result<Reply, reqwest::Error> {
        let answer = self.request.send().await?;
        Ok(Reply {
            asked: self.asked,
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.bytes().await?,
        })
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let asked = self.asked.clone();
            self.attempt()
                .await
                .unwrap_or_else(|error| panic!("{asked} got no answer: {error:?}"))
        })
    }
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Reply {
    asked: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    /// The JSON of an answer with this status (null when it has no body); panics with the answer otherwise.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(
            self.status,
            status,
            "{} answered: {}",
            self.asked,
            self.text()
        );
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// Asserts that the answer is a problem with this status and code in the one documented shape, and gives it.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let answered = format!("{} answered {}: {}", self.asked, self.status, self.text());
        assert_eq!(self.status, status, "wanted {code}; {answered}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{answered}"
        );
        let problem = self.json();
        assert_eq!(problem["code"], code, "{answered}");
        assert_eq!(problem["status"], status, "{answered}");
        for field in ["type", "title", "detail", "requestId"] {
            assert!(
                problem[field].as_str().is_some_and(|text| !text.is_empty()),
                "no `{field}`; {answered}"
            );
        }
        problem
    }

    /// Asserts that there is nothing here for whoever asked, with whichever code says so.
    pub fn absent(&self) -> Value {
        self.problem(404, &self.code())
    }

    /// The code of a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{} answered no JSON ({error}): {}", self.asked, self.text())
        })
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, when it is there and readable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The `name=value` of the cookie the answer sets.
    pub fn cookie(&self) -> Option<String> {
        let set = self.header("set-cookie")?;
        Some(set.split(';').next().unwrap_or_default().to_owned())
    }
}
