//! Links from mails, and asking for them.

use axum::extract::State;
use axum::http::StatusCode;
use carrel_platform::auth::Actor;
use carrel_platform::web::{ClientAddress, Json, Problem};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Accounts;
use crate::error::Error;
use crate::passwords::Password;

/// The routes of links from mails.
pub(crate) fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(verify_email))
        .routes(routes!(resend_verification))
        .routes(routes!(forgot_password))
        .routes(routes!(reset_password))
        .routes(routes!(change_email))
        .routes(routes!(confirm_email))
}

/// A link from a mail.
#[derive(Deserialize, utoipa::ToSchema)]
struct MailLink {
    /// What stands behind `#token=` in the link.
    token: String,
}

/// Whose password is to be set anew.
#[derive(Deserialize, utoipa::ToSchema)]
struct ForgotPassword {
    /// E-mail address.
    email: String,
}

/// A new password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ResetPassword {
    /// What stands behind `#token=` in the link.
    token: String,
    /// The password from now on, 10 to 128 characters.
    #[schema(value_type = String, format = Password)]
    new_password: Password,
}

/// A new e-mail address.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChangeEmail {
    /// E-mail address from now on.
    new_email: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    current_password: Password,
}

/// Show with a link from a mail that one reads mail at the address of one's account.
#[utoipa::path(post, path = "/auth/verify-email", security(()), tag = "accounts", operation_id = "verify_email",
    request_body = MailLink,
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn verify_email(
    State(accounts): State<Accounts>,
    Json(link): Json<MailLink>,
) -> Result<StatusCode, Error> {
    accounts.verify_email(&link.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have another such link sent to one's address. When it is verified already, or there were too many lately, none is
/// sent and the answer is the same.
#[utoipa::path(post, path = "/auth/verify-email/resend", security(("session" = [])), tag = "accounts",
    operation_id = "resend_verification",
    responses((status = 202), (status = "4XX", body = Problem)))]
async fn resend_verification(
    State(accounts): State<Accounts>,
    actor: Actor,
) -> Result<StatusCode, Error> {
    accounts.resend_verification(&actor).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Have a link for a new password sent to an address. The answer is the same whether it has an account or not.
#[utoipa::path(post, path = "/auth/forgot-password", security(()), tag = "accounts", operation_id = "forgot_password",
    request_body = ForgotPassword,
    responses((status = 202), (status = "4XX", body = Problem)))]
async fn forgot_password(
    State(accounts): State<Accounts>,
    ClientAddress(client): ClientAddress,
    Json(request): Json<ForgotPassword>,
) -> Result<StatusCode, Error> {
    accounts.forgot_password(&request.email, client).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Set a new password with a link from a mail. All sessions end.
#[utoipa::path(post, path = "/auth/reset-password", security(()), tag = "accounts", operation_id = "reset_password",
    request_body = ResetPassword,
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn reset_password(
    State(accounts): State<Accounts>,
    Json(request): Json<ResetPassword>,
) -> Result<StatusCode, Error> {
    let ResetPassword {
        token,
        new_password,
    } = &request;
    accounts.reset_password(token, new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask for another e-mail address. It is in force once the link is used that is sent to it; the old one is told.
#[utoipa::path(post, path = "/auth/change-email", security(("session" = [])), tag = "accounts",
    operation_id = "change_email", request_body = ChangeEmail,
    responses((status = 202), (status = "4XX", body = Problem)))]
async fn change_email(
    State(accounts): State<Accounts>,
    actor: Actor,
    ClientAddress(client): ClientAddress,
    Json(request): Json<ChangeEmail>,
) -> Result<StatusCode, Error> {
    let ChangeEmail {
        new_email,
        current_password,
    } = &request;
    accounts
        .change_email(&actor, new_email, current_password, client)
        .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Confirm a new e-mail address with the link that was sent to it.
#[utoipa::path(post, path = "/auth/confirm-email", security(()), tag = "accounts", operation_id = "confirm_email",
    request_body = MailLink,
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn confirm_email(
    State(accounts): State<Accounts>,
    Json(link): Json<MailLink>,
) -> Result<StatusCode, Error> {
    accounts.confirm_email(&link.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
