//! What both wire formats look like, so that one test can ask the same of both adapters.

use carrel_models::{
    ChatRequest, Connections, Error, Event, EventStream, Message, Provider, ProviderConfig,
    ProviderKind, Secret, Timeouts,
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::server::Server;

pub const KEY: &str = "test-key-0123456789";

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wire {
    OpenAi,
    Anthropic,
}

pub const BOTH: [Wire; 2] = [Wire::OpenAi, Wire::Anthropic];

impl Wire {
    pub fn kind(self) -> ProviderKind {
        match self {
            Self::OpenAi => ProviderKind::OpenAiCompatible,
            Self::Anthropic => ProviderKind::Anthropic,
        }
    }

    pub fn provider(self, server: &Server) -> Provider {
        self.provider_with(server, Timeouts::default())
    }

    pub fn provider_with(self, server: &Server, timeouts: Timeouts) -> Provider {
        let config = ProviderConfig {
            base_url: Some(server.url("/v1")),
            api_key: Some(Secret::new(KEY)),
            timeouts,
            ..ProviderConfig::new(self.kind())
        };
        Provider::new(&config, &Connections::new()).expect("a good configuration")
    }

    /// The stream up to the end of the given pieces of text.
    pub fn texts(self, texts: &[&str]) -> String {
        let mut out = match self {
            Self::OpenAi => choice(&json!({"role": "assistant", "content": ""})),
            Self::Anthropic => {
                named(&json!({"type": "message_start", "message": {
                    "id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "claude-x",
                    "stop_reason": null, "usage": {"input_tokens": 20, "cache_creation_input_tokens": 3,
                        "cache_read_input_tokens": 7, "output_tokens": 1}}}))
                    + &named(&json!({"type": "content_block_start", "index": 0,
                        "content_block": {"type": "text", "text": ""}}))
                    + &named(&json!({"type": "ping"}))
            }
        };
        for text in texts {
            out.push_str(&self.text(text));
        }
        out
    }

    pub fn text(self, text: &str) -> String {
        match self {
            Self::OpenAi => choice(&json!({ "content": text })),
            Self::Anthropic => named(&json!({"type": "content_block_delta", "index": 0,
                "delta": {"type": "text_delta", "text": text}})),
        }
    }

    /// The stream after the text: reason, usage, terminal event.
    pub fn ending(self) -> String {
        match self {
            Self::OpenAi => {
                data(
                    &json!({"id": "c1", "object": "chat.completion.chunk", "usage": null,
                    "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
                ) + &data(
                    &json!({"id": "c1", "object": "chat.completion.chunk", "choices": [],
                        "usage": {"prompt_tokens": 30, "completion_tokens": 5, "total_tokens": 35,
                            "prompt_tokens_details": {"cached_tokens": 7},
                            "completion_tokens_details": {"reasoning_tokens": 2}}}),
                ) + "data: [DONE]\n\n"
            }
            Self::Anthropic => {
                named(&json!({"type": "content_block_stop", "index": 0}))
                    + &named(
                        &json!({"type": "message_delta", "usage": {"output_tokens": 5},
                        "delta": {"stop_reason": "end_turn", "stop_sequence": null}}),
                    )
                    + &named(&json!({"type": "message_stop"}))
            }
        }
    }

    /// An error as the provider wraps it.
    pub fn error(self, kind: &str, code: Option<&str>, message: &str) -> String {
        match self {
            Self::OpenAi => json!({"error":
                {"message": message, "type": kind, "param": null, "code": code}}),
            Self::Anthropic => json!({"type": "error", "request_id": "req_test",
                "error": {"type": kind, "message": message}}),
        }
        .to_string()
    }

    /// The same error as an event of a stream.
    pub fn error_event(self, kind: &str, message: &str) -> String {
        match self {
            Self::OpenAi => format!("data: {}\n\n", self.error(kind, None, message)),
            Self::Anthropic => format!(
                "event: error\ndata: {}\n\n",
                self.error(kind, None, message)
            ),
        }
    }
}

/// An unnamed event.
pub fn data(value: &Value) -> String {
    format!("data: {value}\n\n")
}

/// An event named after its type.
pub fn named(value: &Value) -> String {
    let name = value["type"].as_str().expect("a type");
    format!("event: {name}\ndata: {value}\n\n")
}

/// A chat completion chunk with a delta.
pub fn choice(delta: &Value) -> String {
    data(
        &json!({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": null}]}),
    )
}

/// A question of one message.
pub fn question() -> ChatRequest {
    ChatRequest {
        model: "model-x".into(),
        messages: vec![Message::user("Hello?")],
        ..ChatRequest::default()
    }
}

/// Reads a stream to its end: the texts joined, the other events, and the error it ended with.
pub async fn read(stream: EventStream) -> (String, Vec<Event>, Option<Error>) {
    let (mut text, mut events, mut error) = (String::new(), Vec::new(), None);
    let mut stream = stream;
    while let Some(item) = stream.next().await {
        assert_eq!(error, None, "nothing follows an error");
        match item {
            Ok(Event::Text(piece)) => text.push_str(&piece),
            Ok(event) => events.push(event),
            Err(failed) => error = Some(failed),
        }
    }
    (text, events, error)
}
