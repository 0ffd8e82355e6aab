use std::collections::{HashMap, VecDeque};

use serde::Deserialize;
use serde_json::Value;

use super::kind_of_fault;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, StopReason, Usage};
use crate::fault::Fault;
use crate::secret::Secret;
use crate::sse::ServerEvent;
use crate::tool_calls::ToolCalls;
use crate::wire::{Decode, Progress};

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WireEvent {
    MessageStart {
        message: MessageStart,
    },
    ContentBlockStart {
        index: u32,
        content_block: Block,
    },
    ContentBlockDelta {
        index: u32,
        delta: Delta,
    },
    ContentBlockStop,
    MessageDelta {
        delta: MessageDelta,
        usage: Option<WireUsage>,
    },
    MessageStop,
    Ping,
    Error {
        error: Value,
    },
    /// The vendor adds events and asks clients to pass over them.
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct MessageStart {
    usage: Option<WireUsage>,
}

#[derive(Deserialize)]
struct MessageDelta {
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        #[serde(default)]
        text: String,
    },
    Thinking {
        #[serde(default)]
        thinking: String,
    },
    RedactedThinking {
        data: String,
    },
    ToolUse {
        id: String,
        name: String,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Delta {
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "thinking_delta")]
    Thinking { thinking: String },
    #[serde(rename = "signature_delta")]
    Signature { signature: String },
    #[serde(rename = "input_json_delta")]
    Arguments { partial_json: String },
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the vendor's names")]
struct WireUsage {
    /// Tokens neither read from nor written to the cache.
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
}

/// Counts as they came, since each event repeats only some of them.
#[derive(Default)]
struct Counts {
    fresh: u64,
    read: u64,
    written: u64,
    output: u64,
}

impl Counts {
    fn take(&mut self, usage: &WireUsage) -> Event {
        let replace = |count: &mut u64, said: Option<u64>| *count = said.unwrap_or(*count);
        replace(&mut self.fresh, usage.input_tokens);
        replace(&mut self.read, usage.cache_read_input_tokens);
        replace(&mut self.written, usage.cache_creation_input_tokens);
        replace(&mut self.output, usage.output_tokens);
        Event::Usage(Usage {
            input_tokens: self.fresh + self.read + self.written,
            output_tokens: self.output,
            cached_input_tokens: self.read,
            cache_write_tokens: self.written,
            reasoning_tokens: 0,
        })
    }
}

/// Reads one streamed message.
pub(super) struct Decoder {
    /// So that no error shows it.
    key: Option<Secret>,
    counts: Counts,
    calls: ToolCalls,
    /// Which block of the message is which of `calls`.
    call_of_block: HashMap<u32, u32>,
    stop: Option<StopReason>,
}

impl Decoder {
    pub fn new(key: Option<Secret>) -> Self {
        Self {
            key,
            counts: Counts::default(),
            calls: ToolCalls::default(),
            call_of_block: HashMap::new(),
            stop: None,
        }
    }

    fn start(&mut self, index: u32, block: Block, out: &mut VecDeque<Event>) -> Result<(), Error> {
        match block {
            Block::Text { text } if text.is_empty() => {}
            Block::Text { text } => out.push_back(Event::Text(text)),
            Block::Thinking { thinking } => {
                if !thinking.is_empty() {
                    out.push_back(Event::Thinking {
                        text: thinking,
                        signature: None,
                    });
                }
            }
            Block::RedactedThinking { data } => out.push_back(Event::RedactedThinking { data }),
            Block::ToolUse { id, name } => {
                let call = self.calls.start(id, name, out)?;
                self.call_of_block.insert(index, call);
            }
            Block::Unknown => {}
        }
        Ok(())
    }

    fn delta(&mut self, index: u32, delta: Delta, out: &mut VecDeque<Event>) -> Result<(), Error> {
        match delta {
            Delta::Text { text } if text.is_empty() => {}
            Delta::Text { text } => out.push_back(Event::Text(text)),
            Delta::Thinking { thinking } => out.push_back(Event::Thinking {
                text: thinking,
                signature: None,
            }),
            Delta::Signature { signature } => out.push_back(Event::Thinking {
                text: String::new(),
                signature: Some(signature),
            }),
            Delta::Arguments { partial_json } => {
                // Arguments of blocks that are no tool calls of ours (tools the vendor runs itself) are passed over.
                if let Some(call) = self.call_of_block.get(&index) {
                    self.calls.append(*call, partial_json, out)?;
                }
            }
            Delta::Unknown => {}
        }
        Ok(())
    }
}

impl Decode for Decoder {
    fn event(&mut self, event: &ServerEvent, out: &mut VecDeque<Event>) -> Result<Progress, Error> {
        let event: WireEvent = serde_json::from_slice(&event.data).map_err(|error| {
            tracing::debug!(%error, "an event of a message can't be read");
            Error::because(
                ErrorKind::Protocol,
                "a piece of the answer is not a message event",
            )
        })?;
        match event {
            WireEvent::MessageStart { message } => {
                out.extend(message.usage.map(|usage| self.counts.take(&usage)));
            }
            WireEvent::ContentBlockStart {
                index,
                content_block,
            } => self.start(index, content_block, out)?,
            WireEvent::ContentBlockDelta { index, delta } => self.delta(index, delta, out)?,
            WireEvent::MessageDelta { delta, usage } => {
                out.extend(usage.map(|usage| self.counts.take(&usage)));
                if let Some(reason) = delta.stop_reason {
                    self.stop = Some(match reason.as_str() {
                        "end_turn" => StopReason::EndTurn,
                        "max_tokens" | "model_context_window_exceeded" => {
                            StopReason::MaxOutputTokens
                        }
                        "stop_sequence" => StopReason::StopSequence,
                        "tool_use" => StopReason::ToolUse,
                        "refusal" => StopReason::ContentFilter,
                        "pause_turn" => StopReason::Paused,
                        _ => StopReason::Other,
                    });
                }
            }
            WireEvent::MessageStop => {
                let Some(reason) = self.stop else {
                    return Err(Error::because(
                        ErrorKind::Protocol,
                        "the answer ended without a reason",
                    ));
                };
                self.calls.complete(reason, out)?;
                out.push_back(Event::Stop(reason));
                return Ok(Progress::Done);
            }
            WireEvent::Error { error } => {
                let fault = Fault::read(&serde_json::json!({ "error": error }));
                let kind = kind_of_fault(None, &fault, None);
                return Err(fault.judged(kind, self.key.as_ref()));
            }
            WireEvent::ContentBlockStop | WireEvent::Ping | WireEvent::Unknown => {}
        }
        Ok(Progress::Open)
    }

    fn end(&mut self, _: &mut VecDeque<Event>) -> Result<(), Error> {
        // Anthropic always says `message_stop`.
        Err(Error::new(ErrorKind::Truncated))
    }
}
