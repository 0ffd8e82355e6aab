//! Pictures in drafts and letterheads.

use carrel_platform::auth::UserId;
use carrel_platform::db::Db;
use carrel_platform::{Timestamp, query, scalar};

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

/// Which of the pictures a person may use; `ids` is a JSON list (see `platform::db::id_list`).
pub(crate) async fn visible(db: &Db, ids: &str, user: UserId) -> sqlx::Result<Vec<ImageId>> {
    scalar!(db, fetch_all, ImageId,
        sqlite: "SELECT id FROM images
                 WHERE id IN (SELECT unhex(value) FROM json_each($1)) AND (shared OR owner_id = $2)",
        postgres: "SELECT id FROM images
                   WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)) AND (shared OR owner_id = $2)",
        ids, user)
}
