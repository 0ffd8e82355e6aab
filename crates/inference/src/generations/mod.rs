//! Generations: work with a model that people wait for and may walk away from.
//!
//! A generation runs as a task of this node (`running`) and tells what it does through a [`Writer`], whose log is in
//! memory first and in the database soon after (`live`). Whoever watches is a subscriber to that log, on this node or
//! another one (`following`). One whose process died is found by its missing heartbeat (`lost`).

mod following;
mod live;
pub(crate) mod lost;
mod rights;
mod running;
mod writer;

use std::collections::HashMap;

use carrel_platform::Timestamp;
use carrel_platform::auth::Actor;
use carrel_platform::db::id_list;
use carrel_platform::web::{Page, PageRequest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use self::live::{Event, Registry, Totals};
pub use self::rights::{SubjectRights, Subjects};
pub use self::running::NewGeneration;
pub use self::writer::Writer;
use crate::store::{self, GenerationRow};
use crate::{Error, GenerationFailure, GenerationId, Inference};

carrel_platform::text_enum! {
    /// How a generation stands.
    pub enum GenerationStatus {
        /// At work.
        Running = "running",
        /// Ended well; its result is stored.
        Done = "done",
        /// Ended by a failure.
        Failed = "failed",
        /// Stopped by a person.
        Cancelled = "cancelled",
        /// Its process died.
        Interrupted = "interrupted",
    }
}

/// What the work is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Getting the source.
    Reading,
    /// Working through the chunks of a long source.
    Chunk,
    /// Bringing the chunks together.
    Merging,
    /// Writing the result.
    Writing,
}

/// How far the work is, as in "chunk 3 of 9".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GenerationProgress {
    /// What it is doing.
    pub step: Step,
    /// How many are done.
    pub done: i64,
    /// Of how many.
    pub total: i64,
}

impl GenerationProgress {
    fn finished(self) -> Self {
        Self {
            done: self.total,
            ..self
        }
    }
}

/// A generation as people see it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Generation {
    /// Its id.
    pub id: GenerationId,
    /// What it is for: `draft` or `refine`.
    pub feature: String,
    /// What it works on.
    #[schema(required = true)]
    pub subject_id: Option<Uuid>,
    /// The model.
    pub model: String,
    /// How it stands.
    pub status: GenerationStatus,
    /// How far it is.
    #[schema(required = true)]
    pub progress: Option<GenerationProgress>,
    /// The text so far, as Markdown.
    pub text: String,
    /// Why it did not end well.
    #[schema(required = true)]
    pub failure: Option<GenerationFailure>,
    /// Tokens read so far.
    pub input_tokens: i64,
    /// Tokens written so far.
    pub output_tokens: i64,
    /// Cost so far in micro-units.
    pub cost_micros: i64,
    /// How long it took.
    #[schema(required = true)]
    pub duration_ms: Option<i64>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    #[schema(required = true)]
    pub finished_at: Option<Timestamp>,
}

/// What became of a generation, for the wing that began it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is still at work.
    Running,
    /// It ended well, and its result was stored with its end.
    Done,
    /// It ended without a result.
    Failed(GenerationFailure),
}

impl GenerationStatus {
    fn outcome(self, failure: Option<GenerationFailure>) -> Outcome {
        match self {
            Self::Running => Outcome::Running,
            Self::Done => Outcome::Done,
            Self::Failed | Self::Cancelled | Self::Interrupted => {
                Outcome::Failed(failure.unwrap_or_else(GenerationFailure::interrupted))
            }
        }
    }
}

fn parse_status(status: &str) -> GenerationStatus {
    GenerationStatus::parse(status).unwrap_or(GenerationStatus::Failed)
}

impl From<GenerationRow> for Generation {
    fn from(row: GenerationRow) -> Self {
        Self {
            id: row.id,
            feature: row.feature,
            subject_id: row.subject_id,
            model: row.model,
            status: parse_status(&row.status),
            progress: None,
            text: String::new(),
            failure: row.failure.map(|f| f.0),
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            cost_micros: row.cost_micros,
            duration_ms: row
                .finished_at
                .and_then(|end| end.since(row.created_at).as_millis().try_into().ok()),
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

impl Generation {
    fn is_running(&self) -> bool {
        self.status == GenerationStatus::Running
    }

    fn count(&mut self, totals: Totals) {
        self.input_tokens = totals.input_tokens;
        self.output_tokens = totals.output_tokens;
        self.cost_micros = totals.cost_micros;
    }
}

impl Inference {
    /// A generation the actor may follow.
    pub async fn generation(&self, actor: &Actor, id: GenerationId) -> Result<Generation, Error> {
        let row = self.visible(actor.user, id).await?;
        self.complete_view(row).await
    }

    /// Adds what is in the log: from memory while it runs here, else from the database.
    async fn complete_view(&self, row: GenerationRow) -> Result<Generation, Error> {
        let id = row.id;
        let mut generation = Generation::from(row);
        if generation.is_running()
            && let Some(live) = self.0.live.get(id)
        {
            generation.text = live.text();
            generation.progress = live.progress();
            generation.count(live.totals());
            return Ok(generation);
        }
        for row in store::events(&self.0.db, id, 0).await? {
            match row.event.0 {
                Event::Text { text } => generation.text.push_str(&text),
                Event::Progress(progress) => generation.progress = Some(progress),
                // The row gets the totals when it ends. Until then, and when its process died, only the log has them.
                Event::Usage(totals) => generation.count(totals),
            }
        }
        if generation.status == GenerationStatus::Done {
            generation.progress = generation.progress.map(GenerationProgress::finished);
        }
        Ok(generation)
    }

    /// The actor's generations, newest first, without their texts; of a subject that the actor may follow, those of
    /// everybody.
    pub async fn generations(
        &self,
        actor: &Actor,
        subject: Option<Uuid>,
        status: Option<GenerationStatus>,
        page: &PageRequest,
    ) -> Result<Page<Generation>, Error> {
        let limit = page.limit();
        let (db, status) = (&self.0.db, status.map(GenerationStatus::as_str));
        let before = page.after()?;
        let rows = match subject {
            Some(subject) if self.may_follow(actor.user, subject).await? => {
                store::generations_on(db, subject, status, before, limit + 1).await?
            }
            _ => store::generations(db, actor.user, subject, status, before, limit + 1).await?,
        };
        Ok(Page::cut(rows, limit, |row| row.id).map(|row| self.summary(row)))
    }

    /// The newest generation of each subject that has one, without texts. For wings; no rights are checked.
    pub async fn latest(
        &self,
        subjects: impl IntoIterator<Item = Uuid>,
    ) -> Result<Vec<Generation>, Error> {
        let rows = store::latest(&self.0.db, &id_list(subjects)).await?;
        Ok(rows.into_iter().map(|row| self.summary(row)).collect())
    }

    /// What became of generations, asked by the wing that began them. For wings; no rights are checked. One that is
    /// not there any more is taken for interrupted.
    pub async fn outcomes(
        &self,
        ids: impl IntoIterator<Item = GenerationId>,
    ) -> Result<HashMap<GenerationId, Outcome>, Error> {
        let mut outcomes: HashMap<_, _> = ids
            .into_iter()
            .map(|id| (id, Outcome::Failed(GenerationFailure::interrupted())))
            .collect();
        if outcomes.is_empty() {
            return Ok(outcomes);
        }
        let asked = id_list(outcomes.keys().map(|id| id.0));
        for row in store::outcomes(&self.0.db, &asked).await? {
            let outcome = parse_status(&row.status).outcome(row.failure.map(|f| f.0));
            outcomes.insert(row.id, outcome);
        }
        Ok(outcomes)
    }

    /// A generation without its text; how far it is, is known on the node it runs on.
    fn summary(&self, row: GenerationRow) -> Generation {
        let live = self.0.live.get(row.id);
        let mut generation = Generation::from(row);
        if generation.is_running()
            && let Some(live) = live
        {
            generation.progress = live.progress();
            generation.count(live.totals());
        }
        generation
    }
}
