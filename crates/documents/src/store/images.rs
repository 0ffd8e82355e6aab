//! Pictures in drafts and letterheads.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};

use crate::DocumentId;
use crate::images::ImageId;

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ImageRow {
    pub id: ImageId,
    pub owner_id: UserId,
    pub media_type: String,
    pub size: i64,
    pub width: i64,
    pub height: i64,
    pub shared: bool,
}

pub(crate) async fn insert(db: &Db, row: &ImageRow) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "INSERT INTO images (id, owner_id, media_type, size, width, height, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        row.id,
        row.owner_id,
        &row.media_type,
        row.size,
        row.width,
        row.height,
        Timestamp::now()
    )
}

pub(crate) async fn get(db: &Db, id: ImageId) -> sqlx::Result<Option<ImageRow>> {
    query!(
        db,
        fetch_optional,
        ImageRow,
        "SELECT id, owner_id, media_type, size, width, height, shared FROM images WHERE id = $1",
        id
    )
}

/// Everybody may see the logo of a template that everybody may use.
pub(crate) async fn share(db: &Db, id: ImageId, owner: UserId) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE images SET shared = TRUE WHERE id = $1 AND owner_id = $2",
        id,
        owner
    )
}

/// Which of the pictures a person may see and use: their own, those for everybody, and those in documents that they
/// have a part in. `ids` is a JSON list (see `platform::db::id_list`).
pub(crate) async fn visible(db: &Db, ids: &str, user: UserId) -> sqlx::Result<Vec<ImageId>> {
    scalar!(db, fetch_all, ImageId,
        sqlite: "SELECT id FROM images
                 WHERE id IN (SELECT unhex(value) FROM json_each($1))
                   AND (shared OR owner_id = $2
                        OR EXISTS (SELECT 1
                                   FROM revision_images AS r
                                   JOIN documents AS d ON d.id = r.document_id
                                   WHERE r.image_id = images.id
                                     AND (d.owner_id = $2
                                          OR (d.deleted_at IS NULL
                                              AND EXISTS (SELECT 1 FROM document_members AS m
                                                          WHERE m.document_id = d.id AND m.user_id = $2)))))",
        postgres: "SELECT id FROM images
                   WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb))
                     AND (shared OR owner_id = $2
                        OR EXISTS (SELECT 1
                                   FROM revision_images AS r
                                   JOIN documents AS d ON d.id = r.document_id
                                   WHERE r.image_id = images.id
                                     AND (d.owner_id = $2
                                          OR (d.deleted_at IS NULL
                                              AND EXISTS (SELECT 1 FROM document_members AS m
                                                          WHERE m.document_id = d.id AND m.user_id = $2)))))",
        ids, user)
}

/// Notes that a revision shows these pictures; `ids` is a JSON list (see `platform::db::id_list`). Gives how many of
/// them there are.
pub(crate) async fn use_in_revision(
    tx: &mut Tx,
    document: DocumentId,
    number: i64,
    ids: &str,
) -> sqlx::Result<u64> {
    query!(tx, execute,
        sqlite: "INSERT INTO revision_images (document_id, number, image_id)
                 SELECT $1, $2, id FROM images WHERE id IN (SELECT unhex(value) FROM json_each($3))",
        postgres: "INSERT INTO revision_images (document_id, number, image_id)
                   SELECT $1::uuid, $2::bigint, id
                   FROM images
                   WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text($3::jsonb))
                   FOR KEY SHARE",
        document, number, ids)
}

/// Forgets which pictures a revision shows, as its text is about to be another one.
pub(crate) async fn release_from_revision(
    tx: &mut Tx,
    document: DocumentId,
    number: i64,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "DELETE FROM revision_images WHERE document_id = $1 AND number = $2",
        document,
        number
    )
}

/// Pictures from before `before` that no revision and no version of a template shows.
pub(crate) async fn unused(
    db: &Db,
    before: Timestamp,
    after: Option<ImageId>,
    limit: i64,
) -> sqlx::Result<Vec<ImageId>> {
    scalar!(
        db,
        fetch_all,
        ImageId,
        "SELECT id
         FROM images
         WHERE created_at < $1
           AND (id > $2 OR $2 IS NULL)
           AND NOT EXISTS (SELECT 1 FROM revision_images WHERE image_id = images.id)
           AND NOT EXISTS (SELECT 1 FROM template_versions WHERE logo_id = images.id)
         ORDER BY id
         LIMIT $3",
        before,
        after,
        limit
    )
}

/// Deletes a picture, unless something shows it by now; then the transaction can't go on.
pub(crate) async fn delete_unused(tx: &mut Tx, id: ImageId) -> sqlx::Result<bool> {
    let deleted = query!(tx, execute, "DELETE FROM images WHERE id = $1", id);
    match deleted {
        Ok(rows) => Ok(rows == 1),
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(false),
        Err(error) => Err(error),
    }
}
