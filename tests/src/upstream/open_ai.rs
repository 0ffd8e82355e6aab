//! `POST /v1/chat/completions` and `GET /v1/models` as OpenAI and its many compatibles answer them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{Format, KEY, Script, play};

pub(super) async fn models(headers: HeaderMap) -> Response {
    if !admitted(&headers) {
        return unauthorized();
    }
    // Enough for both kinds of client: each takes the fields it knows.
    let models = ["quill-1", "quill-1-mini"].map(|id| {
        json!({ "id": id, "object": "model", "type": "model", "created": 1_700_000_000, "owned_by": "scripted",
                "display_name": id, "created_at": "2026-01-01T00:00:00Z" })
    });
    Json(json!({ "object": "list", "data": models, "has_more": false, "first_id": "quill-1", "last_id": "quill-1-mini" }))
        .into_response()
}

pub(super) async fn chat(
    State(script): State<Arc<Script>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if !admitted(&headers) {
        return unauthorized();
    }
    let usage = body["stream_options"]["include_usage"] == true;
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    play(script, headers, body, OpenAi { model, usage }).await
}

/// Whether the key came in either of the two headers providers take it in.
pub(super) fn admitted(headers: &HeaderMap) -> bool {
    let bearer = format!("Bearer {KEY}");
    headers
        .get("authorization")
        .is_some_and(|value| value == bearer.as_str())
        || headers.get("x-api-key").is_some_and(|value| value == KEY)
}

fn unauthorized() -> Response {
    let error = json!({ "error": { "message": "Incorrect API key provided.", "type": "invalid_request_error",
                                   "code": "invalid_api_key" } });
    (StatusCode::UNAUTHORIZED, Json(error)).into_response()
}

struct OpenAi {
    model: String,
    usage: bool,
}

impl OpenAi {
    fn chunk(&self, choices: &Value, usage: &Value) -> String {
        let chunk = json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000,
                            "model": self.model, "choices": choices, "usage": usage });
        format!("data: {chunk}\n\n")
    }
}

fn counts(words: usize) -> Value {
    json!({ "prompt_tokens": 100, "completion_tokens": words, "total_tokens": 100 + words })
}

impl Format for OpenAi {
    fn opening(&self) -> String {
        let choices = json!([{ "index": 0, "delta": { "role": "assistant", "content": "" }, "finish_reason": null }]);
        self.chunk(&choices, &Value::Null)
    }

    fn piece(&self, text: &str) -> String {
        let choices = json!([{ "index": 0, "delta": { "content": text }, "finish_reason": null }]);
        self.chunk(&choices, &Value::Null)
    }

    fn closing(&self, words: usize) -> String {
        let choices = json!([{ "index": 0, "delta": {}, "finish_reason": "stop" }]);
        let mut events = self.chunk(&choices, &Value::Null);
        if self.usage {
            events += &self.chunk(&json!([]), &counts(words));
        }
        events + "data: [DONE]\n\n"
    }

    fn refusal(&self, status: u16) -> Value {
        json!({ "error": { "message": format!("The scripted server refuses with {status}."), "type": "server_error",
                           "param": null, "code": null } })
    }

    fn whole(&self, text: &str) -> Value {
        json!({ "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": self.model,
                "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
                "usage": counts(text.split_inclusive(' ').count()) })
    }
}
