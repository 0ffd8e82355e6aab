//! Answer headers, and refusal of requests that another site makes a browser send.
//!
//! # Cross-site requests
//!
//! A browser sends our cookie along with requests that somebody else's page makes. Four things stand against that,
//! and any one of them would do for a browser of today:
//!
//! - the cookie is `SameSite=Lax`: browsers leave it away from cross-site requests, except when a link is followed,
//!   and following a link changes nothing here;
//! - `Sec-Fetch-Site`, which scripts can't set. All browsers have sent it since 2023 (Safari 16.4 was the last), but
//!   only to https and to loopback; a Carrel under `http://192.168.…` never sees it;
//! - `Origin`, which scripts can't set either. All browsers have sent it with every POST, PUT, PATCH and DELETE
//!   since 2020, to http as well, also to their own origin; it is `null` where the page has none;
//! - JSON bodies with their own media type, for which a browser asks first (CORS), and we allow nobody.
//!
//! So each of the two headers that is there must speak for us, and a request that changes something by the session
//! cookie must have one of them: no browser leaves both away, and programs have access tokens and API keys. Signing
//! in and up are checked in the same way although there is no cookie yet, so that nobody is signed in as somebody
//! else by another page. Requests that carry `Authorization: Bearer` are not checked: no page can make a browser add
//! that.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::{Code, Problem};

/// The name of the session cookie; under https it has the prefix `__Host-`.
pub const SESSION_COOKIE: &str = "carrel_session";

/// A year, as preload lists ask for; only for this host, since its neighbours are not ours.
const STRICT_TRANSPORT: &str = "max-age=31536000";

/// Where people reach Carrel, as far as the operator said so.
#[derive(Clone, Debug, Default)]
pub struct Site {
    origin: Option<Arc<str>>,
}

/// A public address that can't be one.
#[derive(Debug, thiserror::Error)]
#[error(
    "public_url is {0:?}; give scheme, host and, if it isn't the usual one, port, such as https://carrel.example.org"
)]
pub struct SiteError(String);

impl Site {
    /// The site of this public address.
    ///
    /// # Errors
    /// When it is not an http or https address, or has a path: Carrel needs an origin of its own.
    pub fn new(public_url: Option<&str>) -> Result<Self, SiteError> {
        let Some(text) = public_url else {
            return Ok(Self::default());
        };
        let wrong = || SiteError(text.to_owned());
        let url = Url::parse(text).map_err(|_| wrong())?;
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        let bare = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty();
        if !(web && bare) {
            return Err(wrong());
        }
        Ok(Self {
            origin: Some(url.origin().ascii_serialization().into()),
        })
    }

    /// Whether people reach it over https.
    pub fn is_https(&self) -> bool {
        self.origin
            .as_deref()
            .is_some_and(|origin| origin.starts_with("https://"))
    }
}

/// Middleware (`from_fn_with_state(site, answer_headers)`): headers every answer carries. A route that sets one
/// itself keeps its own.
pub async fn answer_headers(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        ),
        ("cache-control", "no-store"),
    ] {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
    if site.is_https() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(STRICT_TRANSPORT),
        );
    }
    response
}

/// Middleware (`from_fn_with_state(site, refuse_cross_site)`): a request that changes something, or opens a
/// WebSocket, must come from our own pages if a browser sent it.
pub async fn refuse_cross_site(State(site): State<Site>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) && !headers.contains_key(header::UPGRADE);
    if safe || by_bearer(headers) {
        return next.run(request).await;
    }
    if let Err(detail) = own(headers, &site) {
        return Problem::new(Code::CrossSiteRefused, detail).into_response();
    }
    next.run(request).await
}

/// Exactly what is then authenticated by the token and never by a cookie.
fn by_bearer(headers: &HeaderMap) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value.as_bytes().starts_with(b"Bearer "))
}

fn has_session_cookie(headers: &HeaderMap) -> bool {
    let mark = format!("{SESSION_COOKIE}=");
    headers.get_all(header::COOKIE).iter().any(|line| {
        line.as_bytes()
            .windows(mark.len())
            .any(|window| window == mark.as_bytes())
    })
}

/// Whether a request that changes something is our own, by what its headers say; otherwise what to tell.
fn own(headers: &HeaderMap, site: &Site) -> Result<(), &'static str> {
    let fetched_from = headers.get("sec-fetch-site");
    let origin = headers.get(header::ORIGIN);
    // `none` is what a person did themselves, outside of any page.
    if fetched_from.is_some_and(|site| site != "same-origin" && site != "none") {
        return Err(
            "requests that change something are taken only from Carrel's own pages; programs use an access token or an API key",
        );
    }
    if let Some(origin) = origin
        && !is_ours(origin, headers, site)
    {
        return Err(
            "the page that sent this has another address than Carrel's own (public_url, or the host that was asked); open Carrel under that address",
        );
    }
    if fetched_from.is_none() && origin.is_none() && has_session_cookie(headers) {
        return Err(
            "a session cookie is taken only from a browser, which says where a request comes from (Origin); programs use an access token or an API key",
        );
    }
    Ok(())
}

/// Whether the origin is that of the public address or, if none is configured, has the host that was asked.
fn is_ours(origin: &HeaderValue, headers: &HeaderMap, site: &Site) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    if let Some(own) = &site.origin {
        return origin == &**own;
    }
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok());
    let sender = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && sender == host
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)))
            .collect()
    }

    fn taken(site: &Site, pairs: &[(&'static str, &'static str)]) -> bool {
        own(&headers(pairs), site).is_ok()
    }

    #[test]
    fn each_header_that_is_there_must_speak_for_our_own_page() {
        let site = Site::default();
        let host = ("host", "a:1");
        assert!(taken(&site, &[host, ("sec-fetch-site", "same-origin")]));
        assert!(!taken(&site, &[host, ("sec-fetch-site", "same-site")]));
        assert!(!taken(&site, &[host, ("sec-fetch-site", "cross-site")]));
        assert!(taken(&site, &[host, ("origin", "http://a:1")]));
        assert!(!taken(&site, &[host, ("origin", "http://b:1")]));
        assert!(!taken(&site, &[host, ("origin", "null")]));
        let contradiction = [
            host,
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://b:1"),
        ];
        assert!(!taken(&site, &contradiction));
    }

    #[test]
    fn a_configured_address_is_the_only_origin_whatever_host_was_asked() {
        let site = Site::new(Some("https://Carrel.example.org:443/")).expect("an address");
        let forged = [("host", "evil.example"), ("origin", "https://evil.example")];
        assert!(!taken(&site, &forged));
        let own = [
            ("host", "10.0.0.7:8080"),
            ("origin", "https://carrel.example.org"),
        ];
        assert!(taken(&site, &own));
        let plain = [("host", "x"), ("origin", "http://carrel.example.org")];
        assert!(!taken(&site, &plain), "another scheme is another origin");
    }

    #[test]
    fn a_session_cookie_without_a_word_about_its_page_is_refused() {
        let site = Site::default();
        assert!(!taken(&site, &[("cookie", "a=b; carrel_session=x")]));
        assert!(!taken(&site, &[("cookie", "__Host-carrel_session=x")]));
        assert!(taken(&site, &[("cookie", "other=x")]));
        assert!(taken(&site, &[]), "a program signs in");
    }

    #[test]
    fn what_is_no_address_of_its_own_is_refused() {
        for wrong in [
            "carrel.example.org",
            "ftp://carrel.example.org",
            "https://example.org/carrel",
            "https://ada@example.org",
            "https://example.org/?a",
        ] {
            assert!(Site::new(Some(wrong)).is_err(), "{wrong}");
        }
        assert!(
            !Site::new(Some("http://a:1"))
                .expect("an address")
                .is_https()
        );
        assert!(!Site::new(None).expect("none").is_https());
    }
}
