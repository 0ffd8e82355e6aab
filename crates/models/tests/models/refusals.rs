//! What both adapters promise when the provider says no: the kind of the error, and what it may show.

use std::time::Duration;

use carrel_models::{ErrorKind, Event};

use crate::server::{Server, Step, streamed};
use crate::wires::{BOTH, KEY, Wire, question, read};

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
