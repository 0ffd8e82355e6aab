//! The set-up link.

use carrel_platform::Timestamp;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{query, scalar};

pub async fn insert_setup_token(
    tx: &mut Tx,
    hash: &[u8],
    now: Timestamp,
    expires_at: Timestamp,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO setup_tokens (hash, created_at, expires_at) VALUES ($1, $2, $3)",
        hash,
        now,
        expires_at
    )
}

/// Whether this set-up token can be used at `now`.
pub async fn setup_token_lives(db: &Db, hash: &[u8], now: Timestamp) -> sqlx::Result<bool> {
    scalar!(
        db,
        fetch_one,
        bool,
        "SELECT EXISTS (SELECT 1
                        FROM setup_tokens
                        WHERE hash = $1 AND used_at IS NULL AND expires_at > $2)",
        hash,
        now
    )
}

/// Uses up every set-up token that lives at `now`, and gives their hashes: of two who do so at once, only one gets
/// them.
pub async fn use_setup_tokens(tx: &mut Tx, now: Timestamp) -> sqlx::Result<Vec<Vec<u8>>> {
    scalar!(
        tx,
        fetch_all,
        Vec<u8>,
        "UPDATE setup_tokens
         SET used_at = $1
         WHERE used_at IS NULL AND expires_at > $1
         RETURNING hash",
        now
    )
}

/// Removes set-up tokens that were used or have expired at `now`.
pub async fn sweep_setup_tokens(db: &Db, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "DELETE FROM setup_tokens WHERE used_at IS NOT NULL OR expires_at <= $1",
        now
    )
}
