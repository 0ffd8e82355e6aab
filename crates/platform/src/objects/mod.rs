//! Objects: uploads, pictures and exports, in a directory or in S3.
//!
//! Clients put and get them by presigned URL. S3 has its own; for a directory Carrel signs URLs to itself
//! (see [`local`]) that behave alike, so that a client need not know which it talks to.

mod local;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{ObjectStore, ObjectStoreExt};

use crate::Timestamp;
use crate::crypto::Keyring;
use crate::web::{Code, Problem};

/// Why an object could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The URL of the object store is not one.
    #[error("{0}")]
    Url(String),
    /// There is no such object.
    #[error("there is no object {0}")]
    Missing(String),
    /// The object is larger than the caller takes.
    #[error("the object has {size} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The most the caller takes.
        limit: u64,
    },
    /// No room is left.
    #[error("the object store is full")]
    Full,
    /// The store failed.
    #[error("the object store failed: {0}")]
    Store(String),
}

impl From<object_store::Error> for ObjectError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { path, .. } => Self::Missing(path),
            other if says_full(&other) => Self::Full,
            other => Self::Store(other.to_string()),
        }
    }
}

fn says_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return matches!(
                io.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            );
        }
        cause = error.source();
    }
    false
}

impl From<ObjectError> for Problem {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::Missing(_) => Self::not_found("object"),
            ObjectError::Full => {
                tracing::error!("the object store is full");
                Self::new(
                    Code::StorageFull,
                    "there is no room left for files; free disk space and try again. Nothing was changed",
                )
            }
            ObjectError::Store(reason) => {
                tracing::error!(reason, "the object store failed");
                Self::new(
                    Code::Unavailable,
                    "the file store can't be reached; try again in a moment",
                )
                .retry_after(Duration::from_secs(5))
            }
            other => Self::internal(other),
        }
    }
}

/// A URL that lets its holder put or get one object.
#[derive(Clone, Debug)]
pub struct Presigned {
    /// Absolute (S3), or relative to Carrel's own origin.
    pub url: String,
    /// Headers the client must send.
    pub headers: BTreeMap<String, String>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// The object store.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    signer: UrlSigner,
}

#[derive(Clone)]
enum UrlSigner {
    Local(Keyring),
    S3(Arc<AmazonS3>, String),
}

impl Objects {
    /// Opens `file:DIR` (made when absent) or `s3://BUCKET[/?endpoint=URL&region=NAME]`. S3 credentials come from
    /// the usual `AWS_*` environment.
    pub fn open(url: &str, keyring: Keyring) -> Result<Self, ObjectError> {
        if let Some(dir) = url.strip_prefix("file:") {
            let dir = dir.strip_prefix("//").unwrap_or(dir);
            let failed = |e: &dyn std::fmt::Display| {
                ObjectError::Url(format!("the object directory {dir} can't be used: {e}"))
            };
            std::fs::create_dir_all(dir).map_err(|e| failed(&e))?;
            let store = LocalFileSystem::new_with_prefix(dir)
                .map_err(|e| failed(&e))?
                .with_automatic_cleanup(true)
                .with_fsync(true);
            return Ok(Self {
                store: Arc::new(store),
                signer: UrlSigner::Local(keyring),
            });
        }
        let parsed = url::Url::parse(url)
            .ok()
            .filter(|u| u.scheme() == "s3" && u.host_str().is_some())
            .ok_or_else(|| {
                ObjectError::Url(format!(
                    "an objects URL is file:DIR or s3://BUCKET?endpoint=URL&region=NAME, not {url}"
                ))
            })?;
        let mut builder =
            AmazonS3Builder::from_env().with_bucket_name(parsed.host_str().unwrap_or_default());
        let mut origin = String::new();
        for (name, value) in parsed.query_pairs() {
            builder = match name.as_ref() {
                "endpoint" => {
                    value.trim_end_matches('/').clone_into(&mut origin);
                    builder
                        .with_endpoint(&*value)
                        .with_allow_http(value.starts_with("http://"))
                }
                "region" => builder.with_region(&*value),
                other => {
                    return Err(ObjectError::Url(format!(
                        "an s3: URL takes endpoint and region, not {other}"
                    )));
                }
            };
        }
        let store = Arc::new(
            builder
                .build()
                .map_err(|e| ObjectError::Url(e.to_string()))?,
        );
        Ok(Self {
            store: store.clone(),
            signer: UrlSigner::S3(store, origin),
        })
    }

    /// Whether objects lie in S3 rather than in a directory.
    pub fn is_s3(&self) -> bool {
        matches!(self.signer, UrlSigner::S3(..))
    }

    /// The origin that browsers talk to for presigned URLs, when it isn't Carrel's own; for the `connect-src` of
    /// the web app.
    pub async fn origin(&self) -> Option<String> {
        match &self.signer {
            UrlSigner::Local(_) => None,
            UrlSigner::S3(_, origin) if !origin.is_empty() => Some(origin.clone()),
            UrlSigner::S3(store, _) => {
                let probe = store
                    .signed_url(
                        http::Method::GET,
                        &Path::from("probe"),
                        Duration::from_secs(1),
                    )
                    .await
                    .ok()?;
                Some(probe.origin().ascii_serialization())
            }
        }
    }

    /// Stores an object whole; it appears under its key only when it is complete and durable.
    pub async fn put(&self, key: &str, bytes: impl Into<Bytes>) -> Result<(), ObjectError> {
        self.store.put(&path(key)?, bytes.into().into()).await?;
        Ok(())
    }

    /// Reads an object of at most `limit` bytes.
    pub async fn get(&self, key: &str, limit: u64) -> Result<Bytes, ObjectError> {
        let found = self.store.get(&path(key)?).await?;
        let size = found.meta.size;
        if size > limit {
            return Err(ObjectError::TooLarge { size, limit });
        }
        Ok(found.bytes().await?)
    }

    /// The keys of the objects in this folder and its folders, in no order; `limit` at most.
    pub async fn list(&self, folder: &str, limit: usize) -> Result<Vec<String>, ObjectError> {
        let folder = path(folder)?;
        let found = self.store.list(Some(&folder)).take(limit);
        Ok(found
            .map_ok(|meta| meta.location.to_string())
            .try_collect()
            .await?)
    }

    /// The size of an object in bytes; `None` when there is none.
    pub async fn size(&self, key: &str) -> Result<Option<u64>, ObjectError> {
        match self.store.head(&path(key)?).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes an object; one that isn't there is no error.
    pub async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        match self.store.delete(&path(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// A URL to put `size` bytes of `content_type` under `key`. S3 can't hold the client to the size; whoever uses
    /// the object checks it.
    pub async fn presign_put(
        &self,
        key: &str,
        content_type: &str,
        size: u64,
        lifetime: Duration,
    ) -> Result<Presigned, ObjectError> {
        let expires_at = Timestamp::now() + lifetime;
        let headers = BTreeMap::from([("content-type".to_owned(), content_type.to_owned())]);
        let url = match &self.signer {
            UrlSigner::Local(keys) => local::sign_put(keys, key, content_type, size, expires_at),
            UrlSigner::S3(store, _) => {
                let content_type = content_type
                    .parse()
                    .map_err(|_| ObjectError::Url("the content type can't be a header".into()))?;
                let options = SignedUrlOptions::new()
                    .with_signed_header(http::header::CONTENT_TYPE, content_type);
                store
                    .signed_url_opts(http::Method::PUT, &path(key)?, lifetime, &options)
                    .await?
                    .into()
            }
        };
        Ok(Presigned {
            url,
            headers,
            expires_at,
        })
    }

    /// A URL to download an object as a file of this name.
    pub async fn presign_get(
        &self,
        key: &str,
        file_name: &str,
        lifetime: Duration,
    ) -> Result<Presigned, ObjectError> {
        let expires_at = Timestamp::now() + lifetime;
        let url = match &self.signer {
            UrlSigner::Local(keys) => local::sign_get(keys, key, file_name, expires_at),
            UrlSigner::S3(store, _) => {
                let options = SignedUrlOptions::new()
                    .with_query([("response-content-disposition", attachment(file_name))]);
                store
                    .signed_url_opts(http::Method::GET, &path(key)?, lifetime, &options)
                    .await?
                    .into()
            }
        };
        Ok(Presigned {
            url,
            headers: BTreeMap::new(),
            expires_at,
        })
    }

    /// Answers when the store answers.
    pub async fn ping(&self) -> Result<(), ObjectError> {
        self.size("ready-probe").await.map(|_| ())
    }

    /// The routes that serve signed URLs of a directory; empty for S3.
    pub fn router(&self) -> Router {
        match &self.signer {
            UrlSigner::Local(keys) => local::router(self.store.clone(), keys.clone()),
            UrlSigner::S3(..) => Router::new(),
        }
    }
}

fn path(key: &str) -> Result<Path, ObjectError> {
    Path::parse(key).map_err(|e| ObjectError::Store(e.to_string()))
}

/// A `Content-Disposition` that saves under the name, also when it isn't ASCII (RFC 6266 §5, RFC 8187).
fn attachment(file_name: &str) -> String {
    use std::fmt::Write;
    let ascii: String = file_name
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut encoded = String::new();
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn a_file_name_cannot_break_out_of_its_header() {
        let header = attachment("Bericht \"März\"\r\nX: 1.docx");
        assert!(header.is_ascii() && !header.contains('\n'));
        assert!(header.contains("filename*=UTF-8''Bericht%20%22M%C3%A4rz%22%0D%0AX%3A%201.docx"));
    }
}
