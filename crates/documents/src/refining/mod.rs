//! Refining a draft, or a part of it, with an instruction: the result is a proposal, taken or left change by change.

mod applying;
mod asking;
mod condensing;

use std::collections::BTreeMap;
use std::time::Duration;

use carrel_formats::diff::{self, WordChange};
use carrel_formats::markdown;
use carrel_formats::tree::{Block, DocumentTree};
use carrel_inference::{
    GenerationFailure, GenerationId, GenerationProgress, GenerationStatus, NewGeneration,
    ResolvedModel, Step, Writer,
};
use carrel_platform::auth::{Actor, Permission};
use carrel_platform::crypto::sha256;
use carrel_platform::db::Tx;
use carrel_platform::web::{Code, Page, PageRequest, Problem};
use carrel_platform::{Timestamp, id_type};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use self::applying::apply;
use self::asking::ask;
use self::condensing::condense;
use crate::drafting::unfenced;
use crate::drafts::{Cause, Draft};
use crate::prompts::PromptId;
use crate::store::drafts;
use crate::store::refinements::{self as store, RefinementRow};
use crate::{DocumentId, Documents, Error};

id_type!(
    /// A refinement.
    RefinementId
);

const MAX_PROMPT: usize = 10_000;
/// How long a request waits for its proposal; plain HTTP ends after two minutes.
const PATIENCE: Duration = Duration::from_secs(115);

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

/// What to refine, and how.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefineRequest {
    /// The document.
    pub document_id: DocumentId,
    /// What to do, at most 10,000 characters; may be empty with `promptId`.
    #[serde(default)]
    pub prompt: String,
    /// Only this part; the whole draft when absent.
    #[serde(default)]
    pub selection: Option<Selection>,
    /// A saved prompt, put before `prompt`.
    #[serde(default)]
    pub prompt_id: Option<PromptId>,
    /// Values of the saved prompt's variables.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Id of a model; the workspace's default when absent.
    #[serde(default)]
    pub model: Option<String>,
    /// Whether to answer only when the proposal is there; true when absent.
    #[serde(default)]
    pub wait: Option<bool>,
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

/// Which changes to decide about.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub struct DecideHunks {
    /// Their numbers; all open ones when absent.
    #[serde(default)]
    pub hunks: Option<Vec<u32>>,
}

/// What a decision led to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RefinementDecision {
    /// The refinement.
    pub refinement: Refinement,
    /// The draft.
    pub draft: Draft,
}

struct Plan {
    id: RefinementId,
    base: DocumentTree,
    selection: Option<Selection>,
    prompt: String,
    title: String,
    model: ResolvedModel,
}

impl Documents {
    /// Refines, once for each idempotency key: a repetition gets the first one's proposal and calls no model. Also
    /// tells whether this was a repetition.
    pub(crate) async fn refine(
        &self,
        actor: &Actor,
        key: &str,
        request: RefineRequest,
    ) -> Result<(Refinement, bool), Error> {
        actor.require(Permission::ModelsUse)?;
        let wait = request.wait.unwrap_or(true);
        let fingerprint = fingerprint(&request);
        let first = match store::by_key(&self.0.db, actor.user, key).await? {
            Some(row) if row.request_hash != fingerprint => {
                return Err(Error::new(
                    Code::IdempotencyKeyReused,
                    "make a new Idempotency-Key for a new request",
                ));
            }
            Some(row) => {
                let earlier = self.refinement_view(row).await?;
                if earlier.status == RefinementStatus::Failed {
                    store::free_key(&self.0.db, earlier.id).await?;
                    None
                } else {
                    Some(earlier)
                }
            }
            None => None,
        };
        let replayed = first.is_some();
        let (id, generation) = match first {
            Some(earlier) => (earlier.id, earlier.generation_id),
            None => self.begin_refinement(actor, key, request).await?,
        };
        if wait {
            self.0.inference.wait(actor, generation, PATIENCE).await?;
        }
        Ok((self.refinement(actor, id).await?, replayed))
    }

    async fn begin_refinement(
        &self,
        actor: &Actor,
        key: &str,
        request: RefineRequest,
    ) -> Result<(RefinementId, GenerationId), Error> {
        let document = self.editable(actor, request.document_id).await?;
        let mut prompt = request.prompt.trim().to_owned();
        if let Some(saved) = request.prompt_id {
            let text = self.use_prompt(actor, saved, &request.variables).await?;
            prompt = if prompt.is_empty() {
                text
            } else {
                format!("{text}\n\n{prompt}")
            };
        }
        if !(1..=MAX_PROMPT).contains(&prompt.chars().count()) {
            return Err(Error::field(
                "prompt",
                "length",
                "an instruction has 1 to 10,000 characters",
            ));
        }
        let draft = drafts::get(&self.0.db, document.id)
            .await?
            .ok_or(Error::DraftMissing)?;
        if let Some(selection) = request.selection {
            check_selection(&draft.tree, selection, draft.version)?;
        }
        let model = self.0.inference.resolve(request.model.as_deref()).await?;
        let id = RefinementId::new();
        let plan = Plan {
            id,
            base: draft.tree.0.clone(),
            selection: request.selection,
            prompt: prompt.clone(),
            title: document.title,
            model,
        };
        let model_id = plan.model.id.clone();
        let new = NewGeneration {
            user: actor.user,
            feature: "refine",
            subject: Some(document.id.0),
            model: &model_id,
        };
        let mut tx = self.0.db.begin().await?;
        let documents = self.clone();
        let generation = self
            .0
            .inference
            .start(&mut tx, new, |writer| async move {
                documents.propose(plan, writer).await.map_err(Into::into)
            })
            .await?;
        let row = RefinementRow {
            id,
            document_id: document.id,
            user_id: actor.user,
            prompt,
            selection: request.selection.map(Json),
            model: model_id.clone(),
            request_hash: fingerprint(&request),
            generation_id: generation,
            status: RefinementStatus::Running.as_str().to_owned(),
            draft_version: draft.version,
            hunks: Json(Vec::new()),
            cost_micros: 0,
            created_at: Timestamp::now(),
        };
        if !store::insert(&mut tx, &row, key, &draft.tree).await? {
            return Err(Error::new(
                Code::IdempotencyInProgress,
                "the same request is being answered already",
            ));
        }
        tx.commit().await?;
        Ok((id, generation))
    }

    async fn propose(&self, plan: Plan, writer: Writer) -> Result<(), Error> {
        writer.progress(GenerationProgress {
            step: Step::Writing,
            done: 0,
            total: 1,
        });
        let (from, to) = plan
            .selection
            .map_or((0, plan.base.size()), |s| (s.from, s.to));
        let selected = plan.base.slice(from, to).map_err(tree_error)?;
        let (blocks, cost_micros) = if plan.model.is_extractive() {
            (condense(&plan, &writer, selected).await?, 0)
        } else {
            let request = ask(&plan, &selected, from, to)?;
            let answer = writer.call(&plan.model, request, true).await?;
            let text = unfenced(&answer.text);
            if text.trim().is_empty() {
                return Err(Error::new(
                    Code::ModelFailed,
                    "the model answered without any text; try again or say more exactly what to change",
                ));
            }
            (markdown::parse(text).content, answer.cost_micros)
        };
        let base = plan.base;
        let compared = tokio::task::spawn_blocking(move || {
            let proposed = base.replace_between(from, to, blocks)?;
            Ok::<_, carrel_formats::tree::PositionError>(diff::hunks(&base, &proposed))
        })
        .await;
        let hunks = compared.map_err(Problem::internal)?.map_err(tree_error)?;
        let hunks: Vec<Hunk> = hunks.into_iter().map(Into::into).collect();
        let mut tx = self.0.db.begin().await?;
        store::propose(&mut tx, plan.id, &hunks, cost_micros).await?;
        writer.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn refinement(
        &self,
        actor: &Actor,
        id: RefinementId,
    ) -> Result<Refinement, Error> {
        let row = store::get(&self.0.db, id)
            .await?
            .ok_or_else(|| Error::not_found("refinement"))?;
        self.owned(actor, row.document_id).await?;
        self.refinement_view(row).await
    }

    pub(crate) async fn refinements(
        &self,
        actor: &Actor,
        document: DocumentId,
        page: &PageRequest,
    ) -> Result<Page<Refinement>, Error> {
        self.owned(actor, document).await?;
        let limit = page.limit();
        let rows = store::list(&self.0.db, document, page.after()?, limit + 1).await?;
        let rows = Page::cut(rows, limit, |row| row.id);
        let authors: Vec<_> = rows.items.iter().map(|row| row.user_id).collect();
        let names = self.0.people.names(&authors).await?;
        // At most one generation works on a document, so at most one of them is looked up.
        let mut items = Vec::new();
        for row in rows.items {
            let author = names.get(&row.user_id).cloned();
            let failure = self.failure_of(&row).await?;
            items.push(view(row, author, failure));
        }
        Ok(Page {
            items,
            next_cursor: rows.next_cursor,
        })
    }

    async fn refinement_view(&self, row: RefinementRow) -> Result<Refinement, Error> {
        let names = self.0.people.names(&[row.user_id]).await?;
        let author = names.get(&row.user_id).cloned();
        let failure = self.failure_of(&row).await?;
        Ok(view(row, author, failure))
    }

    /// Why a refinement without a proposal has none, once its generation has ended.
    async fn failure_of(&self, row: &RefinementRow) -> Result<Option<GenerationFailure>, Error> {
        if row.status != "running" {
            return Ok(None);
        }
        let actor = Actor {
            user: row.user_id,
            session: carrel_platform::auth::SessionId::new(),
            roles: Vec::new(),
        };
        let generation = self
            .0
            .inference
            .generation(&actor, row.generation_id)
            .await?;
        if matches!(
            generation.status,
            GenerationStatus::Running | GenerationStatus::Done
        ) {
            return Ok(None);
        }
        Ok(generation.failure)
    }

    /// Takes changes into the draft as it is now. They fit as long as the blocks they replace are unchanged,
    /// whatever was typed elsewhere.
    pub(crate) async fn accept(
        &self,
        actor: &Actor,
        id: RefinementId,
        wanted: DecideHunks,
    ) -> Result<RefinementDecision, Error> {
        let document = self.decidable(actor, id).await?;
        let mut tx = self.0.db.begin().await?;
        let mut proposal = store::lock(&mut tx, id)
            .await?
            .ok_or_else(|| Error::not_found("refinement"))?;
        let chosen = choose(&proposal.hunks, &proposal.status, &wanted)?;
        let draft = drafts::lock(&mut tx, document)
            .await?
            .ok_or(Error::DraftMissing)?;
        let changes: Vec<&Hunk> = proposal
            .hunks
            .iter()
            .filter(|hunk| chosen.contains(&hunk.id))
            .collect();
        let tree = apply(&proposal.base_tree, &draft.tree, &changes)?;
        self.write_draft(
            &mut tx,
            document,
            Some(draft.version),
            &tree,
            actor.user,
            Cause::Refined,
        )
        .await?;
        decide(
            &mut tx,
            id,
            &mut proposal.hunks,
            &chosen,
            HunkState::Accepted,
        )
        .await?;
        tx.commit().await?;
        self.decision(actor, id, document).await
    }

    /// Leaves changes out.
    pub(crate) async fn reject(
        &self,
        actor: &Actor,
        id: RefinementId,
        wanted: DecideHunks,
    ) -> Result<RefinementDecision, Error> {
        let document = self.decidable(actor, id).await?;
        let mut tx = self.0.db.begin().await?;
        let mut proposal = store::lock(&mut tx, id)
            .await?
            .ok_or_else(|| Error::not_found("refinement"))?;
        let chosen = choose(&proposal.hunks, &proposal.status, &wanted)?;
        decide(
            &mut tx,
            id,
            &mut proposal.hunks,
            &chosen,
            HunkState::Rejected,
        )
        .await?;
        tx.commit().await?;
        self.decision(actor, id, document).await
    }

    async fn decidable(&self, actor: &Actor, id: RefinementId) -> Result<DocumentId, Error> {
        let row = store::get(&self.0.db, id)
            .await?
            .ok_or_else(|| Error::not_found("refinement"))?;
        Ok(self.editable(actor, row.document_id).await?.id)
    }

    async fn decision(
        &self,
        actor: &Actor,
        id: RefinementId,
        document: DocumentId,
    ) -> Result<RefinementDecision, Error> {
        Ok(RefinementDecision {
            refinement: self.refinement(actor, id).await?,
            draft: self.draft(actor, document).await?,
        })
    }
}

/// Tells another request from a repetition; how long the client waits makes no other request.
fn fingerprint(request: &RefineRequest) -> Vec<u8> {
    let mut request = request.clone();
    request.wait = None;
    sha256(&serde_json::to_vec(&request).unwrap_or_default())
}

fn check_selection(tree: &DocumentTree, selection: Selection, current: i64) -> Result<(), Error> {
    if selection.draft_version != current {
        // Positions of another version mean other words.
        return Err(Error::new(
            Code::DraftChanged,
            format!("the draft is at version {current} now; select the text again"),
        ));
    }
    let text = tree
        .text_between(selection.from, selection.to)
        .map_err(tree_error)?;
    if text.trim().is_empty() {
        return Err(Error::field("selection", "empty", "select some text"));
    }
    Ok(())
}

fn tree_error(error: carrel_formats::tree::PositionError) -> Error {
    Error::field("selection", "range", error.to_string())
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

/// The open changes that are meant.
fn choose(hunks: &[Hunk], status: &str, wanted: &DecideHunks) -> Result<Vec<u32>, Error> {
    if status == "running" {
        return Err(Error::new(
            Code::SuggestionDecided,
            "there is no proposal yet",
        ));
    }
    let open: Vec<u32> = hunks
        .iter()
        .filter(|h| h.state == HunkState::Open)
        .map(|h| h.id)
        .collect();
    let chosen = match &wanted.hunks {
        None => open,
        Some(ids) if ids.iter().all(|id| open.contains(id)) => ids.clone(),
        Some(_) => Vec::new(),
    };
    if chosen.is_empty() {
        return Err(Error::new(
            Code::SuggestionDecided,
            "these changes were decided already, or are not in this proposal",
        ));
    }
    Ok(chosen)
}

async fn decide(
    tx: &mut Tx,
    id: RefinementId,
    hunks: &mut [Hunk],
    chosen: &[u32],
    state: HunkState,
) -> Result<(), Error> {
    for hunk in hunks.iter_mut().filter(|hunk| chosen.contains(&hunk.id)) {
        hunk.state = state;
    }
    store::decide(tx, id, settled(hunks).as_str(), hunks).await?;
    Ok(())
}

fn settled(hunks: &[Hunk]) -> RefinementStatus {
    let any = |state| hunks.iter().any(|hunk| hunk.state == state);
    match (
        any(HunkState::Open),
        any(HunkState::Accepted),
        any(HunkState::Rejected),
    ) {
        (true, _, _) => RefinementStatus::Proposed,
        (false, true, true) => RefinementStatus::PartlyAccepted,
        (false, true, false) => RefinementStatus::Accepted,
        (false, false, _) => RefinementStatus::Rejected,
    }
}

fn view(
    row: RefinementRow,
    author_name: Option<String>,
    failure: Option<GenerationFailure>,
) -> Refinement {
    let status = if failure.is_some() {
        RefinementStatus::Failed
    } else {
        RefinementStatus::parse(&row.status).unwrap_or(RefinementStatus::Failed)
    };
    Refinement {
        id: row.id,
        document_id: row.document_id,
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
        author_name,
    }
}
