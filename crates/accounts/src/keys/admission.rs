//! Requests that come with an API key: whose they are, and whether one more is within the key's limit.
//!
//! Requests are counted in the database, in windows of a minute, by one conditional update for each that may pass: so
//! the limit holds for all nodes together, and a key revoked on one node is dead on all with the next request. Once a
//! node has seen that a window is used up it answers from memory until the window ends. A window begins with the
//! first request after the one before has ended. Windows are told apart by the clocks of the nodes: where these
//! disagree by a second, a window may be shorter by that second.

use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::{Actor, ApiKeyId, Credential, Permissions};
use carrel_platform::web::{Code, Problem, answered_somebody};

use super::{LiveKey, store, text};
use crate::Accounts;
use crate::error::Error;
use crate::rights;

const WINDOW: Duration = Duration::from_mins(1);
/// How often a request is counted anew because the window ended between two looks at it.
const TRIES: usize = 3;

/// What a key may still do in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Allowance {
    limit: u32,
    remaining: u32,
    /// Until the window ends.
    reset: Duration,
}

/// What becomes of a request.
enum Admission {
    /// It is the actor's and counted.
    Passed(Actor, Allowance),
    /// The key has used up its window.
    Exhausted(Allowance),
    /// No such key lives.
    Unknown,
}

/// What came of counting a request.
enum Counted {
    /// It is the `number`th in its window.
    Passed {
        number: i64,
        ends: Timestamp,
    },
    Exhausted {
        ends: Timestamp,
    },
    Dead,
}

impl Allowance {
    fn of(limit: u32, used: i64, ends: Timestamp, now: Timestamp) -> Self {
        Self {
            limit,
            remaining: u32::try_from(i64::from(limit) - used).unwrap_or(0),
            reset: ends.since(now).min(WINDOW),
        }
    }

    /// Whole seconds until the window ends; not zero while it lasts.
    fn reset_seconds(self) -> u64 {
        self.reset.as_secs() + u64::from(self.reset.subsec_nanos() > 0)
    }

    /// The headers of draft-ietf-httpapi-ratelimit-headers-06, which is what programs know.
    fn mark(self, response: &mut Response) {
        for (name, value) in [
            ("ratelimit-limit", u64::from(self.limit)),
            ("ratelimit-remaining", u64::from(self.remaining)),
            ("ratelimit-reset", self.reset_seconds()),
        ] {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}

/// Answers a request that came with this API key.
pub(crate) async fn by_key(
    accounts: &Accounts,
    key: &str,
    mut request: Request,
    next: Next,
) -> Response {
    match accounts.admit(key).await {
        Ok(Admission::Passed(actor, allowance)) => {
            request.extensions_mut().insert(actor);
            let mut response = next.run(request).await;
            allowance.mark(&mut response);
            response
        }
        Ok(Admission::Exhausted(allowance)) => {
            let mut response = exhausted(allowance).into_response();
            allowance.mark(&mut response);
            answered_somebody(&mut response);
            response
        }
        Ok(Admission::Unknown) => unknown(),
        Err(error) => error.into_response(),
    }
}

fn exhausted(allowance: Allowance) -> Problem {
    Problem::new(
        Code::RateLimited,
        format!(
            "this API key has made its {} requests of this minute; wait as long as Retry-After says",
            allowance.limit
        ),
    )
    .retry_after(allowance.reset)
}

fn unknown() -> Response {
    let mut response = Problem::new(
        Code::Unauthenticated,
        "the API key is mistyped, was revoked or has expired, or its owner can't sign in any more",
    )
    .into_response();
    // RFC 6750 §3.1
    response.headers_mut().insert(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer error=\"invalid_token\""),
    );
    response
}

impl Accounts {
    /// Finds the key and counts the request.
    async fn admit(&self, key: &str) -> Result<Admission, Error> {
        let Some(hash) = text::hash(key) else {
            return Ok(Admission::Unknown);
        };
        let Some(key) = self.live_key(hash).await? else {
            return Ok(Admission::Unknown);
        };
        let limit = self.0.settings.get().await?.api_key_limit_per_minute;
        let counted = self.count_request(key.id, limit).await?;
        let now = Timestamp::now();
        match counted {
            Counted::Dead => {
                self.0.keys.forget(|other| other.id == key.id);
                Ok(Admission::Unknown)
            }
            Counted::Exhausted { ends } => {
                let allowance = Allowance::of(limit, i64::from(limit), ends, now);
                Ok(Admission::Exhausted(allowance))
            }
            Counted::Passed { number, ends } => {
                let actor = actor(&key);
                if number == 1 {
                    // Windows are a minute apart, and each has one first request among all nodes.
                    let event = Event::new(Action::KeyUsed).by(&actor).on("key", key.id);
                    self.0.audit.record_alone(&self.0.db, event).await?;
                }
                Ok(Admission::Passed(
                    actor,
                    Allowance::of(limit, number, ends, now),
                ))
            }
        }
    }

    /// A key that lives, its rights read at most 5 s ago.
    async fn live_key(&self, hash: Vec<u8>) -> Result<Option<LiveKey>, Error> {
        let generation = match self.0.keys.get(&hash, Instant::now()) {
            Ok(key) => return Ok(Some(key)),
            Err(generation) => generation,
        };
        let verified = self.0.settings.get().await?.verifies_email();
        let read = store::live(&self.0.db, &hash, Timestamp::now(), verified).await?;
        if let Some(key) = &read {
            let cache = &self.0.keys;
            cache.keep(hash, key.clone(), generation, Instant::now());
        }
        Ok(read)
    }

    /// What a key allows now; `None` when it or its owner lives no more.
    pub(crate) async fn key_standing(&self, id: ApiKeyId) -> Result<Option<Permissions>, Error> {
        let verified = self.0.settings.get().await?.verifies_email();
        let key = store::live_by_id(&self.0.db, id, Timestamp::now(), verified).await?;
        Ok(key.map(|key| actor(&key).permissions))
    }

    async fn count_request(&self, key: ApiKeyId, limit: u32) -> Result<Counted, Error> {
        let db = &self.0.db;
        for _ in 0..TRIES {
            let now = Timestamp::now();
            if let Some(ends) = self.0.keys.exhausted(key, limit, now) {
                return Ok(Counted::Exhausted { ends });
            }
            let over = now - WINDOW;
            if let Some(window) = store::admit(db, key, now, over, i64::from(limit)).await? {
                return Ok(Counted::Passed {
                    number: window.window_requests,
                    ends: window.window_began_at + WINDOW,
                });
            }
            let Some(began) = store::window_began(db, key, now).await? else {
                return Ok(Counted::Dead);
            };
            let ends = began + WINDOW;
            if ends > Timestamp::now() {
                self.0.keys.exhaust(key, limit, ends, now);
                return Ok(Counted::Exhausted { ends });
            }
        }
        let ends = Timestamp::now() + Duration::from_secs(1);
        Ok(Counted::Exhausted { ends })
    }
}

fn actor(key: &LiveKey) -> Actor {
    let scopes = Permissions::from_bits(key.scopes);
    Actor {
        user: key.user_id,
        credential: Credential::Key(key.id),
        permissions: rights::effective(&key.rules).intersection(scopes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_say_what_is_left_and_for_how_many_whole_seconds() {
        let now = Timestamp::now();
        let ends = now + Duration::from_millis(12_300);
        let allowance = Allowance::of(60, 7, ends, now);
        assert_eq!((allowance.remaining, allowance.reset_seconds()), (53, 13));
        let mut response = Response::default();
        allowance.mark(&mut response);
        for (name, value) in [("limit", "60"), ("remaining", "53"), ("reset", "13")] {
            assert_eq!(response.headers()[format!("ratelimit-{name}")], value);
        }
        // The limit was lowered within the window, or another node's clock is ahead.
        assert_eq!(Allowance::of(5, 7, ends, now).remaining, 0);
        let far = Allowance::of(5, 7, now + 2 * WINDOW, now);
        assert_eq!(far.reset_seconds(), 60);
    }
}
