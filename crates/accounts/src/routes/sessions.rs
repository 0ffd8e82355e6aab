//! Where one is signed in.

use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, SessionId};
use carrel_platform::web::{Json, PathParams, Problem};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::without_session;
use crate::Accounts;
use crate::error::Error;
use crate::store::{SessionKind, SessionRow};

pub(super) fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(sessions))
        .routes(routes!(end_session))
}

/// A place where the person is signed in.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct Session {
    id: SessionId,
    /// Whether it is the session of this request.
    current: bool,
    /// What the browser or program called itself, cut to 200 characters.
    #[schema(required = true)]
    user_agent: Option<String>,
    created_at: Timestamp,
    /// To within an hour.
    last_seen_at: Timestamp,
    /// When it ends unless it is used before.
    expires_at: Timestamp,
    kind: SessionKind,
}

impl Session {
    fn of(actor: &Actor, row: SessionRow) -> Self {
        Self {
            current: Some(row.id) == actor.credential.session(),
            id: row.id,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
            kind: row.kind,
        }
    }
}

/// Where the person is signed in, last used first, at most 200.
#[utoipa::path(get, path = "/auth/sessions", security(("session" = [])), tag = "accounts", operation_id = "list_sessions",
    responses((status = 200, body = Vec<Session>), (status = "4XX", body = Problem)))]
async fn sessions(
    State(accounts): State<Accounts>,
    actor: Actor,
) -> Result<Json<Vec<Session>>, Error> {
    let rows = accounts.sessions(&actor).await?;
    let shown = rows.into_iter().map(|row| Session::of(&actor, row));
    Ok(Json(shown.collect()))
}

/// End a session: sign out there.
#[utoipa::path(delete, path = "/auth/sessions/{sessionId}", security(("session" = [])), tag = "accounts", operation_id = "end_session",
    params(("sessionId" = SessionId, Path, description = "The session")),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn end_session(
    State(accounts): State<Accounts>,
    actor: Actor,
    PathParams(session): PathParams<SessionId>,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), Error> {
    accounts.end_session(&actor, session).await?;
    let jar = if Some(session) == actor.credential.session() {
        without_session(&accounts, jar)
    } else {
        jar
    };
    Ok((StatusCode::NO_CONTENT, jar))
}
