//! What is done to the trail by the clock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::trail::{Trail, TrailError};
use crate::Timestamp;
use crate::jobs::{Job, JobError, Worker};
use crate::settings::SettingsStore;

/// Signs the end of the chain, once a minute.
#[derive(Debug, Serialize, Deserialize)]
struct SignHead {}

impl Job for SignHead {
    const KIND: &'static str = "audit.sign";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}

/// Removes rows whose time is over, once a day.
#[derive(Debug, Serialize, Deserialize)]
struct Prune {}

impl Job for Prune {
    const KIND: &'static str = "audit.prune";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}

const YEAR: Duration = Duration::from_hours(24 * 365);

impl From<TrailError> for JobError {
    fn from(error: TrailError) -> Self {
        Self::Retry(error.to_string())
    }
}

impl Trail {
    /// Registers the jobs.
    pub fn register(&self, worker: &mut Worker, settings: &SettingsStore) {
        let trail = self.clone();
        worker.register(move |_: SignHead, _| {
            let trail = trail.clone();
            async move { Ok(trail.sign_head().await?) }
        });
        worker.schedule("audit.sign", "* * * * *", || SignHead {});
        let (trail, settings) = (self.clone(), settings.clone());
        worker.register(move |_: Prune, _| {
            let (trail, settings) = (trail.clone(), settings.clone());
            async move {
                let years = settings.get().await?.audit_retention_years;
                let removed = trail.prune(Timestamp::now() - YEAR * years).await?;
                tracing::info!(removed, "removed audit rows whose time is over");
                Ok(())
            }
        });
        worker.schedule("audit.prune", "41 3 * * *", || Prune {});
    }
}
