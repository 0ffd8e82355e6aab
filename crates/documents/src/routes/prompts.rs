//! Saved prompts.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use carrel_platform::auth::Actor;
use carrel_platform::web::{
    IfMatch, Json, Page, PageRequest, PathParams, Problem, QueryParams, with_etag,
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::prompts::{Prompt, PromptId, PromptInput};
use crate::{Documents, Error};

pub(super) fn creating() -> OpenApiRouter<Documents> {
    OpenApiRouter::new().routes(routes!(create_prompt))
}

pub(super) fn router() -> OpenApiRouter<Documents> {
    OpenApiRouter::new()
        .routes(routes!(list_prompts))
        .routes(routes!(get_prompt, replace_prompt, delete_prompt))
}

/// Which prompts to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct PromptQuery {
    /// Only those whose title or text contains this.
    q: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200.
    limit: Option<i64>,
}

/// The asker's prompts and the shared ones.
#[utoipa::path(get, path = "/prompts", security(("access" = ["prompts:use"])), tag = "prompts", params(PromptQuery),
    responses((status = 200, body = Page<Prompt>), (status = "4XX", body = Problem)))]
async fn list_prompts(
    State(documents): State<Documents>,
    actor: Actor,
    QueryParams(query): QueryParams<PromptQuery>,
) -> Result<Json<Page<Prompt>>, Error> {
    let page = PageRequest {
        cursor: query.cursor,
        limit: query.limit,
    };
    Ok(Json(
        documents.prompts(&actor, query.q.as_deref(), &page).await?,
    ))
}

/// Save a prompt.
#[utoipa::path(post, path = "/prompts", security(("access" = ["prompts:use"])), tag = "prompts", request_body = PromptInput,
    responses((status = 201, body = Prompt), (status = "4XX", body = Problem)))]
async fn create_prompt(
    State(documents): State<Documents>,
    actor: Actor,
    Json(input): Json<PromptInput>,
) -> Result<(StatusCode, Json<Prompt>), Error> {
    Ok((
        StatusCode::CREATED,
        Json(documents.create_prompt(&actor, input).await?),
    ))
}

fn etagged(prompt: Prompt) -> Response {
    with_etag(prompt.version, Json(prompt))
}

/// A prompt, with its version as ETag.
#[utoipa::path(get, path = "/prompts/{promptId}", security(("access" = ["prompts:use"])), tag = "prompts", params(("promptId" = PromptId, Path)),
    responses((status = 200, body = Prompt), (status = "4XX", body = Problem)))]
async fn get_prompt(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<PromptId>,
) -> Result<Response, Error> {
    Ok(etagged(documents.prompt(&actor, id).await?))
}

/// Change a prompt, over the version in If-Match.
#[utoipa::path(put, path = "/prompts/{promptId}", security(("access" = ["prompts:use"])), tag = "prompts", request_body = PromptInput,
    params(("promptId" = PromptId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Prompt), (status = "4XX", body = Problem)))]
async fn replace_prompt(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<PromptId>,
    IfMatch(version): IfMatch,
    Json(input): Json<PromptInput>,
) -> Result<Response, Error> {
    Ok(etagged(
        documents.replace_prompt(&actor, id, version, input).await?,
    ))
}

/// Delete a prompt.
#[utoipa::path(delete, path = "/prompts/{promptId}", security(("access" = ["prompts:use"])), tag = "prompts", params(("promptId" = PromptId, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn delete_prompt(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<PromptId>,
) -> Result<StatusCode, Error> {
    documents.delete_prompt(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
