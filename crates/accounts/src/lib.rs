//! People, sign-in and sessions.
//!
//! A person is an e-mail address, a name and a password; the first two are sealed in the database and the address
//! is found by a keyed blind index. A sign-in begins a session, carried by a cookie (browsers) or a signed access
//! token (programs); either way the session is a row that can be ended. The [`authenticate`] middleware turns a
//! request's credentials into the [`Actor`](carrel_platform::auth::Actor) that all wings look at.

mod administration;
mod audit;
mod authenticate;
mod directory;
mod email;
mod error;
mod groups;
mod identity;
mod jobs;
mod keys;
mod passwords;
mod people;
mod rights;
mod roles;
mod routes;
mod session_cache;
mod sessions;
mod sign_in;
mod store;
mod throttle;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use carrel_platform::audit::{Audit, Trail};
use carrel_platform::crypto::{Keyring, SealedColumn};
use carrel_platform::db::Db;
use carrel_platform::jobs::{Jobs, Worker};
use carrel_platform::mail::Mail;
use carrel_platform::settings::SettingsStore;

pub use audit::record_denials;
pub use authenticate::authenticate;
pub use error::Error;
pub use groups::GroupId;
pub use roles::RoleId;

use email::{Letters, SendResetLink};
use jobs::Sweep;
use keys::KeyCache;
use passwords::Passwords;
use session_cache::SessionCache;
use throttle::Throttle;
use tokens::Tokens;

/// How accounts behave on this node.
#[derive(Clone, Debug)]
pub struct AccountsConfig {
    /// The address people reach Carrel under, without a slash at the end.
    pub address: String,
    /// Whether people reach Carrel over https: then the session cookie is never sent over anything else.
    pub secure_cookies: bool,
}

/// What accounts stand on.
pub struct Foundations {
    /// The database.
    pub db: Db,
    /// The queue.
    pub jobs: Jobs,
    /// The keys.
    pub keyring: Keyring,
    /// The settings of the workspace.
    pub settings: SettingsStore,
    /// Writes the audit trail.
    pub audit: Audit,
    /// Reads the audit trail.
    pub trail: Trail,
    /// Mail to people.
    pub mail: Mail,
}

/// The service.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    db: Db,
    jobs: Jobs,
    keyring: Keyring,
    settings: SettingsStore,
    audit: Audit,
    trail: Trail,
    mail: Mail,
    config: AccountsConfig,
    passwords: Passwords,
    tokens: Tokens,
    sessions: SessionCache,
    keys: KeyCache,
    throttle: Throttle,
    letters: Letters,
    directory: directory::Directory,
    denials: audit::Denials,
    /// Whether an administrator was seen. There is none only before set-up, so a yes is final.
    set_up: AtomicBool,
}

impl Accounts {
    /// Accounts on these foundations.
    pub fn new(on: Foundations, config: AccountsConfig) -> Self {
        Self(Arc::new(Inner {
            tokens: Tokens::new(&on.keyring),
            db: on.db,
            jobs: on.jobs,
            keyring: on.keyring,
            settings: on.settings,
            audit: on.audit,
            trail: on.trail,
            mail: on.mail,
            config,
            passwords: Passwords::new(),
            sessions: SessionCache::default(),
            keys: KeyCache::default(),
            throttle: Throttle::new(),
            letters: Letters::new(),
            directory: directory::Directory::new(),
            denials: audit::Denials::default(),
            set_up: AtomicBool::new(false),
        }))
    }

    /// Registers the job that removes what is over, once an hour, and the one that writes to those who don't know their
    /// password any more.
    pub fn register(&self, worker: &mut Worker) {
        let accounts = self.clone();
        worker.register(move |sweep: Sweep, _| sweep.run(accounts.clone()));
        let accounts = self.clone();
        worker.register(move |link: SendResetLink, _| link.run(accounts.clone()));
        worker.schedule("accounts.sweep", "17 * * * *", || Sweep {});
    }

    /// What the wing keeps sealed.
    pub fn sealed_columns(&self) -> Vec<Box<dyn SealedColumn>> {
        vec![
            Box::new(store::PersonEmails),
            Box::new(store::PersonNames),
            Box::new(store::ApiKeyNames),
            Box::new(email::TokenEmails),
        ]
    }

    /// Whether there is no administrator yet.
    pub(crate) async fn setup_needed(&self) -> Result<bool, Error> {
        let set_up = &self.0.set_up;
        if !set_up.load(Ordering::Relaxed) && self.is_governed().await? {
            set_up.store(true, Ordering::Relaxed);
        }
        Ok(!set_up.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests;
