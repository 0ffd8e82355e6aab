//! Signing up, in and out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use carrel_platform::Timestamp;
use carrel_platform::auth::Actor;
use carrel_platform::web::{ClientAddress, Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::profile::Me;
use super::{client, without_session};
use crate::Accounts;
use crate::error::Error;
use crate::passwords::Password;
use crate::people::Profile;
use crate::roles::RoleId;
use crate::sessions::Credential;
use crate::sign_in::{NewAccount, SignedUp};
use crate::store::SessionKind;

pub(super) fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(sign_up))
        .routes(routes!(sign_in))
        .routes(routes!(sign_out))
}

/// A new account.
#[derive(Deserialize, utoipa::ToSchema)]
struct SignUpRequest {
    /// E-mail address.
    email: String,
    /// Name, 1 to 100 characters.
    name: String,
    /// Password, 10 to 128 characters.
    #[schema(value_type = String, format = Password)]
    password: Password,
    /// How the session is carried; `token` when absent.
    #[serde(default = "by_token")]
    transport: SessionKind,
}

/// Who signs in.
#[derive(Deserialize, utoipa::ToSchema)]
struct SignInRequest {
    /// E-mail address.
    email: String,
    /// Password.
    #[schema(value_type = String, format = Password)]
    password: Password,
    /// How the session is carried; `token` when absent.
    #[serde(default = "by_token")]
    transport: SessionKind,
}

fn by_token() -> SessionKind {
    SessionKind::Token
}

/// A new session.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedIn {
    /// Who signed in.
    user: Me,
    /// An access token for `Authorization: Bearer`; null when the session is carried by a cookie.
    #[schema(required = true)]
    token: Option<String>,
    /// When the session ends.
    expires_at: Timestamp,
}

/// A session as the answer carries it: in the body, or in a cookie.
pub(super) fn signed_in(
    accounts: &Accounts,
    jar: CookieJar,
    (profile, credential): (Profile, Credential),
) -> (CookieJar, Json<SignedIn>) {
    let (jar, token) = match credential.kind {
        SessionKind::Cookie => (jar.add(accounts.session_cookie(credential.secret)), None),
        SessionKind::Token => (jar, Some(credential.secret)),
    };
    let answer = SignedIn {
        user: profile.into(),
        token,
        expires_at: credential.expires_at,
    };
    (jar, Json(answer))
}

/// Make an account, where one may sign up, and sign in. Where addresses are verified there is no session yet: the answer
/// is 202 for every address, and a mail tells more.
#[utoipa::path(post, path = "/auth/signup", security(()), tag = "accounts", operation_id = "sign_up",
    request_body = SignUpRequest,
    responses((status = 201, body = SignedIn), (status = 202, description = "A mail with a link was sent"),
        (status = "4XX", body = Problem)))]
async fn sign_up(
    State(accounts): State<Accounts>,
    address: ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Json(request): Json<SignUpRequest>,
) -> Result<Response, Error> {
    let client = client(&accounts, address, &headers, &jar, request.transport);
    let account = NewAccount {
        email: &request.email,
        name: &request.name,
        password: &request.password,
        roles: &[RoleId::STAFF],
    };
    Ok(match accounts.sign_up(account, &client).await? {
        SignedUp::In(profile, credential) => {
            let session = signed_in(&accounts, jar, (profile, credential));
            (StatusCode::CREATED, session).into_response()
        }
        SignedUp::ByMail => StatusCode::ACCEPTED.into_response(),
    })
}

/// Sign in, with a cookie or for a 24-hour access token.
#[utoipa::path(post, path = "/auth/login", security(()), tag = "accounts", operation_id = "sign_in",
    request_body = SignInRequest,
    responses((status = 200, body = SignedIn), (status = "4XX", body = Problem)))]
async fn sign_in(
    State(accounts): State<Accounts>,
    address: ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Json(request): Json<SignInRequest>,
) -> Result<(CookieJar, Json<SignedIn>), Error> {
    let client = client(&accounts, address, &headers, &jar, request.transport);
    let session = accounts
        .sign_in(&request.email, &request.password, &client)
        .await?;
    Ok(signed_in(&accounts, jar, session))
}

/// End the session of this request. Without one there is nothing to end, and the answer is the same.
#[utoipa::path(post, path = "/auth/logout", security(()), tag = "accounts", operation_id = "sign_out",
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn sign_out(
    State(accounts): State<Accounts>,
    actor: Option<Actor>,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), Error> {
    if let Some(actor) = actor
        && let Some(session) = actor.credential.session()
    {
        match accounts.end_session(&actor, session).await {
            Ok(()) | Err(Error::SessionUnknown) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((StatusCode::NO_CONTENT, without_session(&accounts, jar)))
}
