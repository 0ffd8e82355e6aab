//! What was read from a document's file: pages of blocks, and chunks.

use carrel_formats::SourceBlock;
use carrel_platform::db::{Db, Tx};
use carrel_platform::query;
use serde::Serialize;
use sqlx::types::Json;

use crate::DocumentId;

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct PageRow {
    pub idx: i64,
    pub page: Option<i64>,
    pub blocks: Json<Vec<SourceBlock>>,
}

/// A part of a long source that a model reads at once.
#[derive(Clone, Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct DocChunk {
    /// Its place, from 0.
    pub idx: i64,
    /// Where it begins, in Unicode scalar values.
    #[sqlx(rename = "start_at")]
    pub start: i64,
    /// Where it ends.
    #[sqlx(rename = "end_at")]
    pub end: i64,
    /// What it is about: its first heading or first words.
    #[schema(required = true)]
    pub summary: Option<String>,
    /// About how many tokens it has.
    pub tokens: i64,
}

pub(crate) async fn clear(tx: &mut Tx, document: DocumentId) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "DELETE FROM doc_chunks WHERE document_id = $1",
        document
    )?;
    query!(
        tx,
        execute,
        "DELETE FROM source_pages WHERE document_id = $1",
        document
    )
}

pub(crate) async fn insert_page(
    tx: &mut Tx,
    document: DocumentId,
    idx: i64,
    page: Option<i64>,
    blocks: &[SourceBlock],
    search_text: &str,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO source_pages (document_id, idx, page, blocks, search_text)
         VALUES ($1, $2, $3, $4, $5)",
        document,
        idx,
        page,
        Json(blocks),
        search_text
    )
}

pub(crate) async fn insert_chunk(
    tx: &mut Tx,
    document: DocumentId,
    chunk: &DocChunk,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO doc_chunks (document_id, idx, start_at, end_at, tokens, summary)
         VALUES ($1, $2, $3, $4, $5, $6)",
        document,
        chunk.idx,
        chunk.start,
        chunk.end,
        chunk.tokens,
        chunk.summary.as_deref()
    )
}

/// Pages from `from` on.
pub(crate) async fn pages(
    db: &Db,
    document: DocumentId,
    from: i64,
    limit: i64,
) -> sqlx::Result<Vec<PageRow>> {
    query!(
        db,
        fetch_all,
        PageRow,
        "SELECT idx, page, blocks
         FROM source_pages
         WHERE document_id = $1 AND idx >= $2
         ORDER BY idx
         LIMIT $3",
        document,
        from,
        limit
    )
}

/// Pages that hold the pattern (folded, for `LIKE`).
pub(crate) async fn matching(
    db: &Db,
    document: DocumentId,
    pattern: &str,
    limit: i64,
) -> sqlx::Result<Vec<PageRow>> {
    query!(
        db,
        fetch_all,
        PageRow,
        "SELECT idx, page, blocks
         FROM source_pages
         WHERE document_id = $1 AND search_text LIKE $2 ESCAPE '\\'
         ORDER BY idx
         LIMIT $3",
        document,
        pattern,
        limit
    )
}

pub(crate) async fn chunks(db: &Db, document: DocumentId) -> sqlx::Result<Vec<DocChunk>> {
    query!(
        db,
        fetch_all,
        DocChunk,
        "SELECT idx, start_at, end_at, summary, tokens
         FROM doc_chunks
         WHERE document_id = $1
         ORDER BY idx",
        document
    )
}
