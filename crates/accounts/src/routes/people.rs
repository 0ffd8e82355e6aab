//! The administration of people.

use axum::extract::State;
use axum::http::StatusCode;
use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::crypto::random_token;
use carrel_platform::web::{Json, Page, PageRequest, PathParams, Problem, QueryParams};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Accounts;
use crate::administration::{Entry, PersonChange, Search, Status};
use crate::error::Error;
use crate::groups::GroupId;
use crate::passwords::Password;
use crate::roles::RoleId;
use crate::sign_in::NewAccount;
use crate::store::Named;

pub(super) fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change))
        .routes(routes!(sign_out))
        .routes(routes!(reset_password))
}

/// A person as administrators see them.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct AdminPerson {
    id: UserId,
    /// Name.
    name: String,
    /// E-mail address.
    email: String,
    /// Roles of their own.
    roles: Vec<Named>,
    /// Groups they are in, which may give them more roles.
    groups: Vec<Named>,
    /// What all their roles come to.
    permissions: Vec<&'static str>,
    status: Status,
    created_at: Timestamp,
    /// To within an hour; null when they never signed in.
    #[schema(required = true)]
    last_seen_at: Option<Timestamp>,
}

impl From<Entry> for AdminPerson {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            name: entry.name,
            email: entry.email,
            roles: entry.roles,
            groups: entry.groups,
            permissions: entry.permissions.names(),
            status: entry.status,
            created_at: entry.created_at,
            last_seen_at: entry.last_seen_at,
        }
    }
}

/// Whom to list.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct PeopleQuery {
    /// A part of the name or the e-mail address. A page may then hold fewer people than asked for, or none, and still
    /// have a next one.
    q: Option<String>,
    /// Only people of this status.
    status: Option<Status>,
    /// Where the page before ended; absent for the first page.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A new account.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct CreatePerson {
    /// E-mail address.
    email: String,
    /// Name, 1 to 100 characters.
    name: String,
    /// Roles, none of which may allow what the asker may not.
    role_ids: Vec<RoleId>,
    /// Password, 10 to 128 characters; when absent, the person gets a mail with a link to set it.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Password>,
}

/// What changes of a person.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChangePerson {
    /// Name, 1 to 100 characters.
    #[schema(nullable = false)]
    name: Option<String>,
    /// Every role of their own.
    #[schema(nullable = false)]
    role_ids: Option<Vec<RoleId>>,
    /// Every group they are in.
    #[schema(nullable = false)]
    group_ids: Option<Vec<GroupId>>,
    /// Whether they can't sign in.
    #[schema(nullable = false)]
    disabled: Option<bool>,
}

/// People, newest first.
#[utoipa::path(get, path = "/admin/people", security(("access" = ["people:manage"])), tag = "people",
    operation_id = "list_people", params(PeopleQuery),
    responses((status = 200, body = Page<AdminPerson>), (status = "4XX", body = Problem)))]
async fn list(
    State(accounts): State<Accounts>,
    QueryParams(query): QueryParams<PeopleQuery>,
) -> Result<Json<Page<AdminPerson>>, Problem> {
    let page = PageRequest {
        cursor: query.cursor,
        limit: query.limit,
    };
    let search = Search {
        text: query.q.as_deref(),
        status: query.status,
        before: page.after()?,
        limit: usize::try_from(page.limit()).unwrap_or_default(),
    };
    let found = accounts.people(&search).await?;
    let people = found.entries.into_iter().map(Into::into).collect();
    Ok(Json(Page::until(people, found.next.as_ref())))
}

/// Make an account for someone.
#[utoipa::path(post, path = "/admin/people", security(("access" = ["people:manage"])), tag = "people",
    operation_id = "create_person", request_body = CreatePerson,
    responses((status = 201, body = AdminPerson), (status = "4XX", body = Problem)))]
async fn create(
    State(accounts): State<Accounts>,
    actor: Actor,
    Json(request): Json<CreatePerson>,
) -> Result<(StatusCode, Json<AdminPerson>), Error> {
    let unset = Password::from(random_token());
    let account = NewAccount {
        email: &request.email,
        name: &request.name,
        password: request.password.as_ref().unwrap_or(&unset),
        roles: &request.role_ids,
    };
    let id = accounts
        .create_person(&actor, &account, request.password.is_none())
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(accounts.entry_of(id).await?.into()),
    ))
}

/// A person.
#[utoipa::path(get, path = "/admin/people/{personId}", security(("access" = ["people:manage"])), tag = "people",
    operation_id = "get_person", params(("personId" = UserId, Path, description = "The person")),
    responses((status = 200, body = AdminPerson), (status = "4XX", body = Problem)))]
async fn read(
    State(accounts): State<Accounts>,
    PathParams(id): PathParams<UserId>,
) -> Result<Json<AdminPerson>, Error> {
    Ok(Json(accounts.entry_of(id).await?.into()))
}

/// Change a person's name, roles or groups, or switch them off or on.
#[utoipa::path(patch, path = "/admin/people/{personId}", security(("access" = ["people:manage"])), tag = "people",
    operation_id = "change_person", params(("personId" = UserId, Path, description = "The person")),
    request_body = ChangePerson,
    responses((status = 200, body = AdminPerson), (status = "4XX", body = Problem)))]
async fn change(
    State(accounts): State<Accounts>,
    actor: Actor,
    PathParams(id): PathParams<UserId>,
    Json(request): Json<ChangePerson>,
) -> Result<Json<AdminPerson>, Error> {
    let wanted = PersonChange {
        name: request.name.as_deref(),
        roles: request.role_ids.as_deref(),
        groups: request.group_ids.as_deref(),
        disabled: request.disabled,
    };
    accounts.change_person(&actor, id, &wanted).await?;
    Ok(Json(accounts.entry_of(id).await?.into()))
}

/// Sign a person out everywhere.
#[utoipa::path(post, path = "/admin/people/{personId}/sign-out", security(("access" = ["people:manage"])),
    tag = "people", operation_id = "sign_person_out",
    params(("personId" = UserId, Path, description = "The person")),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn sign_out(
    State(accounts): State<Accounts>,
    actor: Actor,
    PathParams(id): PathParams<UserId>,
) -> Result<StatusCode, Error> {
    accounts.sign_person_out(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a person a link to set a new password. Until they use it, theirs stays as it is.
#[utoipa::path(post, path = "/admin/people/{personId}/reset-password", security(("access" = ["people:manage"])),
    tag = "people", operation_id = "reset_password_of_person",
    params(("personId" = UserId, Path, description = "The person")),
    responses((status = 202), (status = "4XX", body = Problem)))]
async fn reset_password(
    State(accounts): State<Accounts>,
    actor: Actor,
    PathParams(id): PathParams<UserId>,
) -> Result<StatusCode, Error> {
    accounts.ask_for_password(&actor, id).await?;
    Ok(StatusCode::ACCEPTED)
}
