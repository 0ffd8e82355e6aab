//! HTTP: API keys.

use axum::extract::State;
use axum::http::StatusCode;
use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, ApiKeyId, Permissions, UserId};
use carrel_platform::web::{Json, Page, PageRequest, PathParams, Problem, QueryParams};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NewKey;
use crate::Accounts;
use crate::error::Error;

pub(crate) fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(list_keys, make_key))
        .routes(routes!(revoke_key))
        .routes(routes!(list_all_keys))
        .routes(routes!(revoke_any_key))
}

/// A key for programs, without the key itself.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ApiKey {
    id: ApiKeyId,
    /// What its owner calls it.
    name: String,
    /// The first letters of the key.
    prefix: String,
    /// The permissions it was made for. It has those of them that its owner has.
    scopes: Vec<&'static str>,
    created_at: Timestamp,
    /// When it ends by itself; null for never.
    #[schema(required = true)]
    expires_at: Option<Timestamp>,
    /// To within a minute; null when it was never used.
    #[schema(required = true)]
    last_used_at: Option<Timestamp>,
    #[schema(required = true)]
    revoked_at: Option<Timestamp>,
    /// Requests it may make in a minute.
    limit_per_minute: u32,
}

impl ApiKey {
    fn of(key: super::ApiKey, limit_per_minute: u32) -> Self {
        let super::ApiKey { row, name } = key;
        Self {
            id: row.id,
            name,
            prefix: row.prefix,
            scopes: Permissions::from_bits(row.scopes).names(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.window_began_at,
            revoked_at: row.revoked_at,
            limit_per_minute,
        }
    }
}

/// What a new key is for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewApiKey {
    /// What to call it, 1 to 100 characters.
    name: String,
    /// Names of permissions, one at least and none that its owner doesn't have.
    scopes: Vec<String>,
    /// When it is to end by itself, an hour to five years from now; never when absent.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// A key that was just made.
#[derive(Serialize, utoipa::ToSchema)]
struct MadeApiKey {
    #[serde(flatten)]
    api_key: ApiKey,
    /// The key. It is shown this once and stored nowhere.
    key: String,
}

/// Whose key it is.
#[derive(Serialize, utoipa::ToSchema)]
struct KeyOwner {
    id: UserId,
    name: String,
}

/// A key and its owner.
#[derive(Serialize, utoipa::ToSchema)]
struct OwnedApiKey {
    #[serde(flatten)]
    api_key: ApiKey,
    owner: KeyOwner,
}

/// One's API keys, newest first, at most 200. Revoked and expired ones are among them for 90 days.
#[utoipa::path(get, path = "/keys", security(("session" = ["api-keys:use"])), tag = "keys", operation_id = "list_keys",
    responses((status = 200, body = Vec<ApiKey>), (status = "4XX", body = Problem)))]
async fn list_keys(
    State(accounts): State<Accounts>,
    actor: Actor,
) -> Result<Json<Vec<ApiKey>>, Error> {
    let limit = accounts.0.settings.get().await?.api_key_limit_per_minute;
    let keys = accounts.keys(&actor).await?;
    Ok(Json(
        keys.into_iter().map(|key| ApiKey::of(key, limit)).collect(),
    ))
}

/// Make an API key. The answer is the only one that holds the key; repeating the request makes another one.
#[utoipa::path(post, path = "/keys", security(("session" = ["api-keys:use"])), tag = "keys", operation_id = "make_key",
    request_body = NewApiKey,
    responses((status = 201, body = MadeApiKey), (status = "4XX", body = Problem)))]
async fn make_key(
    State(accounts): State<Accounts>,
    actor: Actor,
    Json(request): Json<NewApiKey>,
) -> Result<(StatusCode, Json<MadeApiKey>), Error> {
    let new = NewKey {
        name: &request.name,
        scopes: &request.scopes,
        expires_at: request.expires_at,
    };
    let (made, key) = accounts.make_key(&actor, new).await?;
    let limit = accounts.0.settings.get().await?.api_key_limit_per_minute;
    let api_key = ApiKey::of(made, limit);
    Ok((StatusCode::CREATED, Json(MadeApiKey { api_key, key })))
}

/// Revoke one of one's API keys, at once and for good.
#[utoipa::path(delete, path = "/keys/{keyId}", security(("session" = ["api-keys:use"])), tag = "keys", operation_id = "revoke_key",
    params(("keyId" = ApiKeyId, Path, description = "The key")),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn revoke_key(
    State(accounts): State<Accounts>,
    actor: Actor,
    PathParams(key): PathParams<ApiKeyId>,
) -> Result<StatusCode, Error> {
    accounts.revoke_key(&actor, key, Some(actor.user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The API keys of everyone, newest first.
#[utoipa::path(get, path = "/admin/keys", security(("access" = ["api-keys:manage"])), tag = "keys", operation_id = "list_all_keys",
    params(PageRequest),
    responses((status = 200, body = Page<OwnedApiKey>), (status = "4XX", body = Problem)))]
async fn list_all_keys(
    State(accounts): State<Accounts>,
    QueryParams(page): QueryParams<PageRequest>,
) -> Result<Json<Page<OwnedApiKey>>, Problem> {
    let limit = page.limit();
    let keys = accounts.all_keys(page.after()?, limit + 1).await?;
    let page = Page::cut(keys, limit, |key| key.row.id);
    let owners: Vec<UserId> = page.items.iter().map(|key| key.row.user_id).collect();
    let names = accounts.names(&owners).await?;
    let per_minute = accounts.0.settings.get().await?.api_key_limit_per_minute;
    Ok(Json(page.map(|key| {
        let id = key.row.user_id;
        let name = names.get(&id).cloned().unwrap_or_default();
        OwnedApiKey {
            api_key: ApiKey::of(key, per_minute),
            owner: KeyOwner { id, name },
        }
    })))
}

/// Revoke anybody's API key, at once and for good.
#[utoipa::path(delete, path = "/admin/keys/{keyId}", security(("access" = ["api-keys:manage"])), tag = "keys", operation_id = "revoke_any_key",
    params(("keyId" = ApiKeyId, Path, description = "The key")),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn revoke_any_key(
    State(accounts): State<Accounts>,
    actor: Actor,
    PathParams(key): PathParams<ApiKeyId>,
) -> Result<StatusCode, Error> {
    accounts.revoke_key(&actor, key, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
