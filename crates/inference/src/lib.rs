//! The one door to models. Every model call of Carrel goes through [`Inference::call`], so that timeouts, retries,
//! usage and cost are the same on every route.
//!
//! Work that people wait for runs as a *generation*: a task of the server with its own event log. An HTTP response
//! is only a subscriber; closing it ends nothing, and any number of subscribers resume from any event.

mod call;
mod catalogue;
mod error;
mod generations;
mod providers;
mod routes;
mod store;
mod usage;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use carrel_models::{Connections, Timeouts};
use carrel_platform::audit::Audit;
use carrel_platform::crypto::{Keyring, SealedColumn};
use carrel_platform::db::Db;
use carrel_platform::jobs::{Job, Worker};
use carrel_platform::settings::SettingsStore;
use carrel_platform::web::Idempotency;
use carrel_platform::{Timestamp, id_type};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

pub use call::{Answer, Call};
pub use carrel_models::{ChatRequest, Grounding, Message, Passage, Section, Task};
pub use catalogue::{Environment, ResolvedModel};
pub use error::{Error, GenerationFailure};
pub use generations::{
    Generation, GenerationProgress, GenerationStatus, NewGeneration, Outcome, Step, SubjectRights,
    Subjects, Writer,
};

id_type!(
    /// A generation.
    GenerationId
);
id_type!(
    /// A model provider that an administrator configured.
    ProviderId
);

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Inference(Arc<Inner>);

struct Inner {
    db: Db,
    keyring: Keyring,
    settings: SettingsStore,
    audit: Audit,
    connections: Connections,
    timeouts: Timeouts,
    catalogue: catalogue::Catalogue,
    live: generations::Registry,
    guard: OnceLock<Arc<dyn Subjects>>,
    /// When this process opened the door; what ran before is older.
    opened_at: Timestamp,
}

impl Inference {
    /// The door, with the providers of the environment beside those in the database.
    pub fn new(
        db: Db,
        keyring: Keyring,
        settings: SettingsStore,
        audit: Audit,
        environment: Environment,
        timeouts: Timeouts,
    ) -> Self {
        Self(Arc::new(Inner {
            db,
            keyring,
            settings,
            audit,
            connections: Connections::new(),
            timeouts,
            catalogue: catalogue::Catalogue::new(environment),
            live: generations::Registry::default(),
            guard: OnceLock::new(),
            opened_at: Timestamp::now(),
        }))
    }

    /// Asks `guard` from now on who may follow and stop a generation; without one only who asked for it may. Set once,
    /// by the wing whose things generations work on.
    pub fn guard(&self, guard: Arc<dyn Subjects>) {
        let _ = self.0.guard.set(guard);
    }

    /// The routes of models, providers, generations and usage.
    pub fn router(&self) -> OpenApiRouter {
        routes::router(self.clone(), Idempotency::new(self.0.db.clone()))
    }

    /// The wing's background jobs.
    pub fn register(&self, worker: &mut Worker) {
        let inference = self.clone();
        worker.register(move |_: Sweep, _| {
            let inference = inference.clone();
            async move {
                store::delete_old_events(&inference.0.db, Timestamp::now() - EVENTS_KEPT).await?;
                Ok(())
            }
        });
        worker.schedule("inference.sweep", "17 * * * *", || Sweep);
    }

    /// What the wing keeps sealed.
    pub fn sealed_columns(&self) -> Vec<Box<dyn SealedColumn>> {
        vec![Box::new(store::ProviderKeys)]
    }

    /// Looks after generations until `stop`: marks those whose process died as interrupted, and at the end cancels
    /// those that run here and waits until that is recorded.
    pub async fn run(&self, stop: CancellationToken) {
        generations::lost::watch(self, stop).await;
    }
}

/// How long the events of a finished generation can be replayed.
const EVENTS_KEPT: Duration = Duration::from_hours(48);

/// Forgets old event logs; the text of finished work is kept by whoever asked for it.
#[derive(Serialize, Deserialize)]
struct Sweep;

impl Job for Sweep {
    const KIND: &'static str = "inference.sweep";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}

#[cfg(test)]
mod tests;
