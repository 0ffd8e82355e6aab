//! Roles and what they allow.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use carrel_platform::auth::{Actor, Permission, Permissions};
use carrel_platform::web::{IfMatch, Json, PathParams, Problem, with_etag};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Accounts;
use crate::error::Error;
use crate::roles::{RoleId, RoleInput};
use crate::store::RoleRow;

pub(super) fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(permissions))
        .routes(routes!(list, create))
        .routes(routes!(replace, remove))
}

/// Something a role may allow or deny.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Permission)]
struct PermissionShown {
    name: &'static str,
    /// What it allows, in words.
    meaning: &'static str,
}

/// A role.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct Role {
    id: RoleId,
    /// Name.
    name: String,
    /// What it is for.
    description: String,
    /// Whether it is one of Carrel's own, which can't be removed. The role `administrator` can't be changed either.
    built_in: bool,
    /// Permissions that it gives.
    allow: Vec<&'static str>,
    /// Permissions that nobody with this role has, whatever other roles give.
    deny: Vec<&'static str>,
    /// People who have it, by themselves or by a group.
    people: i64,
    /// To be sent as `If-Match` with a change.
    version: i64,
}

impl From<RoleRow> for Role {
    fn from(row: RoleRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            built_in: row.built_in,
            allow: Permissions::from_bits(row.allow).names(),
            deny: Permissions::from_bits(row.deny).names(),
            people: row.people,
            version: row.version,
        }
    }
}

/// A role as it should be.
#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = RoleInput)]
struct RoleRequest {
    /// Name, 1 to 100 characters, of which no two roles have the same.
    name: String,
    /// What it is for, up to 500 characters.
    #[serde(default)]
    description: String,
    /// Permissions that it gives.
    #[serde(default)]
    allow: Vec<String>,
    /// Permissions that nobody with this role has, whatever other roles give.
    #[serde(default)]
    deny: Vec<String>,
}

impl RoleRequest {
    fn input(&self) -> RoleInput<'_> {
        RoleInput {
            name: &self.name,
            description: &self.description,
            allow: &self.allow,
            deny: &self.deny,
        }
    }
}

fn answer(role: RoleRow) -> Response {
    with_etag(role.version, Json(Role::from(role)))
}

/// Whoever makes roles or gives them sees them.
fn require_roles(actor: &Actor) -> Result<(), Problem> {
    if actor.may(Permission::PeopleManage) {
        return Ok(());
    }
    actor.require(Permission::RolesManage)
}

/// Every permission there is.
#[utoipa::path(get, path = "/admin/permissions", security(("access" = ["roles:manage"])), tag = "people",
    operation_id = "list_permissions",
    responses((status = 200, body = Vec<PermissionShown>), (status = "4XX", body = Problem)))]
async fn permissions() -> Json<Vec<PermissionShown>> {
    let all = Permission::ALL.iter().map(|permission| PermissionShown {
        name: permission.as_str(),
        meaning: permission.meaning(),
    });
    Json(all.collect())
}

/// Every role, built-in ones first; for those who make roles (`roles:manage`) or give them (`people:manage`).
#[utoipa::path(get, path = "/admin/roles", security(("access" = [])), tag = "people", operation_id = "list_roles",
    responses((status = 200, body = Vec<Role>), (status = "4XX", body = Problem)))]
async fn list(State(accounts): State<Accounts>, actor: Actor) -> Result<Json<Vec<Role>>, Problem> {
    require_roles(&actor)?;
    let roles = accounts.roles().await?;
    Ok(Json(roles.into_iter().map(Into::into).collect()))
}

/// Make a role.
#[utoipa::path(post, path = "/admin/roles", security(("access" = ["roles:manage"])), tag = "people",
    operation_id = "create_role", request_body = RoleRequest,
    responses((status = 201, body = Role), (status = "4XX", body = Problem)))]
async fn create(
    State(accounts): State<Accounts>,
    actor: Actor,
    Json(request): Json<RoleRequest>,
) -> Result<Response, Error> {
    let role = accounts.create_role(&actor, &request.input()).await?;
    Ok((StatusCode::CREATED, answer(role)).into_response())
}

/// Replace a role.
#[utoipa::path(put, path = "/admin/roles/{roleId}", security(("access" = ["roles:manage"])), tag = "people",
    operation_id = "update_role", request_body = RoleRequest,
    params(("roleId" = RoleId, Path, description = "The role"),
           ("If-Match" = String, Header, description = "The version that was changed")),
    responses((status = 200, body = Role), (status = "4XX", body = Problem)))]
async fn replace(
    State(accounts): State<Accounts>,
    actor: Actor,
    PathParams(id): PathParams<RoleId>,
    IfMatch(version): IfMatch,
    Json(request): Json<RoleRequest>,
) -> Result<Response, Error> {
    let role = accounts
        .update_role(&actor, id, version, &request.input())
        .await?;
    Ok(answer(role))
}

/// Remove a role; whoever has it has it no more.
#[utoipa::path(delete, path = "/admin/roles/{roleId}", security(("access" = ["roles:manage"])), tag = "people",
    operation_id = "delete_role", params(("roleId" = RoleId, Path, description = "The role")),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn remove(
    State(accounts): State<Accounts>,
    actor: Actor,
    PathParams(id): PathParams<RoleId>,
) -> Result<StatusCode, Error> {
    accounts.delete_role(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
