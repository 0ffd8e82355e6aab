//! The HTTP kit: problems, JSON and paging, edit preconditions, idempotency, event streams, security and serving.

mod access;
mod client;
mod debts;
mod etag;
mod idempotency;
mod json;
mod limits;
mod page;
mod problem;
mod request_id;
mod security;
mod serve;
mod sizes;
mod sse;
mod standing;

pub use access::{Access, AccessRules, Gate, enforce};
pub use client::{ClientAddress, TrustedProxies, current_client, locate};
pub use debts::{DEBTORS, Debts, Patience, network};
pub use etag::{IfMatch, with_etag};
pub use idempotency::{
    Idempotency, IdempotencyKey, mark_replayed, sweep as sweep_idempotency_keys,
};
pub use json::{Json, PathParams, QueryParams};
pub use limits::{Limits, answered_somebody, limit_addresses, limit_people};
pub use page::{Cursor, Page, PageRequest};
pub use problem::{Code, FieldError, Problem};
pub use request_id::{current_request_id, identify};
pub use security::{SESSION_COOKIE, Site, SiteError, answer_headers, refuse_cross_site};
pub use serve::serve;
pub use sizes::{BodyLimit, refuse_large_bodies, refuse_large_headers};
pub use sse::{LastEventId, events};

/// The schema of a string of this format, for types that serialise as one.
pub fn string_schema(format: &str) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom(format.to_owned())))
        .into()
}

/// The schema of a string that is one of these words.
pub fn words_schema(words: &[&str]) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    use utoipa::openapi::schema::{ObjectBuilder, Type};
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words.iter().copied()))
        .into()
}
