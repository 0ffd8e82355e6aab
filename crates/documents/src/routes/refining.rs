//! Refinements.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use carrel_platform::auth::Actor;
use carrel_platform::web::{
    IdempotencyKey, Json, Page, PageRequest, PathParams, Problem, QueryParams, mark_replayed,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::refining::{
    DecideHunks, RefineRequest, Refinement, RefinementDecision, RefinementId, RefinementStatus,
};
use crate::{DocumentId, Documents, Error};

pub(super) fn creating() -> OpenApiRouter<Documents> {
    OpenApiRouter::new()
        .routes(routes!(accept_refinement))
        .routes(routes!(reject_refinement))
}

pub(super) fn router() -> OpenApiRouter<Documents> {
    // `refine` keeps its own ledger: its key also outlives a crash in the middle of the model call.
    OpenApiRouter::new()
        .routes(routes!(refine))
        .routes(routes!(list_refinements))
        .routes(routes!(get_refinement))
}

/// Refine a draft, or a part of it, with an instruction. The answer is a proposal; nothing changes until it is
/// accepted. A repetition with the same Idempotency-Key gets the same proposal and calls no model.
#[utoipa::path(post, path = "/ai/refine", security(("access" = ["documents:use", "models:use"])), tag = "refinements", request_body = RefineRequest,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = Refinement), (status = 202, description = "still running", body = Refinement), (status = "4XX", body = Problem)))]
async fn refine(
    State(documents): State<Documents>,
    actor: Actor,
    IdempotencyKey(key): IdempotencyKey,
    Json(request): Json<RefineRequest>,
) -> Result<Response, Error> {
    let (refinement, replayed) = documents.refine(&actor, &key, request).await?;
    let running = refinement.status == RefinementStatus::Running;
    let status = if running {
        StatusCode::ACCEPTED
    } else {
        StatusCode::OK
    };
    let mut response = (status, Json(refinement)).into_response();
    if replayed {
        mark_replayed(&mut response);
    }
    Ok(response)
}

/// The refinements of a document, newest first.
#[utoipa::path(get, path = "/documents/{documentId}/refinements", security(("access" = ["documents:use"])), tag = "refinements",
    params(("documentId" = DocumentId, Path), PageRequest),
    responses((status = 200, body = Page<Refinement>), (status = "4XX", body = Problem)))]
async fn list_refinements(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
    QueryParams(page): QueryParams<PageRequest>,
) -> Result<Json<Page<Refinement>>, Error> {
    Ok(Json(documents.refinements(&actor, id, &page).await?))
}

/// A refinement.
#[utoipa::path(get, path = "/ai/refinements/{refinementId}", security(("access" = ["documents:use"])), tag = "refinements",
    params(("refinementId" = RefinementId, Path)),
    responses((status = 200, body = Refinement), (status = "4XX", body = Problem)))]
async fn get_refinement(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<RefinementId>,
) -> Result<Json<Refinement>, Error> {
    Ok(Json(documents.refinement(&actor, id).await?))
}

/// Take changes of a proposal into the draft.
#[utoipa::path(post, path = "/ai/refinements/{refinementId}/accept", security(("access" = ["documents:use"])), tag = "refinements", request_body = DecideHunks,
    params(("refinementId" = RefinementId, Path)),
    responses((status = 200, body = RefinementDecision), (status = "4XX", body = Problem)))]
async fn accept_refinement(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<RefinementId>,
    Json(wanted): Json<DecideHunks>,
) -> Result<Json<RefinementDecision>, Error> {
    Ok(Json(documents.accept(&actor, id, wanted).await?))
}

/// Leave changes of a proposal out.
#[utoipa::path(post, path = "/ai/refinements/{refinementId}/reject", security(("access" = ["documents:use"])), tag = "refinements", request_body = DecideHunks,
    params(("refinementId" = RefinementId, Path)),
    responses((status = 200, body = RefinementDecision), (status = "4XX", body = Problem)))]
async fn reject_refinement(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<RefinementId>,
    Json(wanted): Json<DecideHunks>,
) -> Result<Json<RefinementDecision>, Error> {
    Ok(Json(documents.reject(&actor, id, wanted).await?))
}
