//! Drives one streamed answer: reads chunks under the phase's deadline, cuts them into server-sent events, lets the
//! provider's decoder turn those into [`Event`]s, and knows every way in which a stream can end.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream;
use reqwest::Response;
use tokio::time::{Instant, timeout};

use crate::error::{Error, ErrorKind, TimeoutPhase};
use crate::event::{Event, EventStream};
use crate::fault::request_id;
use crate::sse::{Parser, ServerEvent};

/// How long a complete answer waits for what may still follow it (usage, the closing mark).
const CLOSING: Duration = Duration::from_secs(5);
/// How long and how far a finished stream is read for its end, so that the connection can be used again.
const DRAIN: Duration = Duration::from_secs(1);
const DRAIN_BYTES: usize = 64 << 10;

/// A provider's way to say things, for one answer.
pub(crate) trait Decode: Send + 'static {
    /// Reads one server-sent event.
    fn event(&mut self, event: &ServerEvent, out: &mut VecDeque<Event>) -> Result<Progress, Error>;

    /// The connection ended, or nothing more came after [`Progress::Closing`]. Completes the answer or says that its
    /// end is missing.
    fn end(&mut self, out: &mut VecDeque<Event>) -> Result<(), Error>;
}

/// How far an answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// More must come.
    Open,
    /// The answer is whole; something may follow.
    Closing,
    /// The terminal event has been read.
    Done,
}

struct Wire<D> {
    response: Response,
    parser: Option<Parser>,
    decoder: D,
    progress: Progress,
    /// A server-sent event with data has arrived.
    begun: bool,
    idle: Duration,
    request_id: Option<String>,
    pending: VecDeque<Event>,
    /// Comes after everything pending.
    failure: Option<Error>,
    /// The connection is of no more use.
    broken: bool,
}

/// Reads until the answer has begun (its first event that isn't a count of tokens), so that a failure before that is
/// the call's own failure, and returns the rest as a stream.
pub(crate) async fn open(
    response: Response,
    decoder: impl Decode,
    deadline: Instant,
    idle: Duration,
) -> Result<EventStream, Error> {
    let mut wire = Wire {
        request_id: request_id(response.headers()),
        response,
        parser: Some(Parser::new()),
        decoder,
        progress: Progress::Open,
        begun: false,
        idle,
        pending: VecDeque::new(),
        failure: None,
        broken: false,
    };
    loop {
        if wire
            .pending
            .iter()
            .any(|event| !matches!(event, Event::Usage(_)))
        {
            break;
        }
        if let Some(error) = wire.failure.take() {
            return Err(error);
        }
        // Counts replace each other; a server that repeats them must not fill the queue.
        if wire.pending.len() > 1 {
            wire.pending.drain(..wire.pending.len() - 1);
        }
        wire.read(deadline).await;
    }
    Ok(EventStream::new(stream::unfold(
        wire,
        move |mut wire| async move { wire.next(deadline).await.map(|event| (event, wire)) },
    )))
}

impl<D: Decode> Wire<D> {
    async fn next(&mut self, deadline: Instant) -> Option<Result<Event, Error>> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(Ok(event));
            }
            if let Some(error) = self.failure.take() {
                return Some(Err(error));
            }
            if self.progress == Progress::Done {
                if !self.broken {
                    self.drain().await;
                }
                return None;
            }
            self.read(deadline).await;
        }
    }

    /// Reads one chunk. Leaves events in `pending`, a failure in `failure`, or `progress` further on.
    async fn read(&mut self, deadline: Instant) {
        let (limit, phase) = match (self.begun, self.progress) {
            (false, _) => (
                deadline.saturating_duration_since(Instant::now()),
                TimeoutPhase::FirstEvent,
            ),
            (true, Progress::Open) => (self.idle, TimeoutPhase::Idle),
            (true, _) => (self.idle.min(CLOSING), TimeoutPhase::Idle),
        };
        let outcome = match timeout(limit, self.response.chunk()).await {
            Ok(Ok(Some(chunk))) => self.decode(&chunk),
            Err(_) if self.progress == Progress::Open => Err(Error::timeout(phase)),
            // The end; or breakage, about which the decoder knows whether the answer was already whole; or silence
            // after an answer that was.
            Ok(Ok(None) | Err(_)) | Err(_) => self.finish(),
        };
        if let Err(error) = outcome {
            self.progress = Progress::Done;
            self.broken = true;
            self.failure = Some(error.with_request_id(self.request_id.clone()));
        }
    }

    fn decode(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let Some(parser) = &mut self.parser else {
            return Ok(());
        };
        let mut events = Vec::new();
        let fed = parser.feed(chunk, &mut events);
        for event in &events {
            self.begun = true;
            self.progress = self.decoder.event(event, &mut self.pending)?;
            if self.progress == Progress::Done {
                return Ok(());
            }
        }
        fed.map_err(|error| Error::because(ErrorKind::Protocol, error.to_string()))
    }

    /// The stream is over. An event without its closing blank line is read if it can be; one that can't was cut off,
    /// which is what the decoder says then.
    fn finish(&mut self) -> Result<(), Error> {
        if let Some(event) = self.parser.take().and_then(Parser::finish) {
            match self.decoder.event(&event, &mut self.pending) {
                Ok(progress) => self.progress = progress,
                Err(error) if error.kind == ErrorKind::Protocol => {}
                Err(error) => return Err(error),
            }
        }
        if self.progress == Progress::Done {
            return Ok(());
        }
        self.progress = Progress::Done;
        self.decoder.end(&mut self.pending)
    }

    /// Reads the end of the body, if it comes at once; else the connection is closed with the stream.
    async fn drain(&mut self) {
        let rest = async {
            let mut read = 0;
            while let Ok(Some(chunk)) = self.response.chunk().await {
                read += chunk.len();
                if read > DRAIN_BYTES {
                    break;
                }
            }
        };
        // Running into the deadline only costs a new connection next time.
        let _ = timeout(DRAIN, rest).await;
    }
}
