//! Extractors that answer bad input with a problem.

use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Code, Problem};

/// How deep arrays and objects may nest. The reader of JSON goes as deep where it reads values, but skips fields
/// that nobody asked for without counting.
const DEEPEST: usize = 127;

/// A JSON body, or a JSON answer.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

/// Path parameters. A malformed id is answered as an absent thing: both tell the same.
#[derive(Debug, Clone, Copy)]
pub struct PathParams<T>(pub T);

/// Query parameters.
#[derive(Debug, Clone, Copy)]
pub struct QueryParams<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                Code::RequestMalformed,
                "send the body with Content-Type: application/json",
            ));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| refuse_body(&rejection))?;
        if nests_deeper(&body, DEEPEST) {
            return Err(Problem::new(
                Code::JsonTooDeep,
                format!("arrays and objects may nest {DEEPEST} levels deep"),
            ));
        }
        match axum::Json::<T>::from_bytes(&body) {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(refuse_json(&rejection)),
        }
    }
}

/// `application/json`, or any type with the suffix `+json` (RFC 6839 §3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let Some(media_type) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = essence.split_once('/') else {
        return false;
    };
    let subtype = subtype.to_ascii_lowercase();
    kind.eq_ignore_ascii_case("application") && (subtype == "json" || subtype.ends_with("+json"))
}

/// Whether arrays and objects nest deeper than `most`. What isn't JSON may be judged either way.
fn nests_deeper(json: &[u8], most: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > most {
            return true;
        }
    }
    false
}

fn refuse_body(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            Code::BodyTooLarge,
            "the request body is larger than this address takes",
        );
    }
    Problem::new(Code::RequestMalformed, "the request body can't be read")
}

fn refuse_json(rejection: &JsonRejection) -> Problem {
    match rejection {
        JsonRejection::JsonDataError(error) => {
            Problem::new(Code::ValidationFailed, error.body_text())
        }
        _ => Problem::new(Code::RequestMalformed, "the body is not valid JSON"),
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for PathParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let taken: Result<axum::extract::Path<T>, PathRejection> =
            axum::extract::Path::from_request_parts(parts, state).await;
        taken
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| Problem::not_found("thing"))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let taken: Result<axum::extract::Query<T>, QueryRejection> =
            axum::extract::Query::from_request_parts(parts, state).await;
        taken
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|e| Problem::new(Code::RequestMalformed, e.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Named {
        name: String,
    }

    async fn read(body: String) -> Result<Json<Named>, Problem> {
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .body(Body::from(body))
            .expect("a request");
        Json::<Named>::from_request(request, &()).await
    }

    #[tokio::test]
    async fn nesting_is_bounded_also_in_fields_that_nobody_reads() {
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!(r#"{{"name":"[\"[{{","other":{open}{close}}}"#)
        };
        let Json(named) = read(nested(DEEPEST - 1)).await.expect("within the bound");
        assert_eq!(named.name, "[\"[{");
        for depth in [DEEPEST, 100_000] {
            let refused = read(nested(depth)).await.expect_err("too deep");
            assert_eq!(refused.code, Code::JsonTooDeep);
        }
        let open = read("[".repeat(100_000)).await.expect_err("too deep");
        assert_eq!(open.code, Code::JsonTooDeep);
    }

    #[tokio::test]
    async fn what_the_bound_lets_through_the_reader_can_read() {
        let depth = DEEPEST;
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn only_json_is_taken_for_json() {
        let typed = |media_type: &'static str| {
            let value = header::HeaderValue::from_static(media_type);
            is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, value)]))
        };
        assert!(typed("application/json") && typed("Application/JSON;charset=utf-8"));
        assert!(typed("application/merge-patch+json"));
        assert!(!typed("text/plain") && !typed("text/json") && !typed("application/jsonp"));
        assert!(!is_json(&HeaderMap::new()));
    }
}
