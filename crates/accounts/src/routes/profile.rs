//! One's own profile and password.

use axum::extract::State;
use axum::http::StatusCode;
use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::web::{ClientAddress, Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Accounts;
use crate::error::Error;
use crate::passwords::Password;
use crate::people::Profile;
use crate::store::Theme;

pub(super) fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(me, update_me))
        .routes(routes!(change_password))
}

/// The signed-in person.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Me {
    id: UserId,
    /// E-mail address.
    email: String,
    /// Whether they have shown that they read mail at the address.
    email_verified: bool,
    /// Name.
    name: String,
    /// Names of roles, own ones and those of groups.
    roles: Vec<String>,
    /// What the roles allow together.
    permissions: Vec<&'static str>,
    /// Colours of the web app.
    theme: Theme,
    created_at: Timestamp,
}

impl From<Profile> for Me {
    fn from(profile: Profile) -> Self {
        let Profile {
            person,
            roles,
            permissions,
        } = profile;
        Self {
            id: person.id,
            email: person.email,
            email_verified: person.email_verified,
            name: person.name,
            roles,
            permissions: permissions.names(),
            theme: person.theme,
            created_at: person.created_at,
        }
    }
}

/// What changes in the profile.
#[derive(Deserialize, utoipa::ToSchema)]
struct UpdateMe {
    /// Name, 1 to 100 characters.
    #[schema(nullable = false)]
    name: Option<String>,
    /// Colours of the web app.
    #[schema(nullable = false)]
    theme: Option<Theme>,
}

/// A change of password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChangePassword {
    /// The password until now.
    #[schema(value_type = String, format = Password)]
    current_password: Password,
    /// The password from now on, 10 to 128 characters.
    #[schema(value_type = String, format = Password)]
    new_password: Password,
}

/// The signed-in person.
#[utoipa::path(get, path = "/auth/me", security(("access" = [])), tag = "accounts", operation_id = "get_me",
    responses((status = 200, body = Me), (status = "4XX", body = Problem)))]
async fn me(State(accounts): State<Accounts>, actor: Actor) -> Result<Json<Me>, Error> {
    Ok(Json(accounts.own_profile(&actor).await?.into()))
}

/// Change one's name or theme.
#[utoipa::path(patch, path = "/auth/me", security(("session" = [])), tag = "accounts", operation_id = "update_me",
    request_body = UpdateMe,
    responses((status = 200, body = Me), (status = "4XX", body = Problem)))]
async fn update_me(
    State(accounts): State<Accounts>,
    actor: Actor,
    Json(request): Json<UpdateMe>,
) -> Result<Json<Me>, Error> {
    let profile = accounts
        .update(&actor, request.name.as_deref(), request.theme)
        .await?;
    Ok(Json(profile.into()))
}

/// Change one's password. All other sessions end.
#[utoipa::path(post, path = "/auth/password", security(("session" = [])), tag = "accounts", operation_id = "change_password",
    request_body = ChangePassword,
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn change_password(
    State(accounts): State<Accounts>,
    actor: Actor,
    ClientAddress(address): ClientAddress,
    Json(request): Json<ChangePassword>,
) -> Result<StatusCode, Error> {
    let (current, new) = (&request.current_password, &request.new_password);
    accounts
        .change_password(&actor, current, new, address)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
