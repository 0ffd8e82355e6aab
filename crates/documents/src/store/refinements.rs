//! Refinements and what was decided about them.

use carrel_formats::tree::DocumentTree;
use carrel_inference::GenerationId;
use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query};
use sqlx::types::Json;

use crate::DocumentId;
use crate::refining::{Hunk, RefinementId, Selection};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct RefinementRow {
    pub id: RefinementId,
    pub document_id: DocumentId,
    pub user_id: UserId,
    pub prompt: String,
    pub selection: Option<Json<Selection>>,
    pub model: String,
    pub request_hash: Vec<u8>,
    pub generation_id: GenerationId,
    pub status: String,
    pub draft_version: i64,
    pub hunks: Json<Vec<Hunk>>,
    pub cost_micros: i64,
    pub created_at: Timestamp,
}

/// `false` when this person's key was used before.
pub(crate) async fn insert(
    tx: &mut Tx,
    row: &RefinementRow,
    key: &str,
    base: &DocumentTree,
) -> sqlx::Result<bool> {
    let inserted = query!(tx, execute,
        "INSERT INTO refinements (id, document_id, user_id, idempotency_key, prompt, selection, model, request_hash,
                                  generation_id, status, draft_version, base_tree, hunks, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'running', $10, $11, $12, $13)
         ON CONFLICT DO NOTHING",
        row.id, row.document_id, row.user_id, key, &row.prompt, &row.selection, &row.model, &row.request_hash,
        row.generation_id, row.draft_version, Json(base), &row.hunks, row.created_at)?;
    Ok(inserted == 1)
}

pub(crate) async fn get(db: &Db, id: RefinementId) -> sqlx::Result<Option<RefinementRow>> {
    query!(db, fetch_optional, RefinementRow,
        "SELECT id, document_id, user_id, prompt, selection, model, request_hash, generation_id, status,
                draft_version, hunks, cost_micros, created_at
         FROM refinements
         WHERE id = $1",
        id)
}

pub(crate) async fn by_key(
    db: &Db,
    user: UserId,
    key: &str,
) -> sqlx::Result<Option<RefinementRow>> {
    query!(db, fetch_optional, RefinementRow,
        "SELECT id, document_id, user_id, prompt, selection, model, request_hash, generation_id, status,
                draft_version, hunks, cost_micros, created_at
         FROM refinements
         WHERE user_id = $1 AND idempotency_key = $2",
        user, key)
}

/// Frees the key of a refinement that failed, so that its repetition tries again.
pub(crate) async fn free_key(db: &Db, id: RefinementId) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE refinements SET idempotency_key = $2 WHERE id = $1",
        id,
        format!("failed {id}")
    )
}

pub(crate) async fn list(
    db: &Db,
    document: DocumentId,
    before: Option<RefinementId>,
    limit: i64,
) -> sqlx::Result<Vec<RefinementRow>> {
    query!(db, fetch_all, RefinementRow,
        "SELECT id, document_id, user_id, prompt, selection, model, request_hash, generation_id, status,
                draft_version, hunks, cost_micros, created_at
         FROM refinements
         WHERE document_id = $1 AND (id < $2 OR $2 IS NULL)
         ORDER BY id DESC
         LIMIT $3",
        document, before, limit)
}

pub(crate) async fn propose(
    tx: &mut Tx,
    id: RefinementId,
    hunks: &[Hunk],
    cost_micros: i64,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE refinements SET status = 'proposed', hunks = $2, cost_micros = $3 WHERE id = $1",
        id,
        Json(hunks),
        cost_micros
    )
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Proposal {
    pub status: String,
    pub hunks: Json<Vec<Hunk>>,
    pub base_tree: Json<DocumentTree>,
}

/// A proposal, held against other decisions until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: RefinementId) -> sqlx::Result<Option<Proposal>> {
    query!(tx, fetch_optional, Proposal,
        sqlite: "SELECT status, hunks, base_tree FROM refinements WHERE id = $1",
        postgres: "SELECT status, hunks, base_tree FROM refinements WHERE id = $1 FOR UPDATE",
        id)
}

pub(crate) async fn decide(
    tx: &mut Tx,
    id: RefinementId,
    status: &str,
    hunks: &[Hunk],
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE refinements SET status = $2, hunks = $3 WHERE id = $1",
        id,
        status,
        Json(hunks)
    )
}
