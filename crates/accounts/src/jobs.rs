//! The background job of the wing.

use carrel_platform::Timestamp;
use carrel_platform::jobs::{Job, JobError};
use serde::{Deserialize, Serialize};

use crate::{Accounts, email, keys, store};

/// Removes sessions, set-up tokens and links that are over, and API keys that have long been.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sweep {}

impl Job for Sweep {
    const KIND: &'static str = "accounts.sweep";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}

impl Sweep {
    pub async fn run(self, accounts: Accounts) -> Result<(), JobError> {
        let db = &accounts.0.db;
        let required = accounts.0.settings.get().await?.verifies_email();
        let now = Timestamp::now();
        let sessions = store::sweep_sessions(db, now).await?;
        let tokens = store::sweep_setup_tokens(db, now).await?;
        let keys = keys::sweep(db, now - keys::KEPT).await?;
        let (links, unverified) = email::sweep(db, required, now).await?;
        tracing::debug!(
            sessions,
            tokens,
            keys,
            links,
            unverified,
            "removed what is over"
        );
        Ok(())
    }
}
