//! What both adapters promise about the connection to a provider: shared, closed in time, never led elsewhere.

use carrel_models::{Connections, ErrorKind, Event, Provider, ProviderConfig};
use futures::StreamExt;

use crate::server::{Server, Step};
use crate::wires::{BOTH, question, read};

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
