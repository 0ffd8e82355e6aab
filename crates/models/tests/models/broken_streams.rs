//! What both adapters promise about answers that break off or make no sense.

use carrel_models::{ErrorKind, Event, sse};

use crate::server::{Server, Step};
use crate::wires::{BOTH, question, read};

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
