use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use futures::future::BoxFuture;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::rotation::{KeyState, Reseal};
use super::*;
use crate::db::Tx;
use crate::jobs::Worker;
use crate::mail::Mail;
use crate::{Timestamp, query, scalar};

const MAILS: usize = 250;

fn recipient(row: &str) -> Place<'_> {
    Place {
        table: "mail_outbox",
        column: "recipient",
        row,
    }
}

/// Mails to `0@example.org` and so on, sealed with the newest key.
async fn mails(house: &House, keys: &Keyring) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for n in 0..MAILS {
        let id = Uuid::now_v7();
        let row = id.to_string();
        let seal = |column, text: &str| {
            let place = Place {
                column,
                ..recipient(&row)
            };
            keys.seal(place, text)
        };
        query!(
            house.db,
            execute,
            "INSERT INTO mail_outbox (id, kind, recipient_sealed, subject_sealed, state, created_at)
             VALUES ($1, 'test', $2, $3, 'sent', $4)",
            id,
            seal("recipient", &format!("{n}@example.org")),
            seal("subject", "Hello"),
            Timestamp::now()
        )
        .expect("is added");
        ids.push(id);
    }
    ids
}

async fn stored(house: &House, id: Uuid) -> String {
    let found = scalar!(
        house.db,
        fetch_one,
        String,
        "SELECT recipient_sealed FROM mail_outbox WHERE id = $1",
        id
    );
    found.expect("is there")
}

async fn read(house: &House, keys: &Keyring, id: Uuid) -> String {
    let row = id.to_string();
    let sealed = stored(house, id).await;
    keys.open_sealed(recipient(&row), &sealed).expect("opens")
}

async fn key(encryption: &Encryption, id: &str) -> KeyState {
    let keys = encryption.keys().await.expect("reads");
    let found = keys.into_iter().find(|key| key.id == id);
    found.expect("is listed")
}

/// Runs jobs until the key is destroyed.
async fn run_until_destroyed(house: &House, encryption: &Encryption, id: &str) {
    let mut worker = Worker::new(Jobs::new(house.db.clone()), 2);
    encryption.register(&mut worker);
    let stop = CancellationToken::new();
    let working = tokio::spawn(worker.run(stop.clone()));
    let begun = Instant::now();
    while key(encryption, id).await.destroyed_at.is_none() {
        assert!(begun.elapsed() < Duration::from_mins(1), "{id} stays");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    working.await.expect("ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_seals_everything_anew_and_destroys_the_old_key_while_others_write() {
    let house = House::open().await;
    let keys = house.load("master.key").await.expect("loads");
    let ids = mails(&house, &keys).await;
    let old = scalar!(
        house.db,
        fetch_one,
        String,
        "SELECT wrapped FROM data_keys WHERE id = 'k1'"
    )
    .expect("is there");
    let encryption = house.encryption(&keys, Mail::sealed_columns());
    // Another node, which has not heard of the new key and writes on.
    let stop = CancellationToken::new();
    let writing = {
        let (db, stop, ids) = (house.db.clone(), stop.clone(), ids.clone());
        let elsewhere = house.load("master.key").await.expect("loads");
        tokio::spawn(async move {
            let mut written = 0;
            while !stop.is_cancelled() {
                written += 1;
                for id in ids.iter().step_by(7) {
                    let row = id.to_string();
                    let sealed = elsewhere.seal(recipient(&row), &format!("{written}@example.net"));
                    query!(
                        db,
                        execute,
                        "UPDATE mail_outbox SET recipient_sealed = $2 WHERE id = $1",
                        *id,
                        sealed
                    )
                    .expect("is written");
                }
                // It reads, too, what was sealed with the key it doesn't know.
                let sealed = scalar!(
                    db,
                    fetch_one,
                    String,
                    "SELECT recipient_sealed FROM mail_outbox WHERE id = $1",
                    ids[1]
                );
                let row = ids[1].to_string();
                let opened = elsewhere.open_sealed(recipient(&row), &sealed.expect("is there"));
                assert_eq!(opened.expect("opens"), "1@example.org");
            }
            written
        })
    };
    encryption.rotate(None).await.expect("begins");
    run_until_destroyed(&house, &encryption, "k1").await;
    stop.cancel();
    let written = writing.await.expect("the other node never fails");
    assert!(written > 0);
    for (n, id) in ids.iter().enumerate() {
        let expected = if n % 7 == 0 {
            format!("{written}@example.net")
        } else {
            format!("{n}@example.org")
        };
        assert_eq!(read(&house, &keys, *id).await, expected);
        assert!(stored(&house, *id).await.starts_with("v1|k2|"));
    }
    let again = house.load("master.key").await.expect("loads");
    assert!(again.seal(HERE, "x").starts_with("v1|k2|"));

    house.db.close().await;
    let file = std::fs::read(house.file("test.db")).expect("the database");
    let file = String::from_utf8_lossy(&file);
    assert!(file.contains("mail_outbox"), "this is the database");
    assert!(!file.contains(&old), "nothing of the old key is left");
}

/// A column that stops for good at the second batch, as a process that is killed would.
struct Stuck {
    column: Box<dyn SealedColumn>,
    reached: Arc<Notify>,
    passed: AtomicBool,
}

impl SealedColumn for Stuck {
    fn table(&self) -> &'static str {
        self.column.table()
    }

    fn column(&self) -> &'static str {
        self.column.column()
    }

    fn unlike<'a>(
        &'a self,
        db: &'a Db,
        pattern: &'a str,
        after: Option<&'a str>,
        limit: i64,
    ) -> BoxFuture<'a, sqlx::Result<Vec<SealedValue>>> {
        if self.passed.swap(true, Ordering::Relaxed) {
            self.reached.notify_one();
            return Box::pin(futures::future::pending());
        }
        self.column.unlike(db, pattern, after, limit)
    }

    fn count<'a>(&'a self, db: &'a Db, pattern: &'a str) -> BoxFuture<'a, sqlx::Result<i64>> {
        self.column.count(db, pattern)
    }

    fn replace<'a>(
        &'a self,
        tx: &'a mut Tx,
        value: &'a SealedValue,
        new: &'a str,
    ) -> BoxFuture<'a, sqlx::Result<bool>> {
        self.column.replace(tx, value, new)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_broke_off_goes_on_where_it_was() {
    let house = House::open().await;
    let keys = house.load("master.key").await.expect("loads");
    let ids = mails(&house, &keys).await;
    let reached = Arc::new(Notify::new());
    let stuck = Stuck {
        column: Mail::sealed_columns().remove(0),
        reached: reached.clone(),
        passed: AtomicBool::new(false),
    };
    let broken = house.encryption(&keys, vec![Box::new(stuck)]);
    broken.rotate(None).await.expect("begins");
    tokio::select! {
        _ = broken.reseal(Reseal { key: 2, round: 0 }) => panic!("it was to be stopped"),
        () = reached.notified() => {}
    }
    let whole = house.encryption(&keys, Mail::sealed_columns());
    let left = key(&whole, "k1").await.sealed_left.expect("is replaced");
    let all = i64::try_from(2 * MAILS).expect("fits");
    assert_eq!(left, all - 100, "one batch of the recipients was done");
    assert!(key(&whole, "k2").await.active);

    run_until_destroyed(&house, &whole, "k1").await;
    let after = house.load("master.key").await.expect("loads");
    for (n, id) in ids.iter().enumerate() {
        assert_eq!(read(&house, &after, *id).await, format!("{n}@example.org"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_can_not_be_opened_keeps_its_key_and_stops_nobody() {
    let house = House::open().await;
    let keys = house.load("master.key").await.expect("loads");
    let ids = mails(&house, &keys).await;
    query!(
        house.db,
        execute,
        "UPDATE mail_outbox
         SET recipient_sealed = (SELECT m.recipient_sealed FROM mail_outbox AS m WHERE m.id = $2)
         WHERE id = $1",
        ids[3],
        ids[4]
    )
    .expect("is moved");
    let moved = stored(&house, ids[3]).await;
    let encryption = house.encryption(&keys, Mail::sealed_columns());
    encryption.rotate(None).await.expect("begins");
    for round in 0..3 {
        let job = Reseal { key: 2, round };
        encryption.reseal(job).await.expect("does what can be done");
    }
    let old = key(&encryption, "k1").await;
    assert_eq!(
        (old.sealed_left, old.retired_at, old.destroyed_at),
        (Some(1), None, None)
    );
    assert_eq!(stored(&house, ids[3]).await, moved, "it is left as it was");
    assert!(stored(&house, ids[4]).await.starts_with("v1|k2|"));

    // Mended, it lets the key go.
    let row = ids[3].to_string();
    query!(
        house.db,
        execute,
        "UPDATE mail_outbox SET recipient_sealed = $2 WHERE id = $1",
        ids[3],
        keys.seal(recipient(&row), "mended@example.org")
    )
    .expect("is mended");
    run_until_destroyed(&house, &encryption, "k1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_does_not_exist_is_looked_for_and_then_refused_at_once() {
    let house = House::open().await;
    let keys = house.load("master.key").await.expect("loads");
    let sealed = keys.seal(HERE, "x").replace("v1|k1|", "v1|k99|");
    for _ in 0..100 {
        let refused = keys.open_sealed(HERE, &sealed).expect_err("no such key");
        assert!(matches!(refused, CryptoError::UnknownKey(id) if id == "k99"));
    }
    assert!(keys.seal(HERE, "x").starts_with("v1|k1|"));
}

#[tokio::test]
async fn a_rotation_is_due_when_the_key_is_old_enough() {
    let house = House::open().await;
    let keys = house.load("master.key").await.expect("loads");
    let config = EncryptionConfig {
        rotate_days: 30,
        grace: Duration::ZERO,
    };
    let encryption = Encryption::new(
        house.db.clone(),
        keys.clone(),
        Jobs::new(house.db.clone()),
        Audit::new(keys.clone()),
        Vec::new(),
        config,
    );
    encryption.check().await.expect("looks");
    assert!(key(&encryption, "k1").await.active, "it is new");
    query!(
        house.db,
        execute,
        "UPDATE data_keys SET created_at = $1",
        Timestamp::now() - Duration::from_hours(24 * 30)
    )
    .expect("is old");
    encryption.check().await.expect("looks");
    assert!(key(&encryption, "k2").await.active);
    encryption.check().await.expect("looks");
    assert_eq!(keys.seal(HERE, "x").split('|').nth(1), Some("k2"));
}
