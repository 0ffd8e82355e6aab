//! What both adapters promise about providers that keep them waiting.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use carrel_models::{
    Connections, ErrorKind, Event, Provider, ProviderConfig, TimeoutPhase, Timeouts,
};
use futures::StreamExt;

use crate::server::{Server, Step};
use crate::wires::{BOTH, Wire, question, read};

/// Short enough to wait for.
const SOON: Duration = Duration::from_millis(150);

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
