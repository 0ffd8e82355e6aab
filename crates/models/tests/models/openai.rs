use bytes::Bytes;
use carrel_models::{
    ChatRequest, Connections, Effort, ErrorKind, Event, Message, ModelDescription, Part, Provider,
    ProviderConfig, ProviderKind, ResponseFormat, Role, StopReason, Thinking, Tool, collect,
};
use serde_json::{Value, json};

use crate::server::{Server, Step, streamed};
use crate::wires::{Wire, choice, data, question, read};

const WIRE: Wire = Wire::OpenAi;

fn finish(reason: &str) -> String {
    data(&json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))
        + "data: [DONE]\n\n"
}

fn call(index: Value, id: Value, name: Value, arguments: &str) -> String {
    choice(
        &json!({"tool_calls": [{"index": index, "id": id, "type": "function",
        "function": {"name": name, "arguments": arguments}}]}),
    )
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
                        text: "hm".into(),
                        signature: None,
                    },
                    Part::ToolCall {
                        id: "call_1".into(),
                        name: "search".into(),
                        arguments: json!({"q": "roof"}),
                    },
                ],
            },
            Message {
                role: Role::User,
                parts: vec![
                    Part::ToolResult {
                        id: "call_1".into(),
                        content: "found".into(),
                        is_error: false,
                    },
                    Part::Text("And".into()),
                    Part::Text("now?".into()),
                ],
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
        thinking: Some(Thinking::Effort(Effort::High)),
        grounding: None,
    };
    let stream = WIRE.provider(&server).stream(&request).await;
    read(stream.expect("an answer")).await;
    let sent = server.request().await;
    assert_eq!(sent.line, "POST /v1/chat/completions");
    assert_eq!(sent.headers["authorization"], "Bearer test-key-0123456789");
    assert_eq!(sent.headers["content-type"], "application/json");
    assert_eq!(
        sent.body,
        json!({
            "model": "model-x",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [
                    {"type": "text", "text": "Look:"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,cG5n"}},
                    {"type": "file", "file": {"filename": "plan.pdf",
                        "file_data": "data:application/pdf;base64,cGRm"}},
                ]},
                {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function",
                    "function": {"name": "search", "arguments": "{\"q\":\"roof\"}"}}]},
                {"role": "tool", "tool_call_id": "call_1", "content": "found"},
                {"role": "user", "content": "And\n\nnow?"},
            ],
            "stream": true,
            "stream_options": {"include_usage": true},
            "max_tokens": 100,
            "temperature": 0.5,
            "tools": [{"type": "function", "function":
                {"name": "search", "description": "Finds", "parameters": {"type": "object"}}}],
            "response_format": {"type": "json_schema", "json_schema":
                {"name": "reply", "schema": {"type": "object"}, "strict": true}},
            "reasoning_effort": "high",
        })
    );
}

#[tokio::test]
async fn tool_calls_are_put_together_from_their_pieces() {
    let body = call(json!(0), json!("call_a"), json!("search"), "")
        + &call(json!(0), Value::Null, Value::Null, "{\"q\":")
        + &call(json!(1), json!("call_b"), json!("now"), "")
        + &call(json!(0), Value::Null, Value::Null, "\"dä\"}")
        + &finish("tool_calls");
    let completion = answer(&body).await.expect("whole");
    assert_eq!(completion.stop, StopReason::ToolUse);
    assert_eq!(
        completion.parts,
        [
            Part::ToolCall {
                id: "call_a".into(),
                name: "search".into(),
                arguments: json!({"q": "dä"}),
            },
            Part::ToolCall {
                id: "call_b".into(),
                name: "now".into(),
                arguments: json!({}),
            },
        ]
    );
}

#[tokio::test]
async fn calls_that_share_an_index_or_have_none_are_told_apart_by_their_ids() {
    for index in [json!(0), Value::Null] {
        let body = call(index.clone(), json!("a"), json!("one"), "{\"x\":1}")
            + &call(index, json!("b"), json!("two"), "{\"x\":2}")
            + &finish("stop");
        let completion = answer(&body).await.expect("whole");
        assert_eq!(completion.stop, StopReason::ToolUse);
        let arguments: Vec<_> = completion
            .parts
            .iter()
            .map(|part| match part {
                Part::ToolCall { arguments, .. } => arguments["x"].clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(arguments, [1, 2]);
    }
}

#[tokio::test]
async fn arguments_that_are_no_json_object_fail_the_answer() {
    for arguments in ["{\"q\": ", "[1]", "roof", "{} {}"] {
        let body = call(json!(0), json!("a"), json!("search"), arguments) + &finish("tool_calls");
        let error = answer(&body).await.expect_err("bad arguments");
        assert_eq!(error.kind, ErrorKind::Protocol, "{arguments}");
    }
    for arguments in ["", "{\"q\": "] {
        let body = call(json!(0), json!("a"), json!("search"), arguments) + &finish("length");
        let error = answer(&body).await.expect_err("cut arguments");
        assert_eq!(error.kind, ErrorKind::Protocol, "{arguments}");
    }
    let body = call(json!(0), json!("a"), Value::Null, "{}") + &finish("tool_calls");
    let error = answer(&body).await.expect_err("no tool");
    assert_eq!(error.kind, ErrorKind::Protocol);
}

#[tokio::test]
async fn thinking_is_kept_apart_from_the_answer_under_either_of_its_names() {
    for name in ["reasoning_content", "reasoning"] {
        let body = choice(&json!({name: "Let me "}))
            + &choice(&json!({name: "see.", "content": null}))
            + &WIRE.texts(&["Yes."])
            + &WIRE.ending();
        let completion = answer(&body).await.expect("whole");
        assert_eq!(
            completion.parts,
            [
                Part::Thinking {
                    text: "Let me see.".into(),
                    signature: None
                },
                Part::Text("Yes.".into())
            ]
        );
        assert_eq!(completion.text(), "Yes.");
    }
}

#[tokio::test]
async fn finish_reasons_are_told_apart() {
    for (word, reason) in [
        ("stop", StopReason::EndTurn),
        ("length", StopReason::MaxOutputTokens),
        ("content_filter", StopReason::ContentFilter),
        ("eos", StopReason::Other),
    ] {
        let completion = answer(&(WIRE.texts(&["a"]) + &finish(word))).await;
        assert_eq!(completion.expect("whole").stop, reason);
    }
    let error = answer(&(WIRE.texts(&["a"]) + &finish("error"))).await;
    assert_eq!(error.expect_err("failed").kind, ErrorKind::Upstream);
}

#[tokio::test]
async fn an_answer_with_its_finish_reason_is_whole_without_the_closing_mark() {
    let whole = WIRE.texts(&["ok"]) + &WIRE.ending();
    let unmarked = whole.replace("data: [DONE]\n\n", "");
    let unclosed = whole.trim_end();
    for body in [unmarked.as_str(), unclosed] {
        let completion = answer(body).await.expect("whole");
        assert_eq!(completion.text(), "ok");
        assert_eq!(completion.usage.output_tokens, 5);
    }
    let cut = vec![Step::Streaming, Step::Chunk(unmarked.into()), Step::Cut];
    let server = Server::start([cut]).await;
    let stream = WIRE.provider(&server).stream(&question()).await;
    let completion = collect(stream.expect("an answer")).await.expect("whole");
    assert_eq!(completion.stop, StopReason::EndTurn);
}

#[tokio::test]
async fn the_closing_mark_alone_does_not_make_an_answer_whole() {
    let error = answer(&(WIRE.texts(&["half"]) + "data: [DONE]\n\n")).await;
    assert_eq!(error.expect_err("no reason").kind, ErrorKind::Truncated);
    let error = answer("data: [DONE]\n\n").await;
    assert_eq!(error.expect_err("nothing").kind, ErrorKind::Truncated);
}

#[tokio::test]
async fn an_error_in_the_stream_may_carry_its_status_as_its_code() {
    let body = WIRE.texts(&["half"])
        + &data(&json!({"error": {"code": 429, "message": "Provider returned error"}}));
    let server = Server::start([streamed(&body)]).await;
    let stream = WIRE.provider(&server).stream(&question()).await;
    let (_, _, error) = read(stream.expect("an answer")).await;
    let error = error.expect("an error");
    assert_eq!(error.kind, ErrorKind::RateLimited { retry_after: None });
    assert_eq!(error.status, Some(429));
}

#[tokio::test]
async fn codes_tell_more_than_statuses() {
    for (status, code, message, kind) in [
        (
            429,
            "insufficient_quota",
            "You exceeded your current quota",
            ErrorKind::Auth,
        ),
        (
            400,
            "context_length_exceeded",
            "This model's maximum",
            ErrorKind::ContextLength,
        ),
        (400, "content_filter", "filtered", ErrorKind::ContentFilter),
        (
            404,
            "model_not_found",
            "The model `x` does not exist",
            ErrorKind::ModelNotFound,
        ),
        (
            400,
            "",
            "This model's maximum context length is 4096",
            ErrorKind::ContextLength,
        ),
    ] {
        let body = WIRE.error("some_error", Some(code), message);
        let server = Server::start([vec![Step::json(status, &body)]]).await;
        let error = WIRE.provider(&server).stream(&question()).await;
        assert_eq!(error.expect_err("refused").kind, kind, "{code} {message}");
    }
    let server = Server::start([vec![Step::json(404, "<html>nginx</html>")]]).await;
    let error = WIRE.provider(&server).stream(&question()).await;
    let error = error.expect_err("wrong address");
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert!(error.message.contains("base address"));
}

/// Answers the first request with a refusal and the others well, and returns the bodies of three calls' requests.
async fn bodies_after(refusal: &str, request: &ChatRequest) -> Vec<Value> {
    let whole = WIRE.texts(&["ok"]) + &WIRE.ending();
    let mut server = Server::start([
        vec![Step::json(400, refusal)],
        streamed(&whole),
        streamed(&whole),
    ])
    .await;
    let provider = WIRE.provider(&server);
    for _ in 0..2 {
        let stream = provider.stream(request).await.expect("an answer at last");
        assert_eq!(read(stream).await.0, "ok");
    }
    let mut bodies = Vec::new();
    for _ in 0..3 {
        bodies.push(server.request().await.body);
    }
    bodies
}

#[tokio::test]
async fn a_server_without_usage_in_streams_is_asked_once_more_without_it() {
    for refusal in [
        WIRE.error(
            "invalid_request_error",
            None,
            "Unrecognized request argument supplied: stream_options",
        ),
        r#"{"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}"#
            .to_owned(),
    ] {
        let bodies = bodies_after(&refusal, &question()).await;
        assert_eq!(bodies[0]["stream_options"], json!({"include_usage": true}));
        assert_eq!(bodies[1].get("stream_options"), None);
        assert_eq!(bodies[2].get("stream_options"), None, "it is remembered");
    }
}

#[tokio::test]
async fn the_limit_is_sent_under_the_name_the_model_knows() {
    let refusal = WIRE.error(
        "invalid_request_error",
        Some("unsupported_parameter"),
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    );
    let request = ChatRequest {
        max_output_tokens: Some(50),
        ..question()
    };
    let bodies = bodies_after(&refusal, &request).await;
    assert_eq!(bodies[0]["max_tokens"], 50);
    for body in &bodies[1..] {
        assert_eq!(body.get("max_tokens"), None);
        assert_eq!(body["max_completion_tokens"], 50);
    }
}

#[tokio::test]
async fn a_model_that_takes_no_temperature_gets_none() {
    let refusal = WIRE.error(
        "invalid_request_error",
        Some("unsupported_value"),
        "Unsupported value: 'temperature' does not support 0.2 with this model.",
    );
    let request = ChatRequest {
        temperature: Some(0.2),
        ..question()
    };
    let bodies = bodies_after(&refusal, &request).await;
    assert!(bodies[0].get("temperature").is_some());
    assert_eq!(bodies[1].get("temperature"), None);
}

#[tokio::test]
async fn a_field_that_is_refused_for_its_value_is_not_dropped() {
    let refusal = WIRE.error(
        "invalid_request_error",
        None,
        "temperature must be between 0 and 2",
    );
    let mut server = Server::start([vec![Step::json(400, &refusal)]]).await;
    let request = ChatRequest {
        temperature: Some(0.2),
        ..question()
    };
    let error = WIRE.provider(&server).stream(&request).await;
    assert_eq!(error.expect_err("refused").kind, ErrorKind::InvalidRequest);
    server.request().await;
    assert!(server.is_idle());
}

#[tokio::test]
async fn repeated_usage_replaces_what_was_said_before() {
    let usage = |tokens: u32| {
        data(
            &json!({"choices": [{"index": 0, "delta": {"content": "a"}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": tokens}}),
        )
    };
    let body = usage(1) + &usage(2) + &usage(3) + &finish("stop");
    let completion = answer(&body).await.expect("whole");
    assert_eq!(completion.usage.input_tokens, 9);
    assert_eq!(completion.usage.output_tokens, 3);
}

#[tokio::test]
async fn the_models_of_a_server_are_listed() {
    let list = json!({"object": "list", "data": [
        {"id": "small", "object": "model", "created": 1, "owned_by": "me"},
        {"id": "vendor/big", "name": "Big", "context_length": 131_072},
        {"id": "vllm", "max_model_len": 4096},
    ]});
    let none = json!({"object": "list", "data": null});
    let mut server = Server::start([
        vec![Step::json(200, &list.to_string())],
        vec![Step::json(200, &none.to_string())],
        vec![Step::json(401, "{}")],
        vec![Step::json(200, "<html>")],
    ])
    .await;
    let provider = WIRE.provider(&server);
    let model = |id: &str, name: Option<&str>, context_window| ModelDescription {
        id: id.into(),
        name: name.map(Into::into),
        context_window,
        max_output_tokens: None,
    };
    assert_eq!(
        provider.models().await.expect("a list"),
        [
            model("small", None, None),
            model("vendor/big", Some("Big"), Some(131_072)),
            model("vllm", None, Some(4096)),
        ]
    );
    assert_eq!(server.request().await.line, "GET /v1/models");
    assert_eq!(provider.models().await.expect("a list"), []);
    let error = provider.models().await.expect_err("no key");
    assert_eq!(error.kind, ErrorKind::Auth);
    let error = provider.models().await.expect_err("no list");
    assert_eq!(error.kind, ErrorKind::Protocol);
}

#[tokio::test]
async fn an_address_without_a_path_gets_the_version() {
    for (base, line) in [
        ("", "GET /v1/models"),
        ("/", "GET /v1/models"),
        ("/api/v3/", "GET /api/v3/models"),
    ] {
        let mut server = Server::start([vec![Step::json(200, r#"{"data": []}"#)]]).await;
        let config = ProviderConfig {
            base_url: Some(server.url(base)),
            headers: vec![("x-team".into(), "blue".into())],
            ..ProviderConfig::new(ProviderKind::OpenAiCompatible)
        };
        let provider = Provider::new(&config, &Connections::new()).expect("a configuration");
        provider.models().await.expect("a list");
        let request = server.request().await;
        assert_eq!(request.line, line);
        assert_eq!(request.headers["x-team"], "blue");
        assert_eq!(request.headers.get("authorization"), None);
    }
}

#[tokio::test]
async fn events_arrive_one_by_one_as_they_are_said() {
    let body = WIRE.texts(&["a", "b"]) + &WIRE.ending();
    let server = Server::start([streamed(&body)]).await;
    let stream = WIRE.provider(&server).stream(&question()).await;
    let (_, events, _) = read(stream.expect("an answer")).await;
    let kinds: Vec<_> = events.iter().map(std::mem::discriminant).collect();
    assert_eq!(kinds.len(), 2);
    assert!(matches!(events[0], Event::Usage(_)));
    assert!(matches!(events[1], Event::Stop(_)));
}
