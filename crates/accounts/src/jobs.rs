//! The background job of the wing.

use carrel_platform::Timestamp;
use carrel_platform::db::Db;
use carrel_platform::jobs::{Job, JobError};
use serde::{Deserialize, Serialize};

use crate::store;

/// Removes sessions and set-up tokens that are over.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sweep {}

impl Job for Sweep {
    const KIND: &'static str = "accounts.sweep";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}

impl Sweep {
    pub async fn run(self, db: Db) -> Result<(), JobError> {
        let now = Timestamp::now();
        let sessions = store::sweep_sessions(&db, now).await?;
        let tokens = store::sweep_setup_tokens(&db, now).await?;
        tracing::debug!(sessions, tokens, "removed sessions and set-up tokens");
        Ok(())
    }
}
