use std::collections::VecDeque;

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
struct Chunk {
    choices: Option<Vec<Choice>>,
    usage: Option<WireUsage>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
    /// The words of a refusal, which take the place of the content.
    refusal: Option<String>,
    /// Thinking, as DeepSeek and older vLLM call it.
    reasoning_content: Option<String>,
    /// Thinking, as Ollama, OpenRouter and newer vLLM call it.
    reasoning: Option<String>,
    tool_calls: Option<Vec<ToolCallDelta>>,
}

#[derive(Deserialize)]
struct ToolCallDelta {
    index: Option<u32>,
    id: Option<String>,
    function: Option<FunctionDelta>,
}

#[derive(Deserialize)]
struct FunctionDelta {
    name: Option<String>,
    arguments: Option<String>,
}

#[derive(Deserialize)]
struct WireUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

impl From<WireUsage> for Usage {
    fn from(usage: WireUsage) -> Self {
        Self {
            input_tokens: usage.prompt_tokens.unwrap_or(0),
            output_tokens: usage.completion_tokens.unwrap_or(0),
            cached_input_tokens: usage
                .prompt_tokens_details
                .and_then(|details| details.cached_tokens)
                .unwrap_or(0),
            cache_write_tokens: 0,
            reasoning_tokens: usage
                .completion_tokens_details
                .and_then(|details| details.reasoning_tokens)
                .unwrap_or(0),
        }
    }
}

/// Reads one streamed chat completion.
pub(super) struct Decoder {
    /// So that no error shows it.
    key: Option<Secret>,
    calls: ToolCalls,
    /// The wire's index and id of each of `calls`.
    wire_calls: Vec<(Option<u32>, Option<String>)>,
    /// Usage comes after the finish reason, so the stop is held back until the stream is over.
    stop: Option<StopReason>,
}

impl Decode for Decoder {
    fn event(&mut self, event: &ServerEvent, out: &mut VecDeque<Event>) -> Result<Progress, Error> {
        if event.data.trim_ascii() == b"[DONE]" {
            self.end(out)?;
            return Ok(Progress::Done);
        }
        let chunk: Chunk = serde_json::from_slice(&event.data).map_err(|error| {
            tracing::debug!(%error, "a chunk of a chat completion can't be read");
            Error::because(
                ErrorKind::Protocol,
                "a piece of the answer is not a chat completion chunk",
            )
        })?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            // An error within a stream whose status was good.
            let fault = Fault::read(&serde_json::json!({ "error": error }));
            let kind = kind_of_fault(None, &fault, None);
            return Err(fault.judged(kind, self.key.as_ref()));
        }
        if chunk.choices.is_none() && chunk.usage.is_none() {
            return Err(Error::because(
                ErrorKind::Protocol,
                "a piece of the answer is not a chat completion chunk",
            ));
        }
        if let Some(usage) = chunk.usage {
            out.push_back(Event::Usage(usage.into()));
        }
        for choice in chunk.choices.into_iter().flatten() {
            // One answer was asked for.
            if choice.index == 0 {
                self.choice(choice, out)?;
            }
        }
        Ok(match self.stop {
            Some(_) => Progress::Closing,
            None => Progress::Open,
        })
    }

    fn end(&mut self, out: &mut VecDeque<Event>) -> Result<(), Error> {
        let Some(mut reason) = self.stop else {
            return Err(Error::new(ErrorKind::Truncated));
        };
        if reason == StopReason::EndTurn && !self.calls.is_empty() {
            // Several servers say "stop" after tool calls.
            reason = StopReason::ToolUse;
        }
        self.calls.complete(reason, out)?;
        out.push_back(Event::Stop(reason));
        Ok(())
    }
}

impl Decoder {
    pub fn new(key: Option<Secret>) -> Self {
        Self {
            key,
            calls: ToolCalls::default(),
            wire_calls: Vec::new(),
            stop: None,
        }
    }

    fn choice(&mut self, choice: Choice, out: &mut VecDeque<Event>) -> Result<(), Error> {
        if let Some(delta) = choice.delta {
            let thinking = [delta.reasoning_content, delta.reasoning]
                .into_iter()
                .flatten()
                .find(|text| !text.is_empty());
            if let Some(text) = thinking {
                out.push_back(Event::Thinking {
                    text,
                    signature: None,
                });
            }
            let texts = [delta.content, delta.refusal].into_iter().flatten();
            for text in texts.filter(|text| !text.is_empty()) {
                out.push_back(Event::Text(text));
            }
            for call in delta.tool_calls.into_iter().flatten() {
                self.tool_call(call, out)?;
            }
        }
        match choice.finish_reason.as_deref() {
            None | Some("") => {}
            // Gateways report the failure of the server behind them this way.
            Some("error") => return Err(Error::new(ErrorKind::Upstream)),
            Some(reason) => {
                self.stop = Some(match reason {
                    "stop" => StopReason::EndTurn,
                    "length" => StopReason::MaxOutputTokens,
                    "tool_calls" | "function_call" => StopReason::ToolUse,
                    "content_filter" => StopReason::ContentFilter,
                    _ => StopReason::Other,
                });
            }
        }
        Ok(())
    }

    /// A piece of a tool call belongs to the last call of its index, unless it brings another id: some servers give
    /// every call the index 0, others give no index at all.
    fn tool_call(&mut self, delta: ToolCallDelta, out: &mut VecDeque<Event>) -> Result<(), Error> {
        let id = delta.id.filter(|id| !id.is_empty());
        let (name, arguments) = match delta.function {
            Some(function) => (function.name, function.arguments.unwrap_or_default()),
            None => (None, String::new()),
        };
        let same = self
            .wire_calls
            .iter()
            .rposition(|(index, _)| delta.index.is_none() || *index == delta.index)
            .filter(|position| id.is_none() || self.wire_calls[*position].1 == id);
        if let Some(position) = same {
            let index = u32::try_from(position).unwrap_or(u32::MAX);
            return self.calls.append(index, arguments, out);
        }
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Err(Error::because(
                ErrorKind::Protocol,
                "a tool call without the tool's name",
            ));
        };
        self.wire_calls.push((delta.index, id.clone()));
        let id = id.unwrap_or_else(|| format!("call_{}", self.calls.len()));
        let index = self.calls.start(id, name, out)?;
        self.calls.append(index, arguments, out)
    }
}
