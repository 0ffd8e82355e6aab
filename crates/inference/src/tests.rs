use std::time::Duration;

use carrel_models::Timeouts;
use carrel_platform::audit::Audit;
use carrel_platform::auth::{Actor, Credential, Permissions, SessionId, UserId};
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
    let inference = opened(&dir, db, Environment::default());
    let actor = Actor {
        user: UserId::new(),
        credential: Credential::Token(SessionId::new()),
        permissions: Permissions::ALL,
    };
    (dir, inference, actor)
}

fn opened(dir: &tempfile::TempDir, db: Db, environment: Environment) -> Inference {
    let keyring = Keyring::open(&dir.path().join("master.key")).expect("makes a key");
    let audit = Audit::new(keyring.clone());
    let settings = SettingsStore::new(db.clone(), audit.clone(), Settings::default());
    Inference::new(
        db,
        keyring,
        settings,
        audit,
        environment,
        Timeouts::default(),
    )
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
async fn a_generation_of_a_dead_process_is_interrupted_and_keeps_its_text_and_cost() {
    let (dir, dead, actor) = scratch().await;
    let id = GenerationId::new();
    let mut tx = dead.0.db.begin().await.expect("begins");
    store::insert_generation(&mut tx, id, actor.user, "draft", None, "a/b")
        .await
        .expect("inserts");
    let totals = generations::Totals {
        input_tokens: 3,
        output_tokens: 2,
        cost_micros: 1,
    };
    let log = [
        generations::Event::Text {
            text: "half".into(),
        },
        generations::Event::Usage(totals),
    ];
    let mut position = 0;
    for event in log {
        store::write_event(&mut tx, id, position, &event)
            .await
            .expect("writes");
        position += event.length();
    }
    tx.commit().await.expect("commits");

    let inference = opened(&dir, dead.0.db.clone(), Environment::default());
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
    assert_eq!((ended.input_tokens, ended.cost_micros), (3, 1));
    stop.cancel();
    watching.await.expect("ends");
}

#[tokio::test]
async fn a_generation_begun_before_the_watch_is_not_taken_for_dead() {
    let (_dir, inference, actor) = scratch().await;
    let (go_on, held) = oneshot::channel::<()>();
    let service = inference.clone();
    let mut tx = inference.0.db.begin().await.expect("begins");
    let id = inference
        .start(&mut tx, new(&actor, Uuid::now_v7()), |writer| async move {
            held.await.expect("the test goes on");
            finish(&service, &writer).await
        })
        .await
        .expect("starts");
    tx.commit().await.expect("commits");
    generations::lost::mark_orphans(&inference).await;
    go_on.send(()).expect("the work waits");
    let ended = inference
        .wait(&actor, id, Duration::from_secs(10))
        .await
        .expect("ends");
    assert_eq!(ended.status, GenerationStatus::Done);
}

#[tokio::test]
async fn events_written_twice_are_there_once() {
    let (_dir, inference, actor) = scratch().await;
    let db = &inference.0.db;
    let id = GenerationId::new();
    let mut tx = db.begin().await.expect("begins");
    store::insert_generation(&mut tx, id, actor.user, "draft", None, "a/b")
        .await
        .expect("inserts");
    for text in ["half", "half and more"] {
        let event = generations::Event::Text { text: text.into() };
        store::write_event(&mut tx, id, 0, &event)
            .await
            .expect("writes");
    }
    tx.commit().await.expect("commits");
    let generation = inference.generation(&actor, id).await.expect("is there");
    assert_eq!(generation.text, "half and more");
}

#[tokio::test]
async fn a_wing_learns_what_became_of_the_generations_it_began() {
    let (_dir, inference, actor) = scratch().await;
    let mut tx = inference.0.db.begin().await.expect("begins");
    let service = inference.clone();
    let done = inference
        .start(&mut tx, new(&actor, Uuid::now_v7()), |writer| async move {
            finish(&service, &writer).await
        })
        .await
        .expect("starts");
    let fails = inference
        .start(&mut tx, new(&actor, Uuid::now_v7()), |_| async {
            Err(Error::ModelUnavailable("a/b".into()))
        })
        .await
        .expect("starts");
    let (_go_on, held) = oneshot::channel::<()>();
    let runs = inference
        .start(&mut tx, new(&actor, Uuid::now_v7()), |_| async {
            let _ = held.await;
            Ok(())
        })
        .await
        .expect("starts");
    tx.commit().await.expect("commits");
    for id in [done, fails] {
        inference
            .wait(&actor, id, Duration::from_secs(10))
            .await
            .expect("ends");
    }
    let gone = GenerationId::new();
    let outcomes = inference
        .outcomes([done, fails, runs, gone])
        .await
        .expect("are known");
    assert_eq!(outcomes[&done], Outcome::Done);
    assert_eq!(outcomes[&runs], Outcome::Running);
    let code = |id: &GenerationId| match &outcomes[id] {
        Outcome::Failed(failure) => failure.code.clone(),
        other => format!("{other:?}"),
    };
    assert_eq!(
        (code(&fails).as_str(), code(&gone).as_str()),
        ("model_unavailable", "interrupted")
    );
}

/// A provider that lists no models, and takes a prompt without ever answering it; tells when it has one.
async fn silent_provider() -> (String, tokio::sync::mpsc::Receiver<()>) {
    let (asked, requests) = tokio::sync::mpsc::channel(1);
    let prompted = move || {
        let asked = asked.clone();
        async move {
            let _ = asked.send(()).await;
            std::future::pending::<()>().await;
        }
    };
    let listed = || async { axum::Json(serde_json::json!({ "object": "list", "data": [] })) };
    let silent = axum::Router::new().route("/{*path}", axum::routing::get(listed).post(prompted));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("binds");
    let address = listener.local_addr().expect("has an address");
    tokio::spawn(async move { axum::serve(listener, silent).await });
    (format!("http://{address}"), requests)
}

#[tokio::test]
async fn a_call_that_is_dropped_in_the_middle_leaves_its_usage() {
    let (dir, without, actor) = scratch().await;
    let (address, mut requests) = silent_provider().await;
    let environment = Environment {
        openai: Some((Some(address), None)),
        ..Environment::default()
    };
    let inference = opened(&dir, without.0.db.clone(), environment);
    let model = inference
        .resolve(Some("openai/any"))
        .await
        .expect("is offered");
    let cancel = CancellationToken::new();
    let call = Call {
        user: actor.user,
        feature: "draft",
        generation: None,
        model: &model,
        request: ChatRequest {
            messages: vec![Message::user("Eight tokens are thirty-two bytes")],
            ..ChatRequest::default()
        },
        cancel: &cancel,
    };
    tokio::select! {
        biased;
        _ = inference.call(call, |_| {}) => panic!("nobody answers"),
        asked = requests.recv() => asked.expect("is asked"),
    }
    inference.0.live.tasks.close();
    inference.0.live.tasks.wait().await;
    let used = store::usage_since(&inference.0.db, actor.user, inference.0.opened_at)
        .await
        .expect("is recorded");
    assert_eq!((used.calls, used.input_tokens), (1, 9));
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
