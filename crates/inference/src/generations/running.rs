//! The life of a generation on its node: from the transaction that begins it to the one that ends it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use carrel_platform::auth::{Actor, UserId};
use carrel_platform::db::Tx;
use carrel_platform::web::{Code, Problem};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::sleep;
use uuid::Uuid;

use super::{Generation, GenerationStatus, Writer};
use crate::{Error, GenerationFailure, GenerationId, Inference, store};

/// How long work may take to end by itself once it was told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// What a generation is for.
#[derive(Debug)]
pub struct NewGeneration<'a> {
    /// Who asked.
    pub user: UserId,
    /// `draft`, `refine` …
    pub feature: &'static str,
    /// What it works on; only one generation works on it at a time.
    pub subject: Option<Uuid>,
    /// Id of the model, for people to see.
    pub model: &'a str,
}

impl Inference {
    /// Begins a generation as part of `tx` and runs `work` once that is durable.
    ///
    /// The work ends the generation itself with [`Writer::complete`], together with its result. Whatever else it
    /// returns becomes the failure of the generation.
    ///
    /// # Errors
    /// `generation_running` when one works on the subject already.
    pub async fn start<F>(
        &self,
        tx: &mut Tx,
        new: NewGeneration<'_>,
        work: impl FnOnce(Writer) -> F,
    ) -> Result<GenerationId, Error>
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let id = GenerationId::new();
        if !store::insert_generation(tx, id, new.user, new.feature, new.subject, new.model).await? {
            return Err(Problem::new(
                Code::GenerationRunning,
                "wait until it has ended, or stop it first",
            )
            .into());
        }
        let live = self.0.live.insert(id);
        let unstarted = Unstarted {
            inference: self.clone(),
            id,
            armed: true,
        };
        let writer = Writer {
            inference: self.clone(),
            live,
            id,
            user: new.user,
            feature: new.feature,
        };
        let work = work(writer.clone()).boxed();
        let inference = self.clone();
        tx.on_commit(move || {
            unstarted.disarm();
            let tasks = inference.0.live.tasks.clone();
            tasks.spawn(async move {
                inference.run_one(writer, work).await;
            });
        });
        Ok(id)
    }

    async fn run_one(&self, writer: Writer, work: BoxFuture<'static, Result<(), Error>>) {
        let work = AssertUnwindSafe(work).catch_unwind();
        let overdue = async {
            writer.live.cancel.cancelled().await;
            // Work that minds the token ends by itself and sooner.
            sleep(GRACE).await;
        };
        let result = tokio::select! {
            result = work => result.unwrap_or_else(|_| {
                Err(Problem::internal("the work of a generation panicked").into())
            }),
            () = writer.keep(&self.0.db) => Err(Error::Cancelled),
            () = overdue => Err(Error::Cancelled),
        };
        if let Err(error) = &result
            && let Err(lost) = self.fail(&writer, error).await
        {
            tracing::error!(generation.id = %writer.id, error = %lost, "the end of a generation could not be recorded");
        }
        // Dropping the last of the log's senders tells subscribers that the row has the outcome.
        self.0.live.remove(writer.id);
    }

    async fn fail(&self, writer: &Writer, error: &Error) -> Result<(), Error> {
        let (status, failure) = match error {
            Error::Cancelled if self.0.live.is_stopping() => (
                GenerationStatus::Interrupted,
                GenerationFailure::interrupted(),
            ),
            Error::Cancelled => (GenerationStatus::Cancelled, error.into()),
            other => (GenerationStatus::Failed, other.into()),
        };
        if status == GenerationStatus::Failed {
            tracing::warn!(generation.id = %writer.id, code = failure.code, "a generation failed");
        }
        let mut tx = self.0.db.begin().await?;
        // When it had ended already (on another node, it was taken for dead), that end stays as it is.
        writer.end(&mut tx, status, Some(&failure)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Asks a running generation to stop. What it wrote so far is kept in its text.
    pub async fn cancel(&self, actor: &Actor, id: GenerationId) -> Result<Generation, Error> {
        self.stoppable(actor.user, id).await?;
        if store::ask_cancel(&self.0.db, id).await?
            && let Some(live) = self.0.live.get(id)
        {
            live.cancel.cancel();
        }
        self.generation(actor, id).await
    }
}

/// Forgets a generation whose transaction did not commit.
struct Unstarted {
    inference: Inference,
    id: GenerationId,
    armed: bool,
}

impl Unstarted {
    fn disarm(mut self) {
        self.armed = false;
    }
}

impl Drop for Unstarted {
    fn drop(&mut self) {
        if self.armed {
            self.inference.0.live.remove(self.id);
        }
    }
}
