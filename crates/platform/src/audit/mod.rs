//! The audit trail: what was done, by whom and to what, in one chain of rows that only grows.
//!
//! Each row carries the SHA-256 of itself and of the row before it, so that a row that was edited, removed, added or
//! moved breaks the chain at its place. A record is part of the transaction of what it records: there is no change
//! without its record and no record of a change that was undone. Rows hold ids, never names, addresses or content.
//!
//! On PostgreSQL the head of the chain is a locked row, held until the transaction ends. So [`record`] is called as
//! the last thing before the commit, and two transactions can't wait for each other over it.

mod chain;
mod heads;
mod jobs;
mod store;
mod trail;

use serde::Serialize;
use serde_json::Value;

use crate::Timestamp;
use crate::auth::{Actor, Credential, UserId};
use crate::crypto::{Keyring, SealedColumn};
use crate::db::{Db, Tx};
use crate::web::{current_client, current_request_id};

pub use heads::Head;
pub use store::{EventRow, Filter};
pub use trail::{Trail, TrailError, Verification};

macro_rules! actions {
    ($($name:ident = $text:literal, $meaning:literal;)*) => {
        /// What was done. The names are part of the API: actions are added, never renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action { $(#[doc = $meaning] $name),* }

        impl Action {
            /// Every action, in the order they are documented.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// What it says, in words.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning),* }
            }
        }
    };
}

actions! {
    SignedIn = "session.begun", "Someone signed in.";
    SignInFailed = "session.refused", "A sign-in failed.";
    SignedOut = "session.ended", "A session was ended.";
    AccountCreated = "account.created", "An account was made.";
    AccountChanged = "account.changed", "An account was changed, switched off or on.";
    EmailVerified = "email.verified", "An e-mail address was confirmed.";
    EmailChanged = "email.changed", "Someone changed their e-mail address.";
    PasswordChanged = "password.changed", "Someone changed their password.";
    PasswordReset = "password.reset", "A password was set anew by a link.";
    RightsChanged = "rights.changed", "The roles or groups of someone were changed.";
    RoleChanged = "role.changed", "A role was made, changed or removed.";
    GroupChanged = "group.changed", "A group was made, changed or removed.";
    KeyCreated = "key.created", "An API key was made.";
    KeyRevoked = "key.revoked", "An API key was revoked.";
    KeyUsed = "key.used", "An API key was used, recorded at most once a minute.";
    AccessDenied = "access.denied", "Someone asked for what they have no right to.";
    SettingsChanged = "settings.changed", "The settings of the workspace were changed.";
    ProviderChanged = "provider.changed", "A model provider was made, changed or removed.";
    DocumentShared = "document.shared", "Someone was given a part in a document, invited to it, or removed from it.";
    DocumentTransferred = "document.transferred", "A document was given to another owner.";
    DocumentExported = "document.exported", "A document was exported to a file.";
    DocumentDownloaded = "document.downloaded", "The original file of a document was downloaded.";
    DocumentDeleted = "document.deleted", "A document was put into the trash, or removed for good.";
    AuditExported = "audit.exported", "The audit trail was exported.";
    KeysRotated = "keys.rotated", "The encryption keys were rotated.";
}

crate::text_enum! {
    /// How it ended.
    pub enum Outcome {
        /// It was done.
        Done = "done",
        /// It was refused.
        Denied = "denied",
        /// It failed.
        Failed = "failed",
    }
}

/// One thing to record.
#[derive(Debug)]
pub struct Event<'a> {
    action: Action,
    outcome: Outcome,
    actor: Option<UserId>,
    credential: Option<Credential>,
    target: Option<(&'a str, String)>,
    detail: Value,
}

impl<'a> Event<'a> {
    /// Something that was done, by nobody in particular yet.
    pub fn new(action: Action) -> Self {
        Self {
            action,
            outcome: Outcome::Done,
            actor: None,
            credential: None,
            target: None,
            detail: Value::Null,
        }
    }

    /// Who did it.
    #[must_use]
    pub fn by(mut self, actor: &Actor) -> Self {
        self.actor = Some(actor.user);
        self.credential = Some(actor.credential);
        self
    }

    /// Who did it, where no credential is at hand (signing in, a link from a mail).
    #[must_use]
    pub fn by_person(mut self, user: UserId) -> Self {
        self.actor = Some(user);
        self
    }

    /// What it was done to: a kind (`document`, `person`, `role`, …) and an id.
    #[must_use]
    pub fn on(mut self, kind: &'a str, id: impl std::fmt::Display) -> Self {
        self.target = Some((kind, id.to_string()));
        self
    }

    /// How it ended, when it was not done.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// More about it, a few hundred bytes at most: ids, names of fields, counts. Never names, addresses, content or
    /// secrets.
    #[must_use]
    pub fn detail(mut self, detail: impl Serialize) -> Self {
        self.detail = serde_json::to_value(detail).unwrap_or_default();
        self
    }
}

/// Writes the audit trail.
#[derive(Clone, Debug)]
pub struct Audit {
    keyring: Keyring,
}

impl Audit {
    /// The trail, whose addresses are sealed with these keys.
    pub fn new(keyring: Keyring) -> Self {
        Self { keyring }
    }

    /// What the trail keeps sealed.
    pub fn sealed_columns() -> Vec<Box<dyn SealedColumn>> {
        vec![Box::new(store::AuditAddresses)]
    }

    /// Records an event as part of `tx`, with the address and the id of the request it belongs to. The last
    /// statement before the commit.
    pub async fn record(&self, tx: &mut Tx, event: Event<'_>) -> sqlx::Result<()> {
        let (seq, before) = store::advance(tx).await?;
        let link = chain::Link {
            seq,
            at: Timestamp::now(),
            action: event.action.as_str().to_owned(),
            outcome: event.outcome.as_str().to_owned(),
            actor: event.actor,
            credential: event.credential.map(credential_text),
            target_kind: event.target.as_ref().map(|(kind, _)| (*kind).to_owned()),
            target_id: event.target.map(|(_, id)| id),
            detail: (!event.detail.is_null()).then(|| event.detail.to_string()),
            request_id: Some(current_request_id()).filter(|id| !id.is_empty()),
        };
        let hash = link.hash(&before);
        let address = current_client().map(|address| {
            let row = seq.to_string();
            let text = address.to_string();
            self.keyring.seal(store::address_place(&row), &text)
        });
        store::append(tx, &link, &hash, address.as_deref()).await
    }

    /// Records an event that belongs to no other change.
    pub async fn record_alone(&self, db: &Db, event: Event<'_>) -> sqlx::Result<()> {
        let mut tx = db.begin().await?;
        self.record(&mut tx, event).await?;
        tx.commit().await
    }
}

fn credential_text(credential: Credential) -> String {
    match credential {
        Credential::Cookie(id) | Credential::Token(id) => format!("session:{id}"),
        Credential::Key(id) => format!("key:{id}"),
        Credential::CommandLine => "command line".into(),
    }
}

#[cfg(test)]
mod tests;
