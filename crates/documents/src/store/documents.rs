//! Documents.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::DocumentId;
use crate::documents::Failure;
use crate::templates::TemplateId;

#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct DocumentRow {
    pub id: DocumentId,
    pub owner_id: UserId,
    pub title: String,
    pub title_folded: String,
    pub original_name: Option<String>,
    pub media_type: Option<String>,
    pub format: Option<String>,
    pub size: Option<i64>,
    pub object_key: Option<String>,
    pub status: String,
    pub step: Option<String>,
    pub step_done: i64,
    pub step_total: Option<i64>,
    pub failure: Option<Json<Failure>>,
    pub ocr: Option<String>,
    pub page_count: Option<i64>,
    pub source_words: Option<i64>,
    pub chunk_count: i64,
    pub template_id: Option<TemplateId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    pub draft_version: Option<i64>,
    pub draft_words: Option<i64>,
}

/// A document as one person stands to it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct SeenRow {
    #[sqlx(flatten)]
    pub document: DocumentRow,
    /// `owner`, or the role of a member; nothing for everybody else.
    pub role: Option<String>,
    /// Whether there are members, or invitations that wait.
    pub shared: bool,
}

/// What a list shows.
#[derive(Debug)]
pub(crate) struct Filter {
    /// Who looks.
    pub person: UserId,
    /// Documents of their own.
    pub own: bool,
    /// Documents they have a part in; none of those is ever in the trash.
    pub others: bool,
    pub status: Option<String>,
    /// A `LIKE` pattern over the folded title.
    pub pattern: Option<String>,
    pub trash: bool,
}

/// A place in a list ordered by time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct TimeKey(pub Timestamp, pub DocumentId);

/// A place in a list ordered by title.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TitleKey(pub String, pub DocumentId);

pub(crate) async fn insert(tx: &mut Tx, row: &DocumentRow) -> sqlx::Result<u64> {
    query!(tx, execute,
        "INSERT INTO documents (id, owner_id, title, title_folded, original_name, media_type, size, object_key,
                                status, step, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        row.id, row.owner_id, &row.title, &row.title_folded, row.original_name.as_deref(),
        row.media_type.as_deref(), row.size, row.object_key.as_deref(), &row.status, row.step.as_deref(),
        row.created_at)
}

pub(crate) async fn get(db: &Db, id: DocumentId) -> sqlx::Result<Option<DocumentRow>> {
    query!(db, fetch_optional, DocumentRow,
        "SELECT documents.id, owner_id, title, title_folded, original_name, media_type, format, size, object_key,
                status, step, step_done, step_total, failure, ocr, page_count, source_words, chunk_count,
                template_id, created_at, documents.updated_at, deleted_at,
                drafts.version AS draft_version, drafts.words AS draft_words
         FROM documents
         LEFT JOIN drafts ON drafts.document_id = documents.id
         WHERE documents.id = $1",
        id)
}

/// A document as this person stands to it, whether they have a part in it or not.
pub(crate) async fn seen(db: &Db, id: DocumentId, person: UserId) -> sqlx::Result<Option<SeenRow>> {
    query!(db, fetch_optional, SeenRow,
        "SELECT documents.id, documents.owner_id, documents.title, documents.title_folded, documents.original_name,
                documents.media_type, documents.format, documents.size, documents.object_key, documents.status,
                documents.step, documents.step_done, documents.step_total, documents.failure, documents.ocr,
                documents.page_count, documents.source_words, documents.chunk_count, documents.template_id,
                documents.created_at, documents.updated_at, documents.deleted_at,
                drafts.version AS draft_version, drafts.words AS draft_words,
                CASE WHEN documents.owner_id = $2 THEN 'owner' ELSE mine.role END AS role,
                (EXISTS (SELECT 1 FROM document_members AS m WHERE m.document_id = documents.id)
                 OR EXISTS (SELECT 1 FROM document_invitations AS i
                            WHERE i.document_id = documents.id AND i.state = 'pending' AND i.expires_at > $3)) AS shared
         FROM documents
         LEFT JOIN drafts ON drafts.document_id = documents.id
         LEFT JOIN document_members AS mine ON mine.document_id = documents.id AND mine.user_id = $2
         WHERE documents.id = $1",
        id, person, Timestamp::now())
}

/// Whose a document is.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct Ownership {
    pub owner_id: UserId,
    pub deleted_at: Option<Timestamp>,
}

/// Whose a document is, held against changes until the transaction ends. Whoever changes who has a part in it, or
/// writes because they have one, does this first: on PostgreSQL only a statement after it sees what others did.
pub(crate) async fn lock(tx: &mut Tx, id: DocumentId) -> sqlx::Result<Option<Ownership>> {
    query!(tx, fetch_optional, Ownership,
        sqlite: "SELECT owner_id, deleted_at FROM documents WHERE id = $1",
        postgres: "SELECT owner_id, deleted_at FROM documents WHERE id = $1 FOR NO KEY UPDATE",
        id)
}

// The lists read one page of the person's own documents and one of those shared with them, each in its order, and
// merge the two.

pub(crate) async fn by_update(
    db: &Db,
    filter: &Filter,
    after: Option<TimeKey>,
    limit: i64,
) -> sqlx::Result<Vec<SeenRow>> {
    let (time, id) = after.map(|TimeKey(time, id)| (time, id)).unzip();
    query!(db, fetch_all, SeenRow,
        "SELECT documents.id, documents.owner_id, documents.title, documents.title_folded, documents.original_name,
                documents.media_type, documents.format, documents.size, documents.object_key, documents.status,
                documents.step, documents.step_done, documents.step_total, documents.failure, documents.ocr,
                documents.page_count, documents.source_words, documents.chunk_count, documents.template_id,
                documents.created_at, documents.updated_at, documents.deleted_at,
                drafts.version AS draft_version, drafts.words AS draft_words,
                listed.role,
                (EXISTS (SELECT 1 FROM document_members AS m WHERE m.document_id = documents.id)
                 OR EXISTS (SELECT 1 FROM document_invitations AS i
                            WHERE i.document_id = documents.id AND i.state = 'pending' AND i.expires_at > $10)) AS shared
         FROM (SELECT page.id, 'owner' AS role
               FROM (SELECT d.id
                     FROM documents AS d
                     WHERE $8 AND d.owner_id = $1
                       AND (d.status = $2 OR $2 IS NULL)
                       AND (d.title_folded LIKE $3 ESCAPE '\\' OR $3 IS NULL)
                       AND (d.deleted_at IS NOT NULL) = $4
                       AND ((d.updated_at, d.id) < ($5, $6) OR $5 IS NULL)
                     ORDER BY d.updated_at DESC, d.id DESC
                     LIMIT $7) AS page
               UNION ALL
               SELECT page.id, page.role
               FROM (SELECT d.id, m.role
                     FROM document_members AS m
                     JOIN documents AS d ON d.id = m.document_id
                     WHERE $9 AND m.user_id = $1 AND d.deleted_at IS NULL
                       AND (d.status = $2 OR $2 IS NULL)
                       AND (d.title_folded LIKE $3 ESCAPE '\\' OR $3 IS NULL)
                       AND ((d.updated_at, d.id) < ($5, $6) OR $5 IS NULL)
                     ORDER BY d.updated_at DESC, d.id DESC
                     LIMIT $7) AS page) AS listed
         JOIN documents ON documents.id = listed.id
         LEFT JOIN drafts ON drafts.document_id = documents.id
         ORDER BY documents.updated_at DESC, documents.id DESC
         LIMIT $7",
        filter.person, filter.status.as_deref(), filter.pattern.as_deref(), filter.trash, time, id, limit,
        filter.own, filter.others, Timestamp::now())
}

pub(crate) async fn by_creation(
    db: &Db,
    filter: &Filter,
    after: Option<TimeKey>,
    limit: i64,
) -> sqlx::Result<Vec<SeenRow>> {
    let (time, id) = after.map(|TimeKey(time, id)| (time, id)).unzip();
    query!(db, fetch_all, SeenRow,
        "SELECT documents.id, documents.owner_id, documents.title, documents.title_folded, documents.original_name,
                documents.media_type, documents.format, documents.size, documents.object_key, documents.status,
                documents.step, documents.step_done, documents.step_total, documents.failure, documents.ocr,
                documents.page_count, documents.source_words, documents.chunk_count, documents.template_id,
                documents.created_at, documents.updated_at, documents.deleted_at,
                drafts.version AS draft_version, drafts.words AS draft_words,
                listed.role,
                (EXISTS (SELECT 1 FROM document_members AS m WHERE m.document_id = documents.id)
                 OR EXISTS (SELECT 1 FROM document_invitations AS i
                            WHERE i.document_id = documents.id AND i.state = 'pending' AND i.expires_at > $10)) AS shared
         FROM (SELECT page.id, 'owner' AS role
               FROM (SELECT d.id
                     FROM documents AS d
                     WHERE $8 AND d.owner_id = $1
                       AND (d.status = $2 OR $2 IS NULL)
                       AND (d.title_folded LIKE $3 ESCAPE '\\' OR $3 IS NULL)
                       AND (d.deleted_at IS NOT NULL) = $4
                       AND ((d.created_at, d.id) < ($5, $6) OR $5 IS NULL)
                     ORDER BY d.created_at DESC, d.id DESC
                     LIMIT $7) AS page
               UNION ALL
               SELECT page.id, page.role
               FROM (SELECT d.id, m.role
                     FROM document_members AS m
                     JOIN documents AS d ON d.id = m.document_id
                     WHERE $9 AND m.user_id = $1 AND d.deleted_at IS NULL
                       AND (d.status = $2 OR $2 IS NULL)
                       AND (d.title_folded LIKE $3 ESCAPE '\\' OR $3 IS NULL)
                       AND ((d.created_at, d.id) < ($5, $6) OR $5 IS NULL)
                     ORDER BY d.created_at DESC, d.id DESC
                     LIMIT $7) AS page) AS listed
         JOIN documents ON documents.id = listed.id
         LEFT JOIN drafts ON drafts.document_id = documents.id
         ORDER BY documents.created_at DESC, documents.id DESC
         LIMIT $7",
        filter.person, filter.status.as_deref(), filter.pattern.as_deref(), filter.trash, time, id, limit,
        filter.own, filter.others, Timestamp::now())
}

pub(crate) async fn by_title(
    db: &Db,
    filter: &Filter,
    after: Option<TitleKey>,
    limit: i64,
) -> sqlx::Result<Vec<SeenRow>> {
    let (title, id) = after.map(|TitleKey(title, id)| (title, id)).unzip();
    query!(db, fetch_all, SeenRow,
        "SELECT documents.id, documents.owner_id, documents.title, documents.title_folded, documents.original_name,
                documents.media_type, documents.format, documents.size, documents.object_key, documents.status,
                documents.step, documents.step_done, documents.step_total, documents.failure, documents.ocr,
                documents.page_count, documents.source_words, documents.chunk_count, documents.template_id,
                documents.created_at, documents.updated_at, documents.deleted_at,
                drafts.version AS draft_version, drafts.words AS draft_words,
                listed.role,
                (EXISTS (SELECT 1 FROM document_members AS m WHERE m.document_id = documents.id)
                 OR EXISTS (SELECT 1 FROM document_invitations AS i
                            WHERE i.document_id = documents.id AND i.state = 'pending' AND i.expires_at > $10)) AS shared
         FROM (SELECT page.id, 'owner' AS role
               FROM (SELECT d.id
                     FROM documents AS d
                     WHERE $8 AND d.owner_id = $1
                       AND (d.status = $2 OR $2 IS NULL)
                       AND (d.title_folded LIKE $3 ESCAPE '\\' OR $3 IS NULL)
                       AND (d.deleted_at IS NOT NULL) = $4
                       AND ((d.title_folded, d.id) > ($5, $6) OR $5 IS NULL)
                     ORDER BY d.title_folded, d.id
                     LIMIT $7) AS page
               UNION ALL
               SELECT page.id, page.role
               FROM (SELECT d.id, m.role
                     FROM document_members AS m
                     JOIN documents AS d ON d.id = m.document_id
                     WHERE $9 AND m.user_id = $1 AND d.deleted_at IS NULL
                       AND (d.status = $2 OR $2 IS NULL)
                       AND (d.title_folded LIKE $3 ESCAPE '\\' OR $3 IS NULL)
                       AND ((d.title_folded, d.id) > ($5, $6) OR $5 IS NULL)
                     ORDER BY d.title_folded, d.id
                     LIMIT $7) AS page) AS listed
         JOIN documents ON documents.id = listed.id
         LEFT JOIN drafts ON drafts.document_id = documents.id
         ORDER BY documents.title_folded, documents.id
         LIMIT $7",
        filter.person, filter.status.as_deref(), filter.pattern.as_deref(), filter.trash, title, id, limit,
        filter.own, filter.others, Timestamp::now())
}

pub(crate) async fn rename(
    db: &Db,
    id: DocumentId,
    title: &str,
    folded: &str,
) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE documents SET title = $2, title_folded = $3, updated_at = $4 WHERE id = $1",
        id,
        title,
        folded,
        Timestamp::now()
    )
}

/// Puts a document into the trash; one that lies there keeps its time.
pub(crate) async fn trash(tx: &mut Tx, id: DocumentId) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE documents SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
        id,
        Timestamp::now()
    )
}

/// Gives a document to another owner.
pub(crate) async fn set_owner(tx: &mut Tx, id: DocumentId, owner: UserId) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE documents SET owner_id = $2, updated_at = $3 WHERE id = $1",
        id,
        owner,
        Timestamp::now()
    )
}

/// Takes a document out of the trash.
pub(crate) async fn untrash(db: &Db, id: DocumentId) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE documents SET deleted_at = NULL WHERE id = $1",
        id
    )
}

/// Shows what is being done to the file.
pub(crate) async fn set_step(
    db: &Db,
    id: DocumentId,
    step: &str,
    done: i64,
    total: Option<i64>,
) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE documents SET step = $2, step_done = $3, step_total = $4 WHERE id = $1 AND status = 'uploaded'",
        id,
        step,
        done,
        total
    )
}

pub(crate) struct Extracted<'a> {
    pub format: &'a str,
    /// The title the document had when reading began; one that a person gave meanwhile stays.
    pub old_title: &'a str,
    pub title: &'a str,
    pub title_folded: &'a str,
    pub ocr: &'a str,
    pub page_count: Option<i64>,
    pub source_words: i64,
    pub chunk_count: i64,
}

/// Records what was read from the file; `false` when that was done already.
pub(crate) async fn set_extracted(
    tx: &mut Tx,
    id: DocumentId,
    found: &Extracted<'_>,
) -> sqlx::Result<bool> {
    let changed = query!(tx, execute,
        "UPDATE documents
         SET status = 'extracted', step = NULL, failure = NULL, format = $2, title = CASE WHEN title = $10 THEN $3 ELSE title END,
             title_folded = CASE WHEN title = $10 THEN $4 ELSE title_folded END, ocr = $5,
             page_count = $6, source_words = $7, chunk_count = $8, updated_at = $9
         WHERE id = $1 AND status = 'uploaded'",
        id, found.format, found.title, found.title_folded, found.ocr, found.page_count, found.source_words,
        found.chunk_count, Timestamp::now(), found.old_title)?;
    Ok(changed == 1)
}

pub(crate) async fn set_failed(db: &Db, id: DocumentId, failure: &Failure) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE documents
         SET status = 'failed', step = NULL, failure = $2, updated_at = $3
         WHERE id = $1 AND status = 'uploaded'",
        id,
        Json(failure),
        Timestamp::now()
    )
}

/// A failed document waits to be read again.
pub(crate) async fn set_retrying(tx: &mut Tx, id: DocumentId) -> sqlx::Result<bool> {
    let changed = query!(
        tx,
        execute,
        "UPDATE documents
         SET status = 'uploaded', step = 'queued', step_done = 0, step_total = NULL, failure = NULL
         WHERE id = $1 AND status = 'failed' AND object_key IS NOT NULL",
        id
    )?;
    Ok(changed == 1)
}

pub(crate) async fn set_drafted(
    tx: &mut Tx,
    id: DocumentId,
    template: TemplateId,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE documents
         SET status = 'draft_generated', template_id = $2, updated_at = $3
         WHERE id = $1",
        id,
        template,
        Timestamp::now()
    )
}

pub(crate) async fn set_exported(tx: &mut Tx, id: DocumentId) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE documents SET status = 'exported' WHERE id = $1 AND status IN ('extracted', 'draft_generated')",
        id
    )
}

pub(crate) async fn touch(tx: &mut Tx, id: DocumentId) -> sqlx::Result<u64> {
    query!(tx, execute,
        "UPDATE documents
         SET updated_at = $2, status = CASE WHEN status = 'exported' THEN 'draft_generated' ELSE status END
         WHERE id = $1",
        id, Timestamp::now())
}

/// Documents that have lain in the trash since before `before`.
pub(crate) async fn expired(
    db: &Db,
    before: Timestamp,
    limit: i64,
) -> sqlx::Result<Vec<DocumentId>> {
    scalar!(
        db,
        fetch_all,
        DocumentId,
        "SELECT id FROM documents WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2",
        before,
        limit
    )
}

/// What a deleted document leaves behind.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Remains {
    /// The object of its file.
    #[sqlx(rename = "object_key")]
    pub key: Option<String>,
}

/// Deletes a document that has lain in the trash since before `before`, with its draft, revisions and source;
/// `None` when it doesn't any more.
pub(crate) async fn delete_expired(
    tx: &mut Tx,
    id: DocumentId,
    before: Timestamp,
) -> sqlx::Result<Option<Remains>> {
    query!(
        tx,
        fetch_optional,
        Remains,
        "DELETE FROM documents WHERE id = $1 AND deleted_at < $2 RETURNING object_key",
        id,
        before
    )
}
