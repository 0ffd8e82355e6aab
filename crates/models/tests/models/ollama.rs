use carrel_models::ollama::{self, Ollama};
use carrel_models::{Connections, Provider, ProviderConfig, ProviderKind, collect};

use crate::server::{Server, Step, streamed};
use crate::wires::{Wire, question};

#[tokio::test]
async fn a_running_ollama_is_found_and_can_be_asked_at_the_address_found() {
    let whole = Wire::OpenAi.texts(&["ok"]) + &Wire::OpenAi.ending();
    let mut server = Server::start([
        vec![Step::json(200, r#"{"version":"0.12.3"}"#)],
        streamed(&whole),
    ])
    .await;
    let connections = Connections::new();
    let found = ollama::detect_at(&server.url(""), &connections).await;
    let found = found.expect("it is there");
    assert_eq!(
        found,
        Ollama {
            base_url: server.url("/v1"),
            version: "0.12.3".into()
        }
    );
    assert_eq!(server.request().await.line, "GET /api/version");
    let config = ProviderConfig {
        base_url: Some(found.base_url),
        ..ProviderConfig::new(ProviderKind::OpenAiCompatible)
    };
    let provider = Provider::new(&config, &connections).expect("a configuration");
    let stream = provider.stream(&question()).await.expect("an answer");
    assert_eq!(collect(stream).await.expect("whole").text(), "ok");
    assert_eq!(server.request().await.line, "POST /v1/chat/completions");
}

#[tokio::test]
async fn whatever_else_listens_there_is_no_ollama() {
    for script in [
        vec![Step::json(404, "{}")],
        vec![Step::json(200, "<html>")],
        vec![Step::Hang],
        vec![Step::Cut],
    ] {
        let server = Server::start([script]).await;
        assert_eq!(
            ollama::detect_at(&server.url(""), &Connections::new()).await,
            None
        );
    }
}
