//! Exports.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query};
use sqlx::types::Json;

use crate::DocumentId;
use crate::documents::Failure;
use crate::exporting::{ExportId, object_key};
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

/// An idempotency key, and what tells its request from others.
#[derive(Debug)]
pub(crate) struct Key<'a> {
    pub key: &'a str,
    pub request_hash: &'a [u8],
}

/// `false` when this person's key was used before.
pub(crate) async fn insert(
    tx: &mut Tx,
    row: &ExportRow,
    key: Option<&Key<'_>>,
) -> sqlx::Result<bool> {
    let inserted = query!(tx, execute,
        "INSERT INTO exports (id, document_id, owner_id, title, format, template_id, status, created_at, expires_at,
                              idempotency_key, request_hash)
         VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9, $10)
         ON CONFLICT DO NOTHING",
        row.id, row.document_id, row.owner_id, &row.title, &row.format, row.template_id, row.created_at,
        row.expires_at, key.map(|key| key.key), key.map(|key| key.request_hash))?;
    Ok(inserted == 1)
}

/// The export that a key was first used for.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Keyed {
    pub id: ExportId,
    pub status: String,
    pub request_hash: Vec<u8>,
}

pub(crate) async fn by_key(db: &Db, owner: UserId, key: &str) -> sqlx::Result<Option<Keyed>> {
    query!(
        db,
        fetch_optional,
        Keyed,
        "SELECT id, status, request_hash FROM exports WHERE owner_id = $1 AND idempotency_key = $2",
        owner,
        key
    )
}

/// Frees the key of an export that failed, so that its repetition tries again.
pub(crate) async fn free_key(db: &Db, id: ExportId) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE exports SET idempotency_key = NULL WHERE id = $1 AND status = 'failed'",
        id
    )
}

pub(crate) async fn get(db: &Db, id: ExportId) -> sqlx::Result<Option<ExportRow>> {
    query!(db, fetch_optional, ExportRow,
        "SELECT id, document_id, owner_id, title, format, template_id, status, object_key, size, failure, created_at,
                expires_at
         FROM exports
         WHERE id = $1",
        id)
}

/// A person's exports of documents that they still have a part in.
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
           AND EXISTS (SELECT 1
                       FROM documents AS d
                       WHERE d.id = exports.document_id
                         AND (d.owner_id = $1
                              OR (d.deleted_at IS NULL
                                  AND EXISTS (SELECT 1 FROM document_members AS m
                                              WHERE m.document_id = d.id AND m.user_id = $1))))
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

/// What names the object of an export, also of one whose file was not finished.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ExportFile {
    object_key: Option<String>,
    document_id: DocumentId,
    format: String,
    created_at: Timestamp,
}

impl ExportFile {
    pub(crate) fn key(&self) -> String {
        let made = || object_key(self.document_id, self.created_at, &self.format);
        self.object_key.clone().unwrap_or_else(made)
    }
}

pub(crate) async fn delete(tx: &mut Tx, id: ExportId) -> sqlx::Result<Option<ExportFile>> {
    query!(
        tx,
        fetch_optional,
        ExportFile,
        "DELETE FROM exports WHERE id = $1 RETURNING object_key, document_id, format, created_at",
        id
    )
}

/// Deletes all exports of a document.
pub(crate) async fn delete_of(tx: &mut Tx, document: DocumentId) -> sqlx::Result<Vec<ExportFile>> {
    query!(
        tx,
        fetch_all,
        ExportFile,
        "DELETE FROM exports WHERE document_id = $1 RETURNING object_key, document_id, format, created_at",
        document
    )
}

/// Deletes exports whose time was over before `now`.
pub(crate) async fn delete_expired(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> sqlx::Result<Vec<ExportFile>> {
    query!(
        tx,
        fetch_all,
        ExportFile,
        "DELETE FROM exports
         WHERE id IN (SELECT id FROM exports WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)
         RETURNING object_key, document_id, format, created_at",
        now,
        limit
    )
}
