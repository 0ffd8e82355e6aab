//! Why the workspace refused, as problems.

use axum::response::{IntoResponse, Response};
use carrel_platform::objects::ObjectError;
use carrel_platform::web::{Code, FieldError, Problem};

/// An error of this wing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The draft is not the version the change was made on.
    #[error(
        "the draft is at version {current} now; load it, or save yours beside it as a revision"
    )]
    DraftChanged {
        /// The version it has.
        current: i64,
    },
    /// A template or prompt is not the version the change was made on.
    #[error("the {what} is at version {current} now; load it and make your change again")]
    VersionConflict {
        /// `template` or `prompt`.
        what: &'static str,
        /// The version it has.
        current: i64,
    },
    /// Nothing has been drafted or typed yet.
    #[error("generate a draft from a template, or save a first one")]
    DraftMissing,
    /// The tree is not one the editor's schema allows.
    #[error("{0}")]
    Tree(String),
    /// The text under a suggestion is not what it was made for.
    #[error("suggestion {0} was made for text that has changed; ask for a new one")]
    SuggestionOutdated(u32),
    /// A model failed, or the work was stopped.
    #[error(transparent)]
    Inference(carrel_inference::Error),
    /// The database or another part refused.
    #[error("{}", .0.detail)]
    Problem(Problem),
}

impl Error {
    /// A problem of this code.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::Problem(Problem::new(code, detail))
    }

    /// One field that needs correcting.
    pub(crate) fn field(field: &str, code: &str, detail: impl Into<String>) -> Self {
        Self::Problem(Problem::invalid(vec![FieldError::new(field, code, detail)]))
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::Problem(Problem::not_found(what))
    }
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

impl From<ObjectError> for Error {
    fn from(error: ObjectError) -> Self {
        Self::Problem(error.into())
    }
}

impl From<carrel_inference::Error> for Error {
    fn from(error: carrel_inference::Error) -> Self {
        Self::Inference(error)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::DraftChanged { .. } => Self::new(Code::DraftChanged, detail),
            Error::VersionConflict { .. } => Self::new(Code::VersionConflict, detail),
            Error::DraftMissing => Self::new(Code::DraftMissing, detail),
            Error::Tree(_) => Self::new(Code::TreeInvalid, detail),
            Error::SuggestionOutdated(_) => Self::new(Code::SuggestionOutdated, detail),
            Error::Inference(error) => error.into(),
            Error::Problem(problem) => problem,
        }
    }
}

impl From<Error> for carrel_inference::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Inference(error) => error,
            other => Self::Problem(other.into()),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
