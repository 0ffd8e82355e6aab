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
    /// Rows go first: an object that is left over is found by the next sweep of its prefix, a row without its
    /// object would be a broken promise.
    async fn retain(&self) -> Result<(), Error> {
        let settings = self.0.settings.get().await?;
        let now = Timestamp::now();
        let old = now - days(settings.upload_retention_days);
        let mut uploads = uploads::delete_unused(&self.0.db, old).await?;
        let unused = uploads.len();
        self.delete_objects(uploads.drain(..)).await?;

        let mut expired = 0;
        loop {
            let rows = exports::expired(&self.0.db, now, BATCH).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                self.delete_objects(row.object_key).await?;
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
        let mut tx = self.0.db.begin().await?;
        let exported = exports::delete_of(&mut tx, id).await?;
        uploads::delete_of(&mut tx, id).await?;
        let uploaded = documents::delete(&mut tx, id).await?;
        tx.commit().await?;
        self.delete_objects(exported.into_iter().flatten().chain(uploaded.flatten()))
            .await
    }

    async fn delete_objects(&self, keys: impl IntoIterator<Item = String>) -> Result<(), Error> {
        for key in keys {
            self.0.objects.delete(&key).await?;
        }
        Ok(())
    }
}
