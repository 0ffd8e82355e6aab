//! Groups.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::web::{Json, Page, PageRequest, PathParams, Problem, QueryParams};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Accounts;
use crate::error::Error;
use crate::groups::{GroupId, GroupInput, Member};
use crate::roles::RoleId;
use crate::store::{GroupRow, Named};

/// Room for the ids of as many members as a group may have.
const BODY: usize = 512 * 1024;

pub(super) fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, remove))
        .layer(DefaultBodyLimit::max(BODY))
}

/// A group in a list.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct GroupSummary {
    id: GroupId,
    /// Name.
    name: String,
    /// What it is for.
    description: String,
    /// Roles that its members have.
    roles: Vec<Named>,
    /// How many members it has.
    people: i64,
    created_at: Timestamp,
}

impl From<GroupRow> for GroupSummary {
    fn from(row: GroupRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            roles: row.roles.0,
            people: row.people,
            created_at: row.created_at,
        }
    }
}

/// A group.
#[derive(Serialize, utoipa::ToSchema)]
struct Group {
    #[serde(flatten)]
    summary: GroupSummary,
    /// Its members, in the order in which their accounts were made.
    members: Vec<Member>,
}

/// A group as it should be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GroupInput)]
struct GroupRequest {
    /// Name, 1 to 100 characters, of which no two groups have the same.
    name: String,
    /// What it is for, up to 500 characters.
    #[serde(default)]
    description: String,
    /// Roles that its members have.
    #[serde(default)]
    role_ids: Vec<RoleId>,
    /// Its members, at most 10,000.
    #[serde(default)]
    member_ids: Vec<UserId>,
}

impl GroupRequest {
    fn input(&self) -> GroupInput<'_> {
        GroupInput {
            name: &self.name,
            description: &self.description,
            roles: &self.role_ids,
            members: &self.member_ids,
        }
    }
}

async fn shown(accounts: &Accounts, id: GroupId) -> Result<Json<Group>, Error> {
    let (row, members) = accounts.group(id).await?;
    Ok(Json(Group {
        summary: row.into(),
        members,
    }))
}

/// Groups by name.
#[utoipa::path(get, path = "/admin/groups", security(("access" = ["people:manage"])), tag = "people",
    operation_id = "list_groups", params(PageRequest),
    responses((status = 200, body = Page<GroupSummary>), (status = "4XX", body = Problem)))]
async fn list(
    State(accounts): State<Accounts>,
    QueryParams(page): QueryParams<PageRequest>,
) -> Result<Json<Page<GroupSummary>>, Problem> {
    let (after, limit) = (page.after::<String>()?, page.limit());
    let rows = accounts.groups(after.as_deref(), limit + 1).await?;
    let page = Page::cut(rows, limit, |row| row.name_key.clone());
    Ok(Json(page.map(Into::into)))
}

/// Make a group.
#[utoipa::path(post, path = "/admin/groups", security(("access" = ["people:manage"])), tag = "people",
    operation_id = "create_group", request_body = GroupRequest,
    responses((status = 201, body = Group), (status = "4XX", body = Problem)))]
async fn create(
    State(accounts): State<Accounts>,
    actor: Actor,
    Json(request): Json<GroupRequest>,
) -> Result<(StatusCode, Json<Group>), Error> {
    let id = accounts.create_group(&actor, &request.input()).await?;
    Ok((StatusCode::CREATED, shown(&accounts, id).await?))
}

/// A group and its members.
#[utoipa::path(get, path = "/admin/groups/{groupId}", security(("access" = ["people:manage"])), tag = "people",
    operation_id = "get_group", params(("groupId" = GroupId, Path, description = "The group")),
    responses((status = 200, body = Group), (status = "4XX", body = Problem)))]
async fn read(
    State(accounts): State<Accounts>,
    PathParams(id): PathParams<GroupId>,
) -> Result<Json<Group>, Error> {
    shown(&accounts, id).await
}

/// Replace a group: its name, its roles and its members.
#[utoipa::path(put, path = "/admin/groups/{groupId}", security(("access" = ["people:manage"])), tag = "people",
    operation_id = "update_group", params(("groupId" = GroupId, Path, description = "The group")),
    request_body = GroupRequest,
    responses((status = 200, body = Group), (status = "4XX", body = Problem)))]
async fn replace(
    State(accounts): State<Accounts>,
    actor: Actor,
    PathParams(id): PathParams<GroupId>,
    Json(request): Json<GroupRequest>,
) -> Result<Json<Group>, Error> {
    accounts.update_group(&actor, id, &request.input()).await?;
    shown(&accounts, id).await
}

/// Remove a group; its members go on without its roles.
#[utoipa::path(delete, path = "/admin/groups/{groupId}", security(("access" = ["people:manage"])), tag = "people",
    operation_id = "delete_group", params(("groupId" = GroupId, Path, description = "The group")),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn remove(
    State(accounts): State<Accounts>,
    actor: Actor,
    PathParams(id): PathParams<GroupId>,
) -> Result<StatusCode, Error> {
    accounts.delete_group(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
