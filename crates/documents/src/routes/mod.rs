//! HTTP: thin handlers over the service.

mod documents;
mod drafts;
mod exports;
mod prompts;
mod refining;
mod sharing;
mod templates;

use axum::middleware::from_fn_with_state;
use carrel_platform::web::Idempotency;
use utoipa_axum::router::OpenApiRouter;

use crate::Documents;

pub(crate) fn router(service: Documents, ledger: Idempotency) -> OpenApiRouter {
    let creating = documents::creating()
        .merge(drafts::creating())
        .merge(refining::creating())
        .merge(templates::creating())
        .merge(prompts::creating())
        .route_layer(from_fn_with_state(ledger, Idempotency::replay));
    documents::router()
        .merge(drafts::router())
        .merge(refining::router())
        .merge(exports::router())
        .merge(templates::router())
        .merge(prompts::router())
        .merge(sharing::router())
        .merge(creating)
        .with_state(service)
}
