use serde_json::json;

use super::{Action, Audit, Event, Trail};
use crate::Timestamp;
use crate::crypto::Keyring;
use crate::db::{DatabaseUrl, Db};
use crate::objects::Objects;
use crate::query;

struct House {
    _dir: tempfile::TempDir,
    db: Db,
    audit: Audit,
    trail: Trail,
}

impl House {
    async fn open() -> Self {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let db = Db::open(&DatabaseUrl::Sqlite(dir.path().join("test.db")), 1)
            .await
            .expect("opens");
        db.migrate().await.expect("migrates");
        let keyring = Keyring::open(&dir.path().join("master.key")).expect("makes a key");
        let files = format!("file:{}", dir.path().join("objects").display());
        let objects = Objects::open(&files, keyring.clone()).expect("opens");
        Self {
            audit: Audit::new(keyring.clone()),
            trail: Trail::new(db.clone(), objects, keyring),
            db,
            _dir: dir,
        }
    }

    async fn record(&self, times: usize) {
        for n in 0..times {
            let event = Event::new(Action::RoleChanged)
                .on("role", n)
                .detail(json!({ "n": n }));
            let recorded = self.audit.record_alone(&self.db, event).await;
            recorded.expect("is recorded");
        }
    }

    async fn verified(&self) -> super::Verification {
        self.trail.verify(Vec::new()).await.expect("is read")
    }
}

#[tokio::test]
async fn an_undone_change_leaves_no_record_and_no_gap() {
    let house = House::open().await;
    house.record(1).await;
    let mut tx = house.db.begin().await.expect("begins");
    let event = Event::new(Action::RoleChanged);
    house.audit.record(&mut tx, event).await.expect("records");
    tx.rollback().await.expect("is undone");
    house.record(1).await;
    let verified = house.verified().await;
    assert!(verified.ok, "{verified:?}");
    assert_eq!(verified.checked, 2);
}

#[tokio::test]
async fn what_is_pruned_leaves_a_signed_anchor_that_the_rest_hangs_on() {
    let house = House::open().await;
    house.record(3).await;
    house.trail.sign_head().await.expect("is signed");
    let removed = house.trail.prune(Timestamp::now()).await.expect("prunes");
    assert_eq!(removed, 3);
    house.record(2).await;
    let verified = house.verified().await;
    assert!(verified.ok, "{verified:?}");
    assert_eq!((verified.checked, verified.heads), (2, 1));

    // An anchor set further on, to hide the rows before it.
    let forged = query!(
        house.db,
        execute,
        "UPDATE audit_anchor SET seq = 4, hash = (SELECT hash FROM audit_events WHERE seq = 4)"
    );
    assert_eq!(forged.expect("is changed"), 1);
    let verified = house.verified().await;
    assert_eq!(verified.first_bad, Some(4), "{verified:?}");
}

#[tokio::test]
async fn a_head_is_signed_once_and_a_forged_one_is_found() {
    let house = House::open().await;
    house.record(2).await;
    house.trail.sign_head().await.expect("is signed");
    house.trail.sign_head().await.expect("nothing to do");
    assert_eq!(house.verified().await.heads, 1);
    let (heads, unreadable) = super::heads::kept(&house.trail.objects)
        .await
        .expect("are read");
    assert!(unreadable.is_empty());
    let mut forged = heads[0].clone();
    forged.seq = 1;
    let verified = house.trail.verify(vec![forged]).await.expect("is read");
    assert_eq!(verified.first_bad, Some(1), "{verified:?}");
}
