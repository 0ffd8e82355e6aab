//! What people used of models.

use std::time::Duration;

use carrel_platform::Timestamp;
use carrel_platform::auth::Actor;
use serde::Serialize;

use crate::{Error, Inference, store};

/// Days of a summary that names none.
const DAYS: u64 = 30;
const MAX_DAYS: u64 = 366;

/// What a person used.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsageSummary {
    /// From.
    from: Timestamp,
    /// To.
    to: Timestamp,
    /// Model calls.
    calls: i64,
    /// Tokens read.
    input_tokens: i64,
    /// Tokens written.
    output_tokens: i64,
    /// Cost in micro-units of the workspace's currency.
    cost_micros: i64,
}

impl Inference {
    /// What the actor used in the last `days`, 1 to 366.
    pub(crate) async fn usage(
        &self,
        actor: &Actor,
        days: Option<u64>,
    ) -> Result<UsageSummary, Error> {
        let to = Timestamp::now();
        let from = to - Duration::from_hours(24 * days.unwrap_or(DAYS).clamp(1, MAX_DAYS));
        let used = store::usage_since(&self.0.db, actor.user, from).await?;
        Ok(UsageSummary {
            from,
            to,
            calls: used.calls,
            input_tokens: used.input_tokens,
            output_tokens: used.output_tokens,
            cost_micros: used.cost_micros,
        })
    }
}
