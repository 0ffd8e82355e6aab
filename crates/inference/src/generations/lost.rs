//! Generations whose process died, and the end of those that run here when the node goes down.

use std::time::Duration;

use carrel_platform::Timestamp;
use carrel_platform::db::Dialect;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::{GenerationFailure, Inference, store};

/// A generation without a heartbeat for so long has no process any more.
const LOST: Duration = Duration::from_secs(30);
/// How long a node that goes down waits until the ends of its generations are recorded. What is not recorded by then
/// is lost, and found like that of a node that died.
const SETTLING: Duration = Duration::from_secs(20);

/// Marks generations whose process died, until `stop`; then ends those that run here.
pub(crate) async fn watch(inference: &Inference, stop: CancellationToken) {
    mark_orphans(inference).await;
    let mut tick = interval(LOST / 2);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = tick.tick() => mark_interrupted(inference, Timestamp::now() - LOST).await,
        }
    }
    let live = &inference.0.live;
    live.stop();
    live.tasks.close();
    if timeout(SETTLING, live.tasks.wait()).await.is_err() {
        tracing::error!("generations could not be ended in time");
    }
}

/// Marks what an earlier process left running. One process at a time serves a SQLite data directory, so whatever is
/// older than this one is dead; requests may have begun younger generations already.
pub(crate) async fn mark_orphans(inference: &Inference) {
    if inference.0.db.dialect() == Dialect::Sqlite {
        mark_interrupted(inference, inference.0.opened_at).await;
    }
}

async fn mark_interrupted(inference: &Inference, before: Timestamp) {
    match store::interrupt(&inference.0.db, before, &GenerationFailure::interrupted()).await {
        Ok(0) => {}
        Ok(lost) => tracing::warn!(
            lost,
            "generations whose process died were marked as interrupted"
        ),
        Err(error) => tracing::error!(error = %error, "lost generations can't be marked"),
    }
}
