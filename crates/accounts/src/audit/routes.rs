//! HTTP: the audit trail.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event, Filter, TrailError, Verification};
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::web::{Json, Page, PageRequest, Problem, QueryParams};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AuditEvent;
use super::export::{self, Format};
use crate::Accounts;
use crate::error::Error;

pub(crate) fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(list_audit_events))
        .routes(routes!(list_audit_actions))
        .routes(routes!(export_audit_events))
        .routes(routes!(verify_audit))
}

/// Which events to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct AuditQuery {
    /// Only what this person did.
    actor: Option<UserId>,
    /// Only this action.
    action: Option<String>,
    /// Only what ended so: `done`, `denied` or `failed`.
    outcome: Option<String>,
    /// Only what was done to things of this kind.
    target_kind: Option<String>,
    /// Only what was done to the thing of this id.
    target_id: Option<String>,
    /// Recorded at this time or later.
    from: Option<Timestamp>,
    /// Recorded before this time.
    to: Option<Timestamp>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200.
    limit: Option<i64>,
    /// The form of an export; `json` when absent.
    #[param(inline)]
    format: Option<Format>,
}

impl AuditQuery {
    fn filter(&self) -> Filter {
        Filter {
            actor: self.actor,
            action: self.action.clone(),
            outcome: self.outcome.clone(),
            target_kind: self.target_kind.clone(),
            target_id: self.target_id.clone(),
            from: self.from,
            to: self.to,
        }
    }
}

/// What was done, newest first.
#[utoipa::path(get, path = "/audit", security(("access" = ["audit:read"])), tag = "audit", params(AuditQuery),
    responses((status = 200, body = Page<AuditEvent>), (status = "4XX", body = Problem)))]
async fn list_audit_events(
    State(accounts): State<Accounts>,
    QueryParams(query): QueryParams<AuditQuery>,
) -> Result<Json<Page<AuditEvent>>, Problem> {
    let filter = query.filter();
    let page = PageRequest {
        cursor: query.cursor,
        limit: query.limit,
    };
    let limit = page.limit();
    let rows = accounts
        .0
        .trail
        .page(&filter, page.after()?, limit + 1)
        .await?;
    let Page { items, next_cursor } = Page::cut(rows, limit, |row| row.seq);
    Ok(Json(Page {
        items: accounts.audit_events(items).await?,
        next_cursor,
    }))
}

/// An action and what it says.
#[derive(Serialize, utoipa::ToSchema)]
struct AuditAction {
    name: &'static str,
    meaning: &'static str,
}

/// Every action that is recorded.
#[utoipa::path(get, path = "/audit/actions", security(("access" = ["audit:read"])), tag = "audit",
    responses((status = 200, body = Vec<AuditAction>), (status = "4XX", body = Problem)))]
async fn list_audit_actions() -> Json<Vec<AuditAction>> {
    let actions = Action::ALL.iter().map(|action| AuditAction {
        name: action.as_str(),
        meaning: action.meaning(),
    });
    Json(actions.collect())
}

/// The events that match as a file, newest first. That it was made is recorded.
#[utoipa::path(get, path = "/audit/export", security(("access" = ["audit:read"])), tag = "audit", params(AuditQuery),
    responses((status = 200, body = Vec<AuditEvent>), (status = "4XX", body = Problem)))]
async fn export_audit_events(
    State(accounts): State<Accounts>,
    actor: Actor,
    QueryParams(query): QueryParams<AuditQuery>,
) -> Result<Response, Problem> {
    let format = query.format.unwrap_or_default();
    let event = Event::new(Action::AuditExported)
        .by(&actor)
        .detail(json!({ "format": format.extension() }));
    accounts.0.audit.record_alone(&accounts.0.db, event).await?;
    let name = format!("attachment; filename=\"audit.{}\"", format.extension());
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    let body = export::body(accounts.clone(), query.filter(), format);
    Ok((headers, body).into_response())
}

/// Check every row of the trail against the one before it, and the signed heads against the rows.
#[utoipa::path(post, path = "/audit/verify", security(("access" = ["audit:read"])), tag = "audit",
    responses((status = 200, body = Verification), (status = "4XX", body = Problem)))]
async fn verify_audit(State(accounts): State<Accounts>) -> Result<Json<Verification>, Error> {
    let verified = accounts.0.trail.verify(Vec::new()).await;
    verified.map(Json).map_err(|error| match error {
        TrailError::Database(error) => Error::Database(error),
        TrailError::Objects(error) => Error::Objects(error),
    })
}
