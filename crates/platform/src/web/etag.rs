//! Edit preconditions: `ETag: "<version>"` on reads, `If-Match` on writes (RFC 9110 §13.1.1).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::{Code, Problem};

/// The version the client last saw, from `If-Match`.
#[derive(Clone, Copy, Debug)]
pub struct IfMatch(pub i64);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Err(Problem::new(
                Code::PreconditionRequired,
                "send If-Match with the ETag of the version you changed",
            ));
        };
        value
            .to_str()
            .ok()
            .map(|text| text.trim().trim_start_matches("W/").trim_matches('"'))
            .and_then(|text| text.parse().ok())
            .map(Self)
            .ok_or_else(|| Problem::new(Code::RequestMalformed, "If-Match holds no ETag of ours"))
    }
}

/// The answer with its version as `ETag`.
pub fn with_etag(version: i64, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}
