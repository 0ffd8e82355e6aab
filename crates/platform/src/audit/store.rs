//! The SQL of the audit trail.

use crate::auth::UserId;
use crate::crypto::Place;
use crate::db::{Db, Tx};
use crate::{Timestamp, query};

use super::chain::Link;
use super::heads::hex;

/// A row of the trail.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EventRow {
    /// Place in the chain.
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Name of the action.
    pub action: String,
    /// `done`, `denied` or `failed`.
    pub outcome: String,
    /// Who did it.
    pub actor_id: Option<UserId>,
    /// With which session or key.
    pub credential: Option<String>,
    /// Kind of what it was done to.
    pub target_kind: Option<String>,
    /// Its id.
    pub target_id: Option<String>,
    /// More about it, as JSON text.
    pub detail: Option<String>,
    /// The request it was part of.
    pub request_id: Option<String>,
    /// Where it came from, sealed.
    pub address_sealed: Option<String>,
    /// Hash over the row and the hash of the row before.
    pub hash: Vec<u8>,
}

impl EventRow {
    /// The hash in hexadecimal.
    pub fn hash_text(&self) -> String {
        hex(&self.hash)
    }

    pub(super) fn into_link(self) -> (Link, Vec<u8>) {
        let link = Link {
            seq: self.seq,
            at: self.at,
            action: self.action,
            outcome: self.outcome,
            actor: self.actor_id,
            credential: self.credential,
            target_kind: self.target_kind,
            target_id: self.target_id,
            detail: self.detail,
            request_id: self.request_id,
        };
        (link, self.hash)
    }
}

/// Which rows to read; what is `None` doesn't matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Who did it.
    pub actor: Option<UserId>,
    /// Name of an action.
    pub action: Option<String>,
    /// How it ended.
    pub outcome: Option<String>,
    /// Kind of what it was done to.
    pub target_kind: Option<String>,
    /// Its id.
    pub target_id: Option<String>,
    /// Recorded at this time or later.
    pub from: Option<Timestamp>,
    /// Recorded before this time.
    pub to: Option<Timestamp>,
}

/// The end of the chain.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct HeadRow {
    pub seq: i64,
    pub hash: Vec<u8>,
    /// The place that was last signed.
    pub signed: i64,
}

/// The last row that was removed because its time was over.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Anchor {
    pub seq: i64,
    pub hash: Vec<u8>,
    pub at: Timestamp,
    pub signature: String,
}

/// Where a sealed address stands.
pub(crate) fn address_place(row: &str) -> Place<'_> {
    Place {
        table: "audit_events",
        column: "address",
        row,
    }
}

#[derive(sqlx::FromRow)]
struct Head {
    seq: i64,
    hash: Vec<u8>,
}

/// Takes the next place in the chain and gives it with the hash before it. Others wait until the transaction ends.
pub(super) async fn advance(tx: &mut Tx) -> sqlx::Result<(i64, Vec<u8>)> {
    let head = query!(
        tx,
        fetch_one,
        Head,
        "UPDATE audit_head SET seq = seq + 1 RETURNING seq, hash"
    )?;
    Ok((head.seq, head.hash))
}

pub(super) async fn append(
    tx: &mut Tx,
    link: &Link,
    hash: &[u8],
    address_sealed: Option<&str>,
) -> sqlx::Result<()> {
    query!(tx, execute,
        "INSERT INTO audit_events (seq, at, action, outcome, actor_id, credential, target_kind, target_id, detail,
                                   request_id, address_sealed, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        link.seq, link.at, &link.action, &link.outcome, link.actor, link.credential.as_deref(),
        link.target_kind.as_deref(), link.target_id.as_deref(), link.detail.as_deref(),
        link.request_id.as_deref(), address_sealed, hash)?;
    query!(tx, execute, "UPDATE audit_head SET hash = $1", hash)?;
    Ok(())
}

pub(super) async fn head(db: &Db) -> sqlx::Result<HeadRow> {
    query!(
        db,
        fetch_one,
        HeadRow,
        "SELECT seq, hash, signed FROM audit_head"
    )
}

pub(super) async fn mark_signed(db: &Db, seq: i64) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE audit_head SET signed = $1 WHERE signed < $1",
        seq
    )
}

/// Rows that match, newest first.
pub(super) async fn newest(
    db: &Db,
    filter: &Filter,
    before: i64,
    limit: i64,
) -> sqlx::Result<Vec<EventRow>> {
    query!(db, fetch_all, EventRow,
        "SELECT seq, at, action, outcome, actor_id, credential, target_kind, target_id, detail, request_id,
                address_sealed, hash
         FROM audit_events
         WHERE seq < $1
           AND (actor_id = $2 OR $2 IS NULL)
           AND (action = $3 OR $3 IS NULL)
           AND (outcome = $4 OR $4 IS NULL)
           AND (target_kind = $5 OR $5 IS NULL)
           AND (target_id = $6 OR $6 IS NULL)
           AND (at >= $7 OR $7 IS NULL)
           AND (at < $8 OR $8 IS NULL)
         ORDER BY seq DESC
         LIMIT $9",
        before, filter.actor, filter.action.as_deref(), filter.outcome.as_deref(),
        filter.target_kind.as_deref(), filter.target_id.as_deref(), filter.from, filter.to, limit)
}

/// Rows after one place up to another, in order.
pub(super) async fn oldest(
    db: &Db,
    after: i64,
    up_to: i64,
    limit: i64,
) -> sqlx::Result<Vec<EventRow>> {
    query!(db, fetch_all, EventRow,
        "SELECT seq, at, action, outcome, actor_id, credential, target_kind, target_id, detail, request_id,
                address_sealed, hash
         FROM audit_events
         WHERE seq > $1 AND seq <= $2
         ORDER BY seq
         LIMIT $3",
        after, up_to, limit)
}

/// The last of the rows that were recorded before `cutoff`.
pub(super) async fn last_before(db: &Db, cutoff: Timestamp) -> sqlx::Result<Option<HeadRow>> {
    query!(
        db,
        fetch_optional,
        HeadRow,
        "SELECT seq, hash, seq AS signed
         FROM audit_events
         WHERE at < $1
         ORDER BY seq DESC
         LIMIT 1",
        cutoff
    )
}

pub(super) async fn remove_up_to(tx: &mut Tx, seq: i64) -> sqlx::Result<u64> {
    query!(tx, execute, "DELETE FROM audit_events WHERE seq <= $1", seq)
}

pub(super) async fn anchor(db: &Db) -> sqlx::Result<Option<Anchor>> {
    query!(
        db,
        fetch_optional,
        Anchor,
        "SELECT seq, hash, at, signature FROM audit_anchor"
    )
}

pub(super) async fn set_anchor(tx: &mut Tx, anchor: &Anchor) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO audit_anchor (one, seq, hash, at, signature)
         VALUES (1, $1, $2, $3, $4)
         ON CONFLICT (one) DO UPDATE
         SET seq = excluded.seq, hash = excluded.hash, at = excluded.at, signature = excluded.signature",
        anchor.seq,
        &anchor.hash,
        anchor.at,
        &anchor.signature
    )
}

crate::sealed_column! {
    /// Addresses that audited requests came from.
    pub(crate) struct AuditAddresses of i64, "audit_events", "address";
    unlike: "SELECT seq, address_sealed FROM audit_events
             WHERE address_sealed NOT LIKE $1 AND (seq > $2 OR $2 IS NULL)
             ORDER BY seq
             LIMIT $3";
    count: "SELECT COUNT(*) FROM audit_events WHERE address_sealed LIKE $1";
    replace: "UPDATE audit_events SET address_sealed = $3 WHERE seq = $1 AND address_sealed = $2";
}
