//! Drafts and their revisions.

use carrel_formats::tree::DocumentTree;
use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query};
use sqlx::types::Json;

use crate::DocumentId;

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct DraftRow {
    pub version: i64,
    pub tree: Json<DocumentTree>,
    pub words: i64,
    pub updated_by: Option<UserId>,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct RevisionRow {
    pub number: i64,
    pub name: Option<String>,
    pub cause: String,
    pub author_id: Option<UserId>,
    pub words: i64,
    pub created_at: Timestamp,
}

pub(crate) async fn get(db: &Db, document: DocumentId) -> sqlx::Result<Option<DraftRow>> {
    query!(
        db,
        fetch_optional,
        DraftRow,
        "SELECT version, tree, words, updated_by, updated_at FROM drafts WHERE document_id = $1",
        document
    )
}

/// The draft, held against changes until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, document: DocumentId) -> sqlx::Result<Option<DraftRow>> {
    query!(tx, fetch_optional, DraftRow,
        sqlite: "SELECT version, tree, words, updated_by, updated_at FROM drafts WHERE document_id = $1",
        postgres: "SELECT version, tree, words, updated_by, updated_at FROM drafts WHERE document_id = $1 FOR UPDATE",
        document)
}

/// Stores the first draft; `false` when there is one.
pub(crate) async fn insert(
    tx: &mut Tx,
    document: DocumentId,
    tree: &DocumentTree,
    words: i64,
    author: UserId,
) -> sqlx::Result<bool> {
    let inserted = query!(
        tx,
        execute,
        "INSERT INTO drafts (document_id, version, tree, words, updated_by, updated_at)
         VALUES ($1, 1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
        document,
        Json(tree),
        words,
        author,
        Timestamp::now()
    )?;
    Ok(inserted == 1)
}

/// Replaces version `expected`; `false` when the draft is another one by now.
pub(crate) async fn replace(
    tx: &mut Tx,
    document: DocumentId,
    expected: i64,
    tree: &DocumentTree,
    words: i64,
    author: UserId,
) -> sqlx::Result<bool> {
    let replaced = query!(
        tx,
        execute,
        "UPDATE drafts
         SET version = version + 1, tree = $3, words = $4, updated_by = $5, updated_at = $6
         WHERE document_id = $1 AND version = $2",
        document,
        expected,
        Json(tree),
        words,
        author,
        Timestamp::now()
    )?;
    Ok(replaced == 1)
}

pub(crate) async fn last_revision(
    tx: &mut Tx,
    document: DocumentId,
) -> sqlx::Result<Option<RevisionRow>> {
    query!(
        tx,
        fetch_optional,
        RevisionRow,
        "SELECT number, name, cause, author_id, words, created_at
         FROM revisions
         WHERE document_id = $1
         ORDER BY number DESC
         LIMIT 1",
        document
    )
}

pub(crate) async fn insert_revision(
    tx: &mut Tx,
    document: DocumentId,
    revision: &RevisionRow,
    tree: &DocumentTree,
) -> sqlx::Result<u64> {
    query!(tx, execute,
        "INSERT INTO revisions (document_id, number, name, cause, author_id, tree, words, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        document, revision.number, revision.name.as_deref(), &revision.cause, revision.author_id, Json(tree),
        revision.words, revision.created_at)
}

/// Goes on with the revision of one stretch of typing.
pub(crate) async fn continue_revision(
    tx: &mut Tx,
    document: DocumentId,
    number: i64,
    tree: &DocumentTree,
    words: i64,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE revisions SET tree = $3, words = $4 WHERE document_id = $1 AND number = $2",
        document,
        number,
        Json(tree),
        words
    )
}

pub(crate) async fn revisions(
    db: &Db,
    document: DocumentId,
    before: i64,
    limit: i64,
) -> sqlx::Result<Vec<RevisionRow>> {
    query!(
        db,
        fetch_all,
        RevisionRow,
        "SELECT number, name, cause, author_id, words, created_at
         FROM revisions
         WHERE document_id = $1 AND number < $2
         ORDER BY number DESC
         LIMIT $3",
        document,
        before,
        limit
    )
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct RevisionWithTree {
    #[sqlx(flatten)]
    pub revision: RevisionRow,
    pub tree: Json<DocumentTree>,
}

pub(crate) async fn revision(
    db: &Db,
    document: DocumentId,
    number: i64,
) -> sqlx::Result<Option<RevisionWithTree>> {
    query!(
        db,
        fetch_optional,
        RevisionWithTree,
        "SELECT number, name, cause, author_id, words, created_at, tree
         FROM revisions
         WHERE document_id = $1 AND number = $2",
        document,
        number
    )
}

pub(crate) async fn name_revision(
    db: &Db,
    document: DocumentId,
    number: i64,
    name: &str,
) -> sqlx::Result<bool> {
    let named = query!(
        db,
        execute,
        "UPDATE revisions SET name = $3 WHERE document_id = $1 AND number = $2",
        document,
        number,
        name
    )?;
    Ok(named == 1)
}
