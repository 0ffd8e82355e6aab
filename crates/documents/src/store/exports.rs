//! Exports.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};
use sqlx::types::Json;

use crate::DocumentId;
use crate::documents::Failure;
use crate::exporting::ExportId;
use crate::templates::TemplateId;

#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct ExportRow {
    pub id: ExportId,
    pub document_id: DocumentId,
    pub owner_id: UserId,
    pub title: String,
    pub format: String,
    pub template_id: Option<TemplateId>,
    pub status: String,
    pub object_key: Option<String>,
    pub size: Option<i64>,
    pub failure: Option<Json<Failure>>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

pub(crate) async fn insert(tx: &mut Tx, row: &ExportRow) -> sqlx::Result<u64> {
    query!(tx, execute,
        "INSERT INTO exports (id, document_id, owner_id, title, format, template_id, status, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8)",
        row.id, row.document_id, row.owner_id, &row.title, &row.format, row.template_id, row.created_at,
        row.expires_at)
}

pub(crate) async fn get(db: &Db, id: ExportId) -> sqlx::Result<Option<ExportRow>> {
    query!(db, fetch_optional, ExportRow,
        "SELECT id, document_id, owner_id, title, format, template_id, status, object_key, size, failure, created_at,
                expires_at
         FROM exports
         WHERE id = $1",
        id)
}

pub(crate) async fn list(
    db: &Db,
    owner: UserId,
    document: Option<DocumentId>,
    before: Option<ExportId>,
    limit: i64,
) -> sqlx::Result<Vec<ExportRow>> {
    query!(db, fetch_all, ExportRow,
        "SELECT id, document_id, owner_id, title, format, template_id, status, object_key, size, failure, created_at,
                expires_at
         FROM exports
         WHERE owner_id = $1 AND (document_id = $2 OR $2 IS NULL) AND (id < $3 OR $3 IS NULL)
         ORDER BY id DESC
         LIMIT $4",
        owner, document, before, limit)
}

pub(crate) async fn set_ready(
    tx: &mut Tx,
    id: ExportId,
    key: &str,
    size: i64,
) -> sqlx::Result<bool> {
    let changed = query!(
        tx,
        execute,
        "UPDATE exports SET status = 'ready', object_key = $2, size = $3 WHERE id = $1 AND status = 'queued'",
        id,
        key,
        size
    )?;
    Ok(changed == 1)
}

pub(crate) async fn set_failed(db: &Db, id: ExportId, failure: &Failure) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE exports SET status = 'failed', failure = $2 WHERE id = $1 AND status = 'queued'",
        id,
        Json(failure)
    )
}

pub(crate) async fn delete(db: &Db, id: ExportId) -> sqlx::Result<u64> {
    query!(db, execute, "DELETE FROM exports WHERE id = $1", id)
}

/// The objects of a document's exports.
pub(crate) async fn keys_of(db: &Db, document: DocumentId) -> sqlx::Result<Vec<String>> {
    scalar!(
        db,
        fetch_all,
        String,
        "SELECT object_key FROM exports WHERE document_id = $1 AND object_key IS NOT NULL",
        document
    )
}

pub(crate) async fn delete_of(tx: &mut Tx, document: DocumentId) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "DELETE FROM exports WHERE document_id = $1",
        document
    )
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Expired {
    pub id: ExportId,
    pub object_key: Option<String>,
}

pub(crate) async fn expired(db: &Db, now: Timestamp, limit: i64) -> sqlx::Result<Vec<Expired>> {
    query!(
        db,
        fetch_all,
        Expired,
        "SELECT id, object_key FROM exports WHERE expires_at < $1 ORDER BY expires_at LIMIT $2",
        now,
        limit
    )
}
