//! What is refused before a provider is asked, and what a configuration never shows.

use carrel_models::{Connections, ErrorKind, Provider, ProviderConfig, Secret};

use crate::server::Server;
use crate::wires::{BOTH, KEY, Wire, question};

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
