//! What both adapters promise about every way a call can go wrong, and about what goes right.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use carrel_models::{
    Connections, ErrorKind, Event, Provider, ProviderConfig, Secret, StopReason, TimeoutPhase,
    Timeouts, Usage, collect, sse,
};
use futures::StreamExt;

use crate::server::{Server, Step, streamed};
use crate::wires::{BOTH, KEY, Wire, question, read};

/// Short enough to wait for.
const SOON: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_stream_gives_its_text_its_usage_and_one_stop_at_the_end() {
    for wire in BOTH {
        let body = wire.texts(&["Grü", "ße, ", "世界"]) + &wire.ending();
        let server = Server::start([streamed(&body)]).await;
        let stream = wire.provider(&server).stream(&question()).await;
        let (text, events, error) = read(stream.expect("an answer")).await;
        assert_eq!(text, "Grüße, 世界");
        assert_eq!(error, None);
        assert_eq!(events.last(), Some(&Event::Stop(StopReason::EndTurn)));
        let usage = events.iter().rev().find_map(|event| match event {
            Event::Usage(usage) => Some(*usage),
            _ => None,
        });
        let (cache_write_tokens, reasoning_tokens) = match wire {
            Wire::OpenAi => (0, 2),
            Wire::Anthropic => (3, 0),
        };
        let expected = Usage {
            input_tokens: 30,
            output_tokens: 5,
            cached_input_tokens: 7,
            cache_write_tokens,
            reasoning_tokens,
        };
        assert_eq!(usage, Some(expected), "{wire:?}");
    }
}

#[tokio::test]
async fn an_answer_may_be_cut_into_chunks_anywhere_also_within_a_character() {
    for wire in BOTH {
        let body = wire.texts(&["é世🎓"]) + &wire.ending();
        let mut script = vec![Step::Streaming];
        script.extend(
            body.as_bytes()
                .chunks(1)
                .map(|byte| Step::Chunk(byte.into())),
        );
        script.push(Step::End);
        let server = Server::start([script]).await;
        let stream = wire.provider(&server).stream(&question()).await;
        let answer = collect(stream.expect("an answer")).await.expect("whole");
        assert_eq!(answer.text(), "é世🎓");
        assert_eq!(answer.usage.output_tokens, 5);
    }
}

#[tokio::test]
async fn a_refusal_is_named_and_keeps_its_status_and_its_request_id() {
    let cases = [
        (
            401,
            "authentication_error",
            "invalid x-api-key",
            ErrorKind::Auth,
        ),
        (403, "permission_error", "no", ErrorKind::Auth),
        (
            404,
            "not_found_error",
            "model: model-x",
            ErrorKind::ModelNotFound,
        ),
        (
            400,
            "invalid_request_error",
            "prompt is too long: 210000 tokens > 200000 maximum",
            ErrorKind::ContextLength,
        ),
        (
            400,
            "invalid_request_error",
            "messages: nonsense",
            ErrorKind::InvalidRequest,
        ),
        (
            500,
            "api_error",
            "Internal server error",
            ErrorKind::Upstream,
        ),
        (
            529,
            "overloaded_error",
            "Overloaded",
            ErrorKind::Overloaded { retry_after: None },
        ),
        (
            503,
            "unavailable",
            "Busy",
            ErrorKind::Overloaded { retry_after: None },
        ),
    ];
    for wire in BOTH {
        for (status, kind, message, expected) in cases {
            let body = wire.error(kind, None, message);
            let mut server = Server::start([vec![Step::json(status, &body)]]).await;
            let error = wire
                .provider(&server)
                .stream(&question())
                .await
                .expect_err("a refusal");
            assert_eq!(error.kind, expected, "{wire:?} {status} {message}");
            assert_eq!(error.status, Some(status));
            assert_eq!(error.request_id.as_deref(), Some("req_test"));
            server.request().await;
            assert!(server.is_idle(), "retrying is the caller's business");
        }
    }
}

#[tokio::test]
async fn a_rate_limit_says_how_long_to_wait() {
    for wire in BOTH {
        for (value, expected) in [("7", Some(7)), ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0))] {
            let limited = Step::Answer {
                status: 429,
                headers: vec![
                    ("content-type", "application/json".into()),
                    ("retry-after", value.into()),
                ],
                body: wire.error("rate_limit_error", None, "slow down"),
            };
            let server = Server::start([vec![limited]]).await;
            let error = wire
                .provider(&server)
                .stream(&question())
                .await
                .expect_err("a limit");
            let retry_after = expected.map(Duration::from_secs);
            assert_eq!(error.kind, ErrorKind::RateLimited { retry_after });
            assert!(error.is_retryable());
        }
    }
}

#[tokio::test]
async fn an_error_shows_neither_the_key_nor_a_raw_body() {
    for wire in BOTH {
        let page = format!("<html>{}{KEY}</html>", "stack trace ".repeat(100));
        let quoting = wire.error(
            "invalid_request_error",
            None,
            &format!("bad header {KEY}\nand {}", "more ".repeat(200)),
        );
        for (status, body) in [(502, page.as_str()), (401, &quoting), (400, &quoting)] {
            let server = Server::start([vec![Step::json(status, body)]]).await;
            let error = wire
                .provider(&server)
                .stream(&question())
                .await
                .expect_err("a failure");
            let everything = format!("{error} {error:?}");
            assert!(!everything.contains(KEY), "{everything}");
            assert!(!everything.contains("stack trace"), "{everything}");
            assert!(error.message.chars().count() < 300, "{everything}");
            assert!(!error.message.contains('\n'));
        }
        let body = wire.texts(&["a"]) + &wire.error_event("api_error", KEY);
        let server = Server::start([streamed(&body)]).await;
        let stream = wire.provider(&server).stream(&question()).await;
        let (_, _, error) = read(stream.expect("an answer")).await;
        assert!(!format!("{error:?}").contains(KEY));
    }
}

#[tokio::test]
async fn an_error_event_before_any_text_is_the_calls_own_failure() {
    for wire in BOTH {
        let body = match wire {
            Wire::OpenAi => wire.error_event("overloaded_error", "Overloaded"),
            Wire::Anthropic => {
                wire.texts(&[]) + &wire.error_event("overloaded_error", "Overloaded")
            }
        };
        let server = Server::start([streamed(&body)]).await;
        let error = wire
            .provider(&server)
            .stream(&question())
            .await
            .expect_err("no answer");
        assert_eq!(error.kind, ErrorKind::Overloaded { retry_after: None });
        assert_eq!(error.request_id.as_deref(), Some("req_test"));
    }
}

#[tokio::test]
async fn an_error_event_after_some_text_ends_the_stream_with_that_error() {
    for wire in BOTH {
        let body = wire.texts(&["half"]) + &wire.error_event("overloaded_error", "Overloaded");
        let server = Server::start([streamed(&body)]).await;
        let stream = wire.provider(&server).stream(&question()).await;
        let (text, events, error) = read(stream.expect("an answer")).await;
        assert_eq!(text, "half");
        assert!(!events.iter().any(|event| matches!(event, Event::Stop(_))));
        let kind = error.map(|error| error.kind);
        assert_eq!(kind, Some(ErrorKind::Overloaded { retry_after: None }));
    }
}

#[tokio::test]
async fn an_answer_without_its_end_is_truncated_and_never_stopped() {
    for wire in BOTH {
        let cut_character = {
            let mut bytes = wire.text("é").into_bytes();
            let at = bytes.iter().position(|byte| *byte == 0xc3).expect("é");
            bytes.truncate(at + 1);
            bytes
        };
        let endings = [
            vec![Step::End],
            vec![Step::Cut],
            vec![Step::Chunk(cut_character.clone()), Step::Cut],
            vec![Step::Chunk(cut_character), Step::End],
            vec![Step::Chunk(b"data: {\"cho".to_vec()), Step::Cut],
        ];
        for ending in endings {
            let mut script = vec![Step::Streaming, Step::Chunk(wire.texts(&["half"]).into())];
            script.extend(ending);
            let server = Server::start([script]).await;
            let stream = wire.provider(&server).stream(&question()).await;
            let (text, events, error) = read(stream.expect("an answer")).await;
            assert_eq!(text, "half");
            assert!(!events.iter().any(|event| matches!(event, Event::Stop(_))));
            assert_eq!(error.map(|error| error.kind), Some(ErrorKind::Truncated));
        }
    }
}

#[tokio::test]
async fn a_connection_cut_before_any_answer_can_be_retried() {
    for wire in BOTH {
        for script in [vec![Step::Cut], vec![Step::Streaming, Step::Cut]] {
            let server = Server::start([script]).await;
            let error = wire
                .provider(&server)
                .stream(&question())
                .await
                .expect_err("no answer");
            assert!(error.is_retryable(), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_does_not_begin_in_time_is_given_up() {
    let timeouts = Timeouts {
        first_event: SOON,
        ..Timeouts::default()
    };
    for wire in BOTH {
        let silent = vec![Step::Hang];
        let headers_only = vec![Step::Streaming, Step::Hang];
        let comments_only = vec![
            Step::Streaming,
            Step::Chunk(b": still here\n\n".to_vec()),
            Step::Hang,
        ];
        for script in [silent, headers_only, comments_only] {
            let mut server = Server::start([script]).await;
            let error = wire
                .provider_with(&server, timeouts)
                .stream(&question())
                .await
                .expect_err("no answer");
            let phase = TimeoutPhase::FirstEvent;
            assert_eq!(error.kind, ErrorKind::Timeout { phase }, "{wire:?}");
            server.closed().await;
        }
    }
}

#[tokio::test]
async fn a_provider_that_falls_silent_in_the_middle_is_given_up() {
    let timeouts = Timeouts {
        idle: SOON,
        ..Timeouts::default()
    };
    for wire in BOTH {
        let script = vec![
            Step::Streaming,
            Step::Chunk(wire.texts(&["half"]).into()),
            Step::Hang,
        ];
        let mut server = Server::start([script]).await;
        let stream = wire
            .provider_with(&server, timeouts)
            .stream(&question())
            .await;
        let (text, _, error) = read(stream.expect("an answer")).await;
        assert_eq!(text, "half");
        let phase = TimeoutPhase::Idle;
        assert_eq!(
            error.map(|error| error.kind),
            Some(ErrorKind::Timeout { phase })
        );
        server.closed().await;
    }
}

#[tokio::test]
async fn a_reader_that_takes_its_time_is_not_taken_for_a_silent_provider() {
    let timeouts = Timeouts {
        idle: SOON,
        ..Timeouts::default()
    };
    for wire in BOTH {
        let script = vec![
            Step::Streaming,
            Step::Chunk(wire.texts(&["one "]).into()),
            Step::Chunk((wire.text("two") + &wire.ending()).into()),
            Step::End,
        ];
        let server = Server::start([script]).await;
        let provider = wire.provider_with(&server, timeouts);
        let mut stream = provider.stream(&question()).await.expect("an answer");
        // The pause is the subject of this test.
        tokio::time::sleep(SOON * 2).await;
        let mut text = String::new();
        while let Some(event) = stream.next().await {
            if let Event::Text(piece) = event.expect("no timeout") {
                text.push_str(&piece);
            }
        }
        assert_eq!(text, "one two");
    }
}

#[tokio::test]
async fn nonsense_in_a_stream_is_a_protocol_error() {
    for wire in BOTH {
        let not_utf8 = {
            let mut bytes = wire.text("?").into_bytes();
            let at = bytes.iter().rposition(|byte| *byte == b'?').expect("?");
            bytes[at] = 0xff;
            bytes
        };
        let mut oversized = b"data: ".to_vec();
        oversized.resize(sse::MOST_BYTES + 10, b'x');
        for nonsense in [
            b"data: {\"choices\": [\n\n".to_vec(),
            b"data: [1, 2]\n\n".to_vec(),
            b"data: {\"x\": 1}\n\n".to_vec(),
            not_utf8,
            oversized,
        ] {
            let script = vec![
                Step::Streaming,
                Step::Chunk(wire.texts(&["half"]).into()),
                Step::Chunk(nonsense),
                Step::Chunk(wire.ending().into()),
                Step::End,
            ];
            let server = Server::start([script]).await;
            let stream = wire.provider(&server).stream(&question()).await;
            let (text, _, error) = read(stream.expect("an answer")).await;
            assert_eq!(text, "half");
            assert_eq!(error.map(|error| error.kind), Some(ErrorKind::Protocol));
        }
    }
}

#[tokio::test]
async fn a_server_that_answers_something_else_is_a_protocol_error() {
    for wire in BOTH {
        let page = Step::Answer {
            status: 200,
            headers: vec![("content-type", "text/html".into())],
            body: "<html>Welcome</html>".into(),
        };
        for script in [vec![page], vec![Step::json(200, r#"{"choices": []}"#)]] {
            let server = Server::start([script]).await;
            let error = wire
                .provider(&server)
                .stream(&question())
                .await
                .expect_err("no stream");
            assert_eq!(error.kind, ErrorKind::Protocol);
        }
        let body = wire.error("overloaded_error", None, "Overloaded");
        let server = Server::start([vec![Step::json(200, &body)]]).await;
        let error = wire
            .provider(&server)
            .stream(&question())
            .await
            .expect_err("an error with a good status");
        assert_eq!(error.kind, ErrorKind::Overloaded { retry_after: None });
    }
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection_to_the_provider() {
    for wire in BOTH {
        let script = vec![
            Step::Streaming,
            Step::Chunk(wire.texts(&["one"]).into()),
            Step::Hang,
        ];
        let mut server = Server::start([script]).await;
        let provider = wire.provider(&server);
        let mut stream = provider.stream(&question()).await.expect("an answer");
        while !matches!(stream.next().await, Some(Ok(Event::Text(_)))) {}
        drop(stream);
        assert_eq!(server.closed().await, 0);
    }
}

#[tokio::test]
async fn giving_up_the_call_before_it_is_answered_closes_the_connection_too() {
    for wire in BOTH {
        let mut server = Server::start([vec![Step::Hang]]).await;
        let provider = wire.provider(&server);
        let request = question();
        tokio::select! {
            _ = provider.stream(&request) => panic!("nobody answers"),
            _ = server.request() => {}
        }
        assert_eq!(server.closed().await, 0);
    }
}

#[tokio::test]
async fn calls_one_after_another_share_a_connection() {
    for wire in BOTH {
        let body = wire.texts(&["ok"]) + &wire.ending();
        let refusal = wire.error("invalid_request_error", None, "no");
        // The end of the body comes in its own packet, as from real servers.
        let streamed = || vec![Step::Streaming, Step::Chunk(body.clone().into()), Step::End];
        let mut server = Server::start([
            streamed(),
            streamed(),
            vec![Step::json(400, &refusal)],
            streamed(),
        ])
        .await;
        let provider = wire.provider(&server);
        for call in 0..4 {
            if let Ok(stream) = provider.stream(&question()).await {
                assert_eq!(read(stream).await.0, "ok");
            }
            assert_eq!(
                server.request().await.connection,
                0,
                "{wire:?}, call {call}"
            );
        }
    }
}

#[tokio::test]
async fn a_redirect_is_refused_so_that_no_key_goes_elsewhere() {
    for wire in BOTH {
        let elsewhere = Server::start([]).await;
        let redirect = Step::Answer {
            status: 307,
            headers: vec![("location", elsewhere.url("/v1"))],
            body: String::new(),
        };
        let server = Server::start([vec![redirect]]).await;
        let error = wire
            .provider(&server)
            .stream(&question())
            .await
            .expect_err("a redirect");
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        assert_eq!(error.status, Some(307));
        let mut elsewhere = elsewhere;
        assert!(elsewhere.is_idle());
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    for wire in BOTH {
        let server = Server::start([]).await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let config = ProviderConfig {
            base_url: Some(format!(
                "http://{}/v1",
                listener.local_addr().expect("an address")
            )),
            ..ProviderConfig::new(wire.kind())
        };
        drop((server, listener));
        let provider = Provider::new(&config, &Connections::new()).expect("a configuration");
        let error = provider
            .stream(&question())
            .await
            .expect_err("nobody there");
        assert_eq!(error.kind, ErrorKind::Unreachable);
        assert!(error.message.contains("127.0.0.1"), "{error}");
        assert!(error.message.contains("refused"), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_in_time_is_given_up() {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket
        .bind("127.0.0.1:0".parse().expect("an address"))
        .expect("a free port");
    // Nobody accepts, so once the queue of the listener is full no connection comes about.
    let listener = socket.listen(1).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut queue = Vec::new();
    while let Ok(waiting) = TcpStream::connect_timeout(&address, SOON) {
        queue.push(waiting);
        assert!(queue.len() < 100, "the queue has an end");
    }
    let config = ProviderConfig {
        base_url: Some(format!("http://{address}")),
        timeouts: Timeouts {
            connect: SOON,
            ..Timeouts::default()
        },
        ..ProviderConfig::new(Wire::OpenAi.kind())
    };
    let provider = Provider::new(&config, &Connections::new()).expect("a configuration");
    let begin = Instant::now();
    let error = provider.stream(&question()).await.expect_err("no way in");
    let phase = TimeoutPhase::Connect;
    assert_eq!(error.kind, ErrorKind::Timeout { phase });
    assert!(begin.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused_before_any_call() {
    let bad = |change: fn(&mut ProviderConfig)| {
        for wire in BOTH {
            let mut config = ProviderConfig::new(wire.kind());
            change(&mut config);
            let error = Provider::new(&config, &Connections::new()).expect_err("refused");
            assert_eq!(error.kind, ErrorKind::InvalidRequest);
        }
    };
    bad(|config| config.base_url = Some("localhost:8080".into()));
    bad(|config| config.base_url = Some("ftp://models".into()));
    bad(|config| config.base_url = Some("https://me:secret@models/v1".into()));
    bad(|config| config.api_key = Some(Secret::new("two\nlines")));
    bad(|config| config.headers = vec![("bad name".into(), "x".into())]);
    bad(|config| config.proxy = Some("::".into()));
}

#[tokio::test]
async fn a_request_without_messages_is_refused_before_it_is_sent() {
    for wire in BOTH {
        let mut server = Server::start([]).await;
        let mut request = question();
        request.messages.clear();
        let error = wire
            .provider(&server)
            .stream(&request)
            .await
            .expect_err("nothing to say");
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        assert!(server.is_idle());
    }
}

#[test]
fn a_key_is_never_printed() {
    let mut config = ProviderConfig::new(Wire::OpenAi.kind());
    config.api_key = Some(Secret::new(format!(" {KEY}\n")));
    assert!(!format!("{config:?}").contains(KEY));
    assert_eq!(config.api_key.expect("a key").expose(), KEY);
}
