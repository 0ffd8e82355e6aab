//! The SQL of the outbox.

use crate::db::{Db, Tx};
use crate::{Timestamp, query, scalar};

use super::{MailId, MailRecord};

pub(super) struct NewMail {
    pub id: MailId,
    pub kind: &'static str,
    pub recipient_sealed: String,
    pub recipient_index: Vec<u8>,
    pub subject_sealed: String,
    pub body_sealed: String,
    pub created_at: Timestamp,
}

/// A mail as stored.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct MailRow {
    pub id: MailId,
    pub kind: String,
    pub recipient_sealed: Option<String>,
    pub subject_sealed: String,
    pub body_sealed: Option<String>,
    pub state: String,
    pub failure_sealed: Option<String>,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}

pub(super) async fn insert(tx: &mut Tx, mail: &NewMail) -> sqlx::Result<u64> {
    query!(tx, execute,
        "INSERT INTO mail_outbox (id, kind, recipient_sealed, recipient_index, subject_sealed, body_sealed, state,
                                  created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7)",
        mail.id, mail.kind, &mail.recipient_sealed, &mail.recipient_index, &mail.subject_sealed, &mail.body_sealed,
        mail.created_at)
}

pub(super) async fn mail(db: &Db, id: MailId) -> sqlx::Result<Option<MailRow>> {
    query!(
        db,
        fetch_optional,
        MailRow,
        "SELECT id, kind, recipient_sealed, subject_sealed, body_sealed, state, failure_sealed, created_at, sent_at
         FROM mail_outbox
         WHERE id = $1",
        id
    )
}

/// Mails, newest first, from below `before` on.
pub(super) async fn mails(
    db: &Db,
    before: Option<MailId>,
    limit: i64,
) -> sqlx::Result<Vec<MailRow>> {
    query!(
        db,
        fetch_all,
        MailRow,
        "SELECT id, kind, recipient_sealed, subject_sealed, body_sealed, state, failure_sealed, created_at, sent_at
         FROM mail_outbox
         WHERE (id < $1 OR $1 IS NULL)
         ORDER BY id DESC
         LIMIT $2",
        before,
        limit
    )
}

/// Notes that a mail that waited was sent.
pub(super) async fn sent(db: &Db, id: MailId, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE mail_outbox SET state = 'sent', sent_at = $2, failure_sealed = NULL WHERE id = $1 AND state = 'queued'",
        id,
        now
    )
}

/// Notes why a mail that waits could not be sent yet.
pub(super) async fn delayed(db: &Db, id: MailId, failure_sealed: &str) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE mail_outbox SET failure_sealed = $2 WHERE id = $1 AND state = 'queued'",
        id,
        failure_sealed
    )
}

/// Gives a mail up; with a reason in place of the one that was noted, if one is given.
pub(super) async fn failed(db: &Db, id: MailId, failure_sealed: Option<&str>) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE mail_outbox
         SET state = 'failed', failure_sealed = COALESCE($2, failure_sealed)
         WHERE id = $1 AND state = 'queued'",
        id,
        failure_sealed
    )
}

/// Lets a mail that was not sent wait again; `false` when it was sent, or is not there any more.
pub(super) async fn queue_again(tx: &mut Tx, id: MailId) -> sqlx::Result<bool> {
    let queued = query!(
        tx,
        execute,
        "UPDATE mail_outbox SET state = 'queued' WHERE id = $1 AND state <> 'sent' AND body_sealed IS NOT NULL",
        id
    )?;
    Ok(queued == 1)
}

/// Mails that wait, written between these times, oldest first.
pub(super) async fn waiting(
    db: &Db,
    after: Timestamp,
    before: Timestamp,
    limit: i64,
) -> sqlx::Result<Vec<MailId>> {
    scalar!(
        db,
        fetch_all,
        MailId,
        "SELECT id
         FROM mail_outbox
         WHERE state = 'queued' AND created_at >= $1 AND created_at < $2
         ORDER BY created_at
         LIMIT $3",
        after,
        before,
        limit
    )
}

/// Removes whom mails that were sent before this time went to, and what they said.
pub(super) async fn forget_sent(db: &Db, before: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE mail_outbox
         SET recipient_sealed = NULL, recipient_index = NULL, body_sealed = NULL
         WHERE state = 'sent' AND sent_at < $1 AND body_sealed IS NOT NULL",
        before
    )
}

/// Removes mails written before this time.
pub(super) async fn sweep(db: &Db, before: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "DELETE FROM mail_outbox WHERE created_at < $1",
        before
    )
}

/// Removes every mail to an address.
pub(super) async fn erase(tx: &mut Tx, index: &[u8]) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "DELETE FROM mail_outbox WHERE recipient_index = $1",
        index
    )
}

pub(super) async fn record_of(db: &Db, index: &[u8]) -> sqlx::Result<Vec<MailRecord>> {
    query!(
        db,
        fetch_all,
        MailRecord,
        "SELECT kind, created_at, sent_at FROM mail_outbox WHERE recipient_index = $1 ORDER BY id",
        index
    )
}

crate::sealed_column! {
    /// Whom mails go to.
    pub(crate) struct Recipients of MailId, "mail_outbox", "recipient";
    unlike: "SELECT id, recipient_sealed FROM mail_outbox
             WHERE recipient_sealed NOT LIKE $1 AND (id > $2 OR $2 IS NULL)
             ORDER BY id
             LIMIT $3";
    count: "SELECT COUNT(*) FROM mail_outbox WHERE recipient_sealed LIKE $1";
    replace: "UPDATE mail_outbox SET recipient_sealed = $3 WHERE id = $1 AND recipient_sealed = $2";
}

crate::sealed_column! {
    /// Subjects of mails.
    pub(crate) struct Subjects of MailId, "mail_outbox", "subject";
    unlike: "SELECT id, subject_sealed FROM mail_outbox
             WHERE subject_sealed NOT LIKE $1 AND (id > $2 OR $2 IS NULL)
             ORDER BY id
             LIMIT $3";
    count: "SELECT COUNT(*) FROM mail_outbox WHERE subject_sealed LIKE $1";
    replace: "UPDATE mail_outbox SET subject_sealed = $3 WHERE id = $1 AND subject_sealed = $2";
}

crate::sealed_column! {
    /// Texts of mails.
    pub(crate) struct Bodies of MailId, "mail_outbox", "body";
    unlike: "SELECT id, body_sealed FROM mail_outbox
             WHERE body_sealed NOT LIKE $1 AND (id > $2 OR $2 IS NULL)
             ORDER BY id
             LIMIT $3";
    count: "SELECT COUNT(*) FROM mail_outbox WHERE body_sealed LIKE $1";
    replace: "UPDATE mail_outbox SET body_sealed = $3 WHERE id = $1 AND body_sealed = $2";
}

crate::sealed_column! {
    /// What mail servers said, which may name the recipient.
    pub(crate) struct Failures of MailId, "mail_outbox", "failure";
    unlike: "SELECT id, failure_sealed FROM mail_outbox
             WHERE failure_sealed NOT LIKE $1 AND (id > $2 OR $2 IS NULL)
             ORDER BY id
             LIMIT $3";
    count: "SELECT COUNT(*) FROM mail_outbox WHERE failure_sealed LIKE $1";
    replace: "UPDATE mail_outbox SET failure_sealed = $3 WHERE id = $1 AND failure_sealed = $2";
}
