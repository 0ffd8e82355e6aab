//! Replacing the field key: a new one is made, and a job seals every value with it while everybody goes on working.
//!
//! The order makes it safe. The new key is in the database before anything is sealed with it; a node that meets a value
//! sealed with a key it doesn't know reads the keys anew. A value is replaced only if it is still what was opened, so
//! no change of anybody is lost. An old key is retired when no node seals with it any more and nothing is left; its
//! material is destroyed only after a grace period and another look, for transactions that had sealed with it and not
//! yet committed. Every step can be repeated, so a process that dies in between costs nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::sleep;

use super::data_keys::{self, FIELD, KeyError};
use super::provider::KeyProvider;
use super::store::{self, DataKeyRow};
use super::{Keyring, Place, SealedColumn};
use crate::Timestamp;
use crate::audit::{Action, Audit, Event};
use crate::auth::Actor;
use crate::db::{Db, Dialect};
use crate::jobs::{Job, JobError, Jobs, Worker};

/// Values sealed anew in one transaction.
const BATCH: i64 = 100;
/// Between two transactions, so that others get their turn at the database.
const BREATH: Duration = Duration::from_millis(20);
/// How long one job goes on before it lets another one continue.
const STRETCH: Duration = Duration::from_mins(20);
/// How soon the job looks again for what is left.
const AGAIN: Duration = Duration::from_secs(5);
/// A node that hasn't been heard of for so long does not hold a key any more.
const GONE: Duration = Duration::from_secs(30);

/// When keys are replaced.
#[derive(Clone, Copy, Debug)]
pub struct EncryptionConfig {
    /// Days until a new field key is made, 0 for never.
    pub rotate_days: u32,
    /// How long the material of a key is kept after nothing is sealed with it any more.
    pub grace: Duration,
}

/// The keys of the installation as operators see them.
#[derive(Clone)]
pub struct Encryption(Arc<Inner>);

struct Inner {
    db: Db,
    keyring: Keyring,
    jobs: Jobs,
    audit: Audit,
    columns: Vec<Box<dyn SealedColumn>>,
    config: EncryptionConfig,
}

/// Seals everything with the field key of this number.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reseal {
    pub key: i64,
    pub round: i64,
}

impl Job for Reseal {
    const KIND: &'static str = "keys.reseal";
    const ATTEMPTS: i64 = 20;
    const TIMEOUT: Duration = Duration::from_hours(1);

    fn unique_key(&self) -> Option<String> {
        // One runs while the next one waits, and no third.
        Some(format!("{}/{}", self.key, self.round % 2))
    }
}

/// Looks whether a rotation is due or was left unfinished.
#[derive(Debug, Serialize, Deserialize)]
struct Check;

impl Job for Check {
    const KIND: &'static str = "keys.check";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}

/// A data key for those who administer them. Never its material.
#[derive(Clone, Debug)]
pub struct KeyState {
    /// Its id, as in sealed values.
    pub id: String,
    /// What it is for.
    pub purpose: String,
    /// Who wraps it.
    pub provider: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when nothing is sealed with it.
    pub retired_at: Option<Timestamp>,
    /// Since when its material is gone.
    pub destroyed_at: Option<Timestamp>,
    /// Whether values are sealed with it now.
    pub active: bool,
    /// Values still sealed with it, for a field key that is being replaced.
    pub sealed_left: Option<i64>,
}

impl Encryption {
    /// `columns` are all that hold sealed values, of every wing.
    pub fn new(
        db: Db,
        keyring: Keyring,
        jobs: Jobs,
        audit: Audit,
        columns: Vec<Box<dyn SealedColumn>>,
        config: EncryptionConfig,
    ) -> Self {
        Self(Arc::new(Inner {
            db,
            keyring,
            jobs,
            audit,
            columns,
            config,
        }))
    }

    /// Table and column of everything that is sealed, as in the places of the values.
    pub fn sealed(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.columns.iter().map(|c| (c.table(), c.column()))
    }

    /// Days until a new field key is made, 0 for never.
    pub(super) fn rotate_days(&self) -> u32 {
        self.0.config.rotate_days
    }

    /// Registers the rotation, and looks hourly whether one is due.
    pub fn register(&self, worker: &mut Worker) {
        let encryption = self.clone();
        worker.register(move |job: Reseal, _| {
            let encryption = encryption.clone();
            async move { encryption.reseal(job).await }
        });
        let encryption = self.clone();
        worker.register(move |_: Check, _| {
            let encryption = encryption.clone();
            async move { encryption.check().await.map_err(retry) }
        });
        worker.schedule("keys.check", "41 * * * *", || Check);
    }

    fn provider(&self) -> Result<&Arc<dyn KeyProvider>, KeyError> {
        self.0.keyring.provider().ok_or(KeyError::NotThere)
    }

    /// Who wraps the keys: `local`, or `kms:` and the name of the key.
    ///
    /// # Errors
    /// When the keys are in no database.
    pub fn provider_name(&self) -> Result<&str, KeyError> {
        Ok(self.provider()?.name())
    }

    /// Every key there ever was, the oldest of each purpose first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self) -> Result<Vec<KeyState>, KeyError> {
        let rows = store::all(&self.0.db).await?;
        let newest = newest(&rows).map(|row| row.id.clone());
        let mut keys = Vec::new();
        for row in rows {
            let active = row.purpose != FIELD || Some(&row.id) == newest.as_ref();
            let sealed_left = if active || row.destroyed_at.is_some() {
                None
            } else {
                Some(self.sealed_with(&row.id).await?)
            };
            keys.push(KeyState {
                active,
                sealed_left,
                id: row.id,
                purpose: row.purpose,
                provider: row.provider,
                created_at: row.created_at,
                retired_at: row.retired_at,
                destroyed_at: row.destroyed_at,
            });
        }
        Ok(keys)
    }

    /// Makes a new field key and begins to seal everything with it. Gives its id.
    ///
    /// # Errors
    /// When the provider or the database fails, or the keys were wrapped by another master meanwhile.
    pub async fn rotate(&self, by: Option<&Actor>) -> Result<String, KeyError> {
        let Inner {
            db, jobs, audit, ..
        } = &*self.0;
        let provider = self.provider()?;
        let rows = store::all(db).await?;
        let newest = newest(&rows).ok_or(KeyError::Missing(FIELD))?;
        let key = data_keys::new_field(&**provider, newest.number + 1).await?;
        let mut tx = db.begin().await?;
        if !data_keys::add_field(&mut tx, &**provider, &key).await? {
            // Somebody else began the same rotation a moment ago.
            tx.rollback().await?;
            return Ok(key.id);
        }
        let job = Reseal {
            key: key.number,
            round: 0,
        };
        jobs.enqueue(&mut tx, &job).await?;
        let event = Event::new(Action::KeysRotated)
            .on("key", &key.id)
            .detail(json!({ "step": "begun" }));
        let event = match by {
            Some(actor) => event.by(actor),
            None => event,
        };
        audit.record(&mut tx, event).await?;
        tx.commit().await?;
        self.0.keyring.reload().await?;
        self.0.keyring.announce().await?;
        tracing::info!(key.id = %key.id, "a new field key was made");
        Ok(key.id)
    }

    /// Wraps every key with another provider; gives their number. Nodes that run go on with the keys they have, and
    /// must be configured with the new provider before their next start.
    ///
    /// # Errors
    /// When either provider or the database fails, or the keys change meanwhile. Then nothing is changed.
    pub async fn rewrap(&self, to: &dyn KeyProvider) -> Result<usize, KeyError> {
        let Inner { db, audit, .. } = &*self.0;
        let from = self.provider()?;
        let anew = data_keys::wrap_anew(db, &**from, to).await?;
        let mut tx = db.begin().await?;
        data_keys::replace_wrapped(&mut tx, &anew, &**from, to).await?;
        let keeper = to.name().split(':').next().unwrap_or_default();
        let event = Event::new(Action::KeysRotated)
            .detail(json!({ "step": "wrapped anew", "provider": keeper, "keys": anew.len() }));
        audit.record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(anew.len())
    }

    /// Begins a rotation that is due, or takes one up that was left.
    pub(super) async fn check(&self) -> Result<(), KeyError> {
        let Inner { db, jobs, .. } = &*self.0;
        let rows = store::all(db).await?;
        let Some(newest) = newest(&rows) else {
            return Ok(());
        };
        let days = u64::from(self.0.config.rotate_days);
        if days > 0 && newest.created_at.elapsed() >= Duration::from_hours(24 * days) {
            self.rotate(None).await?;
            return Ok(());
        }
        if rows.iter().filter(|row| row.is_usable_field()).count() > 1 {
            let mut tx = db.begin().await?;
            let job = Reseal {
                key: newest.number,
                round: 0,
            };
            jobs.enqueue(&mut tx, &job).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    pub(super) async fn reseal(&self, job: Reseal) -> Result<(), JobError> {
        let Inner { db, keyring, .. } = &*self.0;
        keyring.reload().await.map_err(retry)?;
        keyring.announce().await?;
        if keyring.fields().number != job.key {
            // A later rotation seals everything once more.
            return Ok(());
        }
        let behind = match db.dialect() {
            Dialect::Sqlite => 0,
            Dialect::Postgres => store::behind(db, job.key, Timestamp::now() - GONE).await?,
        };
        let began = Instant::now();
        let mut unreadable = 0;
        for column in &self.0.columns {
            match self.reseal_column(&**column, began).await? {
                Some(left) => unreadable += left,
                None => return self.go_on(&job, Timestamp::now()).await,
            }
        }
        if behind > 0 {
            tracing::info!(
                nodes = behind,
                "other nodes still seal with an older key; looking again"
            );
            return self.go_on(&job, Timestamp::now() + AGAIN).await;
        }
        let next = self.retire_old(job.key).await?;
        if unreadable > 0 {
            // Their key is kept. The hourly look tries again, in case somebody mends them.
            tracing::error!(
                values = unreadable,
                "some sealed values can't be opened, so their keys can't be retired; see the lines before this one"
            );
            return Ok(());
        }
        match next {
            Some(at) => self.go_on(&job, at).await,
            None => Ok(()),
        }
    }

    /// Lets another job go on, not before `at`.
    async fn go_on(&self, job: &Reseal, at: Timestamp) -> Result<(), JobError> {
        let mut tx = self.0.db.begin().await?;
        let next = Reseal {
            key: job.key,
            round: job.round + 1,
        };
        self.0.jobs.enqueue_at(&mut tx, &next, at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Seals all values of a column with the newest key. Gives the number of those that can't be opened, or `None`
    /// when there was not enough time.
    async fn reseal_column(
        &self,
        column: &dyn SealedColumn,
        began: Instant,
    ) -> Result<Option<u64>, JobError> {
        let Inner { db, keyring, .. } = &*self.0;
        let pattern = sealed_with(&keyring.fields().newest);
        let mut after: Option<String> = None;
        let mut unreadable = 0;
        loop {
            let values = column.unlike(db, &pattern, after.as_deref(), BATCH).await?;
            let Some(last) = values.last() else {
                return Ok(Some(unreadable));
            };
            after = Some(last.row.clone());
            let mut anew = Vec::with_capacity(values.len());
            for value in &values {
                let place = Place {
                    table: column.table(),
                    column: column.column(),
                    row: &value.row,
                };
                match keyring.open_sealed(place, &value.sealed) {
                    Ok(plain) => anew.push((value, keyring.seal(place, &plain))),
                    Err(_) => unreadable += 1,
                }
            }
            let mut tx = db.begin().await?;
            for (value, sealed) in &anew {
                // Whoever changed it meanwhile has sealed it anew.
                column.replace(&mut tx, value, sealed).await?;
            }
            tx.commit().await?;
            if began.elapsed() > STRETCH {
                return Ok(None);
            }
            sleep(BREATH).await;
        }
    }

    /// Retires older keys with which nothing is sealed, and destroys those retired long enough. Gives when to look
    /// again.
    async fn retire_old(&self, newest: i64) -> Result<Option<Timestamp>, JobError> {
        let Inner { db, audit, .. } = &*self.0;
        let mut next: Option<Timestamp> = None;
        let mut look_at = |at: Timestamp| next = Some(next.map_or(at, |next| next.min(at)));
        for key in store::all(db).await? {
            if !key.is_usable_field() || key.number >= newest {
                continue;
            }
            let now = Timestamp::now();
            if self.sealed_with(&key.id).await? > 0 {
                store::take_back(db, &key.id).await?;
                look_at(now + AGAIN);
                continue;
            }
            let Some(retired_at) = key.retired_at else {
                store::retire(db, &key.id, now).await?;
                tracing::info!(key.id = %key.id, "a field key was retired");
                look_at(now + self.0.config.grace);
                continue;
            };
            if retired_at + self.0.config.grace > now {
                look_at(retired_at + self.0.config.grace);
                continue;
            }
            let mut tx = db.begin().await?;
            if store::destroy(&mut tx, &key.id, now).await? {
                let event = Event::new(Action::KeysRotated)
                    .on("key", &key.id)
                    .detail(json!({ "step": "destroyed" }));
                audit.record(&mut tx, event).await?;
            }
            tx.commit().await?;
            tracing::info!(key.id = %key.id, "the material of a retired field key was destroyed");
        }
        self.0.keyring.reload().await.map_err(retry)?;
        Ok(next)
    }

    async fn sealed_with(&self, id: &str) -> sqlx::Result<i64> {
        let pattern = sealed_with(id);
        let mut count = 0;
        for column in &self.0.columns {
            count += column.count(&self.0.db, &pattern).await?;
        }
        Ok(count)
    }
}

/// The pattern of values sealed with a key. Ids hold no letter that `LIKE` minds.
fn sealed_with(id: &str) -> String {
    format!("v1|{id}|%")
}

fn newest(rows: &[DataKeyRow]) -> Option<&DataKeyRow> {
    rows.iter()
        .filter(|row| row.is_usable_field())
        .max_by_key(|row| row.number)
}

fn retry(error: KeyError) -> JobError {
    JobError::Retry(error.to_string())
}
