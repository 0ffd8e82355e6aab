//! The data keys in the database: made or taken over, unwrapped, replaced, wrapped anew.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_lc_rs::aead::RandomizedNonceKey;

use super::keyring::{Fields, field_key};
use super::provider::{KeyBytes, KeyProvider, Wrapping};
use super::store::{self, DataKeyRow, NewDataKey};
use super::{CryptoError, random};
use crate::Timestamp;
use crate::db::{Db, Tx};

/// Purpose of the keys that seal columns, of which there may be several.
pub(super) const FIELD: &str = "field";
/// Purpose of the one key of blind indexes.
pub(super) const INDEX: &str = "index";
/// Purpose of the one key that signs URLs.
pub(super) const URLS: &str = "urls";
/// Purpose of the one key that signs access tokens.
pub(super) const TOKENS: &str = "tokens";
/// Purpose of the one seed of the key that signs the heads of the audit trail.
pub(super) const HEADS: &str = "heads";
const PURPOSES: [&str; 5] = [FIELD, INDEX, URLS, TOKENS, HEADS];

/// Id of the field key that was derived from a master key.
pub(super) const DERIVED_FIELD: &str = "m1";

/// Why the keys of a database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The master key is another one.
    #[error(
        "the master key is not the one this database was made with; put the old master.key back into the data directory, or set CARREL_MASTER_KEY to it"
    )]
    AnotherMaster,
    /// Another kind of provider wrapped the keys.
    #[error(
        "the keys of this database are wrapped by {found}, but {configured} is configured; set CARREL_KEYS (or the master key) to what it was, then change it with `carrel keys rewrap`"
    )]
    AnotherProvider {
        /// Who wrapped them.
        found: &'static str,
        /// Who is configured.
        configured: &'static str,
    },
    /// A key is missing altogether.
    #[error("the database has no {0} key; restore it from a backup")]
    Missing(&'static str),
    /// Another node or command changed the keys at the same time.
    #[error(
        "the keys were changed by someone else meanwhile; look at `carrel keys list` and try again"
    )]
    Changed,
    /// What was wrapped does not come back.
    #[error("the new key does not give back what it wrapped; nothing was changed")]
    NotGivenBack,
    /// There is no database to keep keys in.
    #[error("the database is not up to date; run carrel migrate")]
    NotThere,
    /// The provider failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The database failed.
    #[error("the keys can't be read: {0}")]
    Database(#[from] sqlx::Error),
}

/// What was unwrapped.
pub(super) struct Opened {
    pub single: HashMap<String, KeyBytes>,
    pub fields: Fields,
}

/// Unwraps every key, after making those that are missing.
pub(super) async fn open(db: &Db, provider: &dyn KeyProvider) -> Result<Opened, KeyError> {
    let known = check(store::fingerprint(db).await?.as_deref(), provider)?;
    let mut rows = store::all(db).await?;
    let missing = |rows: &[DataKeyRow]| {
        let has = |purpose: &&str| !rows.iter().any(|row| row.purpose == *purpose);
        PURPOSES.into_iter().filter(has).collect::<Vec<_>>()
    };
    let absent = missing(&rows);
    if !absent.is_empty() {
        // A database that knows its master and has no data keys is older than they are.
        let older = known && rows.is_empty();
        make(db, provider, &absent, older).await?;
        rows = store::all(db).await?;
    }
    let mut single = HashMap::new();
    for row in rows.iter().filter(|row| row.purpose != FIELD) {
        single.insert(row.purpose.clone(), unwrap(provider, row).await?);
    }
    let fields = unwrap_fields(provider, &rows, &BTreeMap::new()).await?;
    Ok(Opened { single, fields })
}

/// Unwraps the field keys that are not among the `known`.
pub(super) async fn fields(
    db: &Db,
    provider: &dyn KeyProvider,
    known: &BTreeMap<String, Arc<RandomizedNonceKey>>,
) -> Result<Fields, KeyError> {
    let rows = store::all(db).await?;
    unwrap_fields(provider, &rows, known).await
}

async fn unwrap_fields(
    provider: &dyn KeyProvider,
    rows: &[DataKeyRow],
    known: &BTreeMap<String, Arc<RandomizedNonceKey>>,
) -> Result<Fields, KeyError> {
    let mut keys = BTreeMap::new();
    let mut newest = None;
    // In the order of their numbers.
    for row in rows.iter().filter(|row| row.is_usable_field()) {
        let key = match known.get(&row.id) {
            Some(key) => key.clone(),
            None => field_key(&*unwrap(provider, row).await?),
        };
        keys.insert(row.id.clone(), key);
        newest = Some((row.id.clone(), row.number));
    }
    let (newest, number) = newest.ok_or(KeyError::Missing(FIELD))?;
    Ok(Fields {
        keys,
        newest,
        number,
        gone: BTreeMap::new(),
    })
}

async fn unwrap(provider: &dyn KeyProvider, row: &DataKeyRow) -> Result<KeyBytes, KeyError> {
    let about = row.about();
    let wrapped = row.wrapped.as_deref().ok_or(KeyError::Changed)?;
    Ok(provider.unwrap(about, wrapped).await?)
}

/// Whether the wrapping key is the one that is known to the database; `false` when it knows none yet. Going on with
/// another one would lose every sealed value silently and sign everybody out.
fn check(known: Option<&str>, provider: &dyn KeyProvider) -> Result<bool, KeyError> {
    const FILE: &str = "a master key";
    const SERVICE: &str = "AWS KMS";
    let keeper = |fingerprint: &str| {
        if fingerprint.starts_with("kms") {
            SERVICE
        } else {
            FILE
        }
    };
    let ours = provider.fingerprint();
    match known {
        None => Ok(false),
        Some(known) if known == ours => Ok(true),
        Some(known) if keeper(known) == keeper(&ours) => Err(KeyError::AnotherMaster),
        Some(known) => Err(KeyError::AnotherProvider {
            found: keeper(known),
            configured: keeper(&ours),
        }),
    }
}

/// Adds what is absent. Several nodes may do so at once; the ids are the same everywhere, so one of them wins.
async fn make(
    db: &Db,
    provider: &dyn KeyProvider,
    absent: &[&'static str],
    older: bool,
) -> Result<(), KeyError> {
    let mut derived: HashMap<_, _> = if older {
        provider.derived().into_iter().flatten().collect()
    } else {
        HashMap::new()
    };
    let now = Timestamp::now();
    let mut made = Vec::new();
    for &purpose in absent {
        let taken = derived.remove(purpose);
        let (id, number) = match (purpose, &taken) {
            (FIELD, Some(_)) => (DERIVED_FIELD.to_owned(), 0),
            (FIELD, None) => (field_id(1), 1),
            _ => (purpose.to_owned(), 1),
        };
        let key = taken.unwrap_or_else(|| KeyBytes::new(random()));
        let about = Wrapping { id: &id, purpose };
        let wrapped = provider.wrap(about, &key).await?;
        made.push(NewDataKey {
            id,
            purpose,
            number,
            provider: provider.name().to_owned(),
            wrapped,
            created_at: now,
        });
    }
    let mut tx = db.begin().await?;
    store::note_fingerprint(&mut tx, &provider.fingerprint()).await?;
    same_master(&mut tx, provider).await?;
    for key in &made {
        store::insert(&mut tx, key).await?;
    }
    tx.commit().await?;
    Ok(())
}

pub(super) fn field_id(number: i64) -> String {
    format!("k{number}")
}

/// Makes sure, until the transaction ends, that the keys are wrapped by this provider: a node that was not told of
/// another master must not add a key that others can't unwrap.
async fn same_master(tx: &mut Tx, provider: &dyn KeyProvider) -> Result<(), KeyError> {
    let known = store::lock_fingerprint(tx).await?;
    check(known.as_deref(), provider).map(|_| ())
}

/// Adds the field key `number` as part of a transaction that the caller commits; `false` when it is there already.
pub(super) async fn add_field(
    tx: &mut Tx,
    provider: &dyn KeyProvider,
    key: &NewDataKey,
) -> Result<bool, KeyError> {
    same_master(tx, provider).await?;
    Ok(store::insert(tx, key).await?)
}

/// A new field key, wrapped, not yet in the database.
pub(super) async fn new_field(
    provider: &dyn KeyProvider,
    number: i64,
) -> Result<NewDataKey, KeyError> {
    let id = field_id(number);
    let about = Wrapping {
        id: &id,
        purpose: FIELD,
    };
    let wrapped = provider.wrap(about, &KeyBytes::new(random())).await?;
    Ok(NewDataKey {
        id,
        purpose: FIELD,
        number,
        provider: provider.name().to_owned(),
        wrapped,
        created_at: Timestamp::now(),
    })
}

/// A key wrapped by another provider.
pub(super) struct Rewrapped {
    id: String,
    old: String,
    new: String,
}

/// Wraps every key with another provider. Nothing is written yet.
pub(super) async fn wrap_anew(
    db: &Db,
    from: &dyn KeyProvider,
    to: &dyn KeyProvider,
) -> Result<Vec<Rewrapped>, KeyError> {
    check(store::fingerprint(db).await?.as_deref(), from)?;
    let mut anew = Vec::new();
    for row in store::all(db).await? {
        let Some(old) = row.wrapped.clone() else {
            continue;
        };
        let key = unwrap(from, &row).await?;
        let new = to.wrap(row.about(), &key).await?;
        // A role that may encrypt and not decrypt would lock everybody out at the next start.
        if *to.unwrap(row.about(), &new).await? != *key {
            return Err(KeyError::NotGivenBack);
        }
        anew.push(Rewrapped {
            id: row.id,
            old,
            new,
        });
    }
    Ok(anew)
}

/// Puts the keys wrapped anew in the place of the old ones, all or none, as part of a transaction that the caller
/// commits.
pub(super) async fn replace_wrapped(
    tx: &mut Tx,
    anew: &[Rewrapped],
    from: &dyn KeyProvider,
    to: &dyn KeyProvider,
) -> Result<(), KeyError> {
    same_master(tx, from).await?;
    for key in anew {
        if !store::rewrap(tx, &key.id, &key.old, &key.new, to.name()).await? {
            return Err(KeyError::Changed);
        }
    }
    if store::count_wrapped(tx).await? != anew.len() {
        return Err(KeyError::Changed);
    }
    store::replace_fingerprint(tx, &to.fingerprint()).await?;
    Ok(())
}
