//! Generations: starting, following, stopping, and what becomes of them when their process dies.

use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::Event as SseEvent;
use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::db::{Dialect, Tx, id_list};
use carrel_platform::web::{Code, Page, PageRequest, Problem};
use futures::{FutureExt, Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::time::{interval, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::live::{Event, Live, Writer};
use crate::store::{self, GenerationRow};
use crate::{Error, GenerationFailure, GenerationId, Inference};

/// A generation without a heartbeat for so long has no process any more.
const LOST: Duration = Duration::from_secs(30);
/// How often a generation of another node is looked at for a subscriber here.
const FOLLOW: Duration = Duration::from_millis(300);

/// What a generation is for.
#[derive(Debug)]
pub struct NewGeneration<'a> {
    /// Who asked.
    pub user: UserId,
    /// `draft`, `refine` …
    pub feature: &'static str,
    /// What it works on; only one generation works on it at a time.
    pub subject: Option<Uuid>,
    /// Id of the model, for people to see.
    pub model: &'a str,
}

carrel_platform::text_enum! {
    /// How a generation stands.
    pub enum GenerationStatus {
        /// At work.
        Running = "running",
        /// Ended well; its result is stored.
        Done = "done",
        /// Ended by a failure.
        Failed = "failed",
        /// Stopped by a person.
        Cancelled = "cancelled",
        /// Its process died.
        Interrupted = "interrupted",
    }
}

/// What the work is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Getting the source.
    Reading,
    /// Working through the chunks of a long source.
    Chunk,
    /// Bringing the chunks together.
    Merging,
    /// Writing the result.
    Writing,
}

/// How far the work is, as in "chunk 3 of 9".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GenerationProgress {
    /// What it is doing.
    pub step: Step,
    /// How many are done.
    pub done: i64,
    /// Of how many.
    pub total: i64,
}

impl GenerationProgress {
    fn finished(self) -> Self {
        Self {
            done: self.total,
            ..self
        }
    }
}

/// A generation as people see it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Generation {
    /// Its id.
    pub id: GenerationId,
    /// What it is for: `draft` or `refine`.
    pub feature: String,
    /// What it works on.
    #[schema(required = true)]
    pub subject_id: Option<Uuid>,
    /// The model.
    pub model: String,
    /// How it stands.
    pub status: GenerationStatus,
    /// How far it is.
    #[schema(required = true)]
    pub progress: Option<GenerationProgress>,
    /// The text so far, as Markdown.
    pub text: String,
    /// Why it did not end well.
    #[schema(required = true)]
    pub failure: Option<GenerationFailure>,
    /// Tokens read so far.
    pub input_tokens: i64,
    /// Tokens written so far.
    pub output_tokens: i64,
    /// Cost so far in micro-units.
    pub cost_micros: i64,
    /// How long it took.
    #[schema(required = true)]
    pub duration_ms: Option<i64>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    #[schema(required = true)]
    pub finished_at: Option<Timestamp>,
}

impl From<GenerationRow> for Generation {
    fn from(row: GenerationRow) -> Self {
        Self {
            id: row.id,
            feature: row.feature,
            subject_id: row.subject_id,
            model: row.model,
            status: GenerationStatus::parse(&row.status).unwrap_or(GenerationStatus::Failed),
            progress: None,
            text: String::new(),
            failure: row.failure.map(|f| f.0),
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            cost_micros: row.cost_micros,
            duration_ms: row
                .finished_at
                .and_then(|end| end.since(row.created_at).as_millis().try_into().ok()),
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

impl Inference {
    /// Begins a generation as part of `tx` and runs `work` once that is durable.
    ///
    /// The work ends the generation itself with [`Writer::complete`], together with its result. Whatever else it
    /// returns becomes the failure of the generation.
    ///
    /// # Errors
    /// `generation_running` when one works on the subject already.
    pub async fn start<F>(
        &self,
        tx: &mut Tx,
        new: NewGeneration<'_>,
        work: impl FnOnce(Writer) -> F,
    ) -> Result<GenerationId, Error>
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let id = GenerationId::new();
        if !store::insert_generation(tx, id, new.user, new.feature, new.subject, new.model).await? {
            return Err(Problem::new(
                Code::GenerationRunning,
                "wait until it has ended, or stop it first",
            )
            .into());
        }
        let live = self.0.live.insert(id);
        // Forgotten again should the transaction fail.
        let guard = Unstarted {
            inference: self.clone(),
            id,
            armed: true,
        };
        let writer = Writer {
            inference: self.clone(),
            live,
            id,
            user: new.user,
            feature: new.feature,
        };
        let work = work(writer.clone()).boxed();
        let inference = self.clone();
        tx.on_commit(move || {
            let mut guard = guard;
            guard.armed = false;
            let tracker = inference.0.live.tasks.clone();
            tracker.spawn(async move {
                inference.run_one(writer, work).await;
            });
        });
        Ok(id)
    }

    async fn run_one(
        &self,
        writer: Writer,
        work: futures::future::BoxFuture<'static, Result<(), Error>>,
    ) {
        let db = &self.0.db;
        let guarded = std::panic::AssertUnwindSafe(work).catch_unwind();
        let cancelled = async {
            writer.live.cancel.cancelled().await;
            // Work that minds the token ends by itself and sooner.
            sleep(Duration::from_secs(5)).await;
        };
        let result = tokio::select! {
            result = guarded => result.unwrap_or_else(|_| {
                Err(Problem::internal("the work of a generation panicked").into())
            }),
            () = writer.keep(db) => Err(Error::Cancelled),
            () = cancelled => Err(Error::Cancelled),
        };
        if let Err(error) = &result
            && let Err(lost) = self.fail(&writer, error).await
        {
            tracing::error!(generation.id = %writer.id, error = %lost, "the end of a generation could not be recorded");
        }
        // Dropping the last of the log's senders tells subscribers that the row has the outcome.
        self.0.live.remove(writer.id);
    }

    async fn fail(&self, writer: &Writer, error: &Error) -> Result<(), Error> {
        let (status, failure) = match error {
            Error::Cancelled if self.0.live.is_stopping() => {
                (GenerationStatus::Interrupted, interrupted())
            }
            Error::Cancelled => (GenerationStatus::Cancelled, error.into()),
            other => (GenerationStatus::Failed, other.into()),
        };
        if status == GenerationStatus::Failed {
            tracing::warn!(generation.id = %writer.id, code = failure.code, "a generation failed");
        }
        let (_, _, totals) = writer.live.snapshot();
        writer.save(&self.0.db).await?;
        let mut tx = self.0.db.begin().await?;
        store::finish(&mut tx, writer.id, status.as_str(), Some(&failure), totals).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A generation the actor asked for.
    pub async fn generation(&self, actor: &Actor, id: GenerationId) -> Result<Generation, Error> {
        let row = self.owned(actor.user, id).await?;
        self.complete_view(row).await
    }

    async fn owned(&self, user: UserId, id: GenerationId) -> Result<GenerationRow, Error> {
        store::generation(&self.0.db, id)
            .await?
            .filter(|row| row.user_id == user)
            .ok_or_else(|| Problem::not_found("generation").into())
    }

    /// Adds what is in the log: from memory while it runs here, else from the database.
    async fn complete_view(&self, row: GenerationRow) -> Result<Generation, Error> {
        let id = row.id;
        let mut generation = Generation::from(row);
        if generation.status == GenerationStatus::Running
            && let Some(live) = self.0.live.get(id)
        {
            let (text, progress, totals) = live.snapshot();
            generation.text = text;
            generation.progress = progress;
            generation.input_tokens = totals.input_tokens;
            generation.output_tokens = totals.output_tokens;
            generation.cost_micros = totals.cost_micros;
            return Ok(generation);
        }
        for row in store::events(&self.0.db, id, 0).await? {
            match row.event.0 {
                Event::Text { text } => generation.text.push_str(&text),
                Event::Progress(progress) => generation.progress = Some(progress),
                Event::Usage { .. } => {}
            }
        }
        if generation.status == GenerationStatus::Done {
            generation.progress = generation.progress.map(GenerationProgress::finished);
        }
        Ok(generation)
    }

    /// The actor's generations, newest first, without their texts.
    pub async fn generations(
        &self,
        actor: &Actor,
        subject: Option<Uuid>,
        status: Option<GenerationStatus>,
        page: &PageRequest,
    ) -> Result<Page<Generation>, Error> {
        let limit = page.limit();
        let rows = store::generations(
            &self.0.db,
            actor.user,
            subject,
            status.map(GenerationStatus::as_str),
            page.after()?,
            limit + 1,
        )
        .await?;
        Ok(Page::cut(rows, limit, |row| row.id).map(|row| {
            let live = self.0.live.get(row.id);
            let mut generation = Generation::from(row);
            if let Some(live) = live {
                generation.progress = live.snapshot().1;
            }
            generation
        }))
    }

    /// The newest generation of each subject that has one, without texts. For wings; no rights are checked.
    pub async fn latest(
        &self,
        subjects: impl IntoIterator<Item = Uuid>,
    ) -> Result<Vec<Generation>, Error> {
        let rows = store::latest(&self.0.db, &id_list(subjects)).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let live = self.0.live.get(row.id);
                let mut generation = Generation::from(row);
                generation.progress = live.and_then(|live| live.snapshot().1);
                generation
            })
            .collect())
    }

    /// Waits until the generation has ended, at most `patience`. Gives it as it then stands.
    pub async fn wait(
        &self,
        actor: &Actor,
        id: GenerationId,
        patience: Duration,
    ) -> Result<Generation, Error> {
        let ended = async {
            while self.owned(actor.user, id).await?.status == "running" {
                if let Some(live) = self.0.live.get(id) {
                    let mut watch = live.watch();
                    drop(live);
                    while watch.changed().await.is_ok() {}
                } else {
                    sleep(FOLLOW).await;
                }
            }
            Ok::<(), Error>(())
        };
        if let Ok(result) = tokio::time::timeout(patience, ended).await {
            result?;
        }
        self.generation(actor, id).await
    }

    /// Asks a running generation to stop. What it wrote so far is kept in its text.
    pub async fn cancel(&self, actor: &Actor, id: GenerationId) -> Result<Generation, Error> {
        self.owned(actor.user, id).await?;
        if store::ask_cancel(&self.0.db, id).await?
            && let Some(live) = self.0.live.get(id)
        {
            live.cancel.cancel();
        }
        self.generation(actor, id).await
    }

    /// The events of a generation after `position`, ending with `done` or `error`.
    pub async fn subscribe(
        &self,
        actor: &Actor,
        id: GenerationId,
        position: i64,
    ) -> Result<impl Stream<Item = SseEvent> + Send + 'static + use<>, Error> {
        self.owned(actor.user, id).await?;
        let follow = Follow {
            inference: self.clone(),
            actor: actor.clone(),
            id,
            position: position.max(0),
            ended: false,
        };
        Ok(stream::unfold(follow, |mut follow| async move {
            let events = follow.next().await?;
            Some((stream::iter(events), follow))
        })
        .flatten())
    }
}

/// A subscriber's place in a generation.
struct Follow {
    inference: Inference,
    actor: Actor,
    id: GenerationId,
    position: i64,
    ended: bool,
}

impl Follow {
    /// The next events; `None` after the terminal one.
    async fn next(&mut self) -> Option<Vec<SseEvent>> {
        if self.ended {
            return None;
        }
        loop {
            // When it ends here, what its log held at last is read from the database, and its outcome after it.
            if let Some(live) = self.inference.0.live.get(self.id)
                && let Some(events) = self.read_log(live).await
            {
                return Some(events);
            }
            match self.read_database().await {
                Ok(Some(events)) => return Some(events),
                Ok(None) => sleep(FOLLOW).await,
                Err(error) => {
                    self.ended = true;
                    return Some(vec![failure_event(&(&error).into())]);
                }
            }
        }
    }

    /// Events of a generation that runs here; `None` when it has ended.
    async fn read_log(&mut self, live: Arc<Live>) -> Option<Vec<SseEvent>> {
        let mut watch = live.watch();
        watch.mark_unchanged();
        let events = live.after(self.position);
        if !events.is_empty() {
            return Some(self.take(events));
        }
        // Only the registry and the work keep it alive while we wait.
        let waiting = Arc::downgrade(&live);
        drop(live);
        watch.changed().await.ok()?;
        let live = waiting.upgrade()?;
        Some(self.take(live.after(self.position)))
    }

    async fn read_database(&mut self) -> Result<Option<Vec<SseEvent>>, Error> {
        // The row first: events written before its end are then all there.
        let row = self.inference.owned(self.actor.user, self.id).await?;
        let rows = store::events(&self.inference.0.db, self.id, self.position).await?;
        let position = self.position;
        let events = rows
            .into_iter()
            .filter_map(|row| {
                let end = row.position + row.event.0.length();
                Some((end, row.event.0.after(row.position, position)?))
            })
            .collect::<Vec<_>>();
        let mut events = self.take(events);
        if row.status != "running" {
            self.ended = true;
            let generation = self.inference.complete_view(row).await?;
            events.push(terminal_event(&generation, self.position));
        }
        Ok((!events.is_empty()).then_some(events))
    }

    fn take(&mut self, events: Vec<(i64, Event)>) -> Vec<SseEvent> {
        if let Some((end, _)) = events.last() {
            self.position = *end;
        }
        events
            .into_iter()
            .map(|(end, event)| sse(end, &event))
            .collect()
    }
}

fn named(name: &str, data: &impl Serialize) -> SseEvent {
    SseEvent::default()
        .event(name)
        .data(serde_json::to_string(data).unwrap_or_default())
}

fn sse(end: i64, event: &Event) -> SseEvent {
    let event = match event {
        Event::Text { text } => named("text", &serde_json::json!({ "text": text })),
        Event::Progress(progress) => named("progress", progress),
        Event::Usage {
            input_tokens,
            output_tokens,
            cost_micros,
        } => named(
            "usage",
            &serde_json::json!({ "inputTokens": input_tokens, "outputTokens": output_tokens, "costMicros": cost_micros }),
        ),
    };
    event.id(end.to_string())
}

fn failure_event(failure: &GenerationFailure) -> SseEvent {
    named("error", failure)
}

fn terminal_event(generation: &Generation, position: i64) -> SseEvent {
    let event = match (&generation.failure, generation.status) {
        (None, GenerationStatus::Done) => named("done", generation),
        (Some(failure), _) => failure_event(failure),
        (None, _) => failure_event(&interrupted()),
    };
    event.id(position.to_string())
}

fn interrupted() -> GenerationFailure {
    GenerationFailure {
        code: "interrupted".into(),
        detail:
            "Carrel was stopped while this was running; what was written so far is kept. Try again"
                .into(),
        retryable: true,
    }
}

/// Forgets a generation whose transaction did not commit.
struct Unstarted {
    inference: Inference,
    id: GenerationId,
    armed: bool,
}

impl Drop for Unstarted {
    fn drop(&mut self) {
        if self.armed {
            self.inference.0.live.remove(self.id);
        }
    }
}

/// Marks generations whose process died, until `stop`; then ends those that run here.
pub(crate) async fn watch(inference: &Inference, stop: CancellationToken) {
    let db = &inference.0.db;
    if db.dialect() == Dialect::Sqlite {
        // One process at a time serves a SQLite data directory: what ran before is dead.
        mark_interrupted(inference, Timestamp::now()).await;
    }
    let mut tick = interval(LOST / 2);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = tick.tick() => mark_interrupted(inference, Timestamp::now() - LOST).await,
        }
    }
    inference.0.live.stop();
    inference.0.live.tasks.close();
    inference.0.live.tasks.wait().await;
}

async fn mark_interrupted(inference: &Inference, before: Timestamp) {
    match store::interrupt(&inference.0.db, before, &interrupted()).await {
        Ok(0) => {}
        Ok(lost) => tracing::warn!(
            lost,
            "generations whose process died were marked as interrupted"
        ),
        Err(error) => tracing::error!(error = %error, "lost generations can't be marked"),
    }
}
