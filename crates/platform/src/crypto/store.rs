//! The SQL of the keys.

use sqlx::types::Json;
use uuid::Uuid;

use super::data_keys::FIELD;
use super::provider::Wrapping;
use crate::db::{Db, Tx};
use crate::{Timestamp, query, scalar};

/// The name under which the settings hold the fingerprint of the wrapping key.
const FINGERPRINT: &str = "master key check";

#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct DataKeyRow {
    pub id: String,
    pub purpose: String,
    pub number: i64,
    pub provider: String,
    pub wrapped: Option<String>,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
    pub destroyed_at: Option<Timestamp>,
}

impl DataKeyRow {
    pub fn about(&self) -> Wrapping<'_> {
        Wrapping {
            id: &self.id,
            purpose: &self.purpose,
        }
    }

    /// Whether it is a field key whose material is still there.
    pub fn is_usable_field(&self) -> bool {
        self.purpose == FIELD && self.wrapped.is_some()
    }
}

pub(super) struct NewDataKey {
    pub id: String,
    pub purpose: &'static str,
    pub number: i64,
    pub provider: String,
    pub wrapped: String,
    pub created_at: Timestamp,
}

/// Every data key there ever was, the oldest of each purpose first.
pub(super) async fn all(db: &Db) -> sqlx::Result<Vec<DataKeyRow>> {
    query!(
        db,
        fetch_all,
        DataKeyRow,
        "SELECT id, purpose, number, provider, wrapped, created_at, retired_at, destroyed_at
         FROM data_keys
         ORDER BY purpose, number"
    )
}

/// The ids of the field keys whose material is there, in the order of their texts.
pub(super) async fn usable_fields(db: &Db) -> sqlx::Result<Vec<String>> {
    let mut ids = scalar!(
        db,
        fetch_all,
        String,
        "SELECT id FROM data_keys WHERE purpose = $1 AND wrapped IS NOT NULL",
        FIELD
    )?;
    ids.sort_unstable();
    Ok(ids)
}

/// Adds a key; `false` when there is one of this id.
pub(super) async fn insert(tx: &mut Tx, key: &NewDataKey) -> sqlx::Result<bool> {
    let inserted = query!(
        tx,
        execute,
        "INSERT INTO data_keys (id, purpose, number, provider, wrapped, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING",
        &key.id,
        key.purpose,
        key.number,
        &key.provider,
        &key.wrapped,
        key.created_at
    )?;
    Ok(inserted == 1)
}

/// Replaces a wrapped key; `false` when it is not `old` any more.
pub(super) async fn rewrap(
    tx: &mut Tx,
    id: &str,
    old: &str,
    new: &str,
    provider: &str,
) -> sqlx::Result<bool> {
    let replaced = query!(
        tx,
        execute,
        "UPDATE data_keys SET wrapped = $3, provider = $4 WHERE id = $1 AND wrapped = $2",
        id,
        old,
        new,
        provider
    )?;
    Ok(replaced == 1)
}

/// How many keys have their material.
pub(super) async fn count_wrapped(tx: &mut Tx) -> sqlx::Result<usize> {
    let count = scalar!(
        tx,
        fetch_one,
        i64,
        "SELECT COUNT(*) FROM data_keys WHERE wrapped IS NOT NULL"
    )?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Notes that nothing is sealed with the key any more.
pub(super) async fn retire(db: &Db, id: &str, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE data_keys SET retired_at = $2 WHERE id = $1 AND retired_at IS NULL",
        id,
        now
    )
}

/// Takes a retirement back: something was sealed with the key after all.
pub(super) async fn take_back(db: &Db, id: &str) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE data_keys SET retired_at = NULL WHERE id = $1 AND destroyed_at IS NULL",
        id
    )
}

/// Removes the material of a retired key; `false` when it is gone already.
pub(super) async fn destroy(tx: &mut Tx, id: &str, now: Timestamp) -> sqlx::Result<bool> {
    let destroyed = query!(
        tx,
        execute,
        "UPDATE data_keys
         SET wrapped = NULL, destroyed_at = $2
         WHERE id = $1 AND retired_at IS NOT NULL AND wrapped IS NOT NULL",
        id,
        now
    )?;
    Ok(destroyed == 1)
}

/// The fingerprint of the wrapping key.
pub(super) async fn fingerprint(db: &Db) -> sqlx::Result<Option<String>> {
    let found = scalar!(
        db,
        fetch_optional,
        Json<String>,
        "SELECT value FROM settings WHERE name = $1",
        FINGERPRINT
    )?;
    Ok(found.map(|Json(text)| text))
}

/// Notes the fingerprint unless there is one.
pub(super) async fn note_fingerprint(tx: &mut Tx, fingerprint: &str) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        FINGERPRINT,
        Json(fingerprint),
        Timestamp::now()
    )
}

/// The fingerprint, which nobody else changes or relies upon until the transaction ends.
pub(super) async fn lock_fingerprint(tx: &mut Tx) -> sqlx::Result<Option<String>> {
    let found = scalar!(
        tx,
        fetch_optional,
        Json<String>,
        "UPDATE settings SET updated_at = $2 WHERE name = $1 RETURNING value",
        FINGERPRINT,
        Timestamp::now()
    )?;
    Ok(found.map(|Json(text)| text))
}

pub(super) async fn replace_fingerprint(tx: &mut Tx, fingerprint: &str) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE settings SET value = $2 WHERE name = $1",
        FINGERPRINT,
        Json(fingerprint)
    )
}

/// Notes which field key a node seals with.
pub(super) async fn hold(db: &Db, node: Uuid, number: i64, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "INSERT INTO key_holders (node, number, seen_at)
         VALUES ($1, $2, $3)
         ON CONFLICT (node) DO UPDATE SET number = excluded.number, seen_at = excluded.seen_at",
        node,
        number,
        now
    )
}

pub(super) async fn let_go(db: &Db, node: Uuid) -> sqlx::Result<u64> {
    query!(db, execute, "DELETE FROM key_holders WHERE node = $1", node)
}

/// How many nodes seen since `since` seal with a key before `number`. Forgets those not seen.
pub(super) async fn behind(db: &Db, number: i64, since: Timestamp) -> sqlx::Result<i64> {
    query!(
        db,
        execute,
        "DELETE FROM key_holders WHERE seen_at < $1",
        since
    )?;
    scalar!(
        db,
        fetch_one,
        i64,
        "SELECT COUNT(*) FROM key_holders WHERE number < $1",
        number
    )
}
