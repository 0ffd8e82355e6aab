//! From an instruction to a proposal, once for each idempotency key.
//!
//! The key is kept with the refinement, in the transaction that begins it, rather than in the ledger of answers: so a
//! repetition finds it, and calls no model, also after a crash in the middle of the call.

use std::collections::BTreeMap;
use std::time::Duration;

use carrel_formats::tree::{DocumentTree, PositionError};
use carrel_formats::{diff, markdown};
use carrel_inference::{
    GenerationId, GenerationProgress, NewGeneration, ResolvedModel, Step, Writer,
};
use carrel_platform::Timestamp;
use carrel_platform::auth::Actor;
use carrel_platform::crypto::sha256;
use carrel_platform::web::{Code, Problem};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::asking::ask;
use super::condensing::condense;
use super::{Hunk, Refinement, RefinementId, RefinementStatus, Selection};
use crate::drafting::unfenced;
use crate::prompts::PromptId;
use crate::store::drafts;
use crate::store::refinements::{self as store, RefinementRow};
use crate::{DocumentId, Documents, Error};

const MAX_PROMPT: usize = 10_000;
/// How long a request waits for its proposal; plain HTTP ends after two minutes.
const PATIENCE: Duration = Duration::from_secs(115);

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

/// What the work needs, all of it checked.
pub(super) struct Plan {
    pub id: RefinementId,
    pub base: DocumentTree,
    pub selection: Option<Selection>,
    pub prompt: String,
    pub title: String,
    pub model: ResolvedModel,
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
        let prompt = self.instruction(actor, &request).await?;
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

    /// The saved prompt with its variables filled, and what was typed after it.
    async fn instruction(&self, actor: &Actor, request: &RefineRequest) -> Result<String, Error> {
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
        Ok(prompt)
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
            Ok::<_, PositionError>(diff::hunks(&base, &proposed))
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

pub(super) fn tree_error(error: PositionError) -> Error {
    Error::field("selection", "range", error.to_string())
}
