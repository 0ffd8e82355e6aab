//! Saved prompts.

use carrel_platform::auth::UserId;
use carrel_platform::db::Db;
use carrel_platform::{Timestamp, query};
use sqlx::types::Json;

use crate::prompts::PromptId;

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct PromptRow {
    pub id: PromptId,
    pub owner_id: UserId,
    pub title: String,
    pub body: String,
    pub tags: Json<Vec<String>>,
    pub shared: bool,
    pub uses: i64,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

pub(crate) async fn insert(db: &Db, row: &PromptRow) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "INSERT INTO prompts (id, owner_id, title, body, tags, shared, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        row.id,
        row.owner_id,
        &row.title,
        &row.body,
        &row.tags,
        row.shared,
        row.version,
        row.created_at
    )
}

pub(crate) async fn get(db: &Db, id: PromptId) -> sqlx::Result<Option<PromptRow>> {
    query!(
        db,
        fetch_optional,
        PromptRow,
        "SELECT id, owner_id, title, body, tags, shared, uses, version, created_at, updated_at
         FROM prompts
         WHERE id = $1",
        id
    )
}

/// A person's prompts and those shared with everyone, newest first. `pattern` is for `LIKE`.
pub(crate) async fn list(
    db: &Db,
    user: UserId,
    pattern: Option<&str>,
    before: Option<PromptId>,
    limit: i64,
) -> sqlx::Result<Vec<PromptRow>> {
    query!(
        db,
        fetch_all,
        PromptRow,
        "SELECT id, owner_id, title, body, tags, shared, uses, version, created_at, updated_at
         FROM prompts
         WHERE (owner_id = $1 OR shared)
           AND (LOWER(title) LIKE $2 ESCAPE '\\' OR LOWER(body) LIKE $2 ESCAPE '\\' OR $2 IS NULL)
           AND (id < $3 OR $3 IS NULL)
         ORDER BY id DESC
         LIMIT $4",
        user,
        pattern,
        before,
        limit
    )
}

/// Replaces version `expected`; `false` when the prompt is another one by now.
pub(crate) async fn replace(db: &Db, row: &PromptRow, expected: i64) -> sqlx::Result<bool> {
    let replaced = query!(
        db,
        execute,
        "UPDATE prompts
         SET title = $3, body = $4, tags = $5, shared = $6, version = $7, updated_at = $8
         WHERE id = $1 AND version = $2",
        row.id,
        expected,
        &row.title,
        &row.body,
        &row.tags,
        row.shared,
        row.version,
        row.updated_at
    )?;
    Ok(replaced == 1)
}

pub(crate) async fn count_use(db: &Db, id: PromptId) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE prompts SET uses = uses + 1 WHERE id = $1",
        id
    )
}

pub(crate) async fn delete(db: &Db, id: PromptId) -> sqlx::Result<u64> {
    query!(db, execute, "DELETE FROM prompts WHERE id = $1", id)
}
