//! Exporting a draft: a job renders it, the file lies in the object store until its time is over.

use std::time::Duration;

use axum::body::Bytes;
use carrel_formats::export::{self, ExportError, Images, Meta};
use carrel_formats::tree::DocumentTree;
use carrel_formats::{docx, pdf};
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::Actor;
use carrel_platform::crypto::sha256;
use carrel_platform::jobs::{Attempt, Job, JobError, Worker};
use carrel_platform::web::{Code, Page, PageRequest, Problem};
use carrel_platform::{Timestamp, id_type};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout_at};

use crate::documents::Failure;
use crate::images::ImageId;
use crate::store::exports::{self as store, ExportRow, Key};
use crate::store::{documents, drafts, templates};
use crate::templates::{Letterhead, Paper, TemplateId};
use crate::uploads::{DownloadUrl, LINK};
use crate::{DocumentId, Documents, Error};

id_type!(
    /// An export.
    ExportId
);

/// How long a request waits for its file.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a request looks for a file that another node makes.
const LOOK: Duration = Duration::from_millis(500);
/// Bytes of all the pictures of one export.
const MAX_PICTURES: usize = 100 * 1024 * 1024;

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

/// Renders an export.
#[derive(Serialize, Deserialize)]
struct Render {
    export: ExportId,
}

impl Job for Render {
    const KIND: &'static str = "documents.export";
    const ATTEMPTS: i64 = 3;
    /// Somebody waits for it.
    const PRIORITY: i64 = 10;
    const TIMEOUT: Duration = Duration::from_mins(2);
}

pub(crate) fn register(documents: &Documents, worker: &mut Worker) {
    let service = documents.clone();
    worker.register(move |job: Render, attempt| {
        let documents = service.clone();
        async move { documents.render_job(job.export, attempt).await }
    });
    let service = documents.clone();
    worker.on_dead(move |job: Render, error| {
        let documents = service.clone();
        async move {
            documents
                .export_failed(job.export, "export_failed", &error)
                .await;
        }
    });
}

impl Documents {
    /// Exports the draft as it is when the job runs, and waits up to 20 s for the file. A repetition with the same
    /// key gets the same export as it is now, unless that failed. Also tells whether this was a repetition.
    pub(crate) async fn export(
        &self,
        actor: &Actor,
        id: DocumentId,
        key: Option<&str>,
        request: ExportRequest,
    ) -> Result<(Export, bool), Error> {
        let ended = self.0.exported.subscribe();
        let hash = fingerprint(id, &request);
        let key = key.map(|key| Key {
            key,
            request_hash: &hash,
        });
        let mut first = self.first_export(actor, key.as_ref()).await?;
        let mut replayed = first.is_some();
        if first.is_none() {
            first = self.begin_export(actor, id, key.as_ref(), request).await?;
        }
        if first.is_none() {
            // The same request came twice at once, and the other one was first.
            first = self.first_export(actor, key.as_ref()).await?;
            replayed = true;
        }
        let export = first.ok_or_else(|| {
            Error::new(
                Code::IdempotencyInProgress,
                "the first request with this key has not ended; wait for it and send it again",
            )
        })?;
        self.wait_for(export, ended).await?;
        Ok((self.export_view(actor, export).await?, replayed))
    }

    /// The export that this person's key was used for, if it has not failed.
    async fn first_export(
        &self,
        actor: &Actor,
        key: Option<&Key<'_>>,
    ) -> Result<Option<ExportId>, Error> {
        let Some(key) = key else {
            return Ok(None);
        };
        let Some(first) = store::by_key(&self.0.db, actor.user, key.key).await? else {
            return Ok(None);
        };
        if first.request_hash != key.request_hash {
            return Err(Error::new(
                Code::IdempotencyKeyReused,
                "make a new Idempotency-Key for a new request",
            ));
        }
        if first.status == "failed" {
            store::free_key(&self.0.db, first.id).await?;
            return Ok(None);
        }
        Ok(Some(first.id))
    }

    /// Puts an export into the queue; `None` when the key was used meanwhile.
    async fn begin_export(
        &self,
        actor: &Actor,
        id: DocumentId,
        key: Option<&Key<'_>>,
        request: ExportRequest,
    ) -> Result<Option<ExportId>, Error> {
        let document = self.present(actor, id).await?;
        drafts::get(&self.0.db, id)
            .await?
            .ok_or(Error::DraftMissing)?;
        if let Some(template) = request.template_id {
            self.usable_template(actor, template).await?;
        }
        let settings = self.0.settings.get().await?;
        let now = Timestamp::now();
        let row = ExportRow {
            id: ExportId::new(),
            document_id: id,
            owner_id: actor.user,
            title: document.title,
            format: request.format.as_str().to_owned(),
            template_id: request.template_id.or(document.template_id),
            status: "queued".into(),
            object_key: None,
            size: None,
            failure: None,
            created_at: now,
            expires_at: now + Duration::from_hours(24) * settings.export_retention_days,
        };
        let mut tx = self.0.db.begin().await?;
        if !store::insert(&mut tx, &row, key).await? {
            return Ok(None);
        }
        self.0
            .jobs
            .enqueue(&mut tx, &Render { export: row.id })
            .await?;
        let event = Event::new(Action::DocumentExported)
            .by(actor)
            .on("document", id)
            .detail(json!({ "export": row.id, "format": request.format }));
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(Some(row.id))
    }

    async fn wait_for(
        &self,
        id: ExportId,
        mut ended: broadcast::Receiver<ExportId>,
    ) -> Result<(), Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let now = store::get(&self.0.db, id).await?;
            if now.is_none_or(|row| row.status != "queued") || Instant::now() >= deadline {
                return Ok(());
            }
            let look = deadline.min(Instant::now() + LOOK);
            let told = async { while !matches!(ended.recv().await, Ok(other) if other == id) {} };
            if timeout_at(look, told).await.is_ok() {
                return Ok(());
            }
        }
    }

    async fn render_job(&self, id: ExportId, attempt: Attempt) -> Result<(), JobError> {
        let Some(row) = store::get(&self.0.db, id).await? else {
            return Ok(());
        };
        if row.status != "queued" {
            return Ok(());
        }
        let result = self.render(&row).await;
        match result {
            Ok(()) => {
                let _ = self.0.exported.send(id);
                Ok(())
            }
            Err(Error::DraftMissing) => {
                self.export_failed(id, "draft_missing", "the document or its draft was deleted")
                    .await;
                Ok(())
            }
            Err(error) => {
                let problem = Problem::from(error);
                if attempt.last {
                    self.export_failed(id, problem.code.as_str(), &problem.detail)
                        .await;
                }
                Err(JobError::Retry(problem.detail))
            }
        }
    }

    async fn export_failed(&self, id: ExportId, code: &str, detail: &str) {
        let failure = Failure {
            step: "export".into(),
            code: code.to_owned(),
            detail: detail.to_owned(),
            retryable: true,
            at: Timestamp::now(),
        };
        if let Err(error) = store::set_failed(&self.0.db, id, &failure).await {
            tracing::error!(error = %error, "a failed export could not be marked");
        }
        let _ = self.0.exported.send(id);
    }

    async fn render(&self, row: &ExportRow) -> Result<(), Error> {
        let draft = drafts::get(&self.0.db, row.document_id)
            .await?
            .ok_or(Error::DraftMissing)?;
        let letterhead = match row.template_id {
            Some(template) => templates::get(&self.0.db, template)
                .await?
                .map(|t| t.content.0.letterhead),
            None => None,
        };
        let letterhead = self.letterhead(letterhead.unwrap_or_default()).await?;
        let images = self.pictures(&draft.tree).await?;
        let names = self.0.people.names(&[row.owner_id]).await?;
        let meta = Meta {
            title: row.title.clone(),
            author: names.get(&row.owner_id).cloned(),
            language: None,
            created: OffsetDateTime::from(row.created_at),
        };
        let format = ExportFormat::parse(&row.format).unwrap_or(ExportFormat::Docx);
        let rendered = tokio::task::spawn_blocking(move || {
            render(format, &draft.tree, &letterhead, &images, &meta)
        })
        .await;
        let bytes = rendered
            .map_err(Problem::internal)?
            .map_err(Problem::internal)?;
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let key = object_key(row.document_id, row.created_at, &row.format);
        self.0.objects.put(&key, bytes).await?;
        let mut tx = self.0.db.begin().await?;
        if store::set_ready(&mut tx, row.id, &key, size).await? {
            documents::set_exported(&mut tx, row.document_id).await?;
            tx.commit().await?;
            return Ok(());
        }
        tx.rollback().await?;
        // Another attempt made the same file, or nobody wants it any more.
        let now = store::get(&self.0.db, row.id).await?;
        if now.is_none_or(|row| row.object_key.is_none()) {
            let mut tx = self.0.db.begin().await?;
            self.discard(&mut tx, vec![key]).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn letterhead(&self, letterhead: Letterhead) -> Result<export::Letterhead, Error> {
        let logo = match letterhead.logo.as_deref().and_then(ImageId::from_source) {
            Some(id) => self.picture(id).await?.map(|bytes| bytes.to_vec()),
            None => None,
        };
        let margins = letterhead.margins;
        Ok(export::Letterhead {
            logo,
            header: letterhead.header,
            footer: letterhead.footer,
            page_numbers: letterhead.page_numbers,
            paper: match letterhead.paper {
                Paper::A4 => export::Paper::A4,
                Paper::Letter => export::Paper::Letter,
            },
            margins: export::Margins {
                top: f32::from(margins.top),
                right: f32::from(margins.right),
                bottom: f32::from(margins.bottom),
                left: f32::from(margins.left),
            },
        })
    }

    /// The bytes of the pictures of a tree. One that is gone is left out; the exporters show its description.
    async fn pictures(&self, tree: &DocumentTree) -> Result<Images, Error> {
        let mut images = Images::new();
        let mut total = 0;
        for source in tree.image_sources() {
            let Some(id) = ImageId::from_source(source) else {
                continue;
            };
            if images.contains_key(source) || total > MAX_PICTURES {
                continue;
            }
            if let Some(bytes) = self.picture(id).await? {
                total += bytes.len();
                images.insert(source.to_owned(), bytes.to_vec());
            }
        }
        Ok(images)
    }

    /// The bytes of a picture, unless it is gone.
    async fn picture(&self, id: ImageId) -> Result<Option<Bytes>, Error> {
        match self.image_bytes(id).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Error::Problem(problem)) if problem.code == Code::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

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
        let row = self.owned_export(actor, id).await?;
        // Also of one that is not finished: a process may have died between the file and its row.
        let made = || object_key(row.document_id, row.created_at, &row.format);
        let key = row.object_key.clone().unwrap_or_else(made);
        self.0.objects.delete(&key).await?;
        store::delete(&self.0.db, id).await?;
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

fn render(
    format: ExportFormat,
    tree: &DocumentTree,
    letterhead: &export::Letterhead,
    images: &Images,
    meta: &Meta,
) -> Result<Vec<u8>, ExportError> {
    match format {
        ExportFormat::Docx => docx::export(tree, letterhead, images, meta),
        ExportFormat::Pdf => pdf::export(tree, letterhead, images, meta),
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

/// Tells another request from a repetition.
fn fingerprint(document: DocumentId, request: &ExportRequest) -> Vec<u8> {
    sha256(&serde_json::to_vec(&(document, request)).unwrap_or_default())
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
