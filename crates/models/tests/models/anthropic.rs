use bytes::Bytes;
use carrel_models::{
    ChatRequest, Connections, Effort, ErrorKind, Event, Message, Part, Provider, ProviderConfig,
    ProviderKind, ResponseFormat, Role, StopReason, Thinking, Tool, collect,
};
use serde_json::{Value, json};

use crate::server::{Server, Step, streamed};
use crate::wires::{Wire, named, question, read};

const WIRE: Wire = Wire::Anthropic;

fn start(index: u32, block: &Value) -> String {
    named(&json!({"type": "content_block_start", "index": index, "content_block": block}))
}

fn delta(index: u32, delta: &Value) -> String {
    named(&json!({"type": "content_block_delta", "index": index, "delta": delta}))
}

fn finish(reason: &str) -> String {
    named(
        &json!({"type": "message_delta", "delta": {"stop_reason": reason},
        "usage": {"output_tokens": 5}}),
    ) + &named(&json!({"type": "message_stop"}))
}

async fn answer(body: &str) -> Result<carrel_models::Completion, carrel_models::Error> {
    let server = Server::start([streamed(body)]).await;
    collect(WIRE.provider(&server).stream(&question()).await?).await
}

#[tokio::test]
async fn a_request_says_everything_the_neutral_one_says() {
    let mut server = Server::start([streamed(&(WIRE.texts(&["ok"]) + &WIRE.ending()))]).await;
    let request = ChatRequest {
        model: "model-x".into(),
        system: Some("Be brief.".into()),
        messages: vec![
            Message {
                role: Role::User,
                parts: vec![
                    Part::Text("Look:".into()),
                    Part::Text("  ".into()),
                    Part::Image {
                        media_type: "image/png".into(),
                        bytes: Bytes::from_static(b"png"),
                    },
                    Part::Pdf {
                        name: "plan.pdf".into(),
                        bytes: Bytes::from_static(b"pdf"),
                    },
                ],
            },
            Message {
                role: Role::Assistant,
                parts: vec![
                    Part::Thinking {
                        text: "unsigned".into(),
                        signature: None,
                    },
                    Part::Thinking {
                        text: "hm".into(),
                        signature: Some("sig".into()),
                    },
                    Part::RedactedThinking { data: "xyz".into() },
                    Part::ToolCall {
                        id: "toolu_1".into(),
                        name: "search".into(),
                        arguments: json!({"q": "roof"}),
                    },
                ],
            },
            Message {
                role: Role::User,
                parts: vec![Part::ToolResult {
                    id: "toolu_1".into(),
                    content: "not found".into(),
                    is_error: true,
                }],
            },
        ],
        max_output_tokens: Some(100),
        temperature: Some(0.5),
        tools: vec![Tool {
            name: "search".into(),
            description: "Finds".into(),
            parameters: json!({"type": "object"}),
        }],
        response_format: ResponseFormat::JsonSchema {
            name: "reply".into(),
            schema: json!({"type": "object"}),
        },
        thinking: Some(Thinking::Budget { tokens: 2000 }),
        grounding: None,
    };
    let stream = WIRE.provider(&server).stream(&request).await;
    read(stream.expect("an answer")).await;
    let sent = server.request().await;
    assert_eq!(sent.line, "POST /v1/messages");
    assert_eq!(sent.headers["x-api-key"], "test-key-0123456789");
    assert_eq!(sent.headers["anthropic-version"], "2023-06-01");
    assert_eq!(
        sent.body,
        json!({
            "model": "model-x",
            "max_tokens": 2100,
            "system": "Be brief.",
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "Look:"},
                    {"type": "image", "source":
                        {"type": "base64", "media_type": "image/png", "data": "cG5n"}},
                    {"type": "document", "title": "plan.pdf", "source":
                        {"type": "base64", "media_type": "application/pdf", "data": "cGRm"}},
                ]},
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "sig"},
                    {"type": "redacted_thinking", "data": "xyz"},
                    {"type": "tool_use", "id": "toolu_1", "name": "search", "input": {"q": "roof"}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "not found", "is_error": true},
                ]},
            ],
            "stream": true,
            "tools": [{"name": "search", "description": "Finds", "input_schema": {"type": "object"}}],
            "thinking": {"type": "enabled", "budget_tokens": 2000},
            "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
        })
    );
}

#[tokio::test]
async fn a_plain_request_gets_the_limit_the_vendor_insists_on() {
    let mut server = Server::start([streamed(&(WIRE.texts(&["ok"]) + &WIRE.ending()))]).await;
    let request = ChatRequest {
        temperature: Some(1.7),
        response_format: ResponseFormat::Json,
        ..question()
    };
    let stream = WIRE.provider(&server).stream(&request).await;
    read(stream.expect("an answer")).await;
    let body = server.request().await.body;
    assert_eq!(body["max_tokens"], 8192);
    assert_eq!(body["temperature"], 1.0);
    assert_eq!(
        body["system"],
        "Answer with one JSON object and nothing else."
    );
    assert_eq!(body.get("thinking"), None);
    assert_eq!(body.get("tools"), None);
}

#[tokio::test]
async fn thinking_by_effort_is_left_to_the_model() {
    let mut server = Server::start([streamed(&(WIRE.texts(&["ok"]) + &WIRE.ending()))]).await;
    let request = ChatRequest {
        thinking: Some(Thinking::Effort(Effort::Low)),
        temperature: Some(0.1),
        ..question()
    };
    let stream = WIRE.provider(&server).stream(&request).await;
    read(stream.expect("an answer")).await;
    let body = server.request().await.body;
    assert_eq!(body["thinking"], json!({"type": "adaptive"}));
    assert_eq!(body["output_config"], json!({"effort": "low"}));
    assert_eq!(body.get("temperature"), None);
}

#[tokio::test]
async fn thinking_keeps_its_signature_and_its_place() {
    let body = start(
        0,
        &json!({"type": "thinking", "thinking": "", "signature": ""}),
    ) + &delta(0, &json!({"type": "thinking_delta", "thinking": "Let me "}))
        + &delta(0, &json!({"type": "thinking_delta", "thinking": "see."}))
        + &delta(0, &json!({"type": "signature_delta", "signature": "sig1"}))
        + &start(1, &json!({"type": "redacted_thinking", "data": "xyz"}))
        + &start(2, &json!({"type": "thinking", "thinking": ""}))
        + &delta(2, &json!({"type": "thinking_delta", "thinking": "More."}))
        + &delta(2, &json!({"type": "signature_delta", "signature": "sig2"}))
        + &start(3, &json!({"type": "text", "text": ""}))
        + &delta(3, &json!({"type": "text_delta", "text": "Yes."}))
        + &finish("end_turn");
    let completion = answer(&body).await.expect("whole");
    let thinking = |text: &str, signature: &str| Part::Thinking {
        text: text.into(),
        signature: Some(signature.into()),
    };
    assert_eq!(
        completion.parts,
        [
            thinking("Let me see.", "sig1"),
            Part::RedactedThinking { data: "xyz".into() },
            thinking("More.", "sig2"),
            Part::Text("Yes.".into()),
        ]
    );
}

#[tokio::test]
async fn tool_calls_are_put_together_from_their_pieces() {
    let body = WIRE.texts(&["I look."])
        + &start(
            1,
            &json!({"type": "tool_use", "id": "toolu_a", "name": "search", "input": {}}),
        )
        + &delta(1, &json!({"type": "input_json_delta", "partial_json": ""}))
        + &delta(
            1,
            &json!({"type": "input_json_delta", "partial_json": "{\"q\": \"d"}),
        )
        + &delta(
            1,
            &json!({"type": "input_json_delta", "partial_json": "ä\"}"}),
        )
        + &named(&json!({"type": "content_block_stop", "index": 1}))
        + &start(
            2,
            &json!({"type": "server_tool_use", "id": "srv", "name": "web", "input": {}}),
        )
        + &delta(
            2,
            &json!({"type": "input_json_delta", "partial_json": "{\"not ours"}),
        )
        + &start(
            3,
            &json!({"type": "tool_use", "id": "toolu_b", "name": "now", "input": {}}),
        )
        + &finish("tool_use");
    let completion = answer(&body).await.expect("whole");
    assert_eq!(completion.stop, StopReason::ToolUse);
    let call = |id: &str, name: &str, arguments| Part::ToolCall {
        id: id.into(),
        name: name.into(),
        arguments,
    };
    assert_eq!(
        completion.parts,
        [
            Part::Text("I look.".into()),
            call("toolu_a", "search", json!({"q": "dä"})),
            call("toolu_b", "now", json!({})),
        ]
    );
}

#[tokio::test]
async fn arguments_that_do_not_parse_fail_the_answer() {
    for reason in ["tool_use", "max_tokens"] {
        let body = start(
            0,
            &json!({"type": "tool_use", "id": "a", "name": "search", "input": {}}),
        ) + &delta(
            0,
            &json!({"type": "input_json_delta", "partial_json": "{\"q\": "}),
        ) + &finish(reason);
        let error = answer(&body).await.expect_err("bad arguments");
        assert_eq!(error.kind, ErrorKind::Protocol);
    }
}

#[tokio::test]
async fn input_tokens_are_known_before_the_first_word() {
    let script = vec![
        Step::Streaming,
        Step::Chunk(WIRE.texts(&["one"]).into()),
        Step::Cut,
    ];
    let server = Server::start([script]).await;
    let stream = WIRE.provider(&server).stream(&question()).await;
    let (_, events, error) = read(stream.expect("an answer")).await;
    assert_eq!(error.map(|error| error.kind), Some(ErrorKind::Truncated));
    let Some(Event::Usage(usage)) = events.first() else {
        panic!("{events:?}")
    };
    assert_eq!((usage.input_tokens, usage.output_tokens), (30, 1));
}

#[tokio::test]
async fn stop_reasons_are_told_apart() {
    for (word, reason) in [
        ("max_tokens", StopReason::MaxOutputTokens),
        ("model_context_window_exceeded", StopReason::MaxOutputTokens),
        ("stop_sequence", StopReason::StopSequence),
        ("refusal", StopReason::ContentFilter),
        ("pause_turn", StopReason::Paused),
        ("something_new", StopReason::Other),
    ] {
        let completion = answer(&(WIRE.texts(&["a"]) + &finish(word))).await;
        assert_eq!(completion.expect("whole").stop, reason);
    }
}

#[tokio::test]
async fn events_the_vendor_may_add_are_passed_over() {
    let body = WIRE.texts(&["a"])
        + &named(&json!({"type": "something_new", "x": 1}))
        + &delta(0, &json!({"type": "citations_delta", "citation": {}}))
        + &WIRE.text("b")
        + &WIRE.ending();
    assert_eq!(answer(&body).await.expect("whole").text(), "ab");
}

#[tokio::test]
async fn a_reason_without_the_terminal_event_is_truncated() {
    let body = WIRE.texts(&["a"])
        + &named(&json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}));
    let error = answer(&body).await.expect_err("no message_stop");
    assert_eq!(error.kind, ErrorKind::Truncated);
}

#[tokio::test]
async fn an_empty_account_needs_an_administrator() {
    let body = WIRE.error(
        "invalid_request_error",
        None,
        "Your credit balance is too low to access the Anthropic API.",
    );
    let server = Server::start([vec![Step::json(400, &body)]]).await;
    let error = WIRE.provider(&server).stream(&question()).await;
    assert_eq!(error.expect_err("refused").kind, ErrorKind::Auth);
}

#[tokio::test]
async fn a_model_that_takes_no_temperature_gets_none() {
    let body = WIRE.error(
        "invalid_request_error",
        None,
        "temperature is deprecated for this model",
    );
    let whole = WIRE.texts(&["ok"]) + &WIRE.ending();
    let mut server = Server::start([vec![Step::json(400, &body)], streamed(&whole)]).await;
    let request = ChatRequest {
        temperature: Some(0.2),
        ..question()
    };
    let stream = WIRE.provider(&server).stream(&request).await;
    assert_eq!(read(stream.expect("an answer")).await.0, "ok");
    assert!(server.request().await.body.get("temperature").is_some());
    assert_eq!(server.request().await.body.get("temperature"), None);
}

#[tokio::test]
async fn speakers_cannot_be_confused() {
    let server = Server::start([]).await;
    let mut request = question();
    request.messages.push(Message {
        role: Role::Assistant,
        parts: vec![Part::ToolResult {
            id: "a".into(),
            content: String::new(),
            is_error: false,
        }],
    });
    let error = WIRE.provider(&server).stream(&request).await;
    assert_eq!(error.expect_err("refused").kind, ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn all_pages_of_the_model_list_are_read() {
    let first = json!({"data": [{"type": "model", "id": "claude-a", "display_name": "Claude A",
        "created_at": "2025-01-01T00:00:00Z", "max_input_tokens": 200_000, "max_tokens": 64_000}],
        "has_more": true, "first_id": "claude-a", "last_id": "claude-a"});
    let second = json!({"data": [{"type": "model", "id": "claude-b"}],
        "has_more": false, "first_id": "claude-b", "last_id": "claude-b"});
    for base in ["", "/v1", "/v1/"] {
        let mut server = Server::start([
            vec![Step::json(200, &first.to_string())],
            vec![Step::json(200, &second.to_string())],
        ])
        .await;
        let config = ProviderConfig {
            base_url: Some(server.url(base)),
            ..ProviderConfig::new(ProviderKind::Anthropic)
        };
        let provider = Provider::new(&config, &Connections::new()).expect("a configuration");
        let models = provider.models().await.expect("a list");
        assert_eq!(models.len(), 2);
        assert_eq!(models[0].name.as_deref(), Some("Claude A"));
        assert_eq!(models[0].context_window, Some(200_000));
        assert_eq!(models[1].id, "claude-b");
        assert_eq!(server.request().await.line, "GET /v1/models?limit=1000");
        assert_eq!(
            server.request().await.line,
            "GET /v1/models?limit=1000&after_id=claude-a"
        );
    }
}

#[tokio::test]
async fn a_gateway_path_is_followed_by_the_version() {
    let whole = WIRE.texts(&["ok"]) + &WIRE.ending();
    let mut server = Server::start([streamed(&whole)]).await;
    let config = ProviderConfig {
        base_url: Some(server.url("/anthropic")),
        ..ProviderConfig::new(ProviderKind::Anthropic)
    };
    let provider = Provider::new(&config, &Connections::new()).expect("a configuration");
    let stream = provider.stream(&question()).await.expect("an answer");
    assert_eq!(read(stream).await.0, "ok");
    assert_eq!(server.request().await.line, "POST /anthropic/v1/messages");
}
