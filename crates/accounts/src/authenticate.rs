//! From the credentials of a request to its [`Actor`](carrel_platform::auth::Actor), and the session cookie.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use carrel_platform::web::{Code, Problem};

use crate::Accounts;
use crate::keys::{self, by_key};
use crate::sessions::{COOKIE_LIFETIME, Recognised};

/// Middleware (`from_fn_with_state(accounts, authenticate)`): puts the actor of a valid API key, access token or
/// session cookie into the request. An invalid key or token is answered with `unauthenticated`; a stale cookie counts
/// as none, and the browser is told to forget it. Key and token go before a cookie.
pub async fn authenticate(
    State(accounts): State<Accounts>,
    request: Request,
    next: Next,
) -> Response {
    match bearer(request.headers()).map(ToOwned::to_owned) {
        Some(key) if key.starts_with(keys::MARK) => by_key(&accounts, &key, request, next).await,
        Some(token) => by_token(&accounts, &token, request, next).await,
        None => by_cookie(&accounts, request, next).await,
    }
}

async fn by_token(accounts: &Accounts, token: &str, mut request: Request, next: Next) -> Response {
    let why = match accounts.recognise_token(token).await {
        Ok(Recognised::Actor(actor, _)) => {
            request.extensions_mut().insert(actor);
            return next.run(request).await;
        }
        Ok(Recognised::Outdated) => {
            "your rights have changed since this access token was issued; sign in again"
        }
        Ok(Recognised::Nobody) => {
            "the access token is not valid, has expired, or its session has ended; sign in again"
        }
        Err(error) => return error.into_response(),
    };
    let mut response = Problem::new(Code::Unauthenticated, why).into_response();
    // RFC 6750 §3.1
    response.headers_mut().insert(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer error=\"invalid_token\""),
    );
    response
}

async fn by_cookie(accounts: &Accounts, mut request: Request, next: Next) -> Response {
    let jar = CookieJar::from_headers(request.headers());
    let Some(token) = jar
        .get(accounts.cookie_name())
        .map(|c| c.value().to_owned())
    else {
        return next.run(request).await;
    };
    let (response, cookie) = match accounts.recognise_cookie(&token).await {
        Ok(Recognised::Actor(actor, token)) => {
            request.extensions_mut().insert(actor);
            let cookie = token.map(|token| accounts.session_cookie(token));
            (next.run(request).await, cookie)
        }
        Ok(Recognised::Outdated | Recognised::Nobody) => {
            (next.run(request).await, Some(accounts.no_cookie()))
        }
        Err(error) => return error.into_response(),
    };
    match cookie {
        Some(cookie) => with_cookie(response, &cookie),
        None => response,
    }
}

/// Sets the cookie, unless the route has set it itself: signing in and out say what becomes of it.
fn with_cookie(mut response: Response, cookie: &Cookie<'_>) -> Response {
    let prefix = format!("{}=", cookie.name());
    let already = response
        .headers()
        .get_all(SET_COOKIE)
        .iter()
        .any(|value| value.as_bytes().starts_with(prefix.as_bytes()));
    if !already && let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// The access token of the request. What is not even text is a token that nobody issued.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let Ok(value) = headers.get(AUTHORIZATION)?.to_str() else {
        return Some("");
    };
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

impl Accounts {
    pub(crate) fn cookie_name(&self) -> &'static str {
        if self.0.config.secure_cookies {
            "__Host-carrel_session"
        } else {
            "carrel_session"
        }
    }

    /// The cookie that carries a session's token. Scripts can't read it and other sites can't send it along with
    /// anything but a link.
    pub(crate) fn session_cookie(&self, token: String) -> Cookie<'static> {
        let lifetime = time::Duration::try_from(COOKIE_LIFETIME).unwrap_or(time::Duration::MAX);
        Cookie::build((self.cookie_name(), token))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.0.config.secure_cookies)
            .max_age(lifetime)
            .build()
    }

    /// The cookie that makes a browser forget its session.
    pub(crate) fn no_cookie(&self) -> Cookie<'static> {
        let mut cookie = self.session_cookie(String::new());
        cookie.set_max_age(time::Duration::ZERO);
        cookie
    }
}
