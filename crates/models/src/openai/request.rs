use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;

use crate::endpoint::Refusal;
use crate::error::Error;
use crate::request::{ChatRequest, Effort, Message, Part, ResponseFormat, Role, Thinking};

/// Which of the specification's fields a model takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Dialect {
    /// `max_completion_tokens` instead of `max_tokens`.
    pub completion_tokens: bool,
    /// The other name for the limit has been tried too.
    pub tried_other_tokens: bool,
    pub no_usage: bool,
    pub no_temperature: bool,
}

/// Words by which servers say that they don't take a field at all, unlike one of its values.
const REFUSALS: [&str; 10] = [
    "unsupported",
    "not supported",
    "not support",
    "unknown",
    "unrecognized",
    "unexpected",
    "not permitted",
    "not allowed",
    "extra",
    "deprecated",
];

impl Dialect {
    /// The dialect to try next when the server refused one of the fields it needn't be sent.
    pub fn without_what(self, refusal: &Refusal, sent: &WireRequest) -> Option<Self> {
        if !matches!(refusal.status.as_u16(), 400 | 422) {
            return None;
        }
        let fault = &refusal.fault;
        let refuses = REFUSALS.iter().any(|words| fault.names(words));
        if sent.stream_options.is_some()
            && (fault.names("stream_options") || fault.names("include_usage"))
        {
            return Some(Self {
                no_usage: true,
                ..self
            });
        }
        let names_new = fault.names("max_completion_tokens");
        let wants_new = sent.max_tokens.is_some() && names_new;
        let wants_old = sent.max_completion_tokens.is_some() && names_new && refuses;
        if (wants_new || wants_old) && !self.tried_other_tokens {
            return Some(Self {
                completion_tokens: wants_new,
                tried_other_tokens: true,
                ..self
            });
        }
        if sent.temperature.is_some() && refuses && fault.names("temperature") {
            return Some(Self {
                no_temperature: true,
                ..self
            });
        }
        None
    }
}

#[derive(Serialize)]
pub(super) struct WireRequest<'a> {
    model: &'a str,
    messages: Vec<WireMessage<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<WireTool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<WireFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
enum WireMessage<'a> {
    System {
        content: &'a str,
    },
    User {
        content: WireContent<'a>,
    },
    Assistant {
        content: Option<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<WireToolCall<'a>>,
    },
    Tool {
        tool_call_id: &'a str,
        content: &'a str,
    },
}

/// Small servers understand only the plain string, so it is used whenever there is nothing but text.
#[derive(Serialize)]
#[serde(untagged)]
enum WireContent<'a> {
    Text(String),
    Parts(Vec<WirePart<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WirePart<'a> {
    Text { text: &'a str },
    ImageUrl { image_url: ImageUrl },
    File { file: File<'a> },
}

#[derive(Serialize)]
struct ImageUrl {
    url: String,
}

#[derive(Serialize)]
struct File<'a> {
    filename: &'a str,
    file_data: String,
}

#[derive(Serialize)]
struct WireToolCall<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    function: CalledFunction<'a>,
}

#[derive(Serialize)]
struct CalledFunction<'a> {
    name: &'a str,
    /// JSON in a string, as the specification has it.
    arguments: String,
}

#[derive(Serialize)]
struct WireTool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WireFormat<'a> {
    JsonObject,
    JsonSchema { json_schema: NamedSchema<'a> },
}

#[derive(Serialize)]
struct NamedSchema<'a> {
    name: &'a str,
    schema: &'a Value,
    strict: bool,
}

impl<'a> WireRequest<'a> {
    pub fn new(request: &'a ChatRequest, dialect: Dialect) -> Result<Self, Error> {
        let mut messages = Vec::with_capacity(request.messages.len() + 1);
        if let Some(system) = &request.system {
            messages.push(WireMessage::System { content: system });
        }
        for message in &request.messages {
            match message.role {
                Role::User => user(message, &mut messages)?,
                Role::Assistant => messages.push(assistant(message)?),
            }
        }
        if request.messages.is_empty() {
            return Err(Error::invalid("the request holds no message"));
        }
        let (new_limit, old_limit) = if dialect.completion_tokens {
            (request.max_output_tokens, None)
        } else {
            (None, request.max_output_tokens)
        };
        Ok(Self {
            model: &request.model,
            messages,
            stream: true,
            stream_options: (!dialect.no_usage).then_some(StreamOptions {
                include_usage: true,
            }),
            max_tokens: old_limit,
            max_completion_tokens: new_limit,
            temperature: request
                .temperature
                .filter(|_| !dialect.no_temperature)
                .map(|temperature| temperature.clamp(0.0, 2.0)),
            tools: request
                .tools
                .iter()
                .map(|tool| WireTool {
                    kind: "function",
                    function: Function {
                        name: &tool.name,
                        description: &tool.description,
                        parameters: &tool.parameters,
                    },
                })
                .collect(),
            response_format: match &request.response_format {
                ResponseFormat::Text => None,
                ResponseFormat::Json => Some(WireFormat::JsonObject),
                ResponseFormat::JsonSchema { name, schema } => Some(WireFormat::JsonSchema {
                    json_schema: NamedSchema {
                        name,
                        schema,
                        strict: true,
                    },
                }),
            },
            reasoning_effort: request.thinking.map(|thinking| {
                match thinking {
                    Thinking::Effort(effort) => effort,
                    // Chat completions know no budget.
                    Thinking::Budget { tokens: ..=4096 } => Effort::Low,
                    Thinking::Budget { tokens: ..=16384 } => Effort::Medium,
                    Thinking::Budget { .. } => Effort::High,
                }
                .word()
            }),
        })
    }
}

fn user<'a>(message: &'a Message, messages: &mut Vec<WireMessage<'a>>) -> Result<(), Error> {
    let mut parts = Vec::new();
    let mut texts = Vec::new();
    for part in &message.parts {
        match part {
            Part::Text(text) => {
                texts.push(text.as_str());
                parts.push(WirePart::Text { text });
            }
            Part::Image { media_type, bytes } => parts.push(WirePart::ImageUrl {
                image_url: ImageUrl {
                    url: data_url(media_type, bytes),
                },
            }),
            Part::Pdf { name, bytes } => parts.push(WirePart::File {
                file: File {
                    filename: name,
                    file_data: data_url("application/pdf", bytes),
                },
            }),
            Part::ToolResult { id, content, .. } => messages.push(WireMessage::Tool {
                tool_call_id: id,
                content,
            }),
            Part::ToolCall { .. } | Part::Thinking { .. } | Part::RedactedThinking { .. } => {
                return Err(Error::invalid("only the assistant can think or call tools"));
            }
        }
    }
    if parts.is_empty() {
        return Ok(());
    }
    let content = if texts.len() == parts.len() {
        WireContent::Text(texts.join("\n\n"))
    } else {
        WireContent::Parts(parts)
    };
    messages.push(WireMessage::User { content });
    Ok(())
}

fn assistant(message: &Message) -> Result<WireMessage<'_>, Error> {
    let mut content = String::new();
    let mut tool_calls = Vec::new();
    for part in &message.parts {
        match part {
            Part::Text(text) => content.push_str(text),
            Part::ToolCall {
                id,
                name,
                arguments,
            } => tool_calls.push(WireToolCall {
                id,
                kind: "function",
                function: CalledFunction {
                    name,
                    arguments: arguments.to_string(),
                },
            }),
            // Chat completions don't take thinking back.
            Part::Thinking { .. } | Part::RedactedThinking { .. } => {}
            Part::Image { .. } | Part::Pdf { .. } | Part::ToolResult { .. } => {
                return Err(Error::invalid(
                    "only the user can show files or give tool results",
                ));
            }
        }
    }
    Ok(WireMessage::Assistant {
        content: (!content.is_empty() || tool_calls.is_empty()).then_some(content),
        tool_calls,
    })
}

fn data_url(media_type: &str, bytes: &[u8]) -> String {
    let mut url = format!("data:{media_type};base64,");
    STANDARD.encode_string(bytes, &mut url);
    url
}
