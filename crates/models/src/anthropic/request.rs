use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::request::{ChatRequest, Message, Part, ResponseFormat, Role, Thinking};

/// Sent when the request sets no limit: Anthropic insists on one.
const MAX_TOKENS: u32 = 8192;
/// Smallest budget for thinking.
const LEAST_BUDGET: u32 = 1024;

#[derive(Serialize)]
pub(super) struct WireRequest<'a> {
    model: &'a str,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    messages: Vec<WireMessage<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<WireTool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<WireThinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
}

#[derive(Serialize)]
struct WireMessage<'a> {
    role: &'static str,
    content: Vec<Block<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block<'a> {
    Text {
        text: &'a str,
    },
    Image {
        source: Source<'a>,
    },
    Document {
        source: Source<'a>,
        title: &'a str,
    },
    ToolUse {
        id: &'a str,
        name: &'a str,
        input: &'a Value,
    },
    ToolResult {
        tool_use_id: &'a str,
        content: &'a str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    RedactedThinking {
        data: &'a str,
    },
}

#[derive(Serialize)]
struct Source<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    media_type: &'a str,
    data: String,
}

#[derive(Serialize)]
struct WireTool<'a> {
    name: &'a str,
    description: &'a str,
    input_schema: &'a Value,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WireThinking {
    Adaptive,
    Enabled { budget_tokens: u32 },
}

#[derive(Serialize, Default)]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format<'a>>,
}

#[derive(Serialize)]
struct Format<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    schema: &'a Value,
}

impl<'a> WireRequest<'a> {
    pub fn new(request: &'a ChatRequest) -> Result<Self, Error> {
        if request.messages.is_empty() {
            return Err(Error::invalid("the request holds no message"));
        }
        let mut max_tokens = request.max_output_tokens.unwrap_or(MAX_TOKENS);
        let mut output_config = OutputConfig::default();
        let thinking = match request.thinking {
            None => None,
            Some(Thinking::Effort(effort)) => {
                output_config.effort = Some(effort.word());
                Some(WireThinking::Adaptive)
            }
            Some(Thinking::Budget { tokens }) => {
                let budget_tokens = tokens.max(LEAST_BUDGET);
                // The limit counts thinking too; callers mean the answer.
                max_tokens = max_tokens.saturating_add(budget_tokens);
                Some(WireThinking::Enabled { budget_tokens })
            }
        };
        let mut system = request.system.clone().filter(|system| !system.is_empty());
        match &request.response_format {
            ResponseFormat::Text => {}
            ResponseFormat::Json => {
                // There is no JSON mode without a schema; asking for it is what the vendor advises.
                let system = system.get_or_insert_default();
                if !system.is_empty() {
                    system.push_str("\n\n");
                }
                system.push_str("Answer with one JSON object and nothing else.");
            }
            ResponseFormat::JsonSchema { schema, .. } => {
                output_config.format = Some(Format {
                    kind: "json_schema",
                    schema,
                });
            }
        }
        Ok(Self {
            model: &request.model,
            max_tokens,
            system,
            messages: request
                .messages
                .iter()
                .map(message)
                .collect::<Result<_, _>>()?,
            stream: true,
            // Thinking excludes a temperature; the range ends at 1.
            temperature: request
                .temperature
                .filter(|_| thinking.is_none())
                .map(|temperature| temperature.clamp(0.0, 1.0)),
            tools: request
                .tools
                .iter()
                .map(|tool| WireTool {
                    name: &tool.name,
                    description: &tool.description,
                    input_schema: &tool.parameters,
                })
                .collect(),
            thinking,
            output_config: (output_config.effort.is_some() || output_config.format.is_some())
                .then_some(output_config),
        })
    }
}

fn message(message: &Message) -> Result<WireMessage<'_>, Error> {
    let from_user = message.role == Role::User;
    let mut content = Vec::with_capacity(message.parts.len());
    for part in &message.parts {
        let belongs_to_user = match part {
            Part::Text(_) => from_user,
            Part::Image { .. } | Part::Pdf { .. } | Part::ToolResult { .. } => true,
            Part::ToolCall { .. } | Part::Thinking { .. } | Part::RedactedThinking { .. } => false,
        };
        if belongs_to_user != from_user {
            return Err(Error::invalid(
                "only the user can show files or give tool results, only the assistant can think or call tools",
            ));
        }
        content.extend(block(part));
    }
    if content.is_empty() {
        return Err(Error::invalid("a message of the request is empty"));
    }
    Ok(WireMessage {
        role: if from_user { "user" } else { "assistant" },
        content,
    })
}

/// `None` for what Anthropic refuses to be sent: empty text, and thinking it didn't sign.
fn block(part: &Part) -> Option<Block<'_>> {
    Some(match part {
        Part::Text(text) if text.trim().is_empty() => return None,
        Part::Text(text) => Block::Text { text },
        Part::Image { media_type, bytes } => Block::Image {
            source: Source {
                kind: "base64",
                media_type,
                data: STANDARD.encode(bytes),
            },
        },
        Part::Pdf { name, bytes } => Block::Document {
            source: Source {
                kind: "base64",
                media_type: "application/pdf",
                data: STANDARD.encode(bytes),
            },
            title: name,
        },
        Part::ToolCall {
            id,
            name,
            arguments,
        } => Block::ToolUse {
            id,
            name,
            input: arguments,
        },
        Part::ToolResult {
            id,
            content,
            is_error,
        } => Block::ToolResult {
            tool_use_id: id,
            content,
            is_error: *is_error,
        },
        Part::Thinking { text, signature } => Block::Thinking {
            thinking: text,
            signature: signature.as_deref()?,
        },
        Part::RedactedThinking { data } => Block::RedactedThinking { data },
    })
}
