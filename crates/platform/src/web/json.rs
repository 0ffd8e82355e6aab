//! Extractors that answer bad input with a problem.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Code, Problem};

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
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(refuse_json(&rejection)),
        }
    }
}

fn refuse_json(rejection: &JsonRejection) -> Problem {
    match rejection {
        JsonRejection::JsonDataError(error) => {
            Problem::new(Code::ValidationFailed, error.body_text())
        }
        JsonRejection::JsonSyntaxError(_) => {
            Problem::new(Code::RequestMalformed, "the body is not valid JSON")
        }
        JsonRejection::MissingJsonContentType(_) => Problem::new(
            Code::RequestMalformed,
            "send the body with Content-Type: application/json",
        ),
        other if other.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            Code::BodyTooLarge,
            "the request body is larger than this address takes",
        ),
        _ => Problem::new(Code::RequestMalformed, "the request body can't be read"),
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
