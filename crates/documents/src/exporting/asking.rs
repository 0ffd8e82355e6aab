//! Asking for an export, once for each key, and waiting for its file.

use std::time::Duration;

use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::Actor;
use carrel_platform::crypto::sha256;
use carrel_platform::web::Code;
use serde_json::json;
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout_at};

use super::rendering::Render;
use super::{Export, ExportId, ExportRequest};
use crate::store::drafts;
use crate::store::exports::{self as store, ExportRow, Key};
use crate::{DocumentId, Documents, Error};

/// How long a request waits for its file.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a request looks for a file that another node makes.
const LOOK: Duration = Duration::from_millis(500);

impl Documents {
    /// Exports the draft as it is when the job runs, and waits up to 20 s for the file. A repetition with the same
    /// key gets the same export as it is now, unless that failed. Also tells whether this was a repetition.
    pub(crate) async fn export(
        &self,
        actor: &Actor,
        id: DocumentId,
        key: Option<&str>,
        request: ExportRequest,
    ) -> Result<(Export, bool), Error> {
        let ended = self.0.exported.subscribe();
        let hash = fingerprint(id, &request);
        let key = key.map(|key| Key {
            key,
            request_hash: &hash,
        });
        let mut first = self.first_export(actor, key.as_ref()).await?;
        let mut replayed = first.is_some();
        if first.is_none() {
            first = self.begin_export(actor, id, key.as_ref(), request).await?;
        }
        if first.is_none() {
            // The same request came twice at once, and the other one was first.
            first = self.first_export(actor, key.as_ref()).await?;
            replayed = true;
        }
        let export = first.ok_or_else(|| {
            Error::new(
                Code::IdempotencyInProgress,
                "the first request with this key has not ended; wait for it and send it again",
            )
        })?;
        self.wait_for(export, ended).await?;
        Ok((self.export_view(actor, export).await?, replayed))
    }

    /// The export that this person's key was used for, if it has not failed.
    async fn first_export(
        &self,
        actor: &Actor,
        key: Option<&Key<'_>>,
    ) -> Result<Option<ExportId>, Error> {
        let Some(key) = key else {
            return Ok(None);
        };
        let Some(first) = store::by_key(&self.0.db, actor.user, key.key).await? else {
            return Ok(None);
        };
        if first.request_hash != key.request_hash {
            return Err(Error::new(
                Code::IdempotencyKeyReused,
                "make a new Idempotency-Key for a new request",
            ));
        }
        if first.status == "failed" {
            store::free_key(&self.0.db, first.id).await?;
            return Ok(None);
        }
        Ok(Some(first.id))
    }

    /// Puts an export into the queue; `None` when the key was used meanwhile.
    async fn begin_export(
        &self,
        actor: &Actor,
        id: DocumentId,
        key: Option<&Key<'_>>,
        request: ExportRequest,
    ) -> Result<Option<ExportId>, Error> {
        let document = self.present(actor, id).await?;
        drafts::get(&self.0.db, id)
            .await?
            .ok_or(Error::DraftMissing)?;
        if let Some(template) = request.template_id {
            self.usable_template(actor, template).await?;
        }
        let settings = self.0.settings.get().await?;
        let now = Timestamp::now();
        let row = ExportRow {
            id: ExportId::new(),
            document_id: id,
            owner_id: actor.user,
            title: document.title,
            format: request.format.as_str().to_owned(),
            template_id: request.template_id.or(document.template_id),
            status: "queued".into(),
            object_key: None,
            size: None,
            failure: None,
            created_at: now,
            expires_at: now + Duration::from_hours(24) * settings.export_retention_days,
        };
        let mut tx = self.0.db.begin().await?;
        if !store::insert(&mut tx, &row, key).await? {
            return Ok(None);
        }
        self.0
            .jobs
            .enqueue(&mut tx, &Render { export: row.id })
            .await?;
        let event = Event::new(Action::DocumentExported)
            .by(actor)
            .on("document", id)
            .detail(json!({ "export": row.id, "format": request.format }));
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(Some(row.id))
    }

    async fn wait_for(
        &self,
        id: ExportId,
        mut ended: broadcast::Receiver<ExportId>,
    ) -> Result<(), Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let now = store::get(&self.0.db, id).await?;
            if now.is_none_or(|row| row.status != "queued") || Instant::now() >= deadline {
                return Ok(());
            }
            let look = deadline.min(Instant::now() + LOOK);
            let told = async { while !matches!(ended.recv().await, Ok(other) if other == id) {} };
            if timeout_at(look, told).await.is_ok() {
                return Ok(());
            }
        }
    }
}

/// Tells another request from a repetition.
fn fingerprint(document: DocumentId, request: &ExportRequest) -> Vec<u8> {
    sha256(&serde_json::to_vec(&(document, request)).unwrap_or_default())
}
