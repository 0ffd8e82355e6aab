//! Every SQL statement about API keys.

use carrel_platform::auth::{ApiKeyId, UserId};
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};

use crate::rights::Rules;

/// A key as it is shown.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct KeyRow {
    pub id: ApiKeyId,
    pub user_id: UserId,
    pub prefix: String,
    pub name_sealed: String,
    pub scopes: i64,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub window_began_at: Option<Timestamp>,
}

/// A key that lives, with what is needed to answer a request of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct LiveKey {
    pub id: ApiKeyId,
    pub user_id: UserId,
    pub scopes: i64,
    pub rules: Rules,
}

/// The counted requests of a key in its present window.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct Window {
    pub window_began_at: Timestamp,
    pub window_requests: i64,
}

/// Holds a person's row until the transaction ends, so that what is counted of them stays true; `false` when there is
/// no such person.
pub async fn hold_person(tx: &mut Tx, user: UserId) -> sqlx::Result<bool> {
    let held = query!(
        tx,
        execute,
        "UPDATE people SET updated_at = updated_at WHERE id = $1",
        user
    )?;
    Ok(held == 1)
}

/// How many keys of a person live at `now`.
pub async fn count(tx: &mut Tx, user: UserId, now: Timestamp) -> sqlx::Result<i64> {
    scalar!(
        tx,
        fetch_one,
        i64,
        "SELECT COUNT(*)
         FROM api_keys
         WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at > $2 OR expires_at IS NULL)",
        user,
        now
    )
}

pub async fn insert(tx: &mut Tx, key: &KeyRow, hash: &[u8]) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO api_keys (id, user_id, hash, prefix, name_sealed, scopes, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        key.id,
        key.user_id,
        hash,
        &key.prefix,
        &key.name_sealed,
        key.scopes,
        key.created_at,
        key.expires_at
    )
}

/// The keys of a person, newest first.
pub async fn of_person(db: &Db, user: UserId, limit: i64) -> sqlx::Result<Vec<KeyRow>> {
    query!(
        db,
        fetch_all,
        KeyRow,
        "SELECT id, user_id, prefix, name_sealed, scopes, created_at, expires_at, revoked_at, window_began_at
         FROM api_keys
         WHERE user_id = $1
         ORDER BY id DESC
         LIMIT $2",
        user,
        limit
    )
}

/// The keys of everyone, newest first, from below `before` on.
pub async fn of_everyone(
    db: &Db,
    before: Option<ApiKeyId>,
    limit: i64,
) -> sqlx::Result<Vec<KeyRow>> {
    query!(
        db,
        fetch_all,
        KeyRow,
        "SELECT id, user_id, prefix, name_sealed, scopes, created_at, expires_at, revoked_at, window_began_at
         FROM api_keys
         WHERE (id < $1 OR $1 IS NULL)
         ORDER BY id DESC
         LIMIT $2",
        before,
        limit
    )
}

/// Revokes a key, of this person if one is given, and gives its owner; `None` when there is none that lives.
pub async fn revoke(
    tx: &mut Tx,
    id: ApiKeyId,
    user: Option<UserId>,
    now: Timestamp,
) -> sqlx::Result<Option<UserId>> {
    scalar!(
        tx,
        fetch_optional,
        UserId,
        "UPDATE api_keys
         SET revoked_at = $3
         WHERE id = $1 AND (user_id = $2 OR $2 IS NULL) AND revoked_at IS NULL
           AND (expires_at > $3 OR expires_at IS NULL)
         RETURNING user_id",
        id,
        user,
        now
    )
}

/// The key of this hash, if it and its owner live at `now`; where asked for, only of an owner whose address is
/// `verified`.
pub async fn live(
    db: &Db,
    hash: &[u8],
    now: Timestamp,
    verified: bool,
) -> sqlx::Result<Option<LiveKey>> {
    query!(
        db,
        fetch_optional,
        LiveKey,
        "SELECT k.id, k.user_id, k.scopes, r.rules
         FROM api_keys AS k
         JOIN people AS p ON p.id = k.user_id
         JOIN person_rules AS r ON r.person_id = k.user_id
         WHERE k.hash = $1 AND k.revoked_at IS NULL AND (k.expires_at > $2 OR k.expires_at IS NULL)
           AND p.disabled_at IS NULL AND (p.email_verified_at IS NOT NULL OR $3 = FALSE)",
        hash,
        now,
        verified
    )
}

/// The key of this id, if it and its owner live at `now`; where asked for, only of an owner whose address is `verified`.
pub async fn live_by_id(
    db: &Db,
    id: ApiKeyId,
    now: Timestamp,
    verified: bool,
) -> sqlx::Result<Option<LiveKey>> {
    query!(
        db,
        fetch_optional,
        LiveKey,
        "SELECT k.id, k.user_id, k.scopes, r.rules
         FROM api_keys AS k
         JOIN people AS p ON p.id = k.user_id
         JOIN person_rules AS r ON r.person_id = k.user_id
         WHERE k.id = $1 AND k.revoked_at IS NULL AND (k.expires_at > $2 OR k.expires_at IS NULL)
           AND p.disabled_at IS NULL AND (p.email_verified_at IS NOT NULL OR $3 = FALSE)",
        id,
        now,
        verified
    )
}

/// Counts a request of a key that lives at `now`, in a new window if the present one began at `over` or before, and
/// gives the window; `None` when `limit` requests were counted in it already, or the key lives no more.
pub async fn admit(
    db: &Db,
    id: ApiKeyId,
    now: Timestamp,
    over: Timestamp,
    limit: i64,
) -> sqlx::Result<Option<Window>> {
    query!(
        db,
        fetch_optional,
        Window,
        "UPDATE api_keys
         SET window_requests = CASE WHEN window_began_at > $3 THEN window_requests + 1 ELSE 1 END,
             window_began_at = CASE WHEN window_began_at > $3 THEN window_began_at ELSE $2 END
         WHERE id = $1 AND revoked_at IS NULL AND (expires_at > $2 OR expires_at IS NULL)
           AND (window_began_at <= $3 OR window_began_at IS NULL OR window_requests < $4)
         RETURNING window_began_at, window_requests",
        id,
        now,
        over,
        limit
    )
}

/// When the present window of a key began that lives at `now`.
pub async fn window_began(
    db: &Db,
    id: ApiKeyId,
    now: Timestamp,
) -> sqlx::Result<Option<Timestamp>> {
    scalar!(
        db,
        fetch_optional,
        Timestamp,
        "SELECT window_began_at
         FROM api_keys
         WHERE id = $1 AND revoked_at IS NULL AND (expires_at > $2 OR expires_at IS NULL)
           AND window_began_at IS NOT NULL",
        id,
        now
    )
}

/// Removes keys that were revoked or have expired before `long_ago`.
pub async fn sweep(db: &Db, long_ago: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "DELETE FROM api_keys WHERE revoked_at < $1 OR expires_at < $1",
        long_ago
    )
}
