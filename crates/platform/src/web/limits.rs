//! How much one address and one person may ask of this node in a minute.
//!
//! Who is signed in is counted as that person, wherever they are: a whole school comes from one address and must not
//! use up each other's patience. Requests that nobody answers for (without credentials, or with ones that are not
//! valid) are counted by the address they come from. An address is charged before a request is looked at and gets
//! it back when the request turns out to be somebody's, so that many at once are no way around.
//!
//! The counts are generous, kept in memory, and each node has its own: they are there to keep one client from
//! taking the node away from all others. What API keys may do is counted exactly and for all nodes together, in
//! `accounts`.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::debts::{Debts, Patience, network};
use super::{ClientAddress, Code, Problem};
use crate::auth::{Actor, UserId};

/// The limits of this node, as the state of their middlewares.
#[derive(Clone)]
pub struct Limits(Arc<Inner>);

struct Inner {
    addresses: Option<Limit<IpAddr>>,
    people: Option<Limit<UserId>>,
}

struct Limit<K>(Mutex<Debts<K>>);

/// The mark of an answer to somebody.
#[derive(Clone, Copy)]
struct Known;

/// Marks the answer as one to somebody, whom it counts for; it then doesn't count for the address.
pub fn answered_somebody(response: &mut Response) {
    response.extensions_mut().insert(Known);
}

impl<K: Copy + Eq + Hash> Limit<K> {
    /// So many in a minute, all at once or spread over it; none for 0.
    fn per_minute(requests: u32) -> Option<Self> {
        (requests > 0).then(|| {
            Self(Mutex::new(Debts::new(Patience {
                bears: f64::from(requests),
                forgotten_after: Duration::from_mins(1) / requests,
            })))
        })
    }

    fn debts(&self) -> MutexGuard<'_, Debts<K>> {
        // A panic while it was held can at worst have lost one count.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Limits {
    /// Requests a minute of each address without credentials, and of each person; 0 for no limit.
    pub fn new(per_address: u32, per_person: u32) -> Self {
        Self(Arc::new(Inner {
            addresses: Limit::per_minute(per_address),
            people: Limit::per_minute(per_person),
        }))
    }
}

fn refused(who: &str, wait: Duration) -> Response {
    Problem::new(
        Code::RateLimited,
        format!("there were too many requests from {who}; wait a moment before the next one"),
    )
    .retry_after(wait)
    .into_response()
}

/// Middleware (`from_fn_with_state(limits, limit_addresses)`), between the one that locates and the one that
/// authenticates.
pub async fn limit_addresses(
    State(limits): State<Limits>,
    ClientAddress(address): ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    let Some(limit) = &limits.0.addresses else {
        return next.run(request).await;
    };
    let address = network(address);
    let charged = limit.debts().charge(address, Instant::now());
    if let Err(wait) = charged {
        return refused("your address", wait);
    }
    let response = next.run(request).await;
    if response.extensions().get::<Known>().is_some() {
        limit.debts().change(address, -1.0, Instant::now());
    }
    response
}

/// Middleware (`from_fn_with_state(limits, limit_people)`), inside the one that authenticates.
pub async fn limit_people(
    State(limits): State<Limits>,
    actor: Option<Actor>,
    request: Request,
    next: Next,
) -> Response {
    let Some(actor) = actor else {
        return next.run(request).await;
    };
    let charged = match &limits.0.people {
        Some(limit) => limit.debts().charge(actor.user, Instant::now()),
        None => Ok(()),
    };
    let mut response = match charged {
        Ok(()) => next.run(request).await,
        Err(wait) => refused("you", wait),
    };
    answered_somebody(&mut response);
    response
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::Router;
    use axum::body::Body;
    use axum::extract::ConnectInfo;
    use axum::http::header;
    use axum::middleware::{from_fn, from_fn_with_state};
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::auth::{Credential, Permissions, SessionId};
    use crate::web::{TrustedProxies, locate};

    /// Takes the header `person` for credentials.
    async fn recognise(mut request: Request, next: Next) -> Response {
        let user = request
            .headers()
            .get("person")
            .and_then(|id| id.to_str().ok()?.parse().ok());
        if let Some(id) = user {
            request.extensions_mut().insert(Actor {
                user: UserId(id),
                credential: Credential::Token(SessionId::new()),
                permissions: Permissions::NONE,
            });
        }
        next.run(request).await
    }

    fn served(limits: &Limits) -> Router {
        Router::new()
            .route("/", get(|| async {}))
            .layer(from_fn_with_state(limits.clone(), limit_people))
            .layer(from_fn(recognise))
            .layer(from_fn_with_state(limits.clone(), limit_addresses))
            .layer(from_fn_with_state(TrustedProxies::default(), locate))
    }

    async fn ask(router: &Router, from: &str, person: Option<UserId>) -> Response {
        let peer = SocketAddr::new(from.parse().expect("an address"), 40_000);
        let mut request = Request::get("/").extension(ConnectInfo(peer));
        if let Some(person) = person {
            request = request.header("person", person.to_string());
        }
        let request = request.body(Body::empty()).expect("a request");
        router.clone().oneshot(request).await.expect("answers")
    }

    /// How many of `count` requests pass.
    async fn passed(router: &Router, count: usize, from: &str, person: Option<UserId>) -> usize {
        let mut passed = 0;
        for _ in 0..count {
            passed += usize::from(ask(router, from, person).await.status().is_success());
        }
        passed
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_is_counted_and_who_is_signed_in_is_not_counted_for_it() {
        let router = served(&Limits::new(5, 0));
        let ada = Some(UserId::new());
        assert_eq!(passed(&router, 40, "192.0.2.1", ada).await, 40);
        assert_eq!(passed(&router, 40, "192.0.2.1", None).await, 5);
        let refused = ask(&router, "192.0.2.1", None).await;
        assert_eq!(refused.status().as_u16(), 429);
        assert!(refused.headers().contains_key(header::RETRY_AFTER));
        assert_eq!(passed(&router, 40, "192.0.2.2", None).await, 5);
        assert_eq!(passed(&router, 40, "2001:db8::1", None).await, 5);
        assert_eq!(passed(&router, 40, "2001:db8::2", None).await, 0);
    }

    #[tokio::test]
    async fn a_person_is_counted_wherever_they_are() {
        let router = served(&Limits::new(0, 3));
        let (ada, eve) = (Some(UserId::new()), Some(UserId::new()));
        assert_eq!(passed(&router, 2, "192.0.2.1", ada).await, 2);
        assert_eq!(passed(&router, 9, "192.0.2.2", ada).await, 1);
        assert_eq!(passed(&router, 9, "192.0.2.2", eve).await, 3);
        assert_eq!(passed(&router, 50, "192.0.2.2", None).await, 50);
    }
}
