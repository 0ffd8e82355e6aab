use bytes::Bytes;
use serde_json::Value;

use crate::grounding::Grounding;

/// One question to a model, in no provider's format.
#[derive(Debug, Clone, Default)]
pub struct ChatRequest {
    /// The provider's own name for the model.
    pub model: String,
    /// Standing instructions, kept apart from the conversation.
    pub system: Option<String>,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// Upper bound of the answer in tokens. `None` leaves it to the provider; where the provider insists on a number
    /// (Anthropic), 8192 is sent.
    pub max_output_tokens: Option<u32>,
    /// 0 to 2; providers with a smaller range get it clamped, models that refuse it get none.
    pub temperature: Option<f32>,
    /// The tools the model may ask for.
    pub tools: Vec<Tool>,
    /// The shape the answer must have.
    pub response_format: ResponseFormat,
    /// Whether and how much the model may think before it answers. `None` leaves it to the model.
    pub thinking: Option<Thinking>,
    /// What engines that don't read prose prompts work from; wire providers ignore it.
    pub grounding: Option<Grounding>,
}

/// One turn of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub role: Role,
    pub parts: Vec<Part>,
}

/// Who speaks. Tool results are spoken by the user's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    User,
    Assistant,
}

/// One piece of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Plain text or Markdown.
    Text(String),
    /// A picture the user shows (`image/png`, `image/jpeg`, `image/gif`, `image/webp`).
    Image { media_type: String, bytes: Bytes },
    /// A PDF the user shows; `name` is its file name.
    Pdf { name: String, bytes: Bytes },
    /// The assistant asked for a tool. `arguments` is a JSON object.
    ToolCall {
        id: String,
        name: String,
        arguments: Value,
    },
    /// What the tool answered to the call `id`.
    ToolResult {
        id: String,
        content: String,
        is_error: bool,
    },
    /// The assistant's thinking, with the signature without which Anthropic doesn't take it back. Providers that don't
    /// take thinking back don't get it.
    Thinking {
        text: String,
        signature: Option<String>,
    },
    /// Thinking that the provider only hands out encrypted; returned to it as it came.
    RedactedThinking { data: String },
}

/// A tool the model may ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    pub name: String,
    pub description: String,
    /// JSON Schema of the arguments, an object.
    pub parameters: Value,
}

/// The shape of the answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum ResponseFormat {
    #[default]
    Text,
    /// Any JSON object.
    Json,
    /// JSON that follows a schema.
    JsonSchema { name: String, schema: Value },
}

/// How a model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinking {
    /// As much as the model finds right at this effort.
    Effort(Effort),
    /// At most so many tokens, at least 1024.
    Budget { tokens: u32 },
}

/// How hard a model tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    Low,
    Medium,
    High,
}

impl Effort {
    /// The word every provider uses for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Message {
    /// A user's turn of text only.
    pub fn user(text: impl Into<String>) -> Self {
        Self {
            role: Role::User,
            parts: vec![Part::Text(text.into())],
        }
    }

    /// An assistant's turn of text only.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self {
            role: Role::Assistant,
            parts: vec![Part::Text(text.into())],
        }
    }
}
