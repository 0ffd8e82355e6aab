//! What providers say when they refuse: the error's fields, however they are wrapped, and the headers beside it.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::error::{Error, ErrorKind, shown};
use crate::secret::Secret;

/// Longest wait that a provider may ask for and is believed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(24);

/// What a provider says about an error. All providers wrap the same few fields differently.
#[derive(Debug, Default, Clone)]
pub(crate) struct Fault {
    pub message: String,
    pub kind: String,
    pub code: String,
    pub param: String,
    /// A status given inside the body, as some gateways do within a stream.
    pub status: Option<u16>,
}

impl Fault {
    /// Reads `{"error":{…}}`, `{"error":"…"}`, `{"message":…}` and `{"detail":…}`.
    pub fn read(value: &Value) -> Self {
        let text = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            // Validation errors as FastAPI lists them.
            Some(list @ Value::Array(_)) => list.to_string(),
            _ => String::new(),
        };
        let inner = match value.get("error") {
            Some(inner @ Value::Object(_)) => inner,
            Some(Value::String(message)) => {
                return Self {
                    message: message.clone(),
                    code: text(value.get("code")),
                    ..Self::default()
                };
            }
            _ => value,
        };
        let message = ["message", "detail", "msg"]
            .iter()
            .map(|name| text(inner.get(name)))
            .find(|text| !text.is_empty())
            .unwrap_or_default();
        let code = text(inner.get("code"));
        Self {
            message,
            kind: text(inner.get("type")),
            param: text(inner.get("param")),
            status: code
                .parse()
                .ok()
                .filter(|status| (400..600).contains(status)),
            code,
        }
    }

    /// The judged fault, in words fit to be shown. Providers quote keys when they refuse them, so their words are not
    /// used for that.
    pub fn judged(&self, kind: ErrorKind, key: Option<&Secret>) -> Error {
        let error = match kind {
            ErrorKind::Auth => Error::new(kind),
            _ => Error::because(kind, shown(&self.message, key.map(Secret::expose))),
        };
        Error {
            status: self.status,
            ..error
        }
    }

    /// Whether any field names `word`, which is in lower case.
    pub fn names(&self, word: &str) -> bool {
        [&self.message, &self.kind, &self.code, &self.param]
            .iter()
            .any(|field| field.to_ascii_lowercase().contains(word))
    }
}

/// What a status means when the body says nothing better.
pub(crate) fn kind_of_status(status: u16, retry_after: Option<Duration>) -> ErrorKind {
    match status {
        401..=403 => ErrorKind::Auth,
        429 => ErrorKind::RateLimited { retry_after },
        503 | 529 => ErrorKind::Overloaded { retry_after },
        408 | 500..=599 => ErrorKind::Upstream,
        _ => ErrorKind::InvalidRequest,
    }
}

/// The provider's name for a request: `x-request-id`, or Anthropic's `request-id`.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-request-id", "request-id"]
        .iter()
        .find_map(|name| headers.get(*name))
        .and_then(|value| value.to_str().ok())
        .filter(|id| !id.is_empty() && id.len() <= 128)
        .map(str::to_owned)
}

/// `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), and the finer `retry-after-ms` where it is given.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let milliseconds = headers
        .get("retry-after-ms")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse().ok())
        .map(Duration::from_millis);
    let wait = milliseconds.or_else(|| {
        let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        let seconds = value
            .parse::<f64>()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        seconds.or_else(|| {
            let date = httpdate::parse_http_date(value).ok()?;
            Some(date.duration_since(now).unwrap_or_default())
        })
    });
    wait.map(|wait| wait.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().expect("a header"));
        headers
    }

    #[test]
    fn retry_after_is_read_as_seconds_milliseconds_and_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        let read = |name, value| retry_after(&headers(name, value), now);
        assert_eq!(read("retry-after", "7"), Some(Duration::from_secs(7)));
        assert_eq!(
            read("retry-after-ms", "1500"),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(
            read("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            read("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT"),
            Some(Duration::ZERO)
        );
        assert_eq!(read("retry-after", "-3"), None);
        assert_eq!(read("retry-after", "soon"), None);
        assert_eq!(read("retry-after", "9e18"), Some(LONGEST_RETRY_AFTER));
    }

    #[test]
    fn every_common_wrapping_of_an_error_is_read() {
        for (body, message) in [
            (r#"{"error":{"message":"a","type":"t","code":null}}"#, "a"),
            (r#"{"error":"b"}"#, "b"),
            (r#"{"object":"error","message":"c","code":40303}"#, "c"),
            (r#"{"detail":"d"}"#, "d"),
            (r"[1,2]", ""),
        ] {
            let value = serde_json::from_str(body).expect("JSON");
            assert_eq!(Fault::read(&value).message, message);
        }
    }
}
