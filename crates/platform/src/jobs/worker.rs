//! The worker: claims jobs, runs them, renews their leases, and deals with the ones whose worker died.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;
use sqlx::postgres::PgListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::schedule::Schedule;
use super::store::{self, Claimed};
use super::succession::Place;
use super::{Job, JobError, Jobs};
use crate::Timestamp;
use crate::db::{Db, Dialect};

const LEASE: Duration = Duration::from_secs(30);
const RENEW: Duration = Duration::from_secs(10);
const REAP: Duration = Duration::from_secs(10);
/// The longest a waiting worker goes without looking, in case a wake-up was lost.
const LOOK: Duration = Duration::from_secs(5);
/// How long running jobs may take to end after the stop.
const DRAIN: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_mins(15);

/// Which attempt a handler is making.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// From 1.
    pub number: i64,
    /// Whether a failure now is final.
    pub last: bool,
}

type Run = Box<dyn Fn(Value, Attempt) -> BoxFuture<'static, Result<(), JobError>> + Send + Sync>;
type Bury = Box<dyn Fn(Value, String) -> BoxFuture<'static, ()> + Send + Sync>;

struct Kind {
    attempts: i64,
    timeout: Duration,
    run: Run,
    bury: Option<Bury>,
}

/// Runs the jobs of the kinds registered with it.
pub struct Worker {
    jobs: Jobs,
    owner: Uuid,
    concurrency: usize,
    kinds: HashMap<&'static str, Kind>,
    schedules: Vec<Schedule>,
    place: Option<Place>,
}

impl Worker {
    /// A worker that runs up to `concurrency` jobs at once.
    pub fn new(jobs: Jobs, concurrency: usize) -> Self {
        Self {
            jobs,
            owner: Uuid::now_v7(),
            concurrency: concurrency.max(1),
            kinds: HashMap::new(),
            schedules: Vec::new(),
            place: None,
        }
    }

    /// Makes it the worker of this data directory: the jobs of one that ran there before and died are taken up at
    /// once, rather than when their leases run out. Changes nothing while another process works there.
    ///
    /// # Errors
    /// When the file that says who works there can't be written or locked.
    pub fn work_in(&mut self, data_dir: &Path) -> std::io::Result<()> {
        self.place = Place::take(data_dir, self.owner)?;
        Ok(())
    }

    /// Runs jobs of kind `J` with `run`.
    pub fn register<J: Job, F>(&mut self, run: impl Fn(J, Attempt) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), JobError>> + Send + 'static,
    {
        let run: Run = Box::new(
            move |payload, attempt| match serde_json::from_value(payload) {
                Ok(job) => Box::pin(run(job, attempt)),
                Err(error) => {
                    let error =
                        JobError::Dead(format!("the job's arguments can't be read: {error}"));
                    Box::pin(async move { Err(error) })
                }
            },
        );
        self.kinds.insert(
            J::KIND,
            Kind {
                attempts: J::ATTEMPTS,
                timeout: J::TIMEOUT,
                run,
                bury: None,
            },
        );
    }

    /// Calls `bury` before a job of kind `J` becomes a dead letter, also when its worker died each time. `J` must
    /// be registered already.
    pub fn on_dead<J: Job, F>(&mut self, bury: impl Fn(J, String) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        if let Some(kind) = self.kinds.get_mut(J::KIND) {
            kind.bury = Some(Box::new(
                move |payload, error| match serde_json::from_value(payload) {
                    Ok(job) => Box::pin(bury(job, error)),
                    Err(_) => Box::pin(async {}),
                },
            ));
        }
    }

    /// Enqueues `job` at the times of a five-field cron expression in UTC.
    pub fn schedule<J: Job>(
        &mut self,
        name: &'static str,
        cron: &str,
        job: impl Fn() -> J + Send + Sync + 'static,
    ) {
        self.schedules.push(Schedule::new(name, cron, job));
    }

    /// Works until `stop`, then lets running jobs end for 15 s and hands back the rest.
    pub async fn run(self, stop: CancellationToken) {
        let worker = Arc::new(self);
        worker.inherit().await;
        tokio::join!(
            worker.clone().work(stop.clone()),
            worker.reap(stop.clone()),
            worker.keep_time(stop.clone()),
            worker.listen(stop),
        );
    }

    /// Ends the leases of the dead.
    async fn inherit(&self) {
        let now = Timestamp::now();
        let predecessor = self.place.as_ref().and_then(|place| place.predecessor);
        let ended = match (self.jobs.db.dialect(), predecessor) {
            // One process at a time serves a SQLite database: whatever ran before is dead.
            (Dialect::Sqlite, _) => store::expire_all(&self.jobs.db, now).await,
            (Dialect::Postgres, Some(dead)) => store::expire_of(&self.jobs.db, dead, now).await,
            (Dialect::Postgres, None) => Ok(0),
        };
        if let Err(error) = ended {
            tracing::error!(error = %error, "old leases could not be ended");
        }
    }

    async fn work(self: Arc<Self>, stop: CancellationToken) {
        let permits = Arc::new(Semaphore::new(self.concurrency));
        let mut running = JoinSet::new();
        loop {
            while running.try_join_next().is_some() {}
            let permit = tokio::select! {
                () = stop.cancelled() => break,
                permit = permits.clone().acquire_owned() => permit,
            };
            let Ok(permit) = permit else { break };
            let now = Timestamp::now();
            match store::claim(&self.jobs.db, self.owner, now, now + LEASE).await {
                Ok(Some(job)) => {
                    let worker = self.clone();
                    running.spawn(async move {
                        worker.attempt(job).await;
                        drop(permit);
                    });
                }
                Ok(None) => {
                    drop(permit);
                    if !self.wait(&stop).await {
                        break;
                    }
                }
                Err(error) => {
                    drop(permit);
                    tracing::error!(error = %error, "the job queue can't be read");
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = sleep(Duration::from_secs(1)) => {}
                    }
                }
            }
        }
        let drain = async { while running.join_next().await.is_some() {} };
        if timeout(DRAIN, drain).await.is_err() {
            // Their leases run out and another node, or the next start, runs them again.
            running.shutdown().await;
        }
    }

    /// Waits for something to do; `false` when told to stop.
    async fn wait(&self, stop: &CancellationToken) -> bool {
        let due = match store::next_due(&self.jobs.db).await {
            Ok(Some(due)) => due.since(Timestamp::now()),
            Ok(None) => LOOK,
            Err(_) => Duration::from_secs(1),
        };
        tokio::select! {
            () = stop.cancelled() => false,
            () = self.jobs.wake.notified() => true,
            () = sleep(due.min(LOOK)) => true,
        }
    }

    async fn attempt(&self, job: Claimed) {
        let Some(kind) = self.kinds.get(job.kind.as_str()) else {
            // A newer node knows it.
            let later = Timestamp::now() + Duration::from_secs(30);
            self.settled(
                store::requeue(
                    &self.jobs.db,
                    job.id,
                    self.owner,
                    later,
                    job.attempt - 1,
                    None,
                )
                .await,
            );
            return;
        };
        let attempt = Attempt {
            number: job.attempt,
            last: job.attempt >= kind.attempts,
        };
        let started = std::time::Instant::now();
        let mut task = JoinSet::new();
        task.spawn((kind.run)(job.payload.0.clone(), attempt));
        let mut renewal = interval(RENEW);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let deadline = sleep(kind.timeout);
        tokio::pin!(deadline);
        let result = loop {
            tokio::select! {
                Some(ended) = task.join_next() => break match ended {
                    Ok(result) => result,
                    Err(panic) => Err(JobError::Retry(format!("the job broke off: {panic}"))),
                },
                () = &mut deadline => {
                    break Err(JobError::Retry(format!("the job took longer than {} s", kind.timeout.as_secs())));
                }
                _ = renewal.tick() => {
                    match store::renew(&self.jobs.db, job.id, self.owner, Timestamp::now() + LEASE).await {
                        Ok(true) => {}
                        Ok(false) => {
                            tracing::warn!(job.id = %job.id, job.kind = %job.kind, "the lease was lost; the job runs elsewhere");
                            return;
                        }
                        Err(error) => tracing::warn!(error = %error, "a lease could not be renewed"),
                    }
                }
            }
        };
        let outcome = if result.is_ok() { "done" } else { "failed" };
        metrics::counter!("carrel_jobs_total", "kind" => job.kind.clone(), "outcome" => outcome)
            .increment(1);
        metrics::histogram!("carrel_job_seconds", "kind" => job.kind.clone())
            .record(started.elapsed().as_secs_f64());
        match result {
            Ok(()) => self.settled(store::finish(&self.jobs.db, job.id, self.owner).await),
            Err(JobError::Retry(error)) if !attempt.last => {
                tracing::warn!(job.id = %job.id, job.kind = %job.kind, job.attempt = job.attempt, error, "a job failed and will be tried again");
                let at = Timestamp::now() + pause(job.attempt);
                self.settled(
                    store::requeue(
                        &self.jobs.db,
                        job.id,
                        self.owner,
                        at,
                        job.attempt,
                        Some(&error),
                    )
                    .await,
                );
            }
            Err(JobError::Retry(error) | JobError::Dead(error)) => {
                self.give_up(kind, job, error).await;
            }
        }
    }

    async fn give_up(&self, kind: &Kind, job: Claimed, error: String) {
        tracing::error!(job.id = %job.id, job.kind = %job.kind, job.attempt = job.attempt, error, "a job failed for good");
        if let Some(bury) = &kind.bury {
            bury(job.payload.0, error.clone()).await;
        }
        self.settled(store::bury(&self.jobs.db, job.id, self.owner, &error).await);
    }

    fn settled(&self, result: sqlx::Result<u64>) {
        if let Err(error) = result {
            // The lease runs out and the job runs once more.
            tracing::error!(worker = %self.owner, error = %error, "the end of a job could not be recorded");
        }
    }

    /// Takes up jobs whose worker died: again, or to the dead letters when that was their last attempt.
    async fn reap(&self, stop: CancellationToken) {
        let mut tick = interval(REAP);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            loop {
                let now = Timestamp::now();
                match store::take_over(&self.jobs.db, self.owner, now, now + LEASE).await {
                    Ok(Some(job)) => self.resurrect(job).await,
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!(error = %error, "expired leases can't be read");
                        break;
                    }
                }
            }
        }
    }

    async fn resurrect(&self, job: Claimed) {
        let died = "the process that ran the job ended";
        match self.kinds.get(job.kind.as_str()) {
            Some(kind) if job.attempt >= kind.attempts => {
                self.give_up(kind, job, died.into()).await;
            }
            _ => {
                tracing::warn!(job.id = %job.id, job.kind = %job.kind, "a job whose process ended is run again");
                self.settled(
                    store::requeue(
                        &self.jobs.db,
                        job.id,
                        self.owner,
                        Timestamp::now(),
                        job.attempt,
                        Some(died),
                    )
                    .await,
                );
                self.jobs.wake.notify_one();
            }
        }
    }

    async fn keep_time(&self, stop: CancellationToken) {
        for schedule in &self.schedules {
            schedule.catch_up(&self.jobs).await;
        }
        loop {
            let wait = self
                .schedules
                .iter()
                .map(Schedule::wait)
                .min()
                .unwrap_or(Duration::from_hours(1));
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(wait + Duration::from_secs(1)) => {}
            }
            // The firing just past is now each schedule's last one; the others' last ones are recorded already.
            for schedule in &self.schedules {
                schedule.catch_up(&self.jobs).await;
            }
        }
    }

    /// Wakes this node's workers when another node enqueues.
    async fn listen(&self, stop: CancellationToken) {
        let Db::Postgres(pool) = &self.jobs.db else {
            return;
        };
        while !stop.is_cancelled() {
            let listening = async {
                let mut listener = PgListener::connect_with(pool).await?;
                listener.listen("carrel_jobs").await?;
                loop {
                    listener.recv().await?;
                    self.jobs.wake.notify_one();
                }
                #[expect(unreachable_code, reason = "gives the block its error type")]
                Ok::<(), sqlx::Error>(())
            };
            tokio::select! {
                () = stop.cancelled() => return,
                ended = listening => if let Err(error) = ended {
                    tracing::warn!(error = %error, "not listening for jobs; looking every few seconds instead");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(LOOK) => {}
            }
        }
    }
}

/// The pause before attempt `attempt + 1`: 2 s, 4 s, 8 s … to 15 minutes, with a quarter of jitter so that jobs
/// that failed together don't come back together.
fn pause(attempt: i64) -> Duration {
    let doubled = u32::try_from(attempt - 1).unwrap_or(0).min(16);
    let pause = (FIRST_PAUSE * 2u32.pow(doubled)).min(LONGEST_PAUSE);
    let [byte] = crate::crypto::random::<1>();
    pause + pause.mul_f64(f64::from(byte) / 1024.0)
}
