//! The SQL of the queue.

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::JobId;
use crate::db::{Db, Dialect, Tx};
use crate::{Timestamp, query, scalar};

/// A claimed job.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Claimed {
    pub id: JobId,
    pub kind: String,
    pub payload: Json<Value>,
    /// Which attempt this is, from 1.
    pub attempt: i64,
}

/// A job that failed for good.
#[derive(Debug, sqlx::FromRow)]
pub struct DeadLetter {
    /// The job.
    pub id: JobId,
    /// Its kind.
    pub kind: String,
    /// Its arguments.
    pub payload: Json<Value>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was given up.
    pub finished_at: Option<Timestamp>,
}

pub(super) async fn insert(
    tx: &mut Tx,
    kind: &str,
    payload: Value,
    priority: i64,
    unique_key: Option<String>,
    at: Timestamp,
) -> sqlx::Result<Option<JobId>> {
    let id = JobId::new();
    let inserted = query!(
        tx,
        execute,
        "INSERT INTO jobs (id, kind, payload, priority, unique_key, run_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT DO NOTHING",
        id,
        kind,
        Json(payload),
        priority,
        unique_key,
        at,
        Timestamp::now()
    )?;
    if tx.dialect() == Dialect::Postgres {
        query!(tx, execute,
            sqlite: "SELECT 1",
            postgres: "SELECT pg_notify('carrel_jobs', '')")?;
    }
    Ok((inserted == 1).then_some(id))
}

/// Takes the next due job for `owner`.
pub(super) async fn claim(
    db: &Db,
    owner: Uuid,
    now: Timestamp,
    lease_until: Timestamp,
) -> sqlx::Result<Option<Claimed>> {
    query!(db, fetch_optional, Claimed,
        sqlite: "UPDATE jobs
                 SET state = 'running', attempt = attempt + 1, lease_owner = $1, lease_until = $2
                 WHERE id = (SELECT id
                             FROM jobs
                             WHERE state = 'queued' AND run_at <= $3
                             ORDER BY priority DESC, run_at
                             LIMIT 1)
                 RETURNING id, kind, payload, attempt",
        postgres: "UPDATE jobs
                   SET state = 'running', attempt = attempt + 1, lease_owner = $1, lease_until = $2
                   WHERE id = (SELECT id
                               FROM jobs
                               WHERE state = 'queued' AND run_at <= $3
                               ORDER BY priority DESC, run_at
                               LIMIT 1
                               FOR UPDATE SKIP LOCKED)
                   RETURNING id, kind, payload, attempt",
        owner, lease_until, now)
}

/// When the next waiting job is due.
pub(super) async fn next_due(db: &Db) -> sqlx::Result<Option<Timestamp>> {
    scalar!(
        db,
        fetch_one,
        Option<Timestamp>,
        "SELECT MIN(run_at) FROM jobs WHERE state = 'queued'"
    )
}

/// Extends a lease; `false` when it was lost.
pub(super) async fn renew(db: &Db, id: JobId, owner: Uuid, until: Timestamp) -> sqlx::Result<bool> {
    let renewed = query!(
        db,
        execute,
        "UPDATE jobs
         SET lease_until = $3
         WHERE id = $1 AND lease_owner = $2 AND state = 'running'",
        id,
        owner,
        until
    )?;
    Ok(renewed == 1)
}

pub(super) async fn finish(db: &Db, id: JobId, owner: Uuid) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "DELETE FROM jobs WHERE id = $1 AND lease_owner = $2",
        id,
        owner
    )
}

/// Puts a job back to run at `at`; `attempt` is the number of attempts that count.
pub(super) async fn requeue(
    db: &Db,
    id: JobId,
    owner: Uuid,
    at: Timestamp,
    attempt: i64,
    error: Option<&str>,
) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE jobs
         SET state = 'queued', run_at = $3, attempt = $4, last_error = $5,
             lease_owner = NULL, lease_until = NULL
         WHERE id = $1 AND lease_owner = $2",
        id,
        owner,
        at,
        attempt,
        error
    )
}

pub(super) async fn bury(db: &Db, id: JobId, owner: Uuid, error: &str) -> sqlx::Result<u64> {
    query!(db, execute,
        "UPDATE jobs
         SET state = 'dead', last_error = $3, finished_at = $4, lease_owner = NULL, lease_until = NULL
         WHERE id = $1 AND lease_owner = $2",
        id, owner, error, Timestamp::now())
}

/// Takes over one job whose lease ran out before `before`, for `owner`, so that only one node deals with it.
pub(super) async fn take_over(
    db: &Db,
    owner: Uuid,
    before: Timestamp,
    lease_until: Timestamp,
) -> sqlx::Result<Option<Claimed>> {
    query!(db, fetch_optional, Claimed,
        sqlite: "UPDATE jobs
                 SET lease_owner = $1, lease_until = $2
                 WHERE id = (SELECT id
                             FROM jobs
                             WHERE state = 'running' AND lease_until < $3
                             LIMIT 1)
                 RETURNING id, kind, payload, attempt",
        postgres: "UPDATE jobs
                   SET lease_owner = $1, lease_until = $2
                   WHERE id = (SELECT id
                               FROM jobs
                               WHERE state = 'running' AND lease_until < $3
                               LIMIT 1
                               FOR UPDATE SKIP LOCKED)
                   RETURNING id, kind, payload, attempt",
        owner, lease_until, before)
}

/// Ends every lease. Only right where no other process can be running jobs.
pub(super) async fn expire_all(db: &Db, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE jobs SET lease_until = $1 WHERE state = 'running'",
        now
    )
}

/// Ends the leases of one worker. Only right when its process has ended.
pub(super) async fn expire_of(db: &Db, owner: Uuid, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE jobs SET lease_until = $2 WHERE state = 'running' AND lease_owner = $1",
        owner,
        now
    )
}

pub(super) async fn dead_letters(db: &Db, limit: i64) -> sqlx::Result<Vec<DeadLetter>> {
    query!(
        db,
        fetch_all,
        DeadLetter,
        "SELECT id, kind, payload, last_error, finished_at
         FROM jobs
         WHERE state = 'dead'
         ORDER BY finished_at DESC
         LIMIT $1",
        limit
    )
}

/// Records that a schedule fires at `at`; `false` when another node did so first.
pub(super) async fn record_fire(tx: &mut Tx, schedule: &str, at: Timestamp) -> sqlx::Result<bool> {
    let first = query!(
        tx,
        execute,
        "INSERT INTO schedule_fires (schedule, fire_at)
         VALUES ($1, $2)
         ON CONFLICT DO NOTHING",
        schedule,
        at
    )?;
    Ok(first == 1)
}
