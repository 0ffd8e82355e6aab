//! What is deleted with time: uploads nobody used, exports, what lay in the trash, and pictures nothing refers to.
//!
//! Rows go first, each under the condition that it still may, and its object in a job of the same transaction. So
//! nothing loses its object that somebody took up at the last moment, and no object stays behind a deleted row.

use std::time::Duration;

use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::db::Tx;
use carrel_platform::jobs::{Job, JobError, Worker};
use carrel_platform::web::sweep_idempotency_keys;
use serde::{Deserialize, Serialize};

use crate::images::ImageId;
use crate::store::{documents, exports, images, invitations, templates, uploads};
use crate::{DocumentId, Documents, Error};

/// How long a document lies in the trash, and a deleted template is kept.
const TRASH: Duration = Duration::from_hours(30 * 24);
/// How long a new picture may wait for the draft or letterhead that it is for.
const GRACE: Duration = Duration::from_hours(24);
/// How long an owner sees what became of an invitation.
const INVITATIONS: Duration = Duration::from_hours(90 * 24);
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

/// Deletes objects whose rows are gone.
#[derive(Serialize, Deserialize)]
struct Discard {
    keys: Vec<String>,
}

impl Job for Discard {
    const KIND: &'static str = "documents.discard";
    /// Nothing else knows of these objects any more: it is tried until they are gone.
    const ATTEMPTS: i64 = i64::MAX;
    /// Nobody waits for it.
    const PRIORITY: i64 = -10;
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
    let service = documents.clone();
    worker.register(move |job: Discard, _| {
        let documents = service.clone();
        async move {
            for key in &job.keys {
                documents.0.objects.delete(key).await?;
            }
            Ok(())
        }
    });
}

fn days(days: u32) -> Duration {
    Duration::from_hours(24) * days
}

impl Documents {
    /// Deletes objects once `tx`, which deletes their rows, has committed.
    pub(crate) async fn discard(&self, tx: &mut Tx, keys: Vec<String>) -> Result<(), Error> {
        if !keys.is_empty() {
            self.0.jobs.enqueue(tx, &Discard { keys }).await?;
        }
        Ok(())
    }

    async fn retain(&self) -> Result<(), Error> {
        let settings = self.0.settings.get().await?;
        let now = Timestamp::now();
        let unused = self
            .delete_unused_uploads(now - days(settings.upload_retention_days))
            .await?;
        let expired = self.delete_expired_exports(now).await?;
        let purged = self.empty_trash(now - TRASH).await?;
        templates::delete_for_good(&self.0.db, now - TRASH).await?;
        // Last, as what went before may have been all that referred to a picture.
        let pictures = self.delete_unused_images(now - GRACE).await?;
        invitations::delete_old(&self.0.db, now - INVITATIONS).await?;
        sweep_idempotency_keys(&self.0.db).await?;
        tracing::info!(unused, expired, purged, pictures, "retention");
        Ok(())
    }

    async fn delete_unused_uploads(&self, before: Timestamp) -> Result<usize, Error> {
        let mut deleted = 0;
        loop {
            let mut tx = self.0.db.begin().await?;
            let keys = uploads::delete_unused(&mut tx, before, BATCH).await?;
            if keys.is_empty() {
                return Ok(deleted);
            }
            deleted += keys.len();
            self.discard(&mut tx, keys).await?;
            tx.commit().await?;
        }
    }

    async fn delete_expired_exports(&self, now: Timestamp) -> Result<usize, Error> {
        let mut deleted = 0;
        loop {
            let mut tx = self.0.db.begin().await?;
            let files = exports::delete_expired(&mut tx, now, BATCH).await?;
            if files.is_empty() {
                return Ok(deleted);
            }
            deleted += files.len();
            let keys = files.iter().map(exports::ExportFile::key).collect();
            self.discard(&mut tx, keys).await?;
            tx.commit().await?;
        }
    }

    async fn empty_trash(&self, before: Timestamp) -> Result<usize, Error> {
        let mut purged = 0;
        loop {
            let ids = documents::expired(&self.0.db, before, BATCH).await?;
            if ids.is_empty() {
                return Ok(purged);
            }
            for id in ids {
                if self.purge(id, before).await? {
                    purged += 1;
                }
            }
        }
    }

    /// Deletes a document and everything of it for good, unless it was taken out of the trash meanwhile.
    async fn purge(&self, id: DocumentId, before: Timestamp) -> Result<bool, Error> {
        let mut tx = self.0.db.begin().await?;
        let Some(file) = documents::delete_expired(&mut tx, id, before).await? else {
            return Ok(false);
        };
        let exported = exports::delete_of(&mut tx, id).await?;
        uploads::delete_of(&mut tx, id).await?;
        let keys = exported
            .iter()
            .map(exports::ExportFile::key)
            .chain(file.key);
        self.discard(&mut tx, keys.collect()).await?;
        let event = Event::new(Action::DocumentDeleted).on("document", id);
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn delete_unused_images(&self, before: Timestamp) -> Result<usize, Error> {
        let mut deleted = 0;
        let mut last = None;
        loop {
            let ids = images::unused(&self.0.db, before, last, BATCH).await?;
            // Those that came into use again are not looked at twice.
            last = ids.last().copied();
            if last.is_none() {
                return Ok(deleted);
            }
            for id in ids {
                if self.delete_unused_image(id).await? {
                    deleted += 1;
                }
            }
        }
    }

    async fn delete_unused_image(&self, id: ImageId) -> Result<bool, Error> {
        let mut tx = self.0.db.begin().await?;
        if !images::delete_unused(&mut tx, id).await? {
            return Ok(false);
        }
        self.discard(&mut tx, vec![id.object_key()]).await?;
        tx.commit().await?;
        Ok(true)
    }
}
