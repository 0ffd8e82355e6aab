//! What can go wrong with accounts, and how the API answers it.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use carrel_platform::crypto::CryptoError;
use carrel_platform::web::{Code, FieldError, Problem};

/// Why something about an account could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields need correcting.
    #[error("{}", .0.iter().map(|e| e.detail.as_str()).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// The set-up token is unknown, used, replaced by a newer one, or older than a day.
    #[error(
        "the set-up link is used up or has expired; restart Carrel and open the link that it prints"
    )]
    SetupTokenInvalid,
    /// There is an administrator already.
    #[error("there is an administrator already; sign in instead")]
    SetupDone,
    /// Only administrators make accounts.
    #[error("accounts are made by an administrator here; ask one for yours")]
    SignUpClosed,
    /// The e-mail address belongs to an account.
    #[error("there is already an account with this e-mail address; sign in instead")]
    EmailTaken,
    /// Unknown e-mail address or wrong password; deliberately not told apart.
    #[error("the e-mail address or the password is wrong")]
    SignInFailed,
    /// The current password was not given correctly.
    #[error("the current password is not right; nothing was changed")]
    WrongPassword,
    /// Too many failures; to be tried again after this time.
    #[error("there were too many failed attempts; wait a moment before the next one")]
    TooManyAttempts(Duration),
    /// More passwords wait to be checked than this node takes on.
    #[error("too many people are signing in at this moment; try again in a few seconds")]
    Overloaded,
    /// There is no such session of this person.
    #[error("there is no such session, or it has ended already")]
    SessionUnknown,
    /// The person of the session does not exist any more.
    #[error("the account of this session is gone; sign in again")]
    PersonGone,
    /// A password could not be hashed.
    #[error("a password could not be hashed: {0}")]
    Hashing(String),
    /// An access token could not be signed.
    #[error("an access token could not be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
    /// A sealed field could not be opened.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// How long to wait when too many passwords are being checked.
const BUSY: Duration = Duration::from_secs(3);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::Invalid(errors) => return Self::invalid(errors),
            Error::Database(error) => return error.into(),
            Error::Hashing(_) | Error::Signing(_) | Error::Crypto(_) => {
                return Self::internal(error);
            }
            Error::TooManyAttempts(wait) => {
                return Self::new(Code::TooManyAttempts, error.to_string()).retry_after(wait);
            }
            Error::Overloaded => {
                return Self::new(Code::Overloaded, error.to_string()).retry_after(BUSY);
            }
            Error::SetupTokenInvalid => Code::SetupTokenInvalid,
            Error::SetupDone => Code::SetupDone,
            Error::SignUpClosed => Code::SignUpClosed,
            Error::EmailTaken => Code::EmailTaken,
            Error::SignInFailed => Code::SignInFailed,
            Error::WrongPassword => Code::WrongPassword,
            Error::SessionUnknown => Code::NotFound,
            Error::PersonGone => Code::Unauthenticated,
        };
        Self::new(code, error.to_string())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
