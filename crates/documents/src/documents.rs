//! Documents: listing, naming, the trash, and what people see of one.

use std::collections::HashMap;

use carrel_inference::{Generation, GenerationId, GenerationStatus, Step};
use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::web::{Page, PageRequest};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::access::DocumentRole;
use crate::drafts::Cause;
use crate::sharing::DocumentPerson;
use crate::store::documents::{self as store, DocumentRow, Filter, SeenRow, TimeKey, TitleKey};
use crate::templates::TemplateId;
use crate::{DocumentId, Documents, Error};

/// Characters of a title.
const MAX_TITLE: usize = 300;

carrel_platform::text_enum! {
    /// How far a document has come.
    pub enum DocumentStatus {
        /// The file is there and is being read.
        Uploaded = "uploaded",
        /// Its text is there.
        Extracted = "extracted",
        /// It has a draft.
        DraftGenerated = "draft_generated",
        /// Its draft was exported as it stands.
        Exported = "exported",
        /// The file could not be read.
        Failed = "failed",
    }
}

/// What is being done to a document right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Processing {
    /// `queued`, `extracting`, `recognising`, `drafting`.
    pub step: String,
    /// How much is done, in pages or chunks.
    pub done: i64,
    /// Of how much, when known.
    #[schema(required = true)]
    pub total: Option<i64>,
}

/// Why something on a document failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Failure {
    /// `extract`, `draft` or `export`.
    pub step: String,
    /// Stable name.
    pub code: String,
    /// What happened and what to do.
    pub detail: String,
    /// Whether trying again may help.
    pub retryable: bool,
    /// When.
    pub at: Timestamp,
}

/// A document as people see it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// Its title.
    pub title: String,
    /// The name of the uploaded file.
    #[schema(required = true)]
    pub original_name: Option<String>,
    /// The media type the file was sent with.
    #[schema(required = true)]
    pub media_type: Option<String>,
    /// What the file was found to be.
    #[schema(required = true)]
    pub format: Option<String>,
    /// Bytes of the file.
    #[schema(required = true)]
    pub size: Option<i64>,
    /// How far it has come.
    pub status: DocumentStatus,
    /// What is being done to it.
    #[schema(required = true)]
    pub processing: Option<Processing>,
    /// Why the last step failed.
    #[schema(required = true)]
    pub failure: Option<Failure>,
    /// `not_needed`, `done`, or `needed` when pages hold pictures of text that can't be read here.
    #[schema(required = true)]
    pub ocr: Option<String>,
    /// Pages of the file.
    #[schema(required = true)]
    pub page_count: Option<i64>,
    /// Words of the file.
    #[schema(required = true)]
    pub source_words: Option<i64>,
    /// Parts in which a long file is read.
    pub chunk_count: i64,
    /// Version of the draft.
    #[schema(required = true)]
    pub draft_version: Option<i64>,
    /// Words of the draft.
    #[schema(required = true)]
    pub draft_words: Option<i64>,
    /// The template it was drafted from.
    #[schema(required = true)]
    pub template_id: Option<TemplateId>,
    /// The generation that is at work on it.
    #[schema(required = true)]
    pub active_generation_id: Option<GenerationId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was put into the trash.
    #[schema(required = true)]
    pub deleted_at: Option<Timestamp>,
    /// What part the asker has in it.
    pub role: DocumentRole,
    /// Whose it is.
    pub owner: DocumentPerson,
    /// Whether it has members, or invitations that wait.
    pub shared: bool,
}

/// Whose documents to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SharedFilter {
    /// The asker's own.
    Mine,
    /// Those of others.
    WithMe,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// Last changed first.
    #[default]
    Updated,
    /// Newest first.
    Created,
    /// By title.
    Title,
}

/// What a list of documents shows.
#[derive(Debug, Default)]
pub(crate) struct ListRequest {
    pub q: Option<String>,
    pub status: Option<DocumentStatus>,
    pub sort: Sort,
    pub trash: bool,
    /// All when absent.
    pub shared: Option<SharedFilter>,
}

impl Documents {
    pub(crate) async fn create(&self, actor: &Actor, title: &str) -> Result<Document, Error> {
        let title = check_title(title)?;
        let id = DocumentId::new();
        let mut tx = self.0.db.begin().await?;
        store::insert(
            &mut tx,
            &new_row(actor, id, title, DocumentStatus::DraftGenerated),
        )
        .await?;
        self.write_draft(
            &mut tx,
            id,
            None,
            &carrel_formats::tree::DocumentTree::default(),
            actor.user,
            Cause::Typed,
        )
        .await?;
        tx.commit().await?;
        self.document(actor, id).await
    }

    pub(crate) async fn list(
        &self,
        actor: &Actor,
        request: ListRequest,
        page: &PageRequest,
    ) -> Result<Page<Document>, Error> {
        let limit = page.limit();
        let filter = Filter {
            person: actor.user,
            own: request.shared != Some(SharedFilter::WithMe),
            others: request.shared != Some(SharedFilter::Mine) && !request.trash,
            status: request.status.map(|status| status.as_str().to_owned()),
            pattern: request.q.as_deref().and_then(contains_pattern),
            trash: request.trash,
        };
        let db = &self.0.db;
        let rows = match request.sort {
            Sort::Updated => Page::cut(
                store::by_update(db, &filter, page.after()?, limit + 1).await?,
                limit,
                |row| TimeKey(row.document.updated_at, row.document.id),
            ),
            Sort::Created => Page::cut(
                store::by_creation(db, &filter, page.after()?, limit + 1).await?,
                limit,
                |row| TimeKey(row.document.created_at, row.document.id),
            ),
            Sort::Title => Page::cut(
                store::by_title(db, &filter, page.after()?, limit + 1).await?,
                limit,
                |row| TitleKey(row.document.title_folded.clone(), row.document.id),
            ),
        };
        let ids: Vec<_> = rows.items.iter().map(|row| row.document.id.0).collect();
        let generations = self.latest_generations(ids).await?;
        let mut owners: Vec<_> = rows.items.iter().map(|row| row.document.owner_id).collect();
        owners.sort_unstable_by_key(|owner| owner.0);
        owners.dedup();
        let names = self.0.people.names(&owners).await?;
        Ok(rows.map(|row| view(row, &generations, &names)))
    }

    pub(crate) async fn document(&self, actor: &Actor, id: DocumentId) -> Result<Document, Error> {
        let (row, _) = self.seen(actor, id).await?;
        let generations = self.latest_generations(vec![id.0]).await?;
        let names = self.0.people.names(&[row.document.owner_id]).await?;
        Ok(view(row, &generations, &names))
    }

    pub(crate) async fn rename(
        &self,
        actor: &Actor,
        id: DocumentId,
        title: &str,
    ) -> Result<Document, Error> {
        self.editable(actor, id).await?;
        let title = check_title(title)?;
        store::rename(&self.0.db, id, &title, &title.to_lowercase()).await?;
        self.document(actor, id).await
    }

    pub(crate) async fn put_into_trash(&self, actor: &Actor, id: DocumentId) -> Result<(), Error> {
        self.owned(actor, id).await?;
        let mut tx = self.0.db.begin().await?;
        // It may have been given away since.
        self.lock_owned(&mut tx, actor, id).await?;
        if store::trash(&mut tx, id).await? == 1 {
            let event = Event::new(Action::DocumentDeleted)
                .by(actor)
                .on("document", id)
                .detail(json!({ "trash": true }));
            self.0.audit.record(&mut tx, event).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn take_out_of_trash(
        &self,
        actor: &Actor,
        id: DocumentId,
    ) -> Result<Document, Error> {
        self.owned(actor, id).await?;
        store::untrash(&self.0.db, id).await?;
        self.document(actor, id).await
    }

    async fn latest_generations(
        &self,
        ids: Vec<uuid::Uuid>,
    ) -> Result<HashMap<uuid::Uuid, Generation>, Error> {
        let latest = self.0.inference.latest(ids).await?;
        Ok(latest
            .into_iter()
            .filter_map(|g| Some((g.subject_id?, g)))
            .collect())
    }
}

/// A document without a file.
pub(crate) fn new_row(
    actor: &Actor,
    id: DocumentId,
    title: String,
    status: DocumentStatus,
) -> DocumentRow {
    let now = Timestamp::now();
    DocumentRow {
        id,
        owner_id: actor.user,
        title_folded: title.to_lowercase(),
        title,
        original_name: None,
        media_type: None,
        format: None,
        size: None,
        object_key: None,
        status: status.as_str().to_owned(),
        step: None,
        step_done: 0,
        step_total: None,
        failure: None,
        ocr: None,
        page_count: None,
        source_words: None,
        chunk_count: 0,
        template_id: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        draft_version: None,
        draft_words: None,
    }
}

fn view(
    seen: SeenRow,
    generations: &HashMap<uuid::Uuid, Generation>,
    names: &HashMap<UserId, String>,
) -> Document {
    let role = seen.role.as_deref().and_then(DocumentRole::parse);
    let (shared, row) = (seen.shared, seen.document);
    let owner = DocumentPerson {
        id: row.owner_id,
        name: names.get(&row.owner_id).cloned().unwrap_or_default(),
    };
    let generation = generations.get(&row.id.0);
    let running = generation.filter(|g| g.status == GenerationStatus::Running);
    let lost = generation.filter(|g| {
        g.feature == "draft"
            && matches!(
                g.status,
                GenerationStatus::Failed | GenerationStatus::Interrupted
            )
    });
    let processing = match (&row.step, running) {
        (Some(step), _) => Some(Processing {
            step: step.clone(),
            done: row.step_done,
            total: row.step_total,
        }),
        (None, Some(running)) if running.feature == "draft" => Some(Processing {
            step: "drafting".into(),
            done: running
                .progress
                .filter(|p| p.step == Step::Chunk)
                .map_or(0, |p| p.done),
            total: running
                .progress
                .filter(|p| p.step == Step::Chunk)
                .map(|p| p.total),
        }),
        _ => None,
    };
    let draft_failure = lost.and_then(|generation| {
        let failure = generation.failure.as_ref()?;
        Some(Failure {
            step: "draft".into(),
            code: failure.code.clone(),
            detail: failure.detail.clone(),
            retryable: failure.retryable,
            at: generation.finished_at.unwrap_or(generation.created_at),
        })
    });
    Document {
        id: row.id,
        title: row.title,
        original_name: row.original_name,
        media_type: row.media_type,
        format: row.format,
        size: row.size,
        status: DocumentStatus::parse(&row.status).unwrap_or(DocumentStatus::Failed),
        processing,
        failure: row.failure.map(|f| f.0).or(draft_failure),
        ocr: row.ocr,
        page_count: row.page_count,
        source_words: row.source_words,
        chunk_count: row.chunk_count,
        draft_version: row.draft_version,
        draft_words: row.draft_words,
        template_id: row.template_id,
        active_generation_id: running.map(|g| g.id),
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
        role: role.unwrap_or(DocumentRole::Viewer),
        owner,
        shared,
    }
}

/// A title without control characters or surrounding space.
pub(crate) fn check_title(title: &str) -> Result<String, Error> {
    let title = clean_title(title);
    if title.is_empty() || title.chars().count() > MAX_TITLE {
        return Err(Error::field(
            "title",
            "length",
            format!("a title has 1 to {MAX_TITLE} characters"),
        ));
    }
    Ok(title)
}

/// The title of a file: cleaned, and cut to fit.
pub(crate) fn title_from(text: &str) -> String {
    clean_title(text).chars().take(MAX_TITLE).collect()
}

fn clean_title(title: &str) -> String {
    // Direction marks would let a name show itself other than it is.
    let kept = title.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| {
        !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    });
    kept.collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// A `LIKE` pattern (escaped with `\`) for folded text that contains this; `None` when there is nothing to look for.
pub(crate) fn contains_pattern(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return None;
    }
    let escaped = text
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    Some(format!("%{escaped}%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_show_itself_other_than_it_is() {
        assert_eq!(clean_title("  a\u{202e}fdp.exe\n\tb "), "afdp.exe b");
        assert!(check_title(" \n").is_err());
        assert!(check_title(&"x".repeat(301)).is_err());
    }

    #[test]
    fn what_is_looked_for_is_taken_literally() {
        assert_eq!(
            contains_pattern(" 50%_a\\ ").as_deref(),
            Some("%50\\%\\_a\\\\%")
        );
        assert_eq!(contains_pattern(" "), None);
    }
}
