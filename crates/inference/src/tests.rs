use std::time::Duration;

use carrel_models::Timeouts;
use carrel_platform::auth::{Actor, Role, SessionId, UserId};
use carrel_platform::crypto::Keyring;
use carrel_platform::db::{DatabaseUrl, Db};
use carrel_platform::settings::{Settings, SettingsStore};
use carrel_platform::web::Code;
use futures::StreamExt;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::*;

async fn scratch() -> (tempfile::TempDir, Inference, Actor) {
    let dir = tempfile::tempdir().expect("a scratch directory");
    let db = Db::open(&DatabaseUrl::Sqlite(dir.path().join("test.db")), 1)
        .await
        .expect("opens");
    db.migrate().await.expect("migrates");
    let keyring = Keyring::open(&dir.path().join("master.key")).expect("makes a key");
    let settings = SettingsStore::new(db.clone(), Settings::default());
    let inference = Inference::new(
        db,
        keyring,
        settings,
        Environment::default(),
        Timeouts::default(),
    );
    let actor = Actor {
        user: UserId::new(),
        session: SessionId::new(),
        roles: vec![Role::Staff],
    };
    (dir, inference, actor)
}

fn new(actor: &Actor, subject: Uuid) -> NewGeneration<'static> {
    NewGeneration {
        user: actor.user,
        feature: "draft",
        subject: Some(subject),
        model: "carrel/extractive",
    }
}

async fn finish(inference: &Inference, writer: &Writer) -> Result<(), Error> {
    let mut tx = inference.0.db.begin().await?;
    writer.complete(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// The text and the name of the last event that a subscriber gets from `position` on.
async fn follow(inference: &Inference, actor: &Actor, id: GenerationId, position: i64) -> String {
    let events = inference
        .subscribe(actor, id, position)
        .await
        .expect("may follow");
    let events: Vec<_> = events.map(|event| format!("{event:?}")).collect().await;
    events.join("\n")
}

#[tokio::test]
async fn a_generation_goes_on_without_a_subscriber_and_can_be_followed_from_any_event() {
    let (_dir, inference, actor) = scratch().await;
    let (go_on, held) = oneshot::channel::<()>();
    let mut tx = inference.0.db.begin().await.expect("begins");
    let service = inference.clone();
    let id = inference
        .start(&mut tx, new(&actor, Uuid::now_v7()), |writer| async move {
            writer.text("one ");
            held.await.expect("the test goes on");
            writer.text("two ");
            writer.text("three");
            finish(&service, &writer).await
        })
        .await
        .expect("starts");
    tx.commit().await.expect("commits");

    let mut first = Box::pin(
        inference
            .subscribe(&actor, id, 0)
            .await
            .expect("may follow"),
    );
    assert!(format!("{:?}", first.next().await).contains("one "));
    drop(first);
    go_on.send(()).expect("the work waits");
    let done = inference
        .wait(&actor, id, Duration::from_secs(10))
        .await
        .expect("ends");
    assert_eq!(done.status, GenerationStatus::Done);
    assert_eq!(done.text, "one two three");

    let rest = follow(&inference, &actor, id, 4).await;
    assert!(
        rest.contains("two three") && !rest.contains("{\\\"text\\\":\\\"one"),
        "{rest}"
    );
    assert!(rest.contains("event: done"), "{rest}");
    let inside = follow(&inference, &actor, id, 6).await;
    assert!(inside.contains("o three"), "{inside}");
}

#[tokio::test]
async fn one_generation_at_a_time_works_on_a_subject_and_a_rolled_back_one_never_runs() {
    let (_dir, inference, actor) = scratch().await;
    let subject = Uuid::now_v7();
    let mut tx = inference.0.db.begin().await.expect("begins");
    let never = inference
        .start(&mut tx, new(&actor, subject), |_| async {
            panic!("a rolled back generation ran")
        })
        .await
        .expect("starts");
    tx.rollback().await.expect("rolls back");
    assert!(inference.0.live.get(never).is_none(), "it is forgotten");

    let mut tx = inference.0.db.begin().await.expect("begins");
    let (_go_on, held) = oneshot::channel::<()>();
    inference
        .start(&mut tx, new(&actor, subject), |_| async {
            let _ = held.await;
            Ok(())
        })
        .await
        .expect("starts");
    let second = inference
        .start(&mut tx, new(&actor, subject), |_| async { Ok(()) })
        .await
        .expect_err("one works on it");
    assert!(matches!(second, Error::Problem(problem) if problem.code == Code::GenerationRunning));
}

#[tokio::test]
async fn work_that_panics_or_fails_ends_its_generation_with_a_reason() {
    let (_dir, inference, actor) = scratch().await;
    let mut tx = inference.0.db.begin().await.expect("begins");
    let panics = inference
        .start(&mut tx, new(&actor, Uuid::now_v7()), |_| async {
            panic!("on purpose")
        })
        .await
        .expect("starts");
    let fails = inference
        .start(&mut tx, new(&actor, Uuid::now_v7()), |_| async {
            Err(Error::ModelUnavailable("a/b".into()))
        })
        .await
        .expect("starts");
    tx.commit().await.expect("commits");
    for (id, code) in [(panics, "internal"), (fails, "model_unavailable")] {
        let ended = inference
            .wait(&actor, id, Duration::from_secs(10))
            .await
            .expect("ends");
        assert_eq!(ended.status, GenerationStatus::Failed);
        assert_eq!(ended.failure.expect("a reason").code, code);
        let told = follow(&inference, &actor, id, 0).await;
        assert!(
            told.contains("event: error") && told.contains(code),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_generation_of_a_dead_process_is_interrupted_and_keeps_its_text() {
    let (_dir, inference, actor) = scratch().await;
    let id = GenerationId::new();
    let mut tx = inference.0.db.begin().await.expect("begins");
    store::insert_generation(&mut tx, id, actor.user, "draft", None, "a/b")
        .await
        .expect("inserts");
    let event = live::Event::Text {
        text: "half".into(),
    };
    store::append_event(&mut tx, id, 0, &event)
        .await
        .expect("appends");
    tx.commit().await.expect("commits");

    let stop = CancellationToken::new();
    let watching = tokio::spawn({
        let (inference, stop) = (inference.clone(), stop.clone());
        async move { inference.run(stop).await }
    });
    let ended = inference
        .wait(&actor, id, Duration::from_secs(10))
        .await
        .expect("ends");
    assert_eq!(ended.status, GenerationStatus::Interrupted);
    assert_eq!(ended.text, "half");
    stop.cancel();
    watching.await.expect("ends");
}

#[tokio::test]
async fn a_stranger_does_not_learn_of_a_generation() {
    let (_dir, inference, actor) = scratch().await;
    let mut tx = inference.0.db.begin().await.expect("begins");
    let id = inference
        .start(&mut tx, new(&actor, Uuid::now_v7()), |_| async { Ok(()) })
        .await
        .expect("starts");
    tx.commit().await.expect("commits");
    let stranger = Actor {
        user: UserId::new(),
        ..actor
    };
    let refused = inference
        .generation(&stranger, id)
        .await
        .expect_err("not theirs");
    assert!(matches!(refused, Error::Problem(problem) if problem.code == Code::NotFound));
}
