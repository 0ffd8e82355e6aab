//! Every request has an id: in the log, in problems and in the `X-Request-Id` answer header.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request that this task answers; empty outside a request.
pub fn current_request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Middleware: gives the request its id (a client's own well-formed one is kept) and a log span, and logs and
/// counts its end.
pub async fn identify(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(&HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (8..=64).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
        .map_or_else(|| uuid::Uuid::now_v7().to_string(), ToOwned::to_owned);
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or("unmatched", |path| path.as_str())
        .to_owned();
    let span = tracing::info_span!("request", request.id = %id, http.method = %method, http.route = %route);
    let started = std::time::Instant::now();
    let header = HeaderValue::from_str(&id).ok();
    let mut response = REQUEST_ID
        .scope(id, next.run(request))
        .instrument(span.clone())
        .await;
    if let Some(header) = header {
        response.headers_mut().insert(HEADER, header);
    }
    let took = started.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| {
        let code = response
            .extensions()
            .get::<super::Code>()
            .map(|c| c.as_str());
        if status >= 500 {
            tracing::error!(
                http.status = status,
                code,
                took_ms = took.as_secs_f64() * 1e3,
                "request failed"
            );
        } else {
            tracing::debug!(
                http.status = status,
                code,
                took_ms = took.as_secs_f64() * 1e3,
                "request"
            );
        }
    });
    let labels = [
        ("method", method.to_string()),
        ("route", route),
        ("status", status.to_string()),
    ];
    metrics::counter!("carrel_http_requests_total", &labels).increment(1);
    metrics::histogram!("carrel_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
    response
}

/// Runs work that leaves the request's own task under the request's id.
pub(super) async fn within<T>(id: String, work: impl Future<Output = T>) -> T {
    REQUEST_ID.scope(id, work).await
}
