//! What the work of a generation writes to, and how that becomes durable.

use std::sync::Arc;
use std::time::Duration;

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use tokio::time::{MissedTickBehavior, interval};

use super::live::Live;
use super::{GenerationProgress, GenerationStatus};
use crate::call::{Answer, Call};
use crate::catalogue::ResolvedModel;
use crate::{ChatRequest, Error, GenerationFailure, GenerationId, Inference, store};

const FLUSH: Duration = Duration::from_millis(500);
/// Every this many flushes the generation shows that it lives, and learns whether to stop.
const HEARTBEAT: u32 = 4;

/// What the work of a generation writes to.
#[derive(Clone)]
pub struct Writer {
    pub(super) inference: Inference,
    pub(super) live: Arc<Live>,
    pub(super) id: GenerationId,
    pub(super) user: UserId,
    pub(super) feature: &'static str,
}

impl Writer {
    /// Shows how far the work is.
    pub fn progress(&self, progress: GenerationProgress) {
        self.live.add_progress(progress);
    }

    /// Shows text of the result.
    pub fn text(&self, text: &str) {
        if !text.is_empty() {
            self.live.add_text(text);
        }
    }

    /// Calls a model for this generation. The text goes to subscribers when `show` is set, and to the answer in
    /// any case. What the call used is counted, however it ends.
    pub async fn call(
        &self,
        model: &ResolvedModel,
        request: ChatRequest,
        show: bool,
    ) -> Result<Answer, Error> {
        let call = Call {
            user: self.user,
            feature: self.feature,
            generation: Some(self.id),
            model,
            request,
            cancel: &self.live.cancel,
        };
        let show = |text: &str| {
            if show {
                self.text(text);
            }
        };
        let (answer, ended) = self.inference.metered(call, show).await;
        // A call that was refused before anything was read is no news.
        if ended.is_ok() || answer.input_tokens > 0 {
            self.live.add_usage(&answer);
        }
        ended.map(|()| answer)
    }

    /// Ends the generation well as part of `tx`, so that its result and its end become durable together.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when it was ended meanwhile; the caller rolls back.
    pub async fn complete(&self, tx: &mut Tx) -> Result<(), Error> {
        if self.end(tx, GenerationStatus::Done, None).await? {
            Ok(())
        } else {
            Err(Error::Cancelled)
        }
    }

    /// Ends the generation, with the rest of its log; `false` when it had ended already.
    pub(super) async fn end(
        &self,
        tx: &mut Tx,
        status: GenerationStatus,
        failure: Option<&GenerationFailure>,
    ) -> sqlx::Result<bool> {
        self.live.flush(self.id, tx).await?;
        store::finish(tx, self.id, status.as_str(), failure, self.live.totals()).await
    }

    /// Writes the log to the database every half second, until dropped.
    pub(super) async fn keep(&self, db: &Db) {
        let mut tick = interval(FLUSH);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for turn in 1u32.. {
            tick.tick().await;
            if let Err(error) = self.save(db).await {
                tracing::error!(generation.id = %self.id, error = %error, "the events of a generation could not be saved");
            }
            if turn % HEARTBEAT == 0 {
                match store::heartbeat(db, self.id).await {
                    Ok(Some(false)) => {}
                    Ok(Some(true) | None) => self.live.cancel.cancel(),
                    Err(error) => tracing::error!(error = %error, "a heartbeat failed"),
                }
            }
        }
    }

    async fn save(&self, db: &Db) -> sqlx::Result<()> {
        if self.live.is_flushed() {
            return Ok(());
        }
        let mut tx = db.begin().await?;
        self.live.flush(self.id, &mut tx).await?;
        tx.commit().await
    }
}
