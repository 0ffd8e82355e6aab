//! Who has a part in documents.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};

use crate::DocumentId;
use crate::access::MemberRole;

#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct MemberRow {
    pub user_id: UserId,
    pub role: String,
    pub since: Timestamp,
}

/// The members of a document, who came first at the top.
pub(crate) async fn of_document(db: &Db, document: DocumentId) -> sqlx::Result<Vec<MemberRow>> {
    query!(
        db,
        fetch_all,
        MemberRow,
        "SELECT user_id, role, since
         FROM document_members
         WHERE document_id = $1
         ORDER BY since, user_id",
        document
    )
}

/// The role of a member.
pub(crate) async fn role(
    tx: &mut Tx,
    document: DocumentId,
    user: UserId,
) -> sqlx::Result<Option<String>> {
    scalar!(
        tx,
        fetch_optional,
        String,
        "SELECT role FROM document_members WHERE document_id = $1 AND user_id = $2",
        document,
        user
    )
}

pub(crate) async fn count(tx: &mut Tx, document: DocumentId) -> sqlx::Result<i64> {
    scalar!(
        tx,
        fetch_one,
        i64,
        "SELECT COUNT(*) FROM document_members WHERE document_id = $1",
        document
    )
}

/// Makes someone a member, or gives a member another role.
pub(crate) async fn put(
    tx: &mut Tx,
    document: DocumentId,
    user: UserId,
    role: MemberRole,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO document_members (document_id, user_id, role, since)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (document_id, user_id) DO UPDATE SET role = excluded.role",
        document,
        user,
        role.as_str(),
        Timestamp::now()
    )
}

/// `false` when that person is no member.
pub(crate) async fn remove(tx: &mut Tx, document: DocumentId, user: UserId) -> sqlx::Result<bool> {
    let removed = query!(
        tx,
        execute,
        "DELETE FROM document_members WHERE document_id = $1 AND user_id = $2",
        document,
        user
    )?;
    Ok(removed == 1)
}
