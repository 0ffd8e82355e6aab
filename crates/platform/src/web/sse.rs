//! Server-sent events with ids, so that a client resumes where it was cut off.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;

use super::{Code, Problem};

const HEARTBEAT: Duration = Duration::from_secs(15);

/// The id of the last event the client saw, from `Last-Event-ID` (or the query `lastEventId`, for clients that
/// can't set headers); zero when it saw none.
#[derive(Clone, Copy, Debug, Default)]
pub struct LastEventId(pub i64);

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let header = parts
            .headers
            .get("last-event-id")
            .and_then(|value| value.to_str().ok());
        let query = || {
            parts
                .uri
                .query()?
                .split('&')
                .find_map(|pair| pair.strip_prefix("lastEventId="))
        };
        match header.or_else(query) {
            None | Some("") => Ok(Self(0)),
            Some(text) => text.trim().parse().map(Self).map_err(|_| {
                Problem::new(
                    Code::RequestMalformed,
                    "Last-Event-ID is not an id of this stream",
                )
            }),
        }
    }
}

/// Answers with a stream of events and a heartbeat comment every 15 s. The stream itself ends with its terminal
/// event.
pub fn events<S>(stream: S) -> Response
where
    S: Stream<Item = Event> + Send + 'static,
{
    use futures::StreamExt;
    let heartbeat = KeepAlive::new().interval(HEARTBEAT).text("heartbeat");
    let mut response = Sse::new(stream.map(Ok::<_, Infallible>))
        .keep_alive(heartbeat)
        .into_response();
    // Proxies that buffer would hold the stream back.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}
