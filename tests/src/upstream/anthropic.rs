//! `POST /v1/messages` as Anthropic answers it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::open_ai::admitted;
use super::{Format, Script, play};

pub(super) async fn messages(
    State(script): State<Arc<Script>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let refuse = |status, kind: &str, message: &str| {
        let error = json!({ "type": "error", "error": { "type": kind, "message": message } });
        (status, Json(error)).into_response()
    };
    if !admitted(&headers) {
        return refuse(
            StatusCode::UNAUTHORIZED,
            "authentication_error",
            "invalid x-api-key",
        );
    }
    if !headers.contains_key("anthropic-version") {
        return refuse(
            StatusCode::BAD_REQUEST,
            "invalid_request_error",
            "anthropic-version: header is required",
        );
    }
    if !body["max_tokens"].is_u64() {
        return refuse(
            StatusCode::BAD_REQUEST,
            "invalid_request_error",
            "max_tokens: Field required",
        );
    }
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    play(script, headers, body, Anthropic { model }).await
}

struct Anthropic {
    model: String,
}

fn event(data: &Value) -> String {
    let name = data["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n")
}

impl Format for Anthropic {
    fn opening(&self) -> String {
        let message = json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": self.model, "content": [],
                              "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 100, "output_tokens": 1 } });
        event(&json!({ "type": "message_start", "message": message }))
            + &event(
                &json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
            )
            + &event(&json!({ "type": "ping" }))
    }

    fn piece(&self, text: &str) -> String {
        event(
            &json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
        )
    }

    fn closing(&self, words: usize) -> String {
        let delta = json!({ "stop_reason": "end_turn", "stop_sequence": null });
        event(&json!({ "type": "content_block_stop", "index": 0 }))
            + &event(
                &json!({ "type": "message_delta", "delta": delta, "usage": { "output_tokens": words } }),
            )
            + &event(&json!({ "type": "message_stop" }))
    }

    fn refusal(&self, status: u16) -> Value {
        let kind = match status {
            429 => "rate_limit_error",
            529 => "overloaded_error",
            _ => "api_error",
        };
        json!({ "type": "error", "error": { "type": kind, "message": format!("The scripted server refuses with {status}.") } })
    }

    fn whole(&self, text: &str) -> Value {
        json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": self.model,
                "content": [{ "type": "text", "text": text }], "stop_reason": "end_turn", "stop_sequence": null,
                "usage": { "input_tokens": 100, "output_tokens": text.split_inclusive(' ').count() } })
    }
}
