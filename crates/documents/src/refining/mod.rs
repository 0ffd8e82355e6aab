//! Refining a draft, or a part of it, with an instruction.
//!
//! The answer of the model is a proposal: changes, each of which a person takes or leaves, while others go on typing.
//! So a refinement keeps the draft it was made for. Making the proposal is in `proposing`, deciding about it in
//! `deciding`, and `applying` fits what was taken into the draft as it is by then.

mod applying;
mod asking;
mod condensing;
mod deciding;
mod proposing;

use std::collections::HashMap;

use carrel_formats::diff::{self, WordChange};
use carrel_formats::tree::Block;
use carrel_inference::{GenerationFailure, GenerationId, Outcome};
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::web::{Page, PageRequest};
use carrel_platform::{Timestamp, id_type};
use serde::{Deserialize, Serialize};

pub use self::deciding::{DecideHunks, RefinementDecision};
pub use self::proposing::RefineRequest;
use crate::store::refinements::{self as store, RefinementRow};
use crate::{DocumentId, Documents, Error};

id_type!(
    /// A refinement.
    RefinementId
);

/// A part of a draft, as positions of the editor (ProseMirror): UTF-16 units in text, one for each end of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// The version of the draft it was made in.
    pub draft_version: i64,
}

carrel_platform::text_enum! {
    /// How a refinement stands.
    pub enum RefinementStatus {
        /// The model is at work.
        Running = "running",
        /// There is a proposal.
        Proposed = "proposed",
        /// All of it was taken.
        Accepted = "accepted",
        /// Some of it was taken.
        PartlyAccepted = "partly_accepted",
        /// None of it was taken.
        Rejected = "rejected",
        /// There is no proposal.
        Failed = "failed",
    }
}

/// What was decided about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HunkState {
    /// Nothing yet.
    Open,
    /// Taken.
    Accepted,
    /// Left.
    Rejected,
}

/// One change of a proposal.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hunk {
    /// Its number within the proposal.
    pub id: u32,
    /// What was decided about it.
    pub state: HunkState,
    /// The first block it replaces, counted from 0 in the draft it was made for.
    pub old_start: usize,
    /// Behind the last block it replaces.
    pub old_end: usize,
    /// The blocks it replaces.
    #[schema(value_type = Vec<Object>)]
    pub old_blocks: Vec<Block>,
    /// The blocks it brings.
    #[schema(value_type = Vec<Object>)]
    pub new_blocks: Vec<Block>,
    /// The words that differ.
    pub words: Vec<WordChange>,
}

impl From<diff::Hunk> for Hunk {
    fn from(hunk: diff::Hunk) -> Self {
        Self {
            id: hunk.id,
            state: HunkState::Open,
            old_start: hunk.old.start,
            old_end: hunk.old.end,
            old_blocks: hunk.old_blocks,
            new_blocks: hunk.new_blocks,
            words: hunk.words,
        }
    }
}

/// A refinement: an instruction, and what came of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refinement {
    /// Its id.
    pub id: RefinementId,
    /// The document.
    pub document_id: DocumentId,
    /// The instruction.
    pub prompt: String,
    /// The part it is about.
    #[schema(required = true)]
    pub selection: Option<Selection>,
    /// The model.
    pub model: String,
    /// The generation, whose events can be followed.
    pub generation_id: GenerationId,
    /// How it stands.
    pub status: RefinementStatus,
    /// The version of the draft it was made for.
    pub draft_version: i64,
    /// Its changes.
    pub hunks: Vec<Hunk>,
    /// Why there is no proposal.
    #[schema(required = true)]
    pub failure: Option<GenerationFailure>,
    /// What it cost, in micro-units.
    pub cost_micros: i64,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Who asked.
    #[schema(required = true)]
    pub author_name: Option<String>,
}

impl Documents {
    pub(crate) async fn refinement(
        &self,
        actor: &Actor,
        id: RefinementId,
    ) -> Result<Refinement, Error> {
        let row = store::get(&self.0.db, id)
            .await?
            .ok_or_else(|| Error::not_found("refinement"))?;
        self.viewable(actor, row.document_id).await?;
        self.refinement_view(row).await
    }

    pub(crate) async fn refinements(
        &self,
        actor: &Actor,
        document: DocumentId,
        page: &PageRequest,
    ) -> Result<Page<Refinement>, Error> {
        self.viewable(actor, document).await?;
        let limit = page.limit();
        let rows = store::list(&self.0.db, document, page.after()?, limit + 1).await?;
        let rows = Page::cut(rows, limit, |row| row.id);
        let about = self.about(&rows.items).await?;
        Ok(rows.map(|row| about.view(row)))
    }

    async fn refinement_view(&self, row: RefinementRow) -> Result<Refinement, Error> {
        let about = self.about(std::slice::from_ref(&row)).await?;
        Ok(about.view(row))
    }

    /// What rows of refinements don't say themselves. A row learns of its proposal only; that there will be none is
    /// known to the generation.
    async fn about(&self, rows: &[RefinementRow]) -> Result<About, Error> {
        let authors: Vec<_> = rows.iter().map(|row| row.user_id).collect();
        let unproposed = rows.iter().filter(|row| row.is_running());
        Ok(About {
            names: self.0.people.names(&authors).await?,
            outcomes: self
                .0
                .inference
                .outcomes(unproposed.map(|row| row.generation_id))
                .await?,
        })
    }
}

struct About {
    names: HashMap<UserId, String>,
    outcomes: HashMap<GenerationId, Outcome>,
}

impl About {
    fn view(&self, row: RefinementRow) -> Refinement {
        let failure = match self.outcomes.get(&row.generation_id) {
            Some(Outcome::Failed(failure)) => Some(failure.clone()),
            Some(Outcome::Running | Outcome::Done) | None => None,
        };
        let status = if failure.is_some() {
            RefinementStatus::Failed
        } else {
            RefinementStatus::parse(&row.status).unwrap_or(RefinementStatus::Failed)
        };
        Refinement {
            id: row.id,
            document_id: row.document_id,
            author_name: self.names.get(&row.user_id).cloned(),
            prompt: row.prompt,
            selection: row.selection.map(|s| s.0),
            model: row.model,
            generation_id: row.generation_id,
            status,
            draft_version: row.draft_version,
            hunks: row.hunks.0,
            failure,
            cost_micros: row.cost_micros,
            created_at: row.created_at,
        }
    }
}

impl RefinementRow {
    fn is_running(&self) -> bool {
        self.status == RefinementStatus::Running.as_str()
    }
}
