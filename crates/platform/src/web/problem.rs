//! Problem responses (RFC 9457) and the one list of their codes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;

use super::current_request_id;
use crate::db::is_storage_full;

macro_rules! codes {
    ($($variant:ident = $code:literal, $status:ident, $title:literal;)*) => {
        /// What went wrong, as a program tells it apart. The list is part of the API: codes are added, never
        /// renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $(#[doc = $title] $variant),* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The HTTP status it is sent with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),* }
            }

            /// One line for a person.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
        }
    };
}

codes! {
    // Requests
    RequestMalformed = "request_malformed", BAD_REQUEST, "The request can't be read";
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY, "Some fields need correcting";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The request body is too large";
    HeadersTooLarge = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The request headers are too large";
    JsonTooDeep = "json_too_deep", BAD_REQUEST, "The JSON nests too deeply";
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too many requests";
    NotFound = "not_found", NOT_FOUND, "There is nothing here";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "This address doesn't take that method";
    CursorInvalid = "cursor_invalid", BAD_REQUEST, "The page cursor is not one of ours";
    IdempotencyKeyRequired = "idempotency_key_required", BAD_REQUEST, "An Idempotency-Key header is needed";
    IdempotencyKeyInvalid = "idempotency_key_invalid", BAD_REQUEST, "The Idempotency-Key is not usable";
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key was used for another request";
    IdempotencyInProgress = "idempotency_in_progress", CONFLICT, "The same request is still running";
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED, "An If-Match header is needed";
    VersionConflict = "version_conflict", PRECONDITION_FAILED, "It was changed by someone else meanwhile";
    // People
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Sign in first";
    Forbidden = "forbidden", FORBIDDEN, "You don't have the right to do this";
    CrossSiteRefused = "cross_site_refused", FORBIDDEN, "The request came from another site";
    SetupTokenInvalid = "setup_token_invalid", FORBIDDEN, "The set-up link is not valid";
    SetupDone = "setup_done", CONFLICT, "Carrel is already set up";
    SignUpClosed = "sign_up_closed", FORBIDDEN, "Sign-up is closed";
    EmailTaken = "email_taken", CONFLICT, "There is already an account with this e-mail address";
    EmailDomainRefused = "email_domain_refused", FORBIDDEN, "Sign-up is for addresses of other domains";
    EmailUnverified = "email_unverified", FORBIDDEN, "The e-mail address is not verified yet";
    EmailLinkInvalid = "email_link_invalid", FORBIDDEN, "The link from the mail is not valid";
    EmailLinkExpired = "email_link_expired", FORBIDDEN, "The link from the mail has expired";
    SignInFailed = "sign_in_failed", UNAUTHORIZED, "E-mail address and password don't match";
    TooManyAttempts = "too_many_attempts", TOO_MANY_REQUESTS, "Too many attempts";
    WrongPassword = "wrong_password", FORBIDDEN, "The current password is wrong";
    TooManyApiKeys = "too_many_api_keys", CONFLICT, "You have as many API keys as you may have";
    LastAdministrator = "last_administrator", CONFLICT, "Somebody must be left to administer";
    RightsExceeded = "rights_exceeded", FORBIDDEN, "You can't give rights you don't have";
    RoleNameTaken = "role_name_taken", CONFLICT, "There is already a role of this name";
    RoleBuiltIn = "role_built_in", CONFLICT, "This role belongs to Carrel";
    GroupNameTaken = "group_name_taken", CONFLICT, "There is already a group of this name";
    // Objects and uploads
    SignatureInvalid = "signature_invalid", FORBIDDEN, "The link is not valid";
    LinkExpired = "link_expired", FORBIDDEN, "The link has expired";
    SizeMismatch = "size_mismatch", UNPROCESSABLE_ENTITY, "The file has another size than announced";
    FileTooLarge = "file_too_large", PAYLOAD_TOO_LARGE, "The file is too large";
    FileEmpty = "file_empty", UNPROCESSABLE_ENTITY, "The file is empty";
    MediaTypeUnsupported = "media_type_unsupported", UNSUPPORTED_MEDIA_TYPE, "Files of this type can't be read";
    NameInvalid = "name_invalid", UNPROCESSABLE_ENTITY, "The file name can't be used";
    UploadMissing = "upload_missing", CONFLICT, "The file has not arrived";
    UploadAlreadyUsed = "upload_already_used", CONFLICT, "This upload already became a document";
    ImageInvalid = "image_invalid", UNPROCESSABLE_ENTITY, "The picture can't be used";
    // Documents
    DraftMissing = "draft_missing", NOT_FOUND, "There is no draft yet";
    DraftChanged = "draft_changed", PRECONDITION_FAILED, "The draft was changed meanwhile";
    TreeInvalid = "tree_invalid", UNPROCESSABLE_ENTITY, "The document tree is not valid";
    SourceNotReady = "source_not_ready", CONFLICT, "The file has not been read yet";
    NothingToRetry = "nothing_to_retry", CONFLICT, "Nothing here has failed";
    GenerationRunning = "generation_running", CONFLICT, "A draft is already being written";
    SuggestionOutdated = "suggestion_outdated", CONFLICT, "The text changed under the suggestion";
    SuggestionDecided = "suggestion_decided", CONFLICT, "The suggestion was already decided";
    UnknownVariable = "unknown_variable", UNPROCESSABLE_ENTITY, "The text uses a variable that is not declared";
    VariableMissing = "variable_missing", UNPROCESSABLE_ENTITY, "A variable needs a value";
    TemplateUnknown = "template_unknown", NOT_FOUND, "There is no such template";
    OwnerStays = "owner_stays", CONFLICT, "The owner can't leave the document";
    TooManyMembers = "too_many_members", CONFLICT, "The document is shared with as many people as it can be";
    InvitationClosed = "invitation_closed", CONFLICT, "The invitation is not open any more";
    ExportFailed = "export_failed", INTERNAL_SERVER_ERROR, "The export failed";
    // Models
    ModelUnavailable = "model_unavailable", CONFLICT, "The model can't be used";
    ProviderNameTaken = "provider_name_taken", CONFLICT, "There is already a provider of this name";
    ModelRateLimited = "model_rate_limited", TOO_MANY_REQUESTS, "The model's provider asks to wait";
    ModelFailed = "model_failed", BAD_GATEWAY, "The model's provider failed";
    ModelTimedOut = "model_timed_out", GATEWAY_TIMEOUT, "The model's provider didn't answer in time";
    // The server
    ValueUnreadable = "value_unreadable", INTERNAL_SERVER_ERROR, "A stored value can't be opened";
    StorageFull = "storage_full", INSUFFICIENT_STORAGE, "There is no room left to store this";
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "Carrel is busy; try again in a moment";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "A part that Carrel needs is not available";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong in Carrel";
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One field that needs correcting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Name of the field in the request.
    pub field: String,
    /// Stable name of what is wrong.
    pub code: String,
    /// What is wrong, for a person.
    pub detail: String,
}

impl FieldError {
    /// A field error.
    pub fn new(field: &str, code: &str, detail: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            code: code.to_owned(),
            detail: detail.into(),
        }
    }
}

/// An error as the API answers it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What went wrong.
    pub code: Code,
    /// What happened and what to do, for a person. Never holds secrets or another's data.
    pub detail: String,
    /// Fields that need correcting.
    pub errors: Vec<FieldError>,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
}

/// The body of an error answer (RFC 9457).
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:carrel:problem:` and the code; see docs/api/problems.md.
    pub r#type: String,
    /// One line for a person, the same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// Stable name of the problem.
    pub code: String,
    /// The id under which the request is found in the log.
    pub request_id: String,
    /// Fields that need correcting.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
}

impl utoipa::PartialSchema for Problem {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        <ProblemBody as utoipa::PartialSchema>::schema()
    }
}

impl utoipa::ToSchema for Problem {
    fn name() -> std::borrow::Cow<'static, str> {
        "Problem".into()
    }

    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        <ProblemBody as utoipa::ToSchema>::schemas(schemas);
    }
}

impl Problem {
    /// A problem with its explanation.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// A request whose fields need correcting.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = errors
            .iter()
            .map(|e| e.detail.as_str())
            .collect::<Vec<_>>()
            .join("; ");
        Self {
            errors,
            ..Self::new(Code::ValidationFailed, detail)
        }
    }

    /// Nothing here, or nothing the asker may know of.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            Code::NotFound,
            format!("there is no such {what}, or it isn't shared with you"),
        )
    }

    /// An error that is ours: logged with its cause, answered without it.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(error = %cause, "internal error");
        Self::new(
            Code::Internal,
            "the request could not be finished; nothing was half done. Try again, and tell your administrator the request id if it happens again",
        )
    }

    /// With a time to wait.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// With the fields that need correcting.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        if is_storage_full(&error) {
            tracing::error!(error = %error, "the database has no room left");
            return Self::new(
                Code::StorageFull,
                "the database can't grow any more; free disk space and try again. Nothing was changed",
            );
        }
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                tracing::warn!(error = %error, "no database connection");
                Self::new(
                    Code::Overloaded,
                    "the database is busy; try again in a moment",
                )
                .retry_after(Duration::from_secs(2))
            }
            sqlx::Error::Io(_) => {
                tracing::error!(error = %error, "the database can't be reached");
                Self::new(
                    Code::Unavailable,
                    "the database can't be reached; try again in a moment",
                )
                .retry_after(Duration::from_secs(5))
            }
            other => Self::internal(other),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let body = ProblemBody {
            r#type: format!("urn:carrel:problem:{}", self.code.as_str()),
            title: self.code.title().to_owned(),
            status: status.as_u16(),
            detail: self.detail,
            code: self.code.as_str().to_owned(),
            request_id: current_request_id(),
            errors: self.errors,
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (
            status,
            [(header::CONTENT_TYPE, "application/problem+json")],
            body,
        )
            .into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs_f64().ceil().max(1.0);
            if let Ok(value) = HeaderValue::from_str(&format!("{seconds:.0}")) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
        }
        if matches!(
            self.code,
            Code::BodyTooLarge | Code::FileTooLarge | Code::SizeMismatch
        ) {
            // The rest of the body is not read, so the connection can't carry another request.
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(self.code);
        response
    }
}
