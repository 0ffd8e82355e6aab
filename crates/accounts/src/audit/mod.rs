//! The audit trail as administrators see it: a list with filters, a file to keep, a check of the chain.

mod denials;
mod export;
mod routes;

pub(crate) use denials::Denials;
pub use denials::record_denials;
pub(crate) use routes::router;

use std::collections::HashMap;

use carrel_platform::Timestamp;
use carrel_platform::audit::EventRow;
use carrel_platform::auth::UserId;
use serde::Serialize;

use crate::Accounts;
use crate::error::Error;

/// Something that was done, by whom and to what.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditEvent {
    /// Place in the chain, from 1.
    seq: i64,
    /// When it was recorded.
    at: Timestamp,
    /// Name of the action; `GET /audit/actions` says what each means.
    action: String,
    /// `done`, `denied` or `failed`.
    outcome: String,
    /// Who did it.
    #[schema(required = true)]
    actor: Option<AuditActor>,
    /// `session:` or `key:` and its id, or `command line`.
    #[schema(required = true)]
    credential: Option<String>,
    /// What it was done to.
    #[schema(required = true)]
    target: Option<AuditTarget>,
    /// More about it; depends on the action.
    #[schema(required = true, value_type = Option<Object>)]
    detail: Option<serde_json::Value>,
    /// The network address it came from.
    #[schema(required = true)]
    address: Option<String>,
    /// The request it was part of, as in the log.
    #[schema(required = true)]
    request_id: Option<String>,
    /// SHA-256 over this row and the hash of the one before, in hexadecimal.
    hash: String,
}

/// Who did something.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AuditActor {
    id: UserId,
    /// Null when the account is deleted.
    #[schema(required = true)]
    name: Option<String>,
}

/// What something was done to.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AuditTarget {
    /// `person`, `document`, `role` …
    kind: String,
    id: String,
}

impl Accounts {
    /// Rows with the names of people and addresses opened, in one query for all names.
    pub(crate) async fn audit_events(&self, rows: Vec<EventRow>) -> Result<Vec<AuditEvent>, Error> {
        let mut people: Vec<UserId> = rows.iter().filter_map(|row| row.actor_id).collect();
        people.sort_unstable_by_key(|id| id.0);
        people.dedup();
        let names = self.names(&people).await?;
        rows.into_iter()
            .map(|row| self.audit_event(row, &names))
            .collect()
    }

    fn audit_event(
        &self,
        row: EventRow,
        names: &HashMap<UserId, String>,
    ) -> Result<AuditEvent, Error> {
        Ok(AuditEvent {
            address: self.0.trail.address(&row)?,
            hash: row.hash_text(),
            seq: row.seq,
            at: row.at,
            action: row.action,
            outcome: row.outcome,
            actor: row.actor_id.map(|id| AuditActor {
                id,
                name: names.get(&id).cloned(),
            }),
            credential: row.credential,
            target: row
                .target_kind
                .zip(row.target_id)
                .map(|(kind, id)| AuditTarget { kind, id }),
            detail: row
                .detail
                .and_then(|detail| serde_json::from_str(&detail).ok()),
            request_id: row.request_id,
        })
    }
}
