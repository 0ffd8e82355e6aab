//! The `Idempotency-Key` ledger: a POST sent twice with one key is done once, and the second one gets the first
//! one's answer (draft-ietf-httpapi-idempotency-key-header).

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Code, Problem};
use crate::auth::{Actor, UserId};
use crate::crypto::sha256;
use crate::db::Db;
use crate::{Timestamp, query};

const MAX_BODY: usize = 10 * 1024 * 1024;
/// Longer than any request may take; after it a key whose process died can be used again.
const LOCK: Duration = Duration::from_mins(3);
/// How long an answer is kept for replay.
const KEEP: Duration = Duration::from_hours(24);

/// The client's key; routes that can't do without one take this extractor.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub String);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read_key(&parts.headers)?.map(Self).ok_or_else(|| {
            Problem::new(
                Code::IdempotencyKeyRequired,
                "send a new Idempotency-Key with each new request, and the same one when you repeat it",
            )
        })
    }
}

/// For routes that keep the key themselves and can do without one.
impl<S: Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        Ok(read_key(&parts.headers)?.map(Self))
    }
}

fn read_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .filter(|key| (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()))
        .map(|key| Some(key.to_owned()))
        .ok_or_else(|| {
            Problem::new(
                Code::IdempotencyKeyInvalid,
                "an Idempotency-Key is 1 to 255 visible ASCII characters",
            )
        })
}

/// The ledger, as the state of its middleware.
#[derive(Clone)]
pub struct Idempotency {
    db: Db,
}

#[derive(sqlx::FromRow)]
struct Entry {
    request_hash: Vec<u8>,
    status: Option<i64>,
    content_type: Option<String>,
    body: Option<Vec<u8>>,
}

impl Idempotency {
    /// A ledger in this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Middleware for POST routes that cost or create: `from_fn_with_state(ledger, Idempotency::replay)`.
    pub async fn replay(
        State(ledger): State<Self>,
        actor: Option<Actor>,
        request: Request,
        next: Next,
    ) -> Response {
        let key = match read_key(request.headers()) {
            Ok(key) => key,
            Err(problem) => return problem.into_response(),
        };
        let (Some(key), Some(actor)) = (key, actor) else {
            return next.run(request).await;
        };
        let (parts, body) = request.into_parts();
        let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
            return Problem::new(Code::BodyTooLarge, "the request body is larger than 10 MB")
                .into_response();
        };
        let hash = sha256(
            &[
                parts.method.as_str().as_bytes(),
                parts.uri.path().as_bytes(),
                &body,
            ]
            .join(&0),
        );
        match ledger.claim(actor.user, &key, &hash).await {
            Ok(None) => {}
            Ok(Some(replayed)) => return replayed,
            Err(problem) => return problem.into_response(),
        }
        // The work goes on when the client goes away: its answer is then there for the repetition.
        let request = Request::from_parts(parts, Body::from(body));
        let request_id = super::current_request_id();
        let work = async move {
            let response = next.run(request).await;
            ledger.settle(actor.user, &key, response).await
        };
        let work = super::client::within(super::current_client(), work);
        let work = super::request_id::within(request_id, work);
        match tokio::spawn(work).await {
            Ok(response) => response,
            Err(error) => Problem::internal(error).into_response(),
        }
    }

    /// Takes the key (`None`), or gives the answer to replay.
    async fn claim(
        &self,
        user: UserId,
        key: &str,
        hash: &[u8],
    ) -> Result<Option<Response>, Problem> {
        let now = Timestamp::now();
        let claimed =
            query!(self.db, execute,
            "INSERT INTO idempotency_keys (user_id, key, request_hash, locked_until, created_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (user_id, key) DO UPDATE
             SET locked_until = excluded.locked_until
             WHERE idempotency_keys.status IS NULL
               AND idempotency_keys.locked_until < excluded.created_at
               AND idempotency_keys.request_hash = excluded.request_hash",
            user, key, hash, now + LOCK, now)?;
        if claimed == 1 {
            return Ok(None);
        }
        let entry = query!(
            self.db,
            fetch_optional,
            Entry,
            "SELECT request_hash, status, content_type, body
             FROM idempotency_keys
             WHERE user_id = $1 AND key = $2",
            user,
            key
        )?;
        let in_progress = || {
            Problem::new(
                Code::IdempotencyInProgress,
                "the first request with this key has not ended; wait for it and send it again",
            )
            .retry_after(Duration::from_secs(2))
        };
        let Some(entry) = entry else {
            return Err(in_progress());
        };
        if entry.request_hash != hash {
            return Err(Problem::new(
                Code::IdempotencyKeyReused,
                "make a new Idempotency-Key for a new request",
            ));
        }
        let Some(status) = entry.status else {
            return Err(in_progress());
        };
        let status = u16::try_from(status)
            .ok()
            .and_then(|s| StatusCode::from_u16(s).ok())
            .unwrap_or(StatusCode::OK);
        let mut response = (status, entry.body.unwrap_or_default()).into_response();
        if let Some(value) = entry
            .content_type
            .and_then(|t| HeaderValue::from_str(&t).ok())
        {
            response.headers_mut().insert(header::CONTENT_TYPE, value);
        }
        mark_replayed(&mut response);
        Ok(Some(response))
    }

    /// Keeps the answer for replay; after a failure of ours, or one that passes, the key is free again.
    async fn settle(&self, user: UserId, key: &str, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, MAX_BODY)
            .await
            .unwrap_or_else(|_| Bytes::new());
        let passing = parts.status.is_server_error()
            || matches!(
                parts.status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT | StatusCode::UNAUTHORIZED
            );
        let kept = if passing {
            query!(
                self.db,
                execute,
                "DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2",
                user,
                key
            )
        } else {
            let content_type = parts
                .headers
                .get(header::CONTENT_TYPE)
                .and_then(|v| v.to_str().ok())
                .map(ToOwned::to_owned);
            query!(
                self.db,
                execute,
                "UPDATE idempotency_keys
                 SET status = $3, content_type = $4, body = $5
                 WHERE user_id = $1 AND key = $2",
                user,
                key,
                i64::from(parts.status.as_u16()),
                content_type,
                body.as_ref()
            )
        };
        if let Err(error) = kept {
            tracing::error!(error = %error, "an idempotent answer could not be kept");
        }
        Response::from_parts(parts, Body::from(body))
    }
}

/// Tells the client that this is the first request's answer.
pub fn mark_replayed(response: &mut Response) {
    response.headers_mut().insert(
        HeaderName::from_static("idempotency-replayed"),
        HeaderValue::from_static("true"),
    );
}

/// Forgets answers older than a day.
pub async fn sweep(db: &Db) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "DELETE FROM idempotency_keys WHERE created_at < $1",
        Timestamp::now() - KEEP
    )
}
