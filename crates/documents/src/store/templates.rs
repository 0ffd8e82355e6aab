//! Templates and their versions.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query};
use sqlx::types::Json;

use crate::images::ImageId;
use crate::templates::{TemplateContent, TemplateId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct TemplateRow {
    pub id: TemplateId,
    pub owner_id: Option<UserId>,
    pub scope: String,
    pub content: Json<TemplateContent>,
    pub name: String,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct VersionRow {
    pub version: i64,
    pub content: Json<TemplateContent>,
    pub author_id: Option<UserId>,
    pub created_at: Timestamp,
}

pub(crate) async fn insert(tx: &mut Tx, row: &TemplateRow) -> sqlx::Result<u64> {
    query!(tx, execute,
        "INSERT INTO templates (id, owner_id, scope, content, name, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        row.id, row.owner_id, &row.scope, &row.content, &row.name, row.version, row.created_at)
}

pub(crate) async fn insert_version(
    tx: &mut Tx,
    template: TemplateId,
    version: i64,
    content: &TemplateContent,
    author: Option<UserId>,
) -> sqlx::Result<u64> {
    // The reference keeps the picture from being deleted.
    let logo = content.letterhead.logo.as_deref();
    query!(
        tx,
        execute,
        "INSERT INTO template_versions (template_id, version, content, author_id, created_at, logo_id)
         VALUES ($1, $2, $3, $4, $5, $6)",
        template,
        version,
        Json(content),
        author,
        Timestamp::now(),
        logo.and_then(ImageId::from_source)
    )
}

pub(crate) async fn get(db: &Db, id: TemplateId) -> sqlx::Result<Option<TemplateRow>> {
    query!(
        db,
        fetch_optional,
        TemplateRow,
        "SELECT id, owner_id, scope, content, name, version, created_at, updated_at
         FROM templates
         WHERE id = $1 AND deleted_at IS NULL",
        id
    )
}

/// A person's templates and the global ones, newest first. `pattern` is for `LIKE`.
pub(crate) async fn list(
    db: &Db,
    user: UserId,
    scope: Option<&str>,
    pattern: Option<&str>,
    before: Option<TemplateId>,
    limit: i64,
) -> sqlx::Result<Vec<TemplateRow>> {
    query!(
        db,
        fetch_all,
        TemplateRow,
        "SELECT id, owner_id, scope, content, name, version, created_at, updated_at
         FROM templates
         WHERE deleted_at IS NULL
           AND (scope = 'global' OR owner_id = $1)
           AND (scope = $2 OR $2 IS NULL)
           AND (LOWER(name) LIKE $3 ESCAPE '\\' OR $3 IS NULL)
           AND (id < $4 OR $4 IS NULL)
         ORDER BY id DESC
         LIMIT $5",
        user,
        scope,
        pattern,
        before,
        limit
    )
}

/// Replaces version `expected`; `false` when the template is another one by now.
pub(crate) async fn replace(tx: &mut Tx, row: &TemplateRow, expected: i64) -> sqlx::Result<bool> {
    let replaced = query!(
        tx,
        execute,
        "UPDATE templates
         SET scope = $3, content = $4, name = $5, version = $6, updated_at = $7
         WHERE id = $1 AND version = $2 AND deleted_at IS NULL",
        row.id,
        expected,
        &row.scope,
        &row.content,
        &row.name,
        row.version,
        row.updated_at
    )?;
    Ok(replaced == 1)
}

pub(crate) async fn delete(db: &Db, id: TemplateId) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE templates SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
        id,
        Timestamp::now()
    )
}

/// Deletes templates that were deleted before `before`, with all their versions.
pub(crate) async fn delete_for_good(db: &Db, before: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "DELETE FROM templates WHERE deleted_at < $1",
        before
    )
}

pub(crate) async fn versions(db: &Db, template: TemplateId) -> sqlx::Result<Vec<VersionRow>> {
    query!(
        db,
        fetch_all,
        VersionRow,
        "SELECT version, content, author_id, created_at
         FROM template_versions
         WHERE template_id = $1
         ORDER BY version DESC
         LIMIT 200",
        template
    )
}

pub(crate) async fn version(
    db: &Db,
    template: TemplateId,
    version: i64,
) -> sqlx::Result<Option<VersionRow>> {
    query!(
        db,
        fetch_optional,
        VersionRow,
        "SELECT version, content, author_id, created_at
         FROM template_versions
         WHERE template_id = $1 AND version = $2",
        template,
        version
    )
}

/// Records that something is put into the database once for all time; `false` when it was.
pub(crate) async fn seed_once(tx: &mut Tx, name: &str) -> sqlx::Result<bool> {
    let first = query!(
        tx,
        execute,
        "INSERT INTO seeds (name, made_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        name,
        Timestamp::now()
    )?;
    Ok(first == 1)
}
