//! HTTP: models, providers, generations, usage.

use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use carrel_platform::auth::Actor;
use carrel_platform::web::{
    Idempotency, Json, LastEventId, Page, PageRequest, PathParams, Problem, QueryParams, events,
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::catalogue::Model;
use crate::generations::{Generation, GenerationStatus};
use crate::providers::{ModelProvider, ProviderInput, ProviderTest, ProviderTestRequest};
use crate::usage::UsageSummary;
use crate::{Error, GenerationId, Inference, ProviderId};

pub(crate) fn router(inference: Inference, ledger: Idempotency) -> OpenApiRouter {
    let creating = OpenApiRouter::new()
        .routes(routes!(add_provider))
        .route_layer(from_fn_with_state(ledger, Idempotency::replay));
    OpenApiRouter::new()
        .routes(routes!(list_models))
        .routes(routes!(list_providers))
        .routes(routes!(test_provider))
        .routes(routes!(change_provider, remove_provider))
        .routes(routes!(list_generations))
        .routes(routes!(get_generation))
        .routes(routes!(cancel_generation))
        .routes(routes!(follow_generation))
        .routes(routes!(usage))
        .merge(creating)
        .with_state(inference)
}

/// The models that can be chosen; the built-in engine last.
#[utoipa::path(get, path = "/models", security(("access" = ["models:use"])), tag = "models",
    responses((status = 200, body = Vec<Model>), (status = "4XX", body = Problem)))]
async fn list_models(State(inference): State<Inference>) -> Result<Json<Vec<Model>>, Error> {
    Ok(Json(inference.models().await?))
}

/// The configured providers.
#[utoipa::path(get, path = "/admin/providers", security(("access" = ["providers:manage"])), tag = "administration",
    responses((status = 200, body = Vec<ModelProvider>), (status = "4XX", body = Problem)))]
async fn list_providers(
    State(inference): State<Inference>,
) -> Result<Json<Vec<ModelProvider>>, Error> {
    Ok(Json(inference.list_providers().await?))
}

/// Add a provider.
#[utoipa::path(post, path = "/admin/providers", security(("access" = ["providers:manage"])), tag = "administration", request_body = ProviderInput,
    responses((status = 201, body = ModelProvider), (status = "4XX", body = Problem)))]
async fn add_provider(
    State(inference): State<Inference>,
    actor: Actor,
    Json(input): Json<ProviderInput>,
) -> Result<(StatusCode, Json<ModelProvider>), Error> {
    Ok((
        StatusCode::CREATED,
        Json(inference.add_provider(&actor, input).await?),
    ))
}

/// Change a provider.
#[utoipa::path(put, path = "/admin/providers/{providerId}", security(("access" = ["providers:manage"])), tag = "administration", request_body = ProviderInput,
    params(("providerId" = ProviderId, Path)),
    responses((status = 200, body = ModelProvider), (status = "4XX", body = Problem)))]
async fn change_provider(
    State(inference): State<Inference>,
    actor: Actor,
    PathParams(id): PathParams<ProviderId>,
    Json(input): Json<ProviderInput>,
) -> Result<Json<ModelProvider>, Error> {
    Ok(Json(inference.change_provider(&actor, id, input).await?))
}

/// Remove a provider and its key.
#[utoipa::path(delete, path = "/admin/providers/{providerId}", security(("access" = ["providers:manage"])), tag = "administration",
    params(("providerId" = ProviderId, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn remove_provider(
    State(inference): State<Inference>,
    actor: Actor,
    PathParams(id): PathParams<ProviderId>,
) -> Result<StatusCode, Error> {
    inference.remove_provider(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try a connection.
#[utoipa::path(post, path = "/admin/providers/test", security(("access" = ["providers:manage"])), tag = "administration", request_body = ProviderTestRequest,
    responses((status = 200, body = ProviderTest), (status = "4XX", body = Problem)))]
async fn test_provider(
    State(inference): State<Inference>,
    Json(request): Json<ProviderTestRequest>,
) -> Result<Json<ProviderTest>, Error> {
    Ok(Json(inference.test_provider(request).await?))
}

/// Which generations to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct GenerationQuery {
    /// Only those that work on this.
    subject_id: Option<Uuid>,
    /// Only those that stand so.
    status: Option<GenerationStatus>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200.
    limit: Option<i64>,
}

/// The asker's generations, newest first, without their texts.
#[utoipa::path(get, path = "/generations", security(("access" = [])), tag = "generations", params(GenerationQuery),
    responses((status = 200, body = Page<Generation>), (status = "4XX", body = Problem)))]
async fn list_generations(
    State(inference): State<Inference>,
    actor: Actor,
    QueryParams(query): QueryParams<GenerationQuery>,
) -> Result<Json<Page<Generation>>, Error> {
    let page = PageRequest {
        cursor: query.cursor,
        limit: query.limit,
    };
    Ok(Json(
        inference
            .generations(&actor, query.subject_id, query.status, &page)
            .await?,
    ))
}

/// A generation with its text so far.
#[utoipa::path(get, path = "/generations/{generationId}", security(("access" = [])), tag = "generations",
    params(("generationId" = GenerationId, Path)),
    responses((status = 200, body = Generation), (status = "4XX", body = Problem)))]
async fn get_generation(
    State(inference): State<Inference>,
    actor: Actor,
    PathParams(id): PathParams<GenerationId>,
) -> Result<Json<Generation>, Error> {
    Ok(Json(inference.generation(&actor, id).await?))
}

/// Stop a generation.
#[utoipa::path(post, path = "/generations/{generationId}/cancel", security(("access" = [])), tag = "generations",
    params(("generationId" = GenerationId, Path)),
    responses((status = 202, body = Generation), (status = "4XX", body = Problem)))]
async fn cancel_generation(
    State(inference): State<Inference>,
    actor: Actor,
    PathParams(id): PathParams<GenerationId>,
) -> Result<(StatusCode, Json<Generation>), Error> {
    Ok((
        StatusCode::ACCEPTED,
        Json(inference.cancel(&actor, id).await?),
    ))
}

/// Follow a generation as server-sent events: `progress`, `text`, `usage`, and at the end `done` or `error`.
///
/// Each event has an id; send the last one as `Last-Event-ID` to go on from there. The stream may be followed by
/// any number of clients and ending it does not end the generation.
#[utoipa::path(get, path = "/generations/{generationId}/events", security(("access" = [])), tag = "generations",
    params(("generationId" = GenerationId, Path), ("Last-Event-ID" = Option<i64>, Header)),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = "4XX", body = Problem)))]
async fn follow_generation(
    State(inference): State<Inference>,
    actor: Actor,
    PathParams(id): PathParams<GenerationId>,
    LastEventId(position): LastEventId,
) -> Result<Response, Error> {
    Ok(events(inference.subscribe(&actor, id, position).await?))
}

/// The span of a usage summary.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct UsageQuery {
    /// Days back from now, 1 to 366; 30 when absent.
    days: Option<u64>,
}

/// What the asker used.
#[utoipa::path(get, path = "/usage", security(("access" = [])), tag = "models", params(UsageQuery),
    responses((status = 200, body = UsageSummary), (status = "4XX", body = Problem)))]
async fn usage(
    State(inference): State<Inference>,
    actor: Actor,
    QueryParams(query): QueryParams<UsageQuery>,
) -> Result<Json<UsageSummary>, Error> {
    Ok(Json(inference.usage(&actor, query.days).await?))
}
