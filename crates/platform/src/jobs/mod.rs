//! Background jobs in a table of our own: enqueued in the caller's transaction, run at least once.
//!
//! A job is claimed with a lease that its worker renews; when the worker dies the lease runs out and the job runs
//! again. A job that fails is tried again with growing pauses; one that fails its last attempt stays as a dead
//! letter. So a job must bear being run twice.

mod schedule;
mod store;
mod succession;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

pub use store::DeadLetter;
pub use worker::{Attempt, Worker};

use crate::db::{Db, Tx};
use crate::{Timestamp, id_type};

id_type!(
    /// A job.
    JobId
);

/// A kind of job and its arguments.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Stable name, `wing.verb`.
    const KIND: &'static str;
    /// How often it is tried before it becomes a dead letter.
    const ATTEMPTS: i64 = 5;
    /// Jobs of higher priority run first.
    const PRIORITY: i64 = 0;
    /// How long one attempt may take.
    const TIMEOUT: Duration = Duration::from_mins(10);

    /// While a job of this kind with the same key waits or runs, another one is not enqueued.
    fn unique_key(&self) -> Option<String> {
        None
    }
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It may work another time.
    #[error("{0}")]
    Retry(String),
    /// It never will.
    #[error("{0}")]
    Dead(String),
}

impl From<sqlx::Error> for JobError {
    fn from(error: sqlx::Error) -> Self {
        Self::Retry(error.to_string())
    }
}

impl From<crate::objects::ObjectError> for JobError {
    fn from(error: crate::objects::ObjectError) -> Self {
        Self::Retry(error.to_string())
    }
}

/// The queue.
#[derive(Clone)]
pub struct Jobs {
    db: Db,
    wake: Arc<Notify>,
}

impl Jobs {
    /// The queue in this database.
    pub fn new(db: Db) -> Self {
        Self {
            db,
            wake: Arc::default(),
        }
    }

    /// Puts a job into the queue as part of `tx`; workers are woken when it commits. `None` when one with the
    /// same unique key is there already.
    pub async fn enqueue<J: Job>(&self, tx: &mut Tx, job: &J) -> sqlx::Result<Option<JobId>> {
        self.enqueue_at(tx, job, Timestamp::now()).await
    }

    /// Like [`Jobs::enqueue`], not to run before `at`.
    pub async fn enqueue_at<J: Job>(
        &self,
        tx: &mut Tx,
        job: &J,
        at: Timestamp,
    ) -> sqlx::Result<Option<JobId>> {
        let payload = serde_json::to_value(job).map_err(|e| sqlx::Error::Encode(e.into()))?;
        let id = store::insert(tx, J::KIND, payload, J::PRIORITY, job.unique_key(), at).await?;
        let wake = self.wake.clone();
        tx.on_commit(move || wake.notify_one());
        Ok(id)
    }

    /// Jobs that failed for good, newest first.
    pub async fn dead_letters(&self, limit: i64) -> sqlx::Result<Vec<DeadLetter>> {
        store::dead_letters(&self.db, limit).await
    }
}

#[cfg(test)]
mod tests;
