use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::request::Part;

/// One step of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// More of the answer.
    Text(String),
    /// More of the thinking. A signature closes the block of thinking it comes with or after.
    Thinking {
        text: String,
        signature: Option<String>,
    },
    /// A block of thinking the provider only hands out encrypted.
    RedactedThinking { data: String },
    /// The model asks for a tool; its arguments follow as [`Event::ToolDelta`]s of the same index (from 0).
    ToolStart {
        index: u32,
        id: String,
        name: String,
    },
    /// More of the JSON text of a tool's arguments. Complete, and proven to be a JSON object, once `Stop` is seen.
    ToolDelta { index: u32, arguments: String },
    /// What the call has used so far. Replaces earlier counts, is not added to them.
    Usage(Usage),
    /// The answer is complete. Always the last event.
    Stop(StopReason),
}

/// Tokens of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// All tokens of the prompt, cached ones included.
    pub input_tokens: u64,
    /// All tokens of the answer, thinking included.
    pub output_tokens: u64,
    /// The part of `input_tokens` the provider read from its cache.
    pub cached_input_tokens: u64,
    /// The part of `input_tokens` the provider wrote to its cache.
    pub cache_write_tokens: u64,
    /// The part of `output_tokens` spent on thinking, where the provider says so.
    pub reasoning_tokens: u64,
}

/// Why a complete answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StopReason {
    /// The model had nothing more to say.
    EndTurn,
    /// The limit of output tokens, or the end of the context window, was reached.
    MaxOutputTokens,
    /// A stop sequence was met.
    StopSequence,
    /// The model waits for tool results.
    ToolUse,
    /// The provider's content rules ended the answer.
    ContentFilter,
    /// The provider paused a long turn; send the conversation back to go on.
    Paused,
    /// A reason the provider has added since this was written.
    Other,
}

/// The events of one answer. Pulls from the provider only when polled; dropping it closes the connection.
pub struct EventStream(Pin<Box<dyn Stream<Item = Result<Event, Error>> + Send>>);

impl EventStream {
    /// Wraps any stream of events.
    pub fn new(stream: impl Stream<Item = Result<Event, Error>> + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }
}

impl Stream for EventStream {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl std::fmt::Debug for EventStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("EventStream")
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// What the model said, thought and asked for, in the order it began each; ready to be sent back as a message.
    pub parts: Vec<Part>,
    pub usage: Usage,
    pub stop: StopReason,
}

impl Completion {
    /// The text of the answer, without thinking and tool calls.
    pub fn text(&self) -> String {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }
}

/// Collects a whole stream, for callers that don't stream. A stream that ends without [`Event::Stop`] is an error.
pub async fn collect(
    mut stream: impl Stream<Item = Result<Event, Error>> + Unpin,
) -> Result<Completion, Error> {
    /// A part being built: tool arguments are text until the end.
    enum Draft {
        Ready(Part),
        Call {
            index: u32,
            id: String,
            name: String,
            arguments: String,
        },
    }

    let mut drafts: Vec<Draft> = Vec::new();
    let mut usage = Usage::default();
    let mut stop = None;
    while let Some(event) = stream.next().await {
        match event? {
            Event::Text(text) => match drafts.last_mut() {
                Some(Draft::Ready(Part::Text(so_far))) => so_far.push_str(&text),
                _ => drafts.push(Draft::Ready(Part::Text(text))),
            },
            Event::Thinking { text, signature } => match drafts.last_mut() {
                Some(Draft::Ready(Part::Thinking {
                    text: so_far,
                    signature: closing @ None,
                })) => {
                    so_far.push_str(&text);
                    *closing = signature;
                }
                _ => drafts.push(Draft::Ready(Part::Thinking { text, signature })),
            },
            Event::RedactedThinking { data } => {
                drafts.push(Draft::Ready(Part::RedactedThinking { data }));
            }
            Event::ToolStart { index, id, name } => drafts.push(Draft::Call {
                index,
                id,
                name,
                arguments: String::new(),
            }),
            Event::ToolDelta { index, arguments } => {
                let call = drafts.iter_mut().rev().find_map(|draft| match draft {
                    Draft::Call {
                        index: of,
                        arguments,
                        ..
                    } if *of == index => Some(arguments),
                    _ => None,
                });
                match call {
                    Some(so_far) => so_far.push_str(&arguments),
                    None => return Err(Error::new(ErrorKind::Protocol)),
                }
            }
            Event::Usage(counts) => usage = counts,
            Event::Stop(reason) => stop = Some(reason),
        }
    }
    let Some(stop) = stop else {
        return Err(Error::new(ErrorKind::Truncated));
    };
    let parts = drafts
        .into_iter()
        .map(|draft| match draft {
            Draft::Ready(part) => Ok(part),
            Draft::Call {
                id,
                name,
                arguments,
                ..
            } => Ok(Part::ToolCall {
                arguments: crate::tool_calls::parse_arguments(&name, &arguments)?,
                id,
                name,
            }),
        })
        .collect::<Result<_, Error>>()?;
    Ok(Completion { parts, usage, stop })
}
