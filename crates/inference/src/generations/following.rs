//! Waiting for a generation, and following its events, whichever node it runs on.

use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::Event as SseEvent;
use carrel_platform::auth::{Actor, UserId};
use futures::{Stream, StreamExt, stream};
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout};

use super::live::{Event, Live};
use super::{Generation, GenerationStatus, Outcome};
use crate::{Error, GenerationFailure, GenerationId, Inference, store};

/// How often a generation of another node is looked at for a subscriber here.
const FOLLOW: Duration = Duration::from_millis(300);
/// How long a subscriber may go on after losing the right to follow.
const RIGHTS: Duration = Duration::from_secs(5);

impl Inference {
    /// Waits until the generation has ended, at most `patience`. Gives it as it then stands.
    pub async fn wait(
        &self,
        actor: &Actor,
        id: GenerationId,
        patience: Duration,
    ) -> Result<Generation, Error> {
        let ended = async {
            while self.visible(actor.user, id).await?.status == GenerationStatus::Running.as_str() {
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
        if let Ok(result) = timeout(patience, ended).await {
            result?;
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
        self.visible(actor.user, id).await?;
        let follow = Follow {
            inference: self.clone(),
            user: actor.user,
            id,
            position: position.max(0),
            allowed_at: Instant::now(),
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
    user: UserId,
    id: GenerationId,
    position: i64,
    /// When the subscriber was last known to have the right to follow.
    allowed_at: Instant,
    ended: bool,
}

impl Follow {
    /// The next events; `None` after the terminal one.
    async fn next(&mut self) -> Option<Vec<SseEvent>> {
        if self.ended {
            return None;
        }
        loop {
            if let Err(error) = self.stay_allowed().await {
                self.ended = true;
                return Some(vec![failure_event(&(&error).into())]);
            }
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

    /// Asks again, now and then, whether the subscriber may still follow.
    async fn stay_allowed(&mut self) -> Result<(), Error> {
        if self.allowed_at.elapsed() >= RIGHTS {
            self.inference.visible(self.user, self.id).await?;
            self.allowed_at = Instant::now();
        }
        Ok(())
    }

    /// Events of a generation that runs here; none when its right was to be looked at again; `None` when it has ended.
    async fn read_log(&mut self, live: Arc<Live>) -> Option<Vec<SseEvent>> {
        let mut watch = live.watch();
        let events = live.after(self.position);
        if !events.is_empty() {
            return Some(self.take(events));
        }
        // Only the registry and the work keep it alive while we wait.
        let waiting = Arc::downgrade(&live);
        drop(live);
        match timeout(RIGHTS, watch.changed()).await {
            Err(_) => return Some(Vec::new()),
            Ok(changed) => changed.ok()?,
        }
        let live = waiting.upgrade()?;
        Some(self.take(live.after(self.position)))
    }

    async fn read_database(&mut self) -> Result<Option<Vec<SseEvent>>, Error> {
        // The row first: events written before its end are then all there.
        let row = self.inference.visible(self.user, self.id).await?;
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
        if row.status != GenerationStatus::Running.as_str() {
            self.ended = true;
            let generation = self.inference.complete_view(row).await?;
            events.extend(terminal_event(&generation, self.position));
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
        Event::Usage(totals) => named(
            "usage",
            &serde_json::json!({
                "inputTokens": totals.input_tokens,
                "outputTokens": totals.output_tokens,
                "costMicros": totals.cost_micros,
            }),
        ),
    };
    event.id(end.to_string())
}

fn failure_event(failure: &GenerationFailure) -> SseEvent {
    named("error", failure)
}

fn terminal_event(generation: &Generation, position: i64) -> Option<SseEvent> {
    let event = match generation.status.outcome(generation.failure.clone()) {
        Outcome::Running => return None,
        Outcome::Done => named("done", generation),
        Outcome::Failed(failure) => failure_event(&failure),
    };
    Some(event.id(position.to_string()))
}
