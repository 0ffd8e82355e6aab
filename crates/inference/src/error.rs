//! Why inference failed, as a problem and as the failure of a generation.

use axum::response::{IntoResponse, Response};
use carrel_models::ErrorKind;
use carrel_platform::web::{Code, Problem};
use serde::{Deserialize, Serialize};

/// An error of this wing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The model is not configured, not enabled, or gone.
    #[error("the model {0} is not available; choose another one")]
    ModelUnavailable(String),
    /// The provider failed.
    #[error("{provider}: {error}")]
    Model {
        /// Name of the provider.
        provider: String,
        /// What it said.
        error: carrel_models::Error,
    },
    /// The person, or the server, ended the generation.
    #[error("the generation was stopped")]
    Cancelled,
    /// Another part of Carrel refused or failed.
    #[error("{}", .0.detail)]
    Problem(Problem),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Problem(error.into())
    }
}

/// Why a generation did not end well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GenerationFailure {
    /// Stable name.
    pub code: String,
    /// What happened and what to do.
    pub detail: String,
    /// Whether the same request may work another time.
    pub retryable: bool,
}

impl GenerationFailure {
    /// The failure of a generation whose process ended before it did.
    pub(crate) fn interrupted() -> Self {
        Self {
            code: "interrupted".into(),
            detail:
                "Carrel was stopped while this was running; what was written so far is kept. Try again"
                    .into(),
            retryable: true,
        }
    }
}

impl From<&Error> for GenerationFailure {
    fn from(error: &Error) -> Self {
        let (code, retryable) = match error {
            Error::ModelUnavailable(_) => (Code::ModelUnavailable.as_str().to_owned(), false),
            Error::Model { error, .. } => (
                format!("model_{}", error.kind.code()),
                error.is_retryable() || error.kind == ErrorKind::Protocol,
            ),
            Error::Cancelled => ("cancelled".to_owned(), true),
            Error::Problem(problem) => (
                problem.code.as_str().to_owned(),
                problem.code.status().is_server_error(),
            ),
        };
        Self {
            code,
            detail: error.to_string(),
            retryable,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::ModelUnavailable(_) => Self::new(Code::ModelUnavailable, detail),
            Error::Model { error, .. } => {
                let code = match error.kind {
                    ErrorKind::RateLimited { .. } | ErrorKind::Overloaded { .. } => {
                        Code::ModelRateLimited
                    }
                    ErrorKind::Timeout { .. } => Code::ModelTimedOut,
                    _ => Code::ModelFailed,
                };
                let problem = Self::new(code, detail);
                match error.retry_after() {
                    Some(wait) => problem.retry_after(wait),
                    None => problem,
                }
            }
            Error::Cancelled => Self::new(Code::ModelFailed, detail),
            Error::Problem(problem) => problem,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
