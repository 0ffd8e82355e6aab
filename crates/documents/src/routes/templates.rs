//! Templates.

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

use crate::templates::{
    PreviewRequest, Template, TemplateId, TemplateInput, TemplatePreview, TemplateScope,
    TemplateVersion, TemplateVersionDetail, preview,
};
use crate::{Documents, Error};

pub(super) fn creating() -> OpenApiRouter<Documents> {
    OpenApiRouter::new()
        .routes(routes!(create_template))
        .routes(routes!(duplicate_template))
        .routes(routes!(restore_template))
}

pub(super) fn router() -> OpenApiRouter<Documents> {
    OpenApiRouter::new()
        .routes(routes!(list_templates))
        .routes(routes!(preview_template))
        .routes(routes!(get_template, replace_template, delete_template))
        .routes(routes!(list_template_versions))
        .routes(routes!(get_template_version))
}

/// Which templates to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct TemplateQuery {
    /// Only those whose name contains this.
    q: Option<String>,
    /// Only own or only global ones.
    scope: Option<TemplateScope>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200.
    limit: Option<i64>,
}

/// The templates the asker may use.
#[utoipa::path(get, path = "/templates", security(("access" = ["templates:use"])), tag = "templates", params(TemplateQuery),
    responses((status = 200, body = Page<Template>), (status = "4XX", body = Problem)))]
async fn list_templates(
    State(documents): State<Documents>,
    actor: Actor,
    QueryParams(query): QueryParams<TemplateQuery>,
) -> Result<Json<Page<Template>>, Error> {
    let page = PageRequest {
        cursor: query.cursor,
        limit: query.limit,
    };
    Ok(Json(
        documents
            .templates(&actor, query.q.as_deref(), query.scope, &page)
            .await?,
    ))
}

/// Make a template.
#[utoipa::path(post, path = "/templates", security(("access" = ["templates:use"])), tag = "templates", request_body = TemplateInput,
    responses((status = 201, body = Template), (status = "4XX", body = Problem)))]
async fn create_template(
    State(documents): State<Documents>,
    actor: Actor,
    Json(input): Json<TemplateInput>,
) -> Result<(StatusCode, Json<Template>), Error> {
    Ok((
        StatusCode::CREATED,
        Json(documents.create_template(&actor, input).await?),
    ))
}

fn etagged(template: Template) -> Response {
    with_etag(template.version, Json(template))
}

/// A template, with its version as ETag.
#[utoipa::path(get, path = "/templates/{templateId}", security(("access" = ["templates:use"])), tag = "templates", params(("templateId" = TemplateId, Path)),
    responses((status = 200, body = Template), (status = "4XX", body = Problem)))]
async fn get_template(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<TemplateId>,
) -> Result<Response, Error> {
    Ok(etagged(documents.template(&actor, id).await?))
}

/// Change a template; each change is a new version.
#[utoipa::path(put, path = "/templates/{templateId}", security(("access" = ["templates:use"])), tag = "templates", request_body = TemplateInput,
    params(("templateId" = TemplateId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Template), (status = "4XX", body = Problem)))]
async fn replace_template(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<TemplateId>,
    IfMatch(version): IfMatch,
    Json(input): Json<TemplateInput>,
) -> Result<Response, Error> {
    Ok(etagged(
        documents
            .replace_template(&actor, id, version, input)
            .await?,
    ))
}

/// Delete a template. Documents drafted from it stay as they are.
#[utoipa::path(delete, path = "/templates/{templateId}", security(("access" = ["templates:use"])), tag = "templates", params(("templateId" = TemplateId, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn delete_template(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<TemplateId>,
) -> Result<StatusCode, Error> {
    documents.delete_template(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The versions of a template, newest first.
#[utoipa::path(get, path = "/templates/{templateId}/versions", security(("access" = ["templates:use"])), tag = "templates", params(("templateId" = TemplateId, Path)),
    responses((status = 200, body = Vec<TemplateVersion>), (status = "4XX", body = Problem)))]
async fn list_template_versions(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<TemplateId>,
) -> Result<Json<Vec<TemplateVersion>>, Error> {
    Ok(Json(documents.template_versions(&actor, id).await?))
}

/// A version of a template with all it held.
#[utoipa::path(get, path = "/templates/{templateId}/versions/{version}", security(("access" = ["templates:use"])), tag = "templates",
    params(("templateId" = TemplateId, Path), ("version" = i64, Path)),
    responses((status = 200, body = TemplateVersionDetail), (status = "4XX", body = Problem)))]
async fn get_template_version(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams((id, version)): PathParams<(TemplateId, i64)>,
) -> Result<Json<TemplateVersionDetail>, Error> {
    Ok(Json(documents.template_version(&actor, id, version).await?))
}

/// Make an older version the template, as a new version.
#[utoipa::path(post, path = "/templates/{templateId}/versions/{version}/restore", security(("access" = ["templates:use"])), tag = "templates",
    params(("templateId" = TemplateId, Path), ("version" = i64, Path)),
    responses((status = 200, body = Template), (status = "4XX", body = Problem)))]
async fn restore_template(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams((id, version)): PathParams<(TemplateId, i64)>,
) -> Result<Response, Error> {
    Ok(etagged(
        documents.restore_template(&actor, id, version).await?,
    ))
}

/// Make a copy of one's own.
#[utoipa::path(post, path = "/templates/{templateId}/duplicate", security(("access" = ["templates:use"])), tag = "templates", params(("templateId" = TemplateId, Path)),
    responses((status = 201, body = Template), (status = "4XX", body = Problem)))]
async fn duplicate_template(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<TemplateId>,
) -> Result<(StatusCode, Json<Template>), Error> {
    Ok((
        StatusCode::CREATED,
        Json(documents.duplicate_template(&actor, id).await?),
    ))
}

/// See a template with its variables filled, before it is saved.
#[utoipa::path(post, path = "/templates/preview", security(("access" = ["templates:use"])), tag = "templates", request_body = PreviewRequest,
    responses((status = 200, body = TemplatePreview), (status = "4XX", body = Problem)))]
async fn preview_template(
    Json(request): Json<PreviewRequest>,
) -> Result<Json<TemplatePreview>, Error> {
    Ok(Json(preview(&request)?))
}
