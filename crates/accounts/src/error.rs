//! What can go wrong with accounts, and how the API answers it.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use carrel_platform::crypto::CryptoError;
use carrel_platform::objects::ObjectError;
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
    /// Only people of some domains sign up.
    #[error(
        "only people with an address of certain domains can sign up here; ask an administrator for an account"
    )]
    EmailDomainRefused,
    /// The password was right, but nobody has shown yet that they read mail at the address.
    #[error("confirm your e-mail address first: open the link in the mail that was sent to it")]
    EmailUnverified,
    /// The link is unknown, used, for something else, or for an address that is not the account's any more.
    #[error("the link is not valid, or was used already; ask for another one")]
    EmailLinkInvalid,
    /// The link is too old.
    #[error("the link has expired; ask for another one")]
    EmailLinkExpired,
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
    /// There is no such key that lives.
    #[error("there is no such API key, or it was revoked or has expired already")]
    KeyUnknown,
    /// As many keys live as one person may have.
    #[error("you have 50 API keys that can be used; revoke one that you don't need any more")]
    TooManyKeys,
    /// The person of the session does not exist any more.
    #[error("the account of this session is gone; sign in again")]
    PersonGone,
    /// There is no such person.
    #[error("there is no such person")]
    PersonUnknown,
    /// There is no such role.
    #[error("there is no such role")]
    RoleUnknown,
    /// There is no such group.
    #[error("there is no such group")]
    GroupUnknown,
    /// The name belongs to another role.
    #[error("there is already a role of this name; choose another one")]
    RoleNameTaken,
    /// The name belongs to another group.
    #[error("there is already a group of this name; choose another one")]
    GroupNameTaken,
    /// A built-in role that must stay as it is.
    #[error("{0}")]
    RoleBuiltIn(&'static str),
    /// It was changed since it was read.
    #[error("it was changed meanwhile; read it again and repeat your change")]
    Outdated,
    /// Nobody would be left to govern.
    #[error(
        "nobody else who can sign in may administer both people and roles; give that to someone else first"
    )]
    LastAdministrator,
    /// Rights were to be given that the giver doesn't have.
    #[error("you can't give rights that you don't have yourself: {0}")]
    RightsExceeded(String),
    /// The one who asks had the right when the request came, and has it no more.
    #[error("your own rights have changed meanwhile, and don't include this any more")]
    RightsLost,
    /// A password could not be hashed.
    #[error("a password could not be hashed: {0}")]
    Hashing(String),
    /// An access token could not be signed.
    #[error("an access token could not be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
    /// A sealed field could not be opened.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The object store failed.
    #[error(transparent)]
    Objects(#[from] ObjectError),
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
            Error::Objects(error) => return error.into(),
            Error::Crypto(error) => return error.into(),
            Error::Hashing(_) | Error::Signing(_) => return Self::internal(error),
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
            Error::EmailDomainRefused => Code::EmailDomainRefused,
            Error::EmailUnverified => Code::EmailUnverified,
            Error::EmailLinkInvalid => Code::EmailLinkInvalid,
            Error::EmailLinkExpired => Code::EmailLinkExpired,
            Error::SignInFailed => Code::SignInFailed,
            Error::WrongPassword => Code::WrongPassword,
            Error::SessionUnknown
            | Error::KeyUnknown
            | Error::PersonUnknown
            | Error::RoleUnknown
            | Error::GroupUnknown => Code::NotFound,
            Error::RoleNameTaken => Code::RoleNameTaken,
            Error::GroupNameTaken => Code::GroupNameTaken,
            Error::RoleBuiltIn(_) => Code::RoleBuiltIn,
            Error::Outdated => Code::VersionConflict,
            Error::LastAdministrator => Code::LastAdministrator,
            Error::RightsExceeded(_) => Code::RightsExceeded,
            Error::RightsLost => Code::Forbidden,
            Error::TooManyKeys => Code::TooManyApiKeys,
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
