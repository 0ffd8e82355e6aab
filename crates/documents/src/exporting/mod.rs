//! Exporting a draft: a job renders it, the file lies in the object store until its time is over.

mod asking;
mod rendering;

use carrel_platform::auth::Actor;
use carrel_platform::web::{Page, PageRequest};
use carrel_platform::{Timestamp, id_type};
use serde::{Deserialize, Serialize};

pub(crate) use self::rendering::register;
use crate::documents::Failure;
use crate::store::exports::{self as store, ExportRow};
use crate::templates::TemplateId;
use crate::uploads::{DownloadUrl, LINK};
use crate::{DocumentId, Documents, Error};

id_type!(
    /// An export.
    ExportId
);

carrel_platform::text_enum! {
    /// The format of an export.
    pub enum ExportFormat {
        /// Word.
        Docx = "docx",
        /// PDF.
        Pdf = "pdf",
    }
}

/// How an export stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExportStatus {
    /// It is being made.
    Queued,
    /// It can be downloaded.
    Ready,
    /// It could not be made.
    Failed,
}

/// An export to make.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportRequest {
    /// The format.
    pub format: ExportFormat,
    /// The template whose letterhead it carries; the document's own when absent.
    #[serde(default)]
    pub template_id: Option<TemplateId>,
}

/// An exported file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// Its id.
    pub id: ExportId,
    /// The document.
    pub document_id: DocumentId,
    /// The title the document had.
    pub document_title: String,
    /// The format.
    pub format: ExportFormat,
    /// How it stands.
    pub status: ExportStatus,
    /// The object, `exports/<documentId>-<timestamp>.<format>`.
    #[schema(required = true)]
    pub key: Option<String>,
    /// The name it is downloaded under.
    pub file_name: String,
    /// Its bytes.
    #[schema(required = true)]
    pub size: Option<i64>,
    /// Why it could not be made.
    #[schema(required = true)]
    pub failure: Option<Failure>,
    /// Where to get it, for 15 minutes.
    #[schema(required = true)]
    pub download_url: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it is deleted.
    pub expires_at: Timestamp,
}

impl Documents {
    pub(crate) async fn exports(
        &self,
        actor: &Actor,
        document: Option<DocumentId>,
        page: &PageRequest,
    ) -> Result<Page<Export>, Error> {
        let limit = page.limit();
        let rows = store::list(&self.0.db, actor.user, document, page.after()?, limit + 1).await?;
        let rows = Page::cut(rows, limit, |row| row.id);
        let mut items = Vec::with_capacity(rows.items.len());
        for row in rows.items {
            items.push(self.with_link(row).await?);
        }
        Ok(Page {
            items,
            next_cursor: rows.next_cursor,
        })
    }

    pub(crate) async fn export_view(&self, actor: &Actor, id: ExportId) -> Result<Export, Error> {
        let row = self.owned_export(actor, id).await?;
        self.with_link(row).await
    }

    pub(crate) async fn export_url(
        &self,
        actor: &Actor,
        id: ExportId,
    ) -> Result<DownloadUrl, Error> {
        let row = self.owned_export(actor, id).await?;
        let key = row
            .object_key
            .as_deref()
            .ok_or_else(|| Error::not_found("file yet"))?;
        let presigned = self
            .0
            .objects
            .presign_get(key, &file_name(&row), LINK)
            .await?;
        Ok(DownloadUrl {
            url: presigned.url,
            expires_at: presigned.expires_at,
        })
    }

    pub(crate) async fn delete_export(&self, actor: &Actor, id: ExportId) -> Result<(), Error> {
        self.owned_export(actor, id).await?;
        let mut tx = self.0.db.begin().await?;
        let Some(file) = store::delete(&mut tx, id).await? else {
            return Err(Error::not_found("export"));
        };
        let key = file.key();
        self.discard(&mut tx, vec![key.clone()]).await?;
        tx.commit().await?;
        // At once, so that links that were handed out are dead; if it fails, the job tries on.
        if let Err(error) = self.0.objects.delete(&key).await {
            tracing::warn!(error = %error, "the file of a deleted export is not gone yet");
        }
        Ok(())
    }

    async fn owned_export(&self, actor: &Actor, id: ExportId) -> Result<ExportRow, Error> {
        let row = store::get(&self.0.db, id)
            .await?
            .filter(|row| row.owner_id == actor.user)
            .ok_or_else(|| Error::not_found("export"))?;
        // Who lost their part in the document lost what they exported of it.
        self.viewable(actor, row.document_id).await?;
        Ok(row)
    }

    async fn with_link(&self, row: ExportRow) -> Result<Export, Error> {
        let file_name = file_name(&row);
        let download_url = match &row.object_key {
            Some(key) => Some(self.0.objects.presign_get(key, &file_name, LINK).await?.url),
            None => None,
        };
        Ok(Export {
            id: row.id,
            document_id: row.document_id,
            document_title: row.title,
            format: ExportFormat::parse(&row.format).unwrap_or(ExportFormat::Docx),
            status: match row.status.as_str() {
                "ready" => ExportStatus::Ready,
                "failed" => ExportStatus::Failed,
                _ => ExportStatus::Queued,
            },
            key: row.object_key,
            file_name,
            size: row.size,
            failure: row.failure.map(|f| f.0),
            download_url,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

/// The title as a file name that every system takes.
fn file_name(row: &ExportRow) -> String {
    let name: String = row
        .title
        .chars()
        .map(|c| {
            if matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') || c.is_control() {
                ' '
            } else {
                c
            }
        })
        .take(120)
        .collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = name.trim_matches('.');
    format!(
        "{}.{}",
        if name.is_empty() { "document" } else { name },
        row.format
    )
}

/// The object of an export.
pub(crate) fn object_key(document: DocumentId, created_at: Timestamp, format: &str) -> String {
    format!("exports/{document}-{}.{format}", stamp(created_at))
}

/// Digits of an instant, for object keys.
fn stamp(at: Timestamp) -> String {
    at.to_string()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}
