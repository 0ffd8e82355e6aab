//! Long answers end when the one who asked may not have them any more.
//!
//! A request is checked when it comes. A stream of events goes on for as long as it takes, so the credential is looked
//! at every five seconds; with what a session cache adds, a right that is taken away ends the stream within fifteen.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use futures::StreamExt;
use futures::stream::unfold;
use serde_json::json;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use super::{Code, Problem};
use crate::auth::{Actor, Permissions, Standing};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(5);
/// How long one look may take.
const LOOK: Duration = Duration::from_secs(3);
/// How long a stream goes on when nobody can tell whether it may.
const UNKNOWN: Duration = Duration::from_secs(10);

/// The answer, to be ended by a terminal `error` event when it is a stream and `actor` loses what it `needs`.
pub(super) fn watched(
    response: Response,
    actor: Actor,
    needs: Permissions,
    standing: Arc<dyn Standing>,
) -> Response {
    if !is_stream(response.headers()) {
        return response;
    }
    let mut looks = interval_at(Instant::now() + EVERY, EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watch = Watch {
        actor,
        needs,
        standing,
        looks,
        known: Instant::now(),
    };
    response.map(|body| {
        let state = Some((body.into_data_stream(), watch));
        Body::from_stream(unfold(state, |state| async {
            let (body, watch) = state?;
            watch.next(body).await
        }))
    })
}

fn is_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
}

struct Watch {
    actor: Actor,
    needs: Permissions,
    standing: Arc<dyn Standing>,
    looks: Interval,
    /// When it was last known that the stream may go on.
    known: Instant,
}

type Step = (Result<Bytes, axum::Error>, Option<(BodyDataStream, Watch)>);

impl Watch {
    /// The next piece, which is the last one when the stream may not go on.
    async fn next(mut self, mut body: BodyDataStream) -> Option<Step> {
        loop {
            tokio::select! {
                biased;
                _ = self.looks.tick() => {
                    if let Err(problem) = self.look().await {
                        return Some((Ok(ending(&problem)), None));
                    }
                }
                piece = body.next() => return piece.map(|piece| (piece, Some((body, self)))),
            }
        }
    }

    /// # Errors
    /// Why the stream has to end.
    async fn look(&mut self) -> Result<(), Problem> {
        let found = timeout(LOOK, self.standing.standing(self.actor.credential)).await;
        match found {
            Ok(Ok(Some(permissions))) => {
                self.known = Instant::now();
                let actor = Actor {
                    permissions,
                    ..self.actor.clone()
                };
                self.needs
                    .iter()
                    .try_for_each(|permission| actor.require(permission))
            }
            Ok(Ok(None)) => Err(Problem::new(
                Code::Unauthenticated,
                "what you signed in with has ended; sign in again",
            )),
            Ok(Err(_)) | Err(_) if self.known.elapsed() < UNKNOWN => Ok(()),
            Ok(Err(problem)) => Err(problem),
            Err(_) => Err(Problem::new(
                Code::Unavailable,
                "whether you may still see this could not be found out; try again",
            )),
        }
    }
}

/// The terminal event. A stream of ours sends whole events, so it never comes in the middle of one.
fn ending(problem: &Problem) -> Bytes {
    let data = json!({ "code": problem.code, "detail": problem.detail, "retryable": false });
    format!("event: error\ndata: {data}\n\n").into()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Mutex;

    use axum::body::to_bytes;
    use futures::future::BoxFuture;
    use futures::stream;

    use super::*;
    use crate::auth::{Credential, Permission, SessionId, UserId};

    type Found = Result<Option<Permissions>, Problem>;

    /// Tells one after the other, and the last one from then on.
    struct Told(Mutex<Vec<Found>>);

    impl Standing for Told {
        fn standing(&self, _: Credential) -> BoxFuture<'_, Found> {
            let mut told = self.0.lock().expect("no panic");
            let next = if told.len() > 1 {
                told.remove(0)
            } else {
                told[0].clone()
            };
            Box::pin(async { next })
        }
    }

    fn documents() -> Permissions {
        [Permission::DocumentsUse].into_iter().collect()
    }

    /// The whole text of an answer of this type that never ends by itself, and how long it went on.
    async fn ended(media_type: &'static str, told: Vec<Found>) -> (String, Duration) {
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from("data: 1\n\n"))]);
        let body = Body::from_stream(first.chain(stream::pending()));
        let response = Response::builder()
            .header(header::CONTENT_TYPE, media_type)
            .body(body)
            .expect("a response");
        let actor = Actor {
            user: UserId::new(),
            credential: Credential::Cookie(SessionId::new()),
            permissions: Permissions::ALL,
        };
        let standing = Arc::new(Told(Mutex::new(told)));
        let begun = Instant::now();
        let answer = watched(response, actor, documents(), standing).into_body();
        let bytes = to_bytes(answer, usize::MAX).await.expect("a body");
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        (text, begun.elapsed())
    }

    fn failed() -> Found {
        Err(Problem::new(Code::Unavailable, "the database is away"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_with_an_error_event_when_its_credential_has_ended() {
        let told = vec![Ok(Some(Permissions::ALL)), Ok(None)];
        let (text, after) = ended("text/event-stream", told).await;
        let (first, last) = text.split_once("\n\n").expect("two events");
        assert_eq!(first, "data: 1");
        assert!(last.starts_with("event: error\ndata: {"), "{last}");
        assert!(
            last.contains("\"unauthenticated\"") && last.ends_with("}\n\n"),
            "{last}"
        );
        assert_eq!(after, EVERY * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_when_the_right_its_route_needs_is_gone_and_no_other() {
        let other: Permissions = [Permission::ModelsUse].into_iter().collect();
        let told = vec![
            Ok(Some(documents())),
            Ok(Some(documents())),
            Ok(Some(other)),
        ];
        let (text, after) = ended("text/event-stream; charset=utf-8", told).await;
        assert!(text.contains("\"forbidden\""), "{text}");
        assert_eq!(after, EVERY * 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_outlives_a_moment_in_which_nobody_knows_but_not_long() {
        let told = vec![failed(), Ok(Some(Permissions::ALL)), failed()];
        let (text, after) = ended("text/event-stream", told).await;
        assert!(text.contains("\"unavailable\""), "{text}");
        assert_eq!(after, EVERY * 2 + UNKNOWN);
        assert!(UNKNOWN < Duration::from_secs(15));
    }

    #[tokio::test(start_paused = true)]
    async fn other_answers_are_left_alone() {
        let told = vec![Ok(None)];
        let answer = ended("application/json", told);
        assert!(timeout(EVERY * 10, answer).await.is_err(), "it goes on");
    }
}
