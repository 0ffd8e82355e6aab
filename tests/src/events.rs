//! Reads a `text/event-stream` event by event.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::wait::DEADLINE;

/// One event of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: Option<String>,
    pub name: String,
    pub data: Value,
}

impl Event {
    /// Whether a stream ends with this event.
    pub fn is_terminal(&self) -> bool {
        matches!(self.name.as_str(), "done" | "error")
    }
}

/// A stream under way.
pub struct Events {
    answer: reqwest::Response,
    unread: Vec<u8>,
    heartbeats: usize,
}

impl Events {
    pub(crate) fn new(answer: reqwest::Response) -> Self {
        Self {
            answer,
            unread: Vec::new(),
            heartbeats: 0,
        }
    }

    /// The next event, or none when the stream ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            let block = self.next_block().await?;
            if let Some(event) = parse(&block) {
                return Some(event);
            }
        }
    }

    /// The lines up to the next empty one: an event, or a comment.
    async fn next_block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                let block = String::from_utf8(block).expect("events are UTF-8");
                if block.starts_with(':') {
                    self.heartbeats += 1;
                }
                return Some(block);
            }
            let more = tokio::time::timeout(DEADLINE, self.answer.chunk())
                .await
                .expect("the stream goes on or ends");
            self.unread.extend_from_slice(&more.ok().flatten()?);
        }
    }

    /// Waits for a heartbeat (a comment between events), and tells how long it took to come.
    pub async fn heartbeat(&mut self) -> Duration {
        let begun = Instant::now();
        while self.heartbeats == 0 {
            assert!(
                self.next_block().await.is_some(),
                "the stream ended before any heartbeat"
            );
        }
        begun.elapsed()
    }

    /// The next event of this name; panics when the stream ends without one.
    pub async fn until(&mut self, name: &str) -> Event {
        let mut passed = Vec::new();
        while let Some(event) = self.next().await {
            if event.name == name {
                return event;
            }
            assert!(
                !event.is_terminal(),
                "the stream ended before any `{name}`: {event:?}"
            );
            passed.push(event.name);
        }
        panic!("the stream broke off before any `{name}`, after {passed:?}");
    }

    /// All events to the end of the stream, the last of which must be `done` or `error`.
    pub async fn to_the_end(mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        let last = events.last().expect("a stream has events");
        assert!(
            last.is_terminal(),
            "a stream ends with its reason, not with {last:?}"
        );
        assert_eq!(
            events.iter().filter(|event| event.is_terminal()).count(),
            1,
            "a stream ends once"
        );
        events
    }
}

/// The text of a stream put together.
pub fn text_of(events: &[Event]) -> String {
    let texts = events.iter().filter(|event| event.name == "text");
    texts
        .map(|event| {
            event.data["text"]
                .as_str()
                .expect("a text event carries text")
        })
        .collect()
}

fn parse(block: &str) -> Option<Event> {
    let mut event = Event {
        id: None,
        name: "message".to_owned(),
        data: Value::Null,
    };
    let mut data = String::new();
    for line in block.lines().filter(|line| !line.starts_with(':')) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => event.id = Some(value.to_owned()),
            "event" => value.clone_into(&mut event.name),
            "data" => data.push_str(value),
            _ => {}
        }
    }
    if data.is_empty() {
        return None; // a heartbeat
    }
    event.data = serde_json::from_str(&data).expect("events carry JSON");
    Some(event)
}
