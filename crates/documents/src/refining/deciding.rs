//! Changes of a proposal taken or left, each of them once.

use carrel_platform::auth::Actor;
use carrel_platform::db::Tx;
use carrel_platform::web::Code;
use serde::{Deserialize, Serialize};

use super::applying::apply;
use super::{Hunk, HunkState, Refinement, RefinementId, RefinementStatus};
use crate::drafts::{Cause, Draft};
use crate::store::drafts;
use crate::store::refinements as store;
use crate::{DocumentId, Documents, Error};

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

impl Documents {
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

/// The open changes that are meant.
fn choose(hunks: &[Hunk], status: &str, wanted: &DecideHunks) -> Result<Vec<u32>, Error> {
    if status == RefinementStatus::Running.as_str() {
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
