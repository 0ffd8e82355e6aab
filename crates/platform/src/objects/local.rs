//! Signed URLs to Carrel itself, for objects in a directory.
//!
//! The signature covers method, key, size, media type, file name and expiry; nothing of the URL can be changed.
//! Signed URLs carry their own right: no session is asked for, as with S3.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path as UrlPath, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::StreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::{ObjectError, attachment};
use crate::Timestamp;
use crate::crypto::Keyring;
use crate::web::{Code, Problem};

#[derive(Deserialize)]
struct Signed {
    expires: i64,
    #[serde(default)]
    size: u64,
    #[serde(default, rename = "type")]
    content_type: String,
    #[serde(default)]
    name: String,
    signature: String,
}

impl Signed {
    fn text(&self, method: &str, key: &str) -> String {
        let Self {
            expires,
            size,
            content_type,
            name,
            ..
        } = self;
        [
            method,
            key,
            &expires.to_string(),
            &size.to_string(),
            content_type,
            name,
        ]
        .join("\n")
    }

    fn url(mut self, keys: &Keyring, method: &str, key: &str) -> String {
        self.signature = keys.sign_url(&self.text(method, key));
        let mut query = Serializer::new(String::new());
        query.append_pair("expires", &self.expires.to_string());
        if method == "PUT" {
            query
                .append_pair("size", &self.size.to_string())
                .append_pair("type", &self.content_type);
        } else {
            query.append_pair("name", &self.name);
        }
        query.append_pair("signature", &self.signature);
        format!("/objects/{key}?{}", query.finish())
    }

    fn verify(&self, keys: &Keyring, method: &str, key: &str) -> Result<(), Problem> {
        if !keys.verify_url(&self.text(method, key), &self.signature) {
            return Err(Problem::new(
                Code::SignatureInvalid,
                "the link was changed or made by another server; ask for a new one",
            ));
        }
        if self.expires < Timestamp::now().unix_seconds() {
            return Err(Problem::new(Code::LinkExpired, "ask for a new link"));
        }
        Ok(())
    }
}

pub(super) fn sign_put(
    keys: &Keyring,
    key: &str,
    content_type: &str,
    size: u64,
    expires_at: Timestamp,
) -> String {
    Signed {
        expires: expires_at.unix_seconds(),
        size,
        content_type: content_type.to_owned(),
        name: String::new(),
        signature: String::new(),
    }
    .url(keys, "PUT", key)
}

pub(super) fn sign_get(keys: &Keyring, key: &str, name: &str, expires_at: Timestamp) -> String {
    Signed {
        expires: expires_at.unix_seconds(),
        size: 0,
        content_type: String::new(),
        name: name.to_owned(),
        signature: String::new(),
    }
    .url(keys, "GET", key)
}

#[derive(Clone)]
struct Local {
    store: Arc<dyn ObjectStore>,
    keys: Keyring,
}

pub(super) fn router(store: Arc<dyn ObjectStore>, keys: Keyring) -> Router {
    Router::new()
        .route("/objects/{*key}", get(download).put(upload))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(Local { store, keys })
}

fn object(key: &str) -> Result<Path, Problem> {
    Path::parse(key).map_err(|_| Problem::not_found("object"))
}

async fn upload(
    State(local): State<Local>,
    UrlPath(key): UrlPath<String>,
    Query(signed): Query<Signed>,
    request: Request,
) -> Result<Response, Problem> {
    signed.verify(&local.keys, "PUT", &key)?;
    let sent_type = request.headers().get(header::CONTENT_TYPE);
    if sent_type.and_then(|t| t.to_str().ok()) != Some(signed.content_type.as_str()) {
        return Err(Problem::new(
            Code::SignatureInvalid,
            format!("the link was made for content-type {}", signed.content_type),
        ));
    }
    let mismatch = |got: u64| {
        Problem::new(
            Code::SizeMismatch,
            format!(
                "{} bytes were announced, {got} arrived; send the file again",
                signed.size
            ),
        )
    };
    // Staged beside, and moved into place when whole: a broken upload leaves nothing under the key.
    let upload = local
        .store
        .put_multipart(&object(&key)?)
        .await
        .map_err(ObjectError::from)?;
    let mut writer = WriteMultipart::new_with_chunk_size(upload, 1024 * 1024);
    let mut body = request.into_body().into_data_stream();
    let mut received: u64 = 0;
    let outcome = loop {
        match body.next().await {
            None if received == signed.size => break Ok(()),
            None => break Err(mismatch(received)),
            Some(Err(_)) => {
                break Err(Problem::new(
                    Code::RequestMalformed,
                    "the upload broke off; send the file again",
                ));
            }
            Some(Ok(chunk)) => {
                received += chunk.len() as u64;
                if received > signed.size {
                    break Err(mismatch(received));
                }
                if let Err(error) = writer.wait_for_capacity(4).await {
                    break Err(ObjectError::from(error).into());
                }
                writer.put(chunk);
            }
        }
    };
    if let Err(problem) = outcome {
        let _ = writer.abort().await;
        return Err(problem);
    }
    writer.finish().await.map_err(ObjectError::from)?;
    Ok(StatusCode::OK.into_response())
}

async fn download(
    State(local): State<Local>,
    UrlPath(key): UrlPath<String>,
    Query(signed): Query<Signed>,
) -> Result<Response, Problem> {
    signed.verify(&local.keys, "GET", &key)?;
    let found = local
        .store
        .get(&object(&key)?)
        .await
        .map_err(ObjectError::from)?;
    let size = found.meta.size;
    let mut response = Body::from_stream(found.into_stream()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, size.into());
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    if let Ok(value) = HeaderValue::from_str(&attachment(&signed.name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
