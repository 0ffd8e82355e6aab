//! Tool calls arrive as pieces of JSON text. Adapters gather the pieces here so that a call whose arguments don't parse
//! becomes an error before the answer is called complete, never an empty object a tool would run with.

use std::collections::VecDeque;

use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::event::{Event, StopReason};

/// Most tool calls in one answer.
const MOST_CALLS: usize = 256;
/// Most bytes of arguments over all calls of one answer.
const MOST_BYTES: usize = 4 << 20;

/// The tool calls of one answer, in the order they began.
#[derive(Default)]
pub(crate) struct ToolCalls {
    calls: Vec<ToolCall>,
    bytes: usize,
}

struct ToolCall {
    name: String,
    arguments: String,
}

impl ToolCalls {
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Begins a call and returns its index.
    pub fn start(
        &mut self,
        id: String,
        name: String,
        out: &mut VecDeque<Event>,
    ) -> Result<u32, Error> {
        if self.calls.len() >= MOST_CALLS {
            return Err(Error::because(
                ErrorKind::Protocol,
                format!("more than {MOST_CALLS} tool calls in one answer"),
            ));
        }
        let index = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        self.calls.push(ToolCall {
            name: name.clone(),
            arguments: String::new(),
        });
        out.push_back(Event::ToolStart { index, id, name });
        Ok(index)
    }

    /// Adds a piece of arguments to a call that was begun.
    pub fn append(
        &mut self,
        index: u32,
        piece: String,
        out: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let Some(call) = self.calls.get_mut(index as usize) else {
            return Err(Error::because(
                ErrorKind::Protocol,
                "arguments of a tool call that never began",
            ));
        };
        if piece.is_empty() {
            return Ok(());
        }
        self.bytes += piece.len();
        if self.bytes > MOST_BYTES {
            return Err(Error::because(
                ErrorKind::Protocol,
                "more than 4 MB of tool arguments in one answer",
            ));
        }
        call.arguments.push_str(&piece);
        out.push_back(Event::ToolDelta {
            index,
            arguments: piece,
        });
        Ok(())
    }

    /// Proves every call before the answer is called complete. No text at all is how providers write "no arguments"; it
    /// is passed on as `{}` unless the answer was cut off by its length, when nobody can know.
    pub fn complete(&mut self, stop: StopReason, out: &mut VecDeque<Event>) -> Result<(), Error> {
        for (index, call) in self.calls.iter().enumerate() {
            let blank = call.arguments.trim().is_empty();
            if stop == StopReason::MaxOutputTokens
                && (blank || parse_arguments(&call.name, &call.arguments).is_err())
            {
                return Err(Error::because(
                    ErrorKind::Protocol,
                    "the limit of output tokens was reached inside the arguments of a tool call",
                ));
            }
            if blank {
                out.push_back(Event::ToolDelta {
                    index: u32::try_from(index).unwrap_or(u32::MAX),
                    arguments: "{}".to_owned(),
                });
            } else {
                parse_arguments(&call.name, &call.arguments)?;
            }
        }
        Ok(())
    }
}

/// The arguments of a call to `name`: a JSON object, or an error.
pub(crate) fn parse_arguments(name: &str, text: &str) -> Result<Value, Error> {
    match serde_json::from_str(text) {
        Ok(arguments @ Value::Object(_)) => Ok(arguments),
        Ok(_) | Err(_) => Err(Error::because(
            ErrorKind::Protocol,
            format!(
                "the arguments for the tool {} are not a JSON object",
                crate::error::shown(name, None)
            ),
        )),
    }
}
