//! Setting Carrel up.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::CookieJar;
use carrel_platform::settings::SignUp;
use carrel_platform::web::{ClientAddress, Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::client;
use super::sign_in::{SignedIn, signed_in};
use crate::Accounts;
use crate::error::Error;
use crate::passwords::Password;
use crate::roles::RoleId;
use crate::sign_in::NewAccount;
use crate::store::SessionKind;

pub(super) fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new().routes(routes!(setup_status, set_up))
}

/// Whether Carrel is set up, and what a visitor may do.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct SetupStatus {
    /// Whether there is no administrator yet.
    needed: bool,
    /// Who may sign up.
    sign_up: SignUp,
    /// Domains of e-mail addresses with which people may sign up, when they sign up by domain.
    sign_up_domains: Vec<String>,
    /// The name of the workspace.
    app_name: String,
}

/// The first administrator.
#[derive(Deserialize, utoipa::ToSchema)]
struct SetupRequest {
    /// The token of the set-up link.
    token: String,
    /// E-mail address.
    email: String,
    /// Name, 1 to 100 characters.
    name: String,
    /// Password, 10 to 128 characters.
    #[schema(value_type = String, format = Password)]
    password: Password,
}

/// Whether Carrel needs to be set up, and whether sign-up is open.
#[utoipa::path(get, path = "/setup", security(()), tag = "accounts", operation_id = "get_setup",
    responses((status = 200, body = SetupStatus), (status = "4XX", body = Problem)))]
async fn setup_status(State(accounts): State<Accounts>) -> Result<Json<SetupStatus>, Error> {
    let settings = accounts.0.settings.get().await?;
    Ok(Json(SetupStatus {
        needed: accounts.setup_needed().await?,
        sign_up: settings.sign_up,
        sign_up_domains: match settings.sign_up {
            SignUp::Domains => settings.sign_up_domains.clone(),
            _ => Vec::new(),
        },
        app_name: settings.app_name.clone(),
    }))
}

/// Make the first administrator with the token of the set-up link, and sign them in with a cookie.
#[utoipa::path(post, path = "/setup", security(()), tag = "accounts", operation_id = "set_up",
    request_body = SetupRequest,
    responses((status = 201, body = SignedIn), (status = "4XX", body = Problem)))]
async fn set_up(
    State(accounts): State<Accounts>,
    address: ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Json(request): Json<SetupRequest>,
) -> Result<(StatusCode, (CookieJar, Json<SignedIn>)), Error> {
    let client = client(&accounts, address, &headers, &jar, SessionKind::Cookie);
    let account = NewAccount {
        email: &request.email,
        name: &request.name,
        password: &request.password,
        roles: &[RoleId::ADMINISTRATOR],
    };
    let session = accounts.set_up(&request.token, account, &client).await?;
    Ok((StatusCode::CREATED, signed_in(&accounts, jar, session)))
}
