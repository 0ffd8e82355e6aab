//! Uploads that were announced.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};

use crate::DocumentId;

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct UploadRow {
    pub media_type: String,
    pub size: i64,
    pub document_id: Option<DocumentId>,
}

pub(crate) async fn insert(
    db: &Db,
    key: &str,
    owner: UserId,
    media_type: &str,
    size: i64,
) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "INSERT INTO uploads (key, owner_id, media_type, size, created_at)
         VALUES ($1, $2, $3, $4, $5)",
        key,
        owner,
        media_type,
        size,
        Timestamp::now()
    )
}

/// An upload that this person announced.
pub(crate) async fn owned(db: &Db, key: &str, owner: UserId) -> sqlx::Result<Option<UploadRow>> {
    query!(
        db,
        fetch_optional,
        UploadRow,
        "SELECT media_type, size, document_id FROM uploads WHERE key = $1 AND owner_id = $2",
        key,
        owner
    )
}

/// Turns an upload into a document, once.
pub(crate) async fn use_for(tx: &mut Tx, key: &str, document: DocumentId) -> sqlx::Result<bool> {
    let used = query!(
        tx,
        execute,
        "UPDATE uploads SET document_id = $2 WHERE key = $1 AND document_id IS NULL",
        key,
        document
    )?;
    Ok(used == 1)
}

/// Deletes uploads that were announced before `before` and that no document used; gives their keys.
pub(crate) async fn delete_unused(
    tx: &mut Tx,
    before: Timestamp,
    limit: i64,
) -> sqlx::Result<Vec<String>> {
    scalar!(
        tx,
        fetch_all,
        String,
        "DELETE FROM uploads
         WHERE key IN (SELECT key
                       FROM uploads
                       WHERE document_id IS NULL AND created_at < $1
                       ORDER BY created_at
                       LIMIT $2)
           AND document_id IS NULL
         RETURNING key",
        before,
        limit
    )
}

pub(crate) async fn delete_of(tx: &mut Tx, document: DocumentId) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "DELETE FROM uploads WHERE document_id = $1",
        document
    )
}
