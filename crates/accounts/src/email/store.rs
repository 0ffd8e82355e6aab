//! Every SQL statement about links in mails, and about what they do to people.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query};

use super::LinkId;

/// A link as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct LinkRow {
    pub id: LinkId,
    pub user_id: UserId,
    /// The address it was sent to.
    pub email_index: Vec<u8>,
    /// The address that is to become the person's.
    pub email_sealed: Option<String>,
    /// The password that becomes the account's.
    pub password_hash: Option<String>,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

pub(super) async fn insert_link(
    tx: &mut Tx,
    link: &LinkRow,
    purpose: &str,
    hash: &[u8],
    now: Timestamp,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO email_tokens (id, hash, user_id, purpose, email_index, email_sealed, password_hash, created_at,
                                   expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        link.id,
        hash,
        link.user_id,
        purpose,
        &link.email_index,
        link.email_sealed.as_deref(),
        link.password_hash.as_deref(),
        now,
        link.expires_at
    )
}

/// The link of this token, also when it was used or has expired.
pub(super) async fn link(db: &Db, hash: &[u8], purpose: &str) -> sqlx::Result<Option<LinkRow>> {
    query!(
        db,
        fetch_optional,
        LinkRow,
        "SELECT t.id, t.user_id, t.email_index, t.email_sealed, t.password_hash, t.expires_at, t.used_at
         FROM email_tokens AS t
         JOIN people AS p ON p.id = t.user_id
         WHERE t.hash = $1 AND t.purpose = $2 AND p.disabled_at IS NULL",
        hash,
        purpose
    )
}

/// Uses a link up; `false` when it was used already or has expired. Of two who do so at once, one does.
pub(super) async fn use_link(tx: &mut Tx, id: LinkId, now: Timestamp) -> sqlx::Result<bool> {
    let used = query!(
        tx,
        execute,
        "UPDATE email_tokens SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2",
        id,
        now
    )?;
    Ok(used == 1)
}

/// Ends a person's links for one purpose.
pub(super) async fn end_links(
    tx: &mut Tx,
    user: UserId,
    purpose: &str,
    now: Timestamp,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE email_tokens SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL",
        user,
        purpose,
        now
    )
}

/// Ends all links of a person.
pub(crate) async fn end_all_links(tx: &mut Tx, user: UserId, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE email_tokens SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL",
        user,
        now
    )
}

/// Removes links that were used or have expired.
pub(super) async fn sweep_links(db: &Db, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "DELETE FROM email_tokens WHERE used_at IS NOT NULL OR expires_at <= $1",
        now
    )
}

/// Notes that a person reads mail at this address, with the password they gave if one is given; `false` when it is not
/// their address any more, or they are switched off.
pub(super) async fn verify_person(
    tx: &mut Tx,
    id: UserId,
    email_index: &[u8],
    password_hash: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let verified = query!(
        tx,
        execute,
        "UPDATE people
         SET email_verified_at = $4, password_hash = COALESCE($3, password_hash), updated_at = $4
         WHERE id = $1 AND email_index = $2 AND email_verified_at IS NULL AND disabled_at IS NULL",
        id,
        email_index,
        password_hash,
        now
    )?;
    Ok(verified == 1)
}

/// Sets a password by a link to this address, which shows that mail is read there; `false` when it is not the person's
/// address any more, or they are switched off.
pub(super) async fn set_password(
    tx: &mut Tx,
    id: UserId,
    email_index: &[u8],
    password_hash: &str,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let set = query!(
        tx,
        execute,
        "UPDATE people
         SET password_hash = $3, email_verified_at = COALESCE(email_verified_at, $4), updated_at = $4
         WHERE id = $1 AND email_index = $2 AND disabled_at IS NULL",
        id,
        email_index,
        password_hash,
        now
    )?;
    Ok(set == 1)
}

/// Gives a person another address, at which they read mail; `false` when they are switched off or gone. An address that
/// belongs to someone breaks the unique constraint.
pub(super) async fn change_address(
    tx: &mut Tx,
    id: UserId,
    email_sealed: &str,
    email_index: &[u8],
    now: Timestamp,
) -> sqlx::Result<bool> {
    let changed = query!(
        tx,
        execute,
        "UPDATE people
         SET email_sealed = $2, email_index = $3, email_verified_at = $4, updated_at = $4
         WHERE id = $1 AND disabled_at IS NULL",
        id,
        email_sealed,
        email_index,
        now
    )?;
    Ok(changed == 1)
}

/// Revokes every API key of a person.
pub(super) async fn revoke_keys(tx: &mut Tx, user: UserId, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE api_keys SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL",
        user,
        now
    )
}

/// Ends the sessions of people who have not shown that they read mail at their address.
pub(super) async fn end_unverified_sessions(db: &Db, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE sessions
         SET ended_at = $1
         WHERE ended_at IS NULL AND user_id IN (SELECT id FROM people WHERE email_verified_at IS NULL)",
        now
    )
}

carrel_platform::sealed_column! {
    /// Addresses that wait to be confirmed.
    pub(crate) struct TokenEmails of LinkId, "email_tokens", "email";
    unlike: "SELECT id, email_sealed FROM email_tokens
             WHERE email_sealed NOT LIKE $1 AND (id > $2 OR $2 IS NULL)
             ORDER BY id
             LIMIT $3";
    count: "SELECT COUNT(*) FROM email_tokens WHERE email_sealed LIKE $1";
    replace: "UPDATE email_tokens SET email_sealed = $3 WHERE id = $1 AND email_sealed = $2";
}
