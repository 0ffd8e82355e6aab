//! Generations that run on this node: their log in memory, and how it reaches subscribers and the database.
//!
//! A place in the log is a number: a text event is as long as its text in bytes, every other event is one long. So
//! text can be joined when it is written to the database and cut anywhere when a subscriber resumes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::call::{Answer, Call};
use crate::catalogue::ResolvedModel;
use crate::generations::GenerationProgress;
use crate::store::{self, Totals};
use crate::{ChatRequest, Error, GenerationId, Inference};

const FLUSH: Duration = Duration::from_millis(500);
/// Every this many flushes the generation shows that it lives, and learns whether to stop.
const HEARTBEAT: u32 = 4;

/// Something that happened in a generation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(crate) enum Event {
    /// More text.
    Text {
        /// It.
        text: String,
    },
    /// How far the work is.
    Progress(GenerationProgress),
    /// What was used so far.
    #[serde(rename_all = "camelCase")]
    Usage {
        /// Tokens read.
        input_tokens: i64,
        /// Tokens written.
        output_tokens: i64,
        /// Cost in micro-units.
        cost_micros: i64,
    },
}

impl Event {
    pub fn length(&self) -> i64 {
        match self {
            Self::Text { text } => i64::try_from(text.len()).unwrap_or(i64::MAX),
            _ => 1,
        }
    }

    /// What of the event at `start` lies after `position`.
    pub fn after(self, start: i64, position: i64) -> Option<Self> {
        if start + self.length() <= position {
            return None;
        }
        match self {
            Self::Text { text } if position > start => {
                let seen = usize::try_from(position - start).unwrap_or(usize::MAX);
                let at = (seen..text.len()).find(|at| text.is_char_boundary(*at))?;
                Some(Self::Text {
                    text: text[at..].to_owned(),
                })
            }
            other => Some(other),
        }
    }
}

/// The generations of this node.
#[derive(Default)]
pub(crate) struct Registry {
    running: Mutex<HashMap<GenerationId, Arc<Live>>>,
    pub tasks: TaskTracker,
    /// Whether this node is going down: what ends now was not stopped by a person.
    stopping: AtomicBool,
}

/// A generation that runs here.
pub(crate) struct Live {
    log: Mutex<Log>,
    /// The end of the log; closed when the generation has ended and its row says how.
    end: watch::Sender<i64>,
    flushing: Arc<tokio::sync::Mutex<()>>,
    pub cancel: CancellationToken,
}

#[derive(Default)]
struct Log {
    events: Vec<(i64, Event)>,
    end: i64,
    /// How many events are in the database.
    flushed: usize,
    progress: Option<GenerationProgress>,
    totals: Totals,
}

impl Registry {
    pub fn insert(&self, id: GenerationId) -> Arc<Live> {
        let live = Arc::new(Live {
            log: Mutex::default(),
            end: watch::Sender::new(0),
            flushing: Arc::default(),
            cancel: CancellationToken::new(),
        });
        self.lock().insert(id, live.clone());
        live
    }

    pub fn get(&self, id: GenerationId) -> Option<Arc<Live>> {
        self.lock().get(&id).cloned()
    }

    pub fn remove(&self, id: GenerationId) {
        self.lock().remove(&id);
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Ends everything that runs here, because the node goes down.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        for live in self.lock().values() {
            live.cancel.cancel();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<GenerationId, Arc<Live>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    fn lock(&self) -> std::sync::MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, event: Event) {
        let mut log = self.lock();
        let start = log.end;
        log.end += event.length();
        let end = log.end;
        log.events.push((start, event));
        drop(log);
        self.end.send_replace(end);
    }

    /// Events after `position`, each with the position where it ends.
    pub fn after(&self, position: i64) -> Vec<(i64, Event)> {
        let log = self.lock();
        let from = log
            .events
            .partition_point(|(start, event)| start + event.length() <= position);
        log.events[from..]
            .iter()
            .filter_map(|(start, event)| {
                let end = start + event.length();
                Some((end, event.clone().after(*start, position)?))
            })
            .collect()
    }

    /// Told when the log grows; an error when it has ended.
    pub fn watch(&self) -> watch::Receiver<i64> {
        self.end.subscribe()
    }

    pub fn snapshot(&self) -> (String, Option<GenerationProgress>, Totals) {
        let log = self.lock();
        let text = log
            .events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Text { text } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        (text, log.progress, log.totals)
    }

    /// Writes what is new to the database, joining runs of text. Nobody else writes until `tx` has ended: the lock
    /// goes with it. It is taken inside the transaction by everyone, so that it and SQLite's writer are always
    /// taken in one order.
    async fn flush(self: &Arc<Self>, id: GenerationId, tx: &mut Tx) -> sqlx::Result<()> {
        let lock = self.flushing.clone().lock_owned().await;
        let (joined, upto) = {
            let log = self.lock();
            let mut joined: Vec<(i64, Event)> = Vec::new();
            for (start, event) in &log.events[log.flushed..] {
                match (joined.last_mut(), event) {
                    (Some((_, Event::Text { text })), Event::Text { text: more }) => {
                        text.push_str(more);
                    }
                    _ => joined.push((*start, event.clone())),
                }
            }
            (joined, log.events.len())
        };
        for (position, event) in &joined {
            store::append_event(tx, id, *position, event).await?;
        }
        let live = self.clone();
        tx.on_commit(move || {
            live.lock().flushed = upto;
            drop(lock);
        });
        Ok(())
    }
}

/// What the work of a generation writes to.
#[derive(Clone)]
pub struct Writer {
    pub(crate) inference: Inference,
    pub(crate) live: Arc<Live>,
    pub(crate) id: GenerationId,
    pub(crate) user: UserId,
    pub(crate) feature: &'static str,
}

impl Writer {
    /// The generation.
    pub fn id(&self) -> GenerationId {
        self.id
    }

    /// Shows how far the work is.
    pub fn progress(&self, progress: GenerationProgress) {
        self.live.lock().progress = Some(progress);
        self.live.append(Event::Progress(progress));
    }

    /// Shows text of the result.
    pub fn text(&self, text: &str) {
        if !text.is_empty() {
            self.live.append(Event::Text {
                text: text.to_owned(),
            });
        }
    }

    /// Calls a model for this generation. The text goes to subscribers when `show` is set, and to the answer in
    /// any case.
    pub async fn call(
        &self,
        model: &ResolvedModel,
        request: ChatRequest,
        show: bool,
    ) -> Result<Answer, Error> {
        let call = Call {
            user: self.user,
            feature: self.feature,
            generation: Some(self.id),
            model,
            request,
            cancel: &self.live.cancel,
        };
        let answer = self
            .inference
            .call(call, |text| {
                if show {
                    self.text(text);
                }
            })
            .await?;
        let totals = {
            let mut log = self.live.lock();
            log.totals.input_tokens += answer.input_tokens;
            log.totals.output_tokens += answer.output_tokens;
            log.totals.cost_micros += answer.cost_micros;
            log.totals
        };
        self.live.append(Event::Usage {
            input_tokens: totals.input_tokens,
            output_tokens: totals.output_tokens,
            cost_micros: totals.cost_micros,
        });
        Ok(answer)
    }

    /// Ends the generation well as part of `tx`, so that its result and its end become durable together.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when it was ended meanwhile; the caller rolls back.
    pub async fn complete(&self, tx: &mut Tx) -> Result<(), Error> {
        let totals = self.live.lock().totals;
        self.live.flush(self.id, tx).await?;
        if store::finish(tx, self.id, "done", None, totals).await? {
            Ok(())
        } else {
            Err(Error::Cancelled)
        }
    }

    /// Writes the log to the database every half second, until dropped.
    pub(crate) async fn keep(&self, db: &Db) {
        let mut tick = interval(FLUSH);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for turn in 1u32.. {
            tick.tick().await;
            if let Err(error) = self.save(db).await {
                tracing::error!(generation.id = %self.id, error = %error, "the events of a generation could not be saved");
            }
            if turn % HEARTBEAT == 0 {
                match store::heartbeat(db, self.id).await {
                    Ok(Some(false)) => {}
                    Ok(Some(true) | None) => self.live.cancel.cancel(),
                    Err(error) => tracing::error!(error = %error, "a heartbeat failed"),
                }
            }
        }
    }

    pub(crate) async fn save(&self, db: &Db) -> sqlx::Result<()> {
        {
            let log = self.live.lock();
            if log.flushed == log.events.len() {
                return Ok(());
            }
        }
        let mut tx = db.begin().await?;
        self.live.flush(self.id, &mut tx).await?;
        tx.commit().await
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn a_subscriber_resumes_inside_a_text() {
        let event = |text: &str| Event::Text { text: text.into() };
        assert_eq!(event("abc").after(10, 9), Some(event("abc")));
        assert_eq!(event("abc").after(10, 11), Some(event("bc")));
        assert_eq!(event("abc").after(10, 13), None);
        // Never inside a character.
        assert_eq!(event("aéb").after(0, 2), Some(event("b")));
    }
}
