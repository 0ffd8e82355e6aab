//! People, sign-in and sessions.
//!
//! A person is an e-mail address, a name and a password; the first two are sealed in the database and the address
//! is found by a keyed blind index. A sign-in begins a session, carried by a cookie (browsers) or a signed access
//! token (programs); either way the session is a row that can be ended. The [`authenticate`] middleware turns a
//! request's credentials into the [`Actor`](carrel_platform::auth::Actor) that all wings look at.

mod address;
mod authenticate;
mod error;
mod identity;
mod jobs;
mod passwords;
mod people;
mod routes;
mod session_cache;
mod sessions;
mod sign_in;
mod store;
mod throttle;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use carrel_platform::crypto::Keyring;
use carrel_platform::db::Db;
use carrel_platform::jobs::Worker;
use carrel_platform::settings::SettingsStore;

pub use authenticate::authenticate;
pub use error::Error;

use jobs::Sweep;
use passwords::Passwords;
use session_cache::SessionCache;
use throttle::Throttle;
use tokens::Tokens;

/// How accounts behave on this node.
#[derive(Clone, Copy, Debug)]
pub struct AccountsConfig {
    /// Whether people reach Carrel over https: then the session cookie is never sent over anything else.
    pub secure_cookies: bool,
}

/// The service.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    db: Db,
    keyring: Keyring,
    settings: SettingsStore,
    config: AccountsConfig,
    passwords: Passwords,
    tokens: Tokens,
    sessions: SessionCache,
    throttle: Throttle,
    /// Whether an administrator was seen. There is none only before set-up, so a yes is final.
    set_up: AtomicBool,
}

impl Accounts {
    /// Accounts in this database.
    pub fn new(db: Db, keyring: Keyring, settings: SettingsStore, config: AccountsConfig) -> Self {
        Self(Arc::new(Inner {
            tokens: Tokens::new(&keyring),
            db,
            keyring,
            settings,
            config,
            passwords: Passwords::new(),
            sessions: SessionCache::default(),
            throttle: Throttle::new(),
            set_up: AtomicBool::new(false),
        }))
    }

    /// Registers the job that removes what is over, once an hour.
    pub fn register(&self, worker: &mut Worker) {
        let db = self.0.db.clone();
        worker.register(move |sweep: Sweep, _| sweep.run(db.clone()));
        worker.schedule("accounts.sweep", "17 * * * *", || Sweep {});
    }

    /// Whether there is no administrator yet.
    pub(crate) async fn setup_needed(&self) -> Result<bool, Error> {
        let set_up = &self.0.set_up;
        if !set_up.load(Ordering::Relaxed) && store::administrator_exists(&self.0.db).await? {
            set_up.store(true, Ordering::Relaxed);
        }
        Ok(!set_up.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests;
