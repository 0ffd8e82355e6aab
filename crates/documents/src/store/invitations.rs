//! Invitations to documents.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};

use crate::DocumentId;
use crate::invitations::InvitationId;

#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct InvitationRow {
    pub id: InvitationId,
    pub document_id: DocumentId,
    pub email_sealed: String,
    pub email_index: Vec<u8>,
    pub role: String,
    pub token_hash: Vec<u8>,
    pub state: String,
    pub invited_by: UserId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// An invitation with what it is to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct OfferRow {
    #[sqlx(flatten)]
    pub invitation: InvitationRow,
    pub title: String,
}

pub(crate) async fn insert(tx: &mut Tx, row: &InvitationRow) -> sqlx::Result<u64> {
    query!(tx, execute,
        "INSERT INTO document_invitations (id, document_id, email_sealed, email_index, role, token_hash, state,
                                           invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        row.id, row.document_id, &row.email_sealed, &row.email_index, &row.role, &row.token_hash, &row.state,
        row.invited_by, row.created_at, row.expires_at)
}

/// The invitations to a document, newest first.
pub(crate) async fn of_document(
    db: &Db,
    document: DocumentId,
    limit: i64,
) -> sqlx::Result<Vec<InvitationRow>> {
    query!(
        db,
        fetch_all,
        InvitationRow,
        "SELECT id, document_id, email_sealed, email_index, role, token_hash, state, invited_by, created_at,
                expires_at
         FROM document_invitations
         WHERE document_id = $1
         ORDER BY id DESC
         LIMIT $2",
        document,
        limit
    )
}

/// What waits for whoever reads mail at this address and does not own the document, newest first.
pub(crate) async fn waiting(
    db: &Db,
    email_index: &[u8],
    person: UserId,
    now: Timestamp,
    limit: i64,
) -> sqlx::Result<Vec<OfferRow>> {
    query!(db, fetch_all, OfferRow,
        "SELECT i.id, i.document_id, i.email_sealed, i.email_index, i.role, i.token_hash, i.state, i.invited_by,
                i.created_at, i.expires_at, d.title
         FROM document_invitations AS i
         JOIN documents AS d ON d.id = i.document_id
         WHERE i.email_index = $1 AND i.state = 'pending' AND i.expires_at > $3
           AND d.deleted_at IS NULL AND d.owner_id <> $2
         ORDER BY i.id DESC
         LIMIT $4",
        email_index, person, now, limit)
}

pub(crate) async fn get(db: &Db, id: InvitationId) -> sqlx::Result<Option<InvitationRow>> {
    query!(
        db,
        fetch_optional,
        InvitationRow,
        "SELECT id, document_id, email_sealed, email_index, role, token_hash, state, invited_by, created_at,
                expires_at
         FROM document_invitations
         WHERE id = $1",
        id
    )
}

/// The invitation of this token, unless its document is in the trash.
pub(crate) async fn by_token(db: &Db, token_hash: &[u8]) -> sqlx::Result<Option<OfferRow>> {
    query!(db, fetch_optional, OfferRow,
        "SELECT i.id, i.document_id, i.email_sealed, i.email_index, i.role, i.token_hash, i.state, i.invited_by,
                i.created_at, i.expires_at, d.title
         FROM document_invitations AS i
         JOIN documents AS d ON d.id = i.document_id
         WHERE i.token_hash = $1 AND d.deleted_at IS NULL",
        token_hash)
}

/// Settles a pending invitation that has not expired; `false` when it is neither. Of two who do so at once, one does.
pub(crate) async fn settle(
    tx: &mut Tx,
    id: InvitationId,
    state: &str,
    by: UserId,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let settled = query!(
        tx,
        execute,
        "UPDATE document_invitations
         SET state = $2, decided_by = $3, decided_at = $4
         WHERE id = $1 AND state = 'pending' AND expires_at > $4",
        id,
        state,
        by,
        now
    )?;
    Ok(settled == 1)
}

/// Revokes an invitation to this document that is pending, expired or not.
pub(crate) async fn revoke(
    tx: &mut Tx,
    document: DocumentId,
    id: InvitationId,
    by: UserId,
) -> sqlx::Result<bool> {
    let revoked = query!(
        tx,
        execute,
        "UPDATE document_invitations
         SET state = 'revoked', decided_by = $3, decided_at = $4
         WHERE id = $2 AND document_id = $1 AND state = 'pending'",
        document,
        id,
        by,
        Timestamp::now()
    )?;
    Ok(revoked == 1)
}

/// Revokes what an address was sent for a document before.
pub(crate) async fn revoke_earlier(
    tx: &mut Tx,
    document: DocumentId,
    email_index: &[u8],
    by: UserId,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE document_invitations
         SET state = 'revoked', decided_by = $3, decided_at = $4
         WHERE document_id = $1 AND email_index = $2 AND state = 'pending'",
        document,
        email_index,
        by,
        Timestamp::now()
    )
}

/// How many invitations to a document wait.
pub(crate) async fn count_open(
    tx: &mut Tx,
    document: DocumentId,
    now: Timestamp,
) -> sqlx::Result<i64> {
    scalar!(
        tx,
        fetch_one,
        i64,
        "SELECT COUNT(*) FROM document_invitations WHERE document_id = $1 AND state = 'pending' AND expires_at > $2",
        document,
        now
    )
}

/// How many a person has sent since then.
pub(crate) async fn count_sent(tx: &mut Tx, person: UserId, since: Timestamp) -> sqlx::Result<i64> {
    scalar!(
        tx,
        fetch_one,
        i64,
        "SELECT COUNT(*) FROM document_invitations WHERE invited_by = $1 AND created_at > $2",
        person,
        since
    )
}

/// Forgets invitations made before then.
pub(crate) async fn delete_old(db: &Db, before: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "DELETE FROM document_invitations WHERE created_at < $1",
        before
    )
}

carrel_platform::sealed_column! {
    /// Addresses that invitations went to.
    pub(crate) struct InvitationEmails of InvitationId, "document_invitations", "email";
    unlike: "SELECT id, email_sealed FROM document_invitations
             WHERE email_sealed NOT LIKE $1 AND (id > $2 OR $2 IS NULL)
             ORDER BY id
             LIMIT $3";
    count: "SELECT COUNT(*) FROM document_invitations WHERE email_sealed LIKE $1";
    replace: "UPDATE document_invitations SET email_sealed = $3 WHERE id = $1 AND email_sealed = $2";
}
