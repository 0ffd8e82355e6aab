//! The drafting workspace: a file comes in, its text is read in the jail, a model (or the engine that only quotes)
//! drafts from a template, people and models refine it, every state is kept as a revision, and a .docx or PDF
//! comes out.
//!
//! The draft is a tree of blocks (`carrel_formats::tree`), the same JSON that the editor works on.

mod access;
mod chunking;
mod documents;
mod drafting;
mod drafts;
mod error;
mod exporting;
mod images;
mod ingest;
mod invitations;
mod prompts;
mod refining;
mod retention;
mod routes;
mod seed;
mod sharing;
mod sources;
mod store;
mod templates;
mod uploads;
mod variables;

use std::sync::Arc;

use carrel_formats::Extractor;
use carrel_inference::Inference;
use carrel_platform::audit::Audit;
use carrel_platform::auth::People;
use carrel_platform::crypto::{Keyring, SealedColumn};
use carrel_platform::db::Db;
use carrel_platform::id_type;
use carrel_platform::jobs::{Jobs, Worker};
use carrel_platform::mail::Mail;
use carrel_platform::objects::Objects;
use carrel_platform::settings::SettingsStore;
use carrel_platform::web::Idempotency;
use tokio::sync::broadcast;
use utoipa_axum::router::OpenApiRouter;

pub use access::{DocumentRole, MemberRole};
pub use documents::{Document, DocumentStatus, Failure};
pub use error::Error;
pub use seed::Seeded;

id_type!(
    /// A document.
    DocumentId
);

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Documents(Arc<Inner>);

struct Inner {
    db: Db,
    objects: Objects,
    jobs: Jobs,
    keyring: Keyring,
    inference: Inference,
    settings: SettingsStore,
    people: Arc<dyn People>,
    extractor: Extractor,
    audit: Audit,
    mail: Mail,
    address: String,
    /// Exports that ended on this node, for requests that wait for one.
    exported: broadcast::Sender<exporting::ExportId>,
}

/// What the wing stands on.
pub struct Foundations {
    /// The database.
    pub db: Db,
    /// Uploads, pictures and exports.
    pub objects: Objects,
    /// The job queue.
    pub jobs: Jobs,
    /// The keys.
    pub keyring: Keyring,
    /// The door to models.
    pub inference: Inference,
    /// Retention and other settings.
    pub settings: SettingsStore,
    /// Names of authors, and who can be given a part in a document.
    pub people: Arc<dyn People>,
    /// Reads files in the jail.
    pub extractor: Extractor,
    /// The audit trail.
    pub audit: Audit,
    /// Mail to people.
    pub mail: Mail,
    /// The address people reach Carrel under, without a slash at the end.
    pub address: String,
}

impl Documents {
    /// The workspace.
    pub fn new(on: Foundations) -> Self {
        on.inference
            .guard(Arc::new(access::GenerationsOfDocuments(on.db.clone())));
        Self(Arc::new(Inner {
            db: on.db,
            objects: on.objects,
            jobs: on.jobs,
            keyring: on.keyring,
            inference: on.inference,
            settings: on.settings,
            people: on.people,
            extractor: on.extractor,
            audit: on.audit,
            mail: on.mail,
            address: on.address,
            exported: broadcast::channel(64).0,
        }))
    }

    /// The wing's routes.
    pub fn router(&self) -> OpenApiRouter {
        routes::router(self.clone(), Idempotency::new(self.0.db.clone()))
    }

    /// What the wing keeps sealed.
    pub fn sealed_columns(&self) -> Vec<Box<dyn SealedColumn>> {
        vec![Box::new(store::invitations::InvitationEmails)]
    }

    /// The wing's background jobs.
    pub fn register(&self, worker: &mut Worker) {
        ingest::register(self, worker);
        exporting::register(self, worker);
        retention::register(self, worker);
    }

    /// Has a file read as an upload would be; says why it can't be.
    pub async fn examine_reader(&self, file: std::io::Result<std::fs::File>) -> Result<(), String> {
        let file = file.map_err(|error| error.to_string())?;
        let read = self.0.extractor.extract(file, "probe.txt", |_| {}).await;
        read.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Whether scanned pages can be read here.
    pub fn can_recognise(&self) -> bool {
        self.0.extractor.can_recognise()
    }
}
