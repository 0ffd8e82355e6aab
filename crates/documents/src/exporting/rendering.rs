//! Making the file of an export, in a job.

use std::time::Duration;

use axum::body::Bytes;
use carrel_formats::export::{self, ExportError, Images, Meta};
use carrel_formats::tree::DocumentTree;
use carrel_formats::{docx, pdf};
use carrel_platform::Timestamp;
use carrel_platform::jobs::{Attempt, Job, JobError, Worker};
use carrel_platform::web::{Code, Problem};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{ExportFormat, ExportId, object_key};
use crate::documents::Failure;
use crate::images::ImageId;
use crate::store::exports::{self as store, ExportRow};
use crate::store::{documents, drafts, templates};
use crate::templates::{Letterhead, Paper};
use crate::{Documents, Error};

/// Bytes of all the pictures of one export.
const MAX_PICTURES: usize = 100 * 1024 * 1024;

/// Renders an export.
#[derive(Serialize, Deserialize)]
pub(super) struct Render {
    pub export: ExportId,
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
