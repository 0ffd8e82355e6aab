//! Whether the master key is the one the database was made with. Going on with another one would lose every sealed
//! value silently and sign everybody out.

use sqlx::types::Json;

use crate::crypto::Keyring;
use crate::db::Db;
use crate::{Timestamp, query, scalar};

const NAME: &str = "master key check";

/// Why a start is refused.
#[derive(Debug, thiserror::Error)]
pub enum KeyCheckError {
    /// The key is another one.
    #[error(
        "the master key is not the one this database was made with; put the old master.key back into the data directory, or set CARREL_MASTER_KEY to it"
    )]
    AnotherKey,
    /// The database failed.
    #[error("the master key can't be checked: {0}")]
    Database(#[from] sqlx::Error),
}

/// Compares the key with the one that first opened this database, or records it.
pub async fn check_key(db: &Db, keyring: &Keyring) -> Result<(), KeyCheckError> {
    let fingerprint = keyring.fingerprint();
    query!(
        db,
        execute,
        "INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        NAME,
        Json(&fingerprint),
        Timestamp::now()
    )?;
    let known = scalar!(
        db,
        fetch_one,
        Json<String>,
        "SELECT value FROM settings WHERE name = $1",
        NAME
    )?;
    if known.0 == fingerprint {
        Ok(())
    } else {
        Err(KeyCheckError::AnotherKey)
    }
}
