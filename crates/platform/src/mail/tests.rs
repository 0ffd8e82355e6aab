//! The outbox on SQLite; sending is tested with a real server and the built binary.

use std::time::Duration;

use super::*;
use crate::audit::Audit;
use crate::db::DatabaseUrl;
use crate::query;
use crate::settings::{Settings, SettingsStore};

async fn outbox(server: Option<SmtpServer>) -> (tempfile::TempDir, Db, Mail, Outbox) {
    let dir = tempfile::tempdir().expect("a scratch directory");
    let db = Db::open(&DatabaseUrl::Sqlite(dir.path().join("test.db")), 1)
        .await
        .expect("opens");
    db.migrate().await.expect("migrates");
    let keyring = Keyring::open(&dir.path().join("master.key")).expect("makes a key");
    let jobs = Jobs::new(db.clone());
    let settings = SettingsStore::new(db.clone(), Audit::new(keyring.clone()), Settings::default());
    let mail = Mail::new(keyring.clone(), jobs.clone());
    let outbox = Outbox::new(db.clone(), keyring, jobs, settings, server);
    (dir, db, mail, outbox)
}

async fn write(db: &Db, mail: &Mail, to: &str) -> MailId {
    let message = Message {
        kind: "test",
        to: to.to_owned(),
        subject: "Hello\r\nBcc: eve@example.org".to_owned(),
        text: "A text.".to_owned(),
    };
    let mut tx = db.begin().await.expect("begins");
    let id = mail.put(&mut tx, &message).await.expect("is written");
    tx.commit().await.expect("commits");
    id
}

async fn backdate(db: &Db, id: MailId, age: Duration) {
    let then = Timestamp::now() - age;
    query!(
        db,
        execute,
        "UPDATE mail_outbox SET created_at = $2, sent_at = CASE WHEN sent_at IS NULL THEN NULL ELSE $2 END WHERE id = $1",
        id,
        then
    )
    .expect("is changed");
}

#[tokio::test]
async fn text_and_recipient_go_a_day_after_sending_and_the_row_after_a_month() {
    let (_dir, db, mail, outbox) = outbox(None).await;
    let sent = write(&db, &mail, "ada@example.org").await;
    let fresh = write(&db, &mail, "bea@example.org").await;
    let waiting = write(&db, &mail, "cleo@example.org").await;
    for id in [sent, fresh] {
        store::sent(&db, id, Timestamp::now()).await.expect("sent");
    }
    backdate(&db, sent, Duration::from_hours(25)).await;
    backdate(&db, waiting, Duration::from_hours(25)).await;
    outbox.sweep_now().await;
    let row = |id| {
        let db = db.clone();
        async move { store::mail(&db, id).await.expect("reads") }
    };
    let old = row(sent).await.expect("is kept");
    assert!(old.recipient_sealed.is_none() && old.body_sealed.is_none());
    for id in [fresh, waiting] {
        let kept = row(id).await.expect("is kept");
        assert!(outbox.letter(&kept).expect("opens").is_some());
    }
    for id in [sent, waiting] {
        backdate(&db, id, Duration::from_hours(31 * 24)).await;
    }
    outbox.sweep_now().await;
    assert!(row(sent).await.is_none() && row(waiting).await.is_none());
    assert!(row(fresh).await.is_some());
}

#[tokio::test]
async fn what_waited_too_long_for_a_server_fails_and_can_be_sent_again_by_hand() {
    let (_dir, db, mail, outbox) = outbox(None).await;
    let old = write(&db, &mail, "ada@example.org").await;
    let young = write(&db, &mail, "ada@example.org").await;
    backdate(&db, old, Duration::from_hours(49)).await;
    outbox.take_up_now().await;
    let state = |id| {
        let db = db.clone();
        async move {
            store::mail(&db, id)
                .await
                .expect("reads")
                .expect("is there")
                .state
        }
    };
    assert_eq!(state(old).await, "failed");
    assert_eq!(state(young).await, "queued");
    outbox.retry(old).await.expect("is queued");
    assert_eq!(state(old).await, "queued");
    store::sent(&db, old, Timestamp::now()).await.expect("sent");
    let refused = outbox.retry(old).await.expect_err("was sent");
    assert_eq!(refused.code, crate::web::Code::NothingToRetry);
    let unknown = outbox.retry(MailId::new()).await.expect_err("is none");
    assert_eq!(unknown.code, crate::web::Code::NotFound);
}

#[tokio::test]
async fn everything_to_one_address_is_found_and_erased() {
    let (_dir, db, mail, _) = outbox(None).await;
    write(&db, &mail, "ada@example.org").await;
    write(&db, &mail, "ada@example.org").await;
    let other = write(&db, &mail, "bea@example.org").await;
    let found = mail.record_of(&db, "Ada@Example.org ").await;
    assert_eq!(found.expect("reads").len(), 2);
    let mut tx = db.begin().await.expect("begins");
    assert_eq!(
        mail.erase(&mut tx, "ada@example.org")
            .await
            .expect("erases"),
        2
    );
    tx.commit().await.expect("commits");
    assert!(store::mail(&db, other).await.expect("reads").is_some());
}

#[tokio::test]
async fn nothing_of_a_mail_stands_in_the_clear_and_its_subject_is_one_line() {
    let (_dir, db, mail, outbox) = outbox(None).await;
    let id = write(&db, &mail, "ada@example.org").await;
    let row = store::mail(&db, id)
        .await
        .expect("reads")
        .expect("is there");
    let stored = format!("{row:?}");
    for clear in ["ada@", "Hello", "A text"] {
        assert!(!stored.contains(clear), "{stored}");
    }
    let letter = outbox.letter(&row).expect("opens").expect("is there");
    assert_eq!(letter.subject, "Hello  Bcc: eve@example.org");
}
