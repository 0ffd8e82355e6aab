//! The job that reads a file: gets the object, has it parsed in the jail, stores pages and chunks.

use std::io::{Seek, SeekFrom, Write};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use carrel_formats::{ExtractError, Extraction, OcrOutcome, Progress, Step};
use carrel_platform::Timestamp;
use carrel_platform::auth::Actor;
use carrel_platform::jobs::{Attempt, Job, JobError, Worker};
use carrel_platform::objects::ObjectError;
use carrel_platform::web::{Code, Problem};
use serde::{Deserialize, Serialize};

use crate::chunking;
use crate::documents::{Failure, title_from};
use crate::store::documents::{self as store, DocumentRow, Extracted};
use crate::store::sources;
use crate::uploads::MAX_FILE;
use crate::{Document, DocumentId, Documents, Error};

const PROGRESS: Duration = Duration::from_millis(400);

/// Reads the file of a document.
#[derive(Serialize, Deserialize)]
pub(crate) struct Extract {
    pub document: DocumentId,
}

impl Job for Extract {
    const KIND: &'static str = "documents.extract";
    const ATTEMPTS: i64 = 3;
    /// A scan of many pages takes a second a page.
    const TIMEOUT: Duration = Duration::from_hours(1);

    fn unique_key(&self) -> Option<String> {
        Some(self.document.to_string())
    }
}

pub(crate) fn register(documents: &Documents, worker: &mut Worker) {
    let service = documents.clone();
    worker.register(move |job: Extract, attempt| {
        let documents = service.clone();
        async move { documents.extract(job.document, attempt).await }
    });
    let service = documents.clone();
    worker.on_dead(move |job: Extract, error| {
        let documents = service.clone();
        async move {
            let failure = failure(
                "extraction_interrupted",
                "the file could not be read: Carrel was stopped or busy each time; try again",
                true,
            );
            tracing::warn!(document.id = %job.document, error, "a document is marked as failed");
            if let Err(error) = store::set_failed(&documents.0.db, job.document, &failure).await {
                tracing::error!(error = %error, "a failed document could not be marked");
            }
        }
    });
}

impl Documents {
    /// Reads the file of a failed document again.
    pub(crate) async fn retry(&self, actor: &Actor, id: DocumentId) -> Result<Document, Error> {
        self.editable(actor, id).await?;
        let mut tx = self.0.db.begin().await?;
        if !store::set_retrying(&mut tx, id).await? {
            return Err(Error::new(
                Code::NothingToRetry,
                "the document's file was read, or is being read",
            ));
        }
        self.0
            .jobs
            .enqueue(&mut tx, &Extract { document: id })
            .await?;
        tx.commit().await?;
        self.document(actor, id).await
    }

    async fn extract(&self, id: DocumentId, attempt: Attempt) -> Result<(), JobError> {
        let Some(row) = store::get(&self.0.db, id).await? else {
            return Ok(());
        };
        if row.status != "uploaded" {
            return Ok(());
        }
        match self.read_file(&row).await {
            Ok(extraction) => match self.keep(&row, &extraction).await {
                Ok(()) => Ok(()),
                Err(error) => self.stumble(id, attempt, Problem::from(error)).await,
            },
            Err(Unread::File(error)) if error.is_retryable() && !attempt.last => {
                Err(JobError::Retry(error.to_string()))
            }
            Err(Unread::File(error)) => {
                tracing::info!(document.id = %id, code = error.code(), "a file could not be read");
                let mut detail = error.to_string();
                detail.push_str(if error.is_retryable() {
                    ". Try again in a moment"
                } else {
                    ". Choose another file"
                });
                store::set_failed(
                    &self.0.db,
                    id,
                    &failure(error.code(), &detail, error.is_retryable()),
                )
                .await?;
                Ok(())
            }
            Err(Unread::Missing) => {
                let detail = "the uploaded file is gone; upload it again";
                store::set_failed(&self.0.db, id, &failure("upload_missing", detail, false))
                    .await?;
                Ok(())
            }
            Err(Unread::Ours(problem)) => self.stumble(id, attempt, problem).await,
        }
    }

    /// A failure of ours: tried again, and shown once that was the last time.
    async fn stumble(
        &self,
        id: DocumentId,
        attempt: Attempt,
        problem: Problem,
    ) -> Result<(), JobError> {
        if attempt.last {
            store::set_failed(
                &self.0.db,
                id,
                &failure(problem.code.as_str(), &problem.detail, true),
            )
            .await?;
        }
        Err(JobError::Retry(problem.detail))
    }

    async fn read_file(&self, row: &DocumentRow) -> Result<Extraction, Unread> {
        let key = row.object_key.as_deref().ok_or(Unread::Missing)?;
        let limit = MAX_FILE.unsigned_abs();
        let bytes = match self.0.objects.get(key, limit).await {
            Ok(bytes) => bytes,
            Err(ObjectError::Missing(_)) => return Err(Unread::Missing),
            Err(ObjectError::TooLarge { size, limit }) => {
                return Err(Unread::File(ExtractError::TooLarge { size, limit }));
            }
            Err(error) => return Err(Unread::Ours(error.into())),
        };
        // The jail reads from a descriptor; the file has no name and is gone when it is closed.
        let written = tokio::task::spawn_blocking(move || {
            let mut file = tempfile::tempfile()?;
            file.write_all(&bytes)?;
            file.seek(SeekFrom::Start(0))?;
            Ok::<_, std::io::Error>(file)
        });
        let file = match written.await {
            Ok(Ok(file)) => file,
            Ok(Err(error)) => return Err(Unread::File(ExtractError::Io(error))),
            Err(error) => return Err(Unread::Ours(Problem::internal(error))),
        };
        let name = row.original_name.as_deref().unwrap_or_default();
        let (latest, mut changes) = tokio::sync::watch::channel(None);
        let last_sent = Mutex::new(None::<Instant>);
        let report = move |progress: Progress| {
            let mut last = last_sent.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_none_or(|at| at.elapsed() >= PROGRESS) {
                *last = Some(Instant::now());
                latest.send_replace(Some(progress));
            }
        };
        let show = async {
            while changes.changed().await.is_ok() {
                let progress = *changes.borrow_and_update();
                let Some(progress) = progress else { continue };
                let step = match progress.step {
                    Step::Extracting => "extracting",
                    Step::Recognising => "recognising",
                };
                let (done, total) = (i64::from(progress.done), progress.total.map(i64::from));
                if let Err(error) = store::set_step(&self.0.db, row.id, step, done, total).await {
                    tracing::warn!(error = %error, "progress could not be shown");
                }
            }
            // The parse ends the race; until then there is nothing more to show.
            std::future::pending::<()>().await;
        };
        let parse = self.0.extractor.extract(file, name, report);
        tokio::select! {
            extraction = parse => extraction.map_err(Unread::File),
            () = show => unreachable!("showing progress never ends"),
        }
    }

    async fn keep(&self, row: &DocumentRow, extraction: &Extraction) -> Result<(), Error> {
        let chunks = chunking::chunks(&extraction.blocks);
        let words: usize = extraction
            .blocks
            .iter()
            .map(|b| b.text.split_whitespace().count())
            .sum();
        let ocr = match &extraction.ocr {
            OcrOutcome::NotNeeded => "not_needed",
            OcrOutcome::Done { .. } => "done",
            OcrOutcome::Needed { .. } => "needed",
        };
        let format = serde_json::to_value(extraction.format).ok();
        let title = extraction
            .title
            .as_deref()
            .map(title_from)
            .filter(|title| says_something(title));
        let title = title.unwrap_or_else(|| row.title.clone());
        let mut tx = self.0.db.begin().await?;
        let found = Extracted {
            format: format
                .as_ref()
                .and_then(|f| f.as_str())
                .unwrap_or("unknown"),
            old_title: &row.title,
            title_folded: &title.to_lowercase(),
            title: &title,
            ocr,
            page_count: extraction.page_count.map(i64::from),
            source_words: i64::try_from(words).unwrap_or(i64::MAX),
            chunk_count: i64::try_from(chunks.len()).unwrap_or(i64::MAX),
        };
        if !store::set_extracted(&mut tx, row.id, &found).await? {
            return Ok(());
        }
        sources::clear(&mut tx, row.id).await?;
        for (idx, (page, blocks)) in chunking::pages(&extraction.blocks).into_iter().enumerate() {
            let search_text = blocks
                .iter()
                .map(|b| b.text.to_lowercase())
                .collect::<Vec<_>>()
                .join("\n");
            let idx = i64::try_from(idx).unwrap_or(i64::MAX);
            sources::insert_page(
                &mut tx,
                row.id,
                idx,
                page.map(i64::from),
                blocks,
                &search_text,
            )
            .await?;
        }
        for chunk in &chunks {
            sources::insert_chunk(&mut tx, row.id, chunk).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Whether a title a file gives itself is one: programs write their own words into that field.
fn says_something(title: &str) -> bool {
    let title = title.to_lowercase();
    title.chars().count() >= 3
        && !title.starts_with("microsoft word - ")
        && !matches!(
            title.as_str(),
            "about:blank" | "untitled" | "document" | "powerpoint presentation"
        )
}

/// Why a file gave no text.
enum Unread {
    /// The file's own fault, or the jail's.
    File(ExtractError),
    /// There is no file.
    Missing,
    /// Storage failed.
    Ours(Problem),
}

fn failure(code: &str, detail: &str, retryable: bool) -> Failure {
    let mut characters = detail.chars();
    let sentence = characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect());
    Failure {
        step: "extract".into(),
        code: code.to_owned(),
        detail: sentence.unwrap_or_default(),
        retryable,
        at: Timestamp::now(),
    }
}

#[cfg(test)]
mod tests {
    use super::says_something;

    #[test]
    fn only_what_a_program_wrote_is_no_title() {
        for none in ["Untitled", "about:blank", "Microsoft Word - a.doc", "ab"] {
            assert!(!says_something(none), "{none}");
        }
        for title in [
            "Document retention policy",
            "Documentation",
            "Untitled poems",
        ] {
            assert!(says_something(title), "{title}");
        }
    }
}
