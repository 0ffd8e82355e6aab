//! Refusals are recorded, but not at the pace of whoever is refused.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use carrel_platform::audit::{Action, Event, Outcome};
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::web::Code;
use serde_json::json;

use crate::Accounts;

/// One person and one route are recorded once in this time.
const PAUSE: Duration = Duration::from_mins(1);
/// Entries that are remembered, some 100 bytes each.
const ENTRIES: usize = 10_000;

/// When somebody was last refused at a route.
#[derive(Default)]
pub(crate) struct Denials(Mutex<HashMap<(UserId, String), Instant>>);

impl Denials {
    /// Whether this refusal is to be recorded.
    fn is_new(&self, user: UserId, route: &str, now: Instant) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= ENTRIES {
            seen.retain(|_, at| now.saturating_duration_since(*at) < PAUSE);
            if seen.len() >= ENTRIES {
                seen.clear();
            }
        }
        match seen.insert((user, route.to_owned()), now) {
            Some(at) => now.saturating_duration_since(at) >= PAUSE,
            None => true,
        }
    }
}

/// Middleware (`from_fn_with_state(accounts, record_denials)`), inside the one that authenticates: records that
/// somebody asked for what they have no right to.
pub async fn record_denials(
    State(accounts): State<Accounts>,
    actor: Option<Actor>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let (Some(actor), Some(route)) = (actor, route) else {
        return response;
    };
    let refused = [Code::Forbidden, Code::RightsExceeded];
    if !response
        .extensions()
        .get()
        .is_some_and(|code| refused.contains(code))
    {
        return response;
    }
    let route = format!("{method} {route}");
    if accounts
        .0
        .denials
        .is_new(actor.user, &route, Instant::now())
    {
        let event = Event::new(Action::AccessDenied)
            .by(&actor)
            .outcome(Outcome::Denied)
            .detail(json!({ "route": route }));
        if let Err(error) = accounts.0.audit.record_alone(&accounts.0.db, event).await {
            tracing::error!(error = %error, "a refusal could not be recorded");
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_recorded_once_a_minute_for_each_person_and_route() {
        let (denials, now, user) = (Denials::default(), Instant::now(), UserId::new());
        assert!(denials.is_new(user, "GET /a", now));
        assert!(!denials.is_new(user, "GET /a", now));
        assert!(denials.is_new(user, "GET /b", now));
        assert!(denials.is_new(UserId::new(), "GET /a", now));
        assert!(denials.is_new(user, "GET /a", now + PAUSE));
    }
}
