//! How large the parts of a request may be.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;

use super::{Code, Problem};

/// Bytes of all headers together, names and values; what browsers and proxies send is a tenth of it.
const HEADERS: usize = 32 * 1024;
/// How long the rest of a refused body is taken and thrown away. A client that is still sending when the connection
/// closes may lose the answer with it.
const LINGER: Duration = Duration::from_secs(5);

/// Bytes that a body may have, as the state of [`refuse_large_bodies`].
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(pub usize);

/// Middleware: refuses a request whose headers (cookies among them) are out of all measure.
pub async fn refuse_large_headers(request: Request, next: Next) -> Response {
    if size_of(request.headers()) > HEADERS {
        return Problem::new(
            Code::HeadersTooLarge,
            "the headers of the request are larger than 32 kB together; remove the cookies of this address and try again",
        )
        .into_response();
    }
    next.run(request).await
}

fn size_of(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}

/// Middleware (`from_fn_with_state(BodyLimit(bytes), refuse_large_bodies)`): refuses a body that says it is larger
/// before a byte of it is read. One that doesn't say is stopped at the limit of its route.
pub async fn refuse_large_bodies(
    State(BodyLimit(most)): State<BodyLimit>,
    request: Request,
    next: Next,
) -> Response {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_none_or(|length| usize::try_from(length).is_ok_and(|length| length <= most)) {
        return next.run(request).await;
    }
    // A client that waits for leave to send (RFC 9110 §10.1.1) gets none and sends nothing.
    if !request.headers().contains_key(header::EXPECT) {
        tokio::spawn(tokio::time::timeout(LINGER, discard(request.into_body())));
    }
    Problem::new(
        Code::BodyTooLarge,
        "the request body is larger than this address takes",
    )
    .into_response()
}

async fn discard(body: Body) {
    let mut pieces = body.into_data_stream();
    while let Some(Ok(_)) = pieces.next().await {}
}
