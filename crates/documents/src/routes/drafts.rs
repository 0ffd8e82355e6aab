//! Drafts, revisions and drafting.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use carrel_inference::Generation;
use carrel_platform::auth::Actor;
use carrel_platform::web::{
    IfMatch, Json, Page, PageRequest, PathParams, Problem, QueryParams, with_etag,
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::drafting::GenerateRequest;
use crate::drafts::{Comparison, Draft, NameRevision, Revision, RevisionDetail, SaveDraft};
use crate::{DocumentId, Documents, Error};

pub(super) fn creating() -> OpenApiRouter<Documents> {
    OpenApiRouter::new()
        .routes(routes!(generate))
        .routes(routes!(restore_revision))
}

pub(super) fn router() -> OpenApiRouter<Documents> {
    OpenApiRouter::new()
        .routes(routes!(get_draft, save_draft))
        .routes(routes!(list_revisions, name_current_revision))
        .routes(routes!(compare_revisions))
        .routes(routes!(get_revision, name_revision))
}

/// Draft a document from its source and a template. Follow the generation's events; when it is done, the draft is
/// there.
#[utoipa::path(post, path = "/documents/generate", security(("access" = ["documents:use", "models:use"])), tag = "drafts", request_body = GenerateRequest,
    responses((status = 202, body = Generation), (status = "4XX", body = Problem)))]
async fn generate(
    State(documents): State<Documents>,
    actor: Actor,
    Json(request): Json<GenerateRequest>,
) -> Result<(StatusCode, Json<Generation>), Error> {
    Ok((
        StatusCode::ACCEPTED,
        Json(documents.generate(&actor, request).await?),
    ))
}

fn etagged(draft: Draft) -> Response {
    with_etag(draft.version, Json(draft))
}

/// The draft, with its version as ETag.
#[utoipa::path(get, path = "/documents/{documentId}/draft", security(("access" = ["documents:use"])), tag = "drafts", params(("documentId" = DocumentId, Path)),
    responses((status = 200, body = Draft), (status = "4XX", body = Problem)))]
async fn get_draft(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
) -> Result<Response, Error> {
    Ok(etagged(documents.draft(&actor, id).await?))
}

/// Save the draft over the version in If-Match; `"0"` where there is none yet.
#[utoipa::path(put, path = "/documents/{documentId}/draft", security(("access" = ["documents:use"])), tag = "drafts", request_body = SaveDraft,
    params(("documentId" = DocumentId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Draft), (status = "4XX", body = Problem)))]
async fn save_draft(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
    IfMatch(version): IfMatch,
    Json(save): Json<SaveDraft>,
) -> Result<Response, Error> {
    Ok(etagged(
        documents.save_draft(&actor, id, version, save).await?,
    ))
}

/// The revisions of a draft, newest first.
#[utoipa::path(get, path = "/documents/{documentId}/revisions", security(("access" = ["documents:use"])), tag = "drafts",
    params(("documentId" = DocumentId, Path), PageRequest),
    responses((status = 200, body = Page<Revision>), (status = "4XX", body = Problem)))]
async fn list_revisions(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
    QueryParams(page): QueryParams<PageRequest>,
) -> Result<Json<Page<Revision>>, Error> {
    Ok(Json(documents.revisions(&actor, id, &page).await?))
}

/// Give the draft as it is a name.
#[utoipa::path(post, path = "/documents/{documentId}/revisions", security(("access" = ["documents:use"])), tag = "drafts", request_body = NameRevision,
    params(("documentId" = DocumentId, Path)),
    responses((status = 201, body = Revision), (status = "4XX", body = Problem)))]
async fn name_current_revision(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
    Json(request): Json<NameRevision>,
) -> Result<(StatusCode, Json<Revision>), Error> {
    Ok((
        StatusCode::CREATED,
        Json(documents.name_current(&actor, id, &request.name).await?),
    ))
}

/// A revision with its text.
#[utoipa::path(get, path = "/documents/{documentId}/revisions/{number}", security(("access" = ["documents:use"])), tag = "drafts",
    params(("documentId" = DocumentId, Path), ("number" = i64, Path)),
    responses((status = 200, body = RevisionDetail), (status = "4XX", body = Problem)))]
async fn get_revision(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams((id, number)): PathParams<(DocumentId, i64)>,
) -> Result<Json<RevisionDetail>, Error> {
    Ok(Json(documents.revision(&actor, id, number).await?))
}

/// Give a revision a name.
#[utoipa::path(patch, path = "/documents/{documentId}/revisions/{number}", security(("access" = ["documents:use"])), tag = "drafts", request_body = NameRevision,
    params(("documentId" = DocumentId, Path), ("number" = i64, Path)),
    responses((status = 200, body = Revision), (status = "4XX", body = Problem)))]
async fn name_revision(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams((id, number)): PathParams<(DocumentId, i64)>,
    Json(request): Json<NameRevision>,
) -> Result<Json<Revision>, Error> {
    Ok(Json(
        documents
            .name_revision(&actor, id, number, &request.name)
            .await?,
    ))
}

/// Which revisions to compare.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct CompareQuery {
    /// The older one.
    from: i64,
    /// The newer one; the draft as it is when absent.
    to: Option<i64>,
}

/// What differs between two revisions, word by word.
#[utoipa::path(get, path = "/documents/{documentId}/revisions/compare", security(("access" = ["documents:use"])), tag = "drafts",
    params(("documentId" = DocumentId, Path), CompareQuery),
    responses((status = 200, body = Comparison), (status = "4XX", body = Problem)))]
async fn compare_revisions(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
    QueryParams(query): QueryParams<CompareQuery>,
) -> Result<Json<Comparison>, Error> {
    Ok(Json(
        documents.compare(&actor, id, query.from, query.to).await?,
    ))
}

/// Make an older revision the draft. What was there stays as a revision.
#[utoipa::path(post, path = "/documents/{documentId}/revisions/{number}/restore", security(("access" = ["documents:use"])), tag = "drafts",
    params(("documentId" = DocumentId, Path), ("number" = i64, Path)),
    responses((status = 200, body = Draft), (status = "4XX", body = Problem)))]
async fn restore_revision(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams((id, number)): PathParams<(DocumentId, i64)>,
) -> Result<Response, Error> {
    Ok(etagged(documents.restore(&actor, id, number).await?))
}
