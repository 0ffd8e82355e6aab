//! Jobs by the clock: five-field cron in UTC, each firing enqueued once across all nodes.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use croner::Cron;
use futures::future::BoxFuture;

use super::{Job, Jobs, store};
use crate::Timestamp;

/// A name, when it fires, and how its job is enqueued.
pub(super) struct Schedule {
    name: &'static str,
    cron: Cron,
    enqueue: Box<dyn Fn(Jobs, Timestamp) -> BoxFuture<'static, sqlx::Result<()>> + Send + Sync>,
}

impl Schedule {
    /// # Panics
    /// When `cron` is not a cron expression: schedules are written in the source.
    pub fn new<J: Job>(
        name: &'static str,
        cron: &str,
        job: impl Fn() -> J + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            cron: Cron::from_str(cron).expect("schedules are valid cron expressions"),
            enqueue: Box::new(move |jobs, fire_at| {
                let job = job();
                Box::pin(async move {
                    let mut tx = jobs.db.begin().await?;
                    if store::record_fire(&mut tx, name, fire_at).await? {
                        jobs.enqueue(&mut tx, &job).await?;
                    }
                    tx.commit().await
                })
            }),
        }
    }

    /// Enqueues the last firing that should have happened, unless it was; so a machine that slept through the
    /// night does its work in the morning.
    pub async fn catch_up(&self, jobs: &Jobs) {
        let Ok(last) = self.cron.find_previous_occurrence(&now(), false) else {
            return;
        };
        if let Some(at) = Timestamp::from_unix_seconds(last.timestamp())
            && let Err(error) = (self.enqueue)(jobs.clone(), at).await
        {
            tracing::error!(schedule = self.name, error = %error, "a schedule could not fire");
        }
    }

    /// How long until it fires next.
    pub fn wait(&self) -> Duration {
        let now = now();
        self.cron
            .find_next_occurrence(&now, false)
            .ok()
            .and_then(|next| (next - now).to_std().ok())
            .unwrap_or(Duration::from_hours(1))
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(Timestamp::now().unix_seconds(), 0).unwrap_or_default()
}
