use super::*;

async fn scratch() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().expect("a scratch directory");
    let db = Db::open(&DatabaseUrl::Sqlite(dir.path().join("test.db")), 1)
        .await
        .expect("opens");
    db.migrate().await.expect("migrates");
    (dir, db)
}

#[tokio::test]
async fn what_waits_for_a_commit_does_not_run_after_a_rollback() {
    let (_dir, db) = scratch().await;
    let (sent, mut received) = tokio::sync::mpsc::unbounded_channel();
    for commit in [false, true] {
        let sent = sent.clone();
        let mut tx = db.begin().await.expect("begins");
        tx.on_commit(move || sent.send(commit).expect("the receiver lives"));
        if commit {
            tx.commit().await.expect("commits");
        } else {
            tx.rollback().await.expect("rolls back");
        }
    }
    assert_eq!(received.try_recv(), Ok(true));
    assert!(received.try_recv().is_err());
}

#[tokio::test]
async fn readers_go_on_beside_an_open_transaction_and_cannot_write() {
    let (_dir, db) = scratch().await;
    let tx = db.begin().await.expect("begins");
    db.ping().await.expect("reads beside the writer");
    tx.commit().await.expect("commits");
    let Db::Sqlite { readers, .. } = &db else {
        unreachable!("opened as SQLite")
    };
    let refused = sqlx::query("DELETE FROM jobs").execute(readers).await;
    assert!(refused.is_err());
}
