//! Generations that run on this node: their log in memory, and how it reaches subscribers and the database.
//!
//! A place in the log is a number: a text event is as long as its text in bytes, every other event is one long. So
//! text can be joined when it is written to the database and cut anywhere when a subscriber resumes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use carrel_platform::db::Tx;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::GenerationProgress;
use crate::{Answer, GenerationId, store};

/// Tokens and cost of the calls of one generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Totals {
    /// Tokens read.
    pub input_tokens: i64,
    /// Tokens written.
    pub output_tokens: i64,
    /// Cost in micro-units.
    pub cost_micros: i64,
}

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
    Usage(Totals),
}

impl Event {
    pub fn length(&self) -> i64 {
        match self {
            Self::Text { text } => i64::try_from(text.len()).unwrap_or(i64::MAX),
            Self::Progress(_) | Self::Usage(_) => 1,
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

impl Registry {
    pub fn insert(&self, id: GenerationId) -> Arc<Live> {
        let live = Arc::new(Live::new());
        let mut running = self.lock();
        // A request that was still being answered when the node began to go down.
        if self.is_stopping() {
            live.cancel.cancel();
        }
        running.insert(id, live.clone());
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
        let running = self.lock();
        self.stopping.store(true, Ordering::Relaxed);
        for live in running.values() {
            live.cancel.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<GenerationId, Arc<Live>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A generation that runs here.
pub(crate) struct Live {
    log: Mutex<Log>,
    /// Told when the log grows; closed when the generation has ended and its row says how.
    grown: watch::Sender<()>,
    flushing: Arc<tokio::sync::Mutex<()>>,
    pub cancel: CancellationToken,
}

#[derive(Default)]
struct Log {
    /// Each event with the position where it begins.
    events: Vec<(i64, Event)>,
    end: i64,
    /// How many events are in the database.
    flushed: usize,
    progress: Option<GenerationProgress>,
    totals: Totals,
}

impl Log {
    fn append(&mut self, event: Event) {
        let start = self.end;
        self.end += event.length();
        self.events.push((start, event));
    }

    /// What is not in the database yet, runs of text joined.
    fn unflushed(&self) -> Vec<(i64, Event)> {
        let mut joined: Vec<(i64, Event)> = Vec::new();
        for (start, event) in &self.events[self.flushed..] {
            match (joined.last_mut(), event) {
                (Some((_, Event::Text { text })), Event::Text { text: more }) => {
                    text.push_str(more);
                }
                _ => joined.push((*start, event.clone())),
            }
        }
        joined
    }
}

impl Live {
    fn new() -> Self {
        Self {
            log: Mutex::default(),
            grown: watch::Sender::new(()),
            flushing: Arc::default(),
            cancel: CancellationToken::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add_text(&self, text: &str) {
        self.lock().append(Event::Text {
            text: text.to_owned(),
        });
        self.grown.send_replace(());
    }

    pub fn add_progress(&self, progress: GenerationProgress) {
        let mut log = self.lock();
        log.progress = Some(progress);
        log.append(Event::Progress(progress));
        drop(log);
        self.grown.send_replace(());
    }

    /// Adds what a call used to the totals.
    pub fn add_usage(&self, answer: &Answer) {
        let mut log = self.lock();
        log.totals.input_tokens += answer.input_tokens;
        log.totals.output_tokens += answer.output_tokens;
        log.totals.cost_micros += answer.cost_micros;
        let totals = log.totals;
        log.append(Event::Usage(totals));
        drop(log);
        self.grown.send_replace(());
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
    pub fn watch(&self) -> watch::Receiver<()> {
        self.grown.subscribe()
    }

    pub fn text(&self) -> String {
        let log = self.lock();
        let texts = log.events.iter().filter_map(|(_, event)| match event {
            Event::Text { text } => Some(text.as_str()),
            Event::Progress(_) | Event::Usage(_) => None,
        });
        texts.collect()
    }

    pub fn progress(&self) -> Option<GenerationProgress> {
        self.lock().progress
    }

    pub fn totals(&self) -> Totals {
        self.lock().totals
    }

    pub fn is_flushed(&self) -> bool {
        let log = self.lock();
        log.flushed == log.events.len()
    }

    /// Writes what is new to the database. Nobody else writes until `tx` has ended: the lock goes with it. It is
    /// taken inside the transaction by everyone, so that it and SQLite's writer are always taken in one order.
    pub async fn flush(self: &Arc<Self>, id: GenerationId, tx: &mut Tx) -> sqlx::Result<()> {
        let lock = self.flushing.clone().lock_owned().await;
        let (events, upto) = {
            let log = self.lock();
            (log.unflushed(), log.events.len())
        };
        for (position, event) in &events {
            store::write_event(tx, id, *position, event).await?;
        }
        let live = self.clone();
        tx.on_commit(move || {
            live.lock().flushed = upto;
            drop(lock);
        });
        Ok(())
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

    #[test]
    fn what_begins_while_the_node_goes_down_is_cancelled_at_once() {
        let registry = Registry::default();
        let before = registry.insert(GenerationId::new());
        assert!(!before.cancel.is_cancelled());
        registry.stop();
        let after = registry.insert(GenerationId::new());
        assert!(before.cancel.is_cancelled() && after.cancel.is_cancelled());
    }
}
