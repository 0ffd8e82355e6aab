//! What is deleted with time: uploads nobody used, exports, and what lay in the trash.

use std::time::Duration;

use carrel_platform::Timestamp;
use carrel_platform::jobs::{Job, JobError, Worker};
use carrel_platform::web::sweep_idempotency_keys;
use serde::{Deserialize, Serialize};

use crate::store::{documents, exports, uploads};
use crate::{DocumentId, Documents, Error};

/// How long a document lies in the trash.
const TRASH: Duration = Duration::from_hours(30 * 24);
const BATCH: i64 = 100;

/// Deletes what has had its time.
#[derive(Serialize, Deserialize)]
struct Retention;

impl Job for Retention {
    const KIND: &'static str = "documents.retention";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}

pub(crate) fn register(documents: &Documents, worker: &mut Worker) {
    let service = documents.clone();
    worker.register(move |_: Retention, _| {
        let documents = service.clone();
        async move {
            documents
                .retain()
                .await
                .map_err(|error| JobError::Retry(error.to_string()))
        }
    });
    worker.schedule("documents.retention", "30 3 * * *", || Retention);
}

fn days(days: u32) -> Duration {
    Duration::from_hours(24) * days
}

impl Documents {
    /// Objects go before the rows that name them: whatever is cut off in the middle is taken up by the next run.
    async fn retain(&self) -> Result<(), Error> {
        let settings = self.0.settings.get().await?;
        let now = Timestamp::now();
        let old = now - days(settings.upload_retention_days);
        let mut unused = 0;
        loop {
            let keys = uploads::unused(&self.0.db, old, BATCH).await?;
            if keys.is_empty() {
                break;
            }
            for key in keys {
                self.0.objects.delete(&key).await?;
                uploads::delete(&self.0.db, &key).await?;
                unused += 1;
            }
        }

        let mut expired = 0;
        loop {
            let rows = exports::expired(&self.0.db, now, BATCH).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                if let Some(key) = &row.object_key {
                    self.0.objects.delete(key).await?;
                }
                exports::delete(&self.0.db, row.id).await?;
                expired += 1;
            }
        }

        let mut purged = 0;
        loop {
            let ids = documents::expired(&self.0.db, now - TRASH, BATCH).await?;
            if ids.is_empty() {
                break;
            }
            for id in ids {
                self.purge(id).await?;
                purged += 1;
            }
        }
        sweep_idempotency_keys(&self.0.db).await?;
        tracing::info!(unused, expired, purged, "retention");
        Ok(())
    }

    /// Deletes a document and everything of it for good.
    async fn purge(&self, id: DocumentId) -> Result<(), Error> {
        let exported = exports::keys_of(&self.0.db, id).await?;
        let uploaded = documents::object_key(&self.0.db, id).await?;
        for key in exported.into_iter().chain(uploaded) {
            self.0.objects.delete(&key).await?;
        }
        let mut tx = self.0.db.begin().await?;
        exports::delete_of(&mut tx, id).await?;
        uploads::delete_of(&mut tx, id).await?;
        documents::delete(&mut tx, id).await?;
        tx.commit().await?;
        Ok(())
    }
}
