//! The web app, embedded in the binary.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use carrel_platform::crypto::random_token;
use carrel_platform::web::{Code, Problem};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/dist/"]
struct Assets;

const NONCE: &str = "__CSP_NONCE__";
const NOT_BUILT: &str = "The web app was not built into this program; the API is at /api/v1. Build it with `make run`.\n";

/// Serves the files of the web app; every other address is one of its pages.
#[derive(Clone)]
pub struct WebApp {
    /// Where else than here its pages may send files to.
    objects: Option<Arc<str>>,
}

impl WebApp {
    /// `objects` is the origin of presigned URLs when it is another one.
    pub fn new(objects: Option<String>) -> Self {
        Self {
            objects: objects.map(Into::into),
        }
    }

    /// The answer to a GET of `path`.
    pub fn serve(&self, path: &str) -> Response {
        let name = path.trim_start_matches('/');
        if name != "index.html"
            && let Some(file) = Assets::get(name)
        {
            return asset(name, file);
        }
        if name.starts_with("assets/") {
            // A page must never stand in for a script of another version.
            return Problem::new(
                Code::NotFound,
                "there is no such file in this version of the web app",
            )
            .into_response();
        }
        let Some(index) = Assets::get("index.html") else {
            return (StatusCode::NOT_FOUND, NOT_BUILT).into_response();
        };
        self.page(&String::from_utf8_lossy(&index.data))
    }

    fn page(&self, html: &str) -> Response {
        let nonce = random_token();
        let mut response = html.replace(NONCE, &nonce).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let policy = self.policy(&nonce);
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }

    fn policy(&self, nonce: &str) -> String {
        let objects = self
            .objects
            .as_deref()
            .map(|origin| format!(" {origin}"))
            .unwrap_or_default();
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; \
             font-src 'self'; connect-src 'self'{objects}; manifest-src 'self'; worker-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
    }
}

fn asset(name: &str, file: EmbeddedFile) -> Response {
    let body = match file.data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(name)),
    );
    // Names under assets/ carry a hash of their content.
    let caching = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=3600"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
