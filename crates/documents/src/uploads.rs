//! Uploads: a URL to put a file to, and the step from a file to a document.

use std::collections::BTreeMap;
use std::time::Duration;

use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::Actor;
use carrel_platform::web::{Code, FieldError, Problem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::documents::{DocumentStatus, new_row, title_from};
use crate::ingest::Extract;
use crate::store::{documents, uploads as store};
use crate::{Document, DocumentId, Documents, Error};

/// How long a presigned URL is good for.
pub(crate) const LINK: Duration = Duration::from_mins(15);
/// Bytes of a file.
#[expect(clippy::cast_possible_wrap, reason = "50 MiB")]
pub(crate) const MAX_FILE: i64 = carrel_formats::MAX_FILE_BYTES as i64;
/// Characters of a file name.
const MAX_NAME: usize = 255;

/// Media types that may be announced. What a file is, is decided by its content once it is there.
const MEDIA_TYPES: [&str; 25] = [
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/rtf",
    "text/rtf",
    "application/epub+zip",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/csv",
    "text/csv",
    "text/html",
    "application/xhtml+xml",
    "text/markdown",
    "text/x-markdown",
    "text/plain",
    "message/rfc822",
    "image/png",
    "image/jpeg",
    // Browsers send these when they don't know.
    "application/octet-stream",
    "application/zip",
];

/// A file that is about to be uploaded.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadUrlRequest {
    /// Its media type, as it will be sent.
    pub content_type: String,
    /// Its bytes, 1 to 50 MB.
    pub size: i64,
    /// Its name, at most 255 characters.
    pub original_name: String,
}

/// Where to put a file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadUrl {
    /// The URL; relative to this server, or absolute.
    pub url: String,
    /// Always `PUT`.
    pub method: String,
    /// Headers to send.
    pub headers: BTreeMap<String, String>,
    /// Names the upload when it is ingested.
    pub key: String,
    /// Until when the URL is good.
    pub expires_at: Timestamp,
}

/// A file that was uploaded.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IngestRequest {
    /// From the upload URL.
    pub key: String,
    /// Its name.
    pub original_name: String,
    /// Its media type.
    pub mime: String,
    /// Its bytes.
    pub size: i64,
}

/// Where to get a file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadUrl {
    /// The URL; relative to this server, or absolute.
    pub url: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Documents {
    pub(crate) async fn upload_url(
        &self,
        actor: &Actor,
        request: UploadUrlRequest,
    ) -> Result<UploadUrl, Error> {
        check_name(&request.original_name)?;
        check_size(request.size)?;
        let media_type = request.content_type.trim().to_ascii_lowercase();
        let bare = media_type.split(';').next().unwrap_or_default().trim();
        if !MEDIA_TYPES.contains(&bare) {
            return Err(Error::new(
                Code::MediaTypeUnsupported,
                format!(
                    "files of type {} can't be read; send PDF, Word, OpenDocument, RTF, EPUB, PowerPoint, Excel, HTML, Markdown, text, CSV, e-mail, PNG or JPEG",
                    shown(bare)
                ),
            ));
        }
        let key = format!("uploads/{}/{}", actor.user, Uuid::now_v7());
        let size = u64::try_from(request.size).unwrap_or_default();
        let presigned = self
            .0
            .objects
            .presign_put(&key, request.content_type.trim(), size, LINK)
            .await?;
        store::insert(&self.0.db, &key, actor.user, &media_type, request.size).await?;
        Ok(UploadUrl {
            url: presigned.url,
            method: "PUT".into(),
            headers: presigned.headers,
            key,
            expires_at: presigned.expires_at,
        })
    }

    /// Makes a document of an uploaded file; its text is read in the background.
    pub(crate) async fn ingest(
        &self,
        actor: &Actor,
        request: IngestRequest,
    ) -> Result<Document, Error> {
        check_name(&request.original_name)?;
        check_size(request.size)?;
        let upload = store::owned(&self.0.db, &request.key, actor.user)
            .await?
            .ok_or_else(|| {
                Error::new(
                    Code::UploadMissing,
                    "there is no such upload; ask for an upload URL first",
                )
            })?;
        if request.mime.trim().to_ascii_lowercase() != upload.media_type {
            return Err(Error::field(
                "mime",
                "mismatch",
                format!("the upload was announced as {}", shown(&upload.media_type)),
            ));
        }
        if upload.document_id.is_some() {
            return Err(already_used());
        }
        let arrived = self.0.objects.size(&request.key).await?;
        let Some(arrived) = arrived.and_then(|size| i64::try_from(size).ok()) else {
            return Err(Error::new(
                Code::UploadMissing,
                "the file has not arrived; send it to the upload URL first",
            ));
        };
        if arrived != upload.size || arrived != request.size {
            return Err(Error::new(
                Code::SizeMismatch,
                format!(
                    "{} bytes were announced, {arrived} arrived; upload the file again",
                    upload.size
                ),
            ));
        }
        let id = DocumentId::new();
        let title = title_from(stem(&request.original_name));
        let title = if title.is_empty() {
            "Untitled".to_owned()
        } else {
            title
        };
        let mut row = new_row(actor, id, title, DocumentStatus::Uploaded);
        row.original_name = Some(request.original_name);
        row.media_type = Some(upload.media_type);
        row.size = Some(arrived);
        row.object_key = Some(request.key.clone());
        row.step = Some("queued".into());
        let mut tx = self.0.db.begin().await?;
        if !store::use_for(&mut tx, &request.key, id).await? {
            return Err(already_used());
        }
        documents::insert(&mut tx, &row).await?;
        self.0
            .jobs
            .enqueue(&mut tx, &Extract { document: id })
            .await?;
        tx.commit().await?;
        self.document(actor, id).await
    }

    /// A URL to download the original file.
    pub(crate) async fn download_url(
        &self,
        actor: &Actor,
        id: DocumentId,
    ) -> Result<DownloadUrl, Error> {
        let row = self.viewable(actor, id).await?;
        let (Some(key), Some(name)) = (row.object_key, row.original_name) else {
            return Err(Error::not_found("file"));
        };
        let presigned = self.0.objects.presign_get(&key, &name, LINK).await?;
        let event = Event::new(Action::DocumentDownloaded)
            .by(actor)
            .on("document", id);
        self.0.audit.record_alone(&self.0.db, event).await?;
        Ok(DownloadUrl {
            url: presigned.url,
            expires_at: presigned.expires_at,
        })
    }
}

fn already_used() -> Error {
    Error::new(
        Code::UploadAlreadyUsed,
        "this upload became a document already; look into the list of documents",
    )
}

fn check_size(size: i64) -> Result<(), Error> {
    if size == 0 {
        return Err(Error::new(
            Code::FileEmpty,
            "the file has no content; choose another one",
        ));
    }
    if size < 0 {
        return Err(Error::field("size", "range", "a size can't be negative"));
    }
    if size > MAX_FILE {
        return Err(Error::new(
            Code::FileTooLarge,
            format!(
                "the file has {} MB; files of up to 50 MB can be read",
                size / 1024 / 1024
            ),
        ));
    }
    Ok(())
}

/// The name is kept and shown, never used as a path; only what no file has is refused.
fn check_name(name: &str) -> Result<(), Error> {
    let refuse =
        |detail: &str| {
            let problem = Problem::new(Code::NameInvalid, detail)
                .with_errors(vec![FieldError::new("originalName", "format", detail)]);
            Err(problem.into())
        };
    if name.trim().is_empty() {
        return refuse("the file needs a name");
    }
    if name.chars().count() > MAX_NAME {
        return refuse("a file name has at most 255 characters; give it a shorter one");
    }
    if name.contains(['/', '\\', '\0']) || name.chars().any(char::is_control) {
        return refuse(
            "a file name can't hold slashes, line breaks or control characters; rename the file",
        );
    }
    Ok(())
}

fn shown(media_type: &str) -> String {
    media_type
        .chars()
        .filter(char::is_ascii_graphic)
        .take(80)
        .collect()
}

/// The name without its extension.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 8 => stem,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_file_has_are_refused() {
        for name in ["", "  ", "a/b", "a\\b", "a\nb", "\0", &"x".repeat(256)] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        for name in ["Bericht März.pdf", "..", "\u{202e}fdp.exe"] {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
    }
}
