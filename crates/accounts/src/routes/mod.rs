//! The HTTP routes, one file for each concern.

mod groups;
mod people;
mod profile;
mod roles;
mod sessions;
mod set_up;
mod sign_in;

use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum_extra::extract::CookieJar;
use carrel_platform::web::ClientAddress;
use utoipa_axum::router::OpenApiRouter;

use crate::Accounts;
use crate::sign_in::Client;
use crate::store::SessionKind;

/// Larger than any request of these routes.
const BODY: usize = 16 * 1024;

impl Accounts {
    /// The routes, to be nested under `/api/v1`.
    pub fn router(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .merge(set_up::router())
            .merge(sign_in::router())
            .merge(profile::router())
            .merge(sessions::router())
            .merge(people::router())
            .merge(roles::router())
            .merge(groups::router())
            .merge(crate::directory::router())
            .merge(crate::email::router())
            .merge(crate::audit::router())
            .merge(crate::keys::router())
            .layer(DefaultBodyLimit::max(BODY))
            .with_state(self.clone())
    }
}

/// Who signs in: from where, with what, and from which session on.
fn client<'a>(
    accounts: &Accounts,
    ClientAddress(address): ClientAddress,
    headers: &'a HeaderMap,
    jar: &CookieJar,
    transport: SessionKind,
) -> Client<'a> {
    Client {
        address,
        user_agent: headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok()),
        cookie: jar
            .get(accounts.cookie_name())
            .map(|cookie| cookie.value().to_owned()),
        transport,
    }
}

/// Makes the browser forget its session, if it came with one.
fn without_session(accounts: &Accounts, jar: CookieJar) -> CookieJar {
    if jar.get(accounts.cookie_name()).is_some() {
        jar.add(accounts.no_cookie())
    } else {
        jar
    }
}
