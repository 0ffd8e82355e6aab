use std::sync::atomic::{AtomicI64, Ordering};

use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::db::DatabaseUrl;

#[derive(Serialize, Deserialize)]
struct Note {
    text: String,
}

impl Job for Note {
    const KIND: &'static str = "test.note";
    const ATTEMPTS: i64 = 1;

    fn unique_key(&self) -> Option<String> {
        Some(self.text.clone())
    }
}

#[derive(Serialize, Deserialize)]
struct Twice;

impl Job for Twice {
    const KIND: &'static str = "test.twice";
}

async fn queue() -> (tempfile::TempDir, Db, Jobs) {
    let dir = tempfile::tempdir().expect("a scratch directory");
    let db = Db::open(&DatabaseUrl::Sqlite(dir.path().join("test.db")), 1)
        .await
        .expect("opens");
    db.migrate().await.expect("migrates");
    let jobs = Jobs::new(db.clone());
    (dir, db, jobs)
}

fn note(text: &str) -> Note {
    Note { text: text.into() }
}

#[tokio::test]
async fn a_job_of_a_rolled_back_transaction_never_runs_and_a_committed_one_wakes_the_worker() {
    let (_dir, db, jobs) = queue().await;
    let (sent, mut ran) = mpsc::unbounded_channel();
    let mut worker = Worker::new(jobs.clone(), 2);
    worker.register(move |job: Note, _| {
        let sent = sent.clone();
        async move {
            sent.send(job.text).expect("the test listens");
            Ok(())
        }
    });
    let stop = CancellationToken::new();
    let working = tokio::spawn(worker.run(stop.clone()));

    let mut tx = db.begin().await.expect("begins");
    jobs.enqueue(&mut tx, &note("never"))
        .await
        .expect("enqueues");
    tx.rollback().await.expect("rolls back");
    let mut tx = db.begin().await.expect("begins");
    let first = jobs
        .enqueue(&mut tx, &note("once"))
        .await
        .expect("enqueues");
    let second = jobs
        .enqueue(&mut tx, &note("once"))
        .await
        .expect("enqueues");
    assert!(first.is_some() && second.is_none(), "the key is unique");
    tx.commit().await.expect("commits");

    assert_eq!(ran.recv().await.as_deref(), Some("once"));
    stop.cancel();
    working.await.expect("ends");
    assert!(ran.recv().await.is_none(), "nothing else ran");
}

#[tokio::test]
async fn a_job_that_fails_its_last_attempt_is_a_dead_letter_and_its_owner_is_told() {
    let (_dir, db, jobs) = queue().await;
    let (told, mut buried) = mpsc::unbounded_channel();
    let mut worker = Worker::new(jobs.clone(), 1);
    worker.register(|_: Note, attempt| async move {
        assert!(attempt.last);
        Err(JobError::Retry("no luck".into()))
    });
    worker.on_dead(move |job: Note, error| {
        let told = told.clone();
        async move { told.send((job.text, error)).expect("the test listens") }
    });
    let mut tx = db.begin().await.expect("begins");
    jobs.enqueue(&mut tx, &note("a")).await.expect("enqueues");
    tx.commit().await.expect("commits");
    let stop = CancellationToken::new();
    let working = tokio::spawn(worker.run(stop.clone()));
    assert_eq!(buried.recv().await, Some(("a".into(), "no luck".into())));
    stop.cancel();
    working.await.expect("ends");
    let dead = jobs.dead_letters(10).await.expect("reads");
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].last_error.as_deref(), Some("no luck"));
}

#[tokio::test]
async fn a_job_whose_process_died_runs_again() {
    let (_dir, db, jobs) = queue().await;
    let mut tx = db.begin().await.expect("begins");
    jobs.enqueue(&mut tx, &Twice).await.expect("enqueues");
    tx.commit().await.expect("commits");
    // A worker that claimed it and never came back.
    let now = Timestamp::now();
    let gone = store::claim(
        &db,
        uuid::Uuid::now_v7(),
        now,
        now + Duration::from_mins(10),
    )
    .await
    .expect("claims");
    assert!(gone.is_some());

    let (sent, mut ran) = mpsc::unbounded_channel();
    let seen = Arc::new(AtomicI64::new(0));
    let mut worker = Worker::new(jobs, 1);
    worker.register(move |_: Twice, attempt| {
        seen.store(attempt.number, Ordering::SeqCst);
        let sent = sent.clone();
        async move {
            sent.send(attempt.number).expect("the test listens");
            Ok(())
        }
    });
    let stop = CancellationToken::new();
    let working = tokio::spawn(worker.run(stop.clone()));
    assert_eq!(ran.recv().await, Some(2));
    stop.cancel();
    working.await.expect("ends");
}

#[tokio::test]
async fn a_schedule_fires_once_for_all_nodes() {
    let (_dir, db, jobs) = queue().await;
    for _ in 0..2 {
        schedule::Schedule::new("test.yearly", "0 0 1 1 *", || note("yearly"))
            .catch_up(&jobs)
            .await;
    }
    let fires =
        crate::scalar!(db, fetch_one, i64, "SELECT COUNT(*) FROM schedule_fires").expect("counts");
    let queued = crate::scalar!(db, fetch_one, i64, "SELECT COUNT(*) FROM jobs").expect("counts");
    assert_eq!((fires, queued), (1, 1));
}
