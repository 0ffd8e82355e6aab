//! A new password by mail.

use std::fmt::Write;
use std::net::IpAddr;
use std::time::Instant;

use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::db::Tx;
use carrel_platform::jobs::{Job, JobError};
use serde::{Deserialize, Serialize};

use super::{NewLink, Purpose, RESET, RESET_BY_ADMINISTRATOR, WELCOME, store, texts};
use crate::error::Error;
use crate::passwords::Password;
use crate::store::{self as people, PersonRow};
use crate::{Accounts, identity};

/// Why someone gets a link to set their password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordLink {
    /// They asked for it.
    Asked,
    /// An administrator wants them to.
    Administrator,
    /// An administrator made their account.
    Welcome,
}

/// Writes to an address whose password was asked for, if it has an account. The request that asks enqueues this job
/// whether it has one or not, and so takes as long.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendResetLink {
    /// The blind index of the address.
    email_index: Vec<u8>,
}

impl Job for SendResetLink {
    const KIND: &'static str = "accounts.reset-link";
    const PRIORITY: i64 = 10;

    fn unique_key(&self) -> Option<String> {
        let mut key = String::new();
        for byte in &self.email_index {
            let _ = write!(key, "{byte:02x}");
        }
        Some(key)
    }
}

impl SendResetLink {
    pub async fn run(self, accounts: Accounts) -> Result<(), JobError> {
        let written = accounts.write_reset(&self.email_index).await;
        written.map_err(|error| JobError::Retry(error.to_string()))
    }
}

impl Accounts {
    /// Asks for a link to set a new password. The answer says nothing about the address.
    pub(crate) async fn forgot_password(&self, email: &str, client: IpAddr) -> Result<(), Error> {
        let email = identity::email(email).map_err(|wrong| Error::Invalid(vec![wrong]))?;
        let email_index = self.email_index(&email);
        // Not given back: it counts, however it is answered.
        let _charged = self
            .0
            .throttle
            .visit(client, Instant::now())
            .map_err(Error::TooManyAttempts)?;
        if self.0.letters.count(&email_index, Instant::now()).is_err() {
            tracing::info!(
                "no more mails are written to an address whose password was asked for too often"
            );
            return Ok(());
        }
        let mut tx = self.0.db.begin().await?;
        let job = SendResetLink { email_index };
        self.0.jobs.enqueue(&mut tx, &job).await?;
        Ok(tx.commit().await?)
    }

    async fn write_reset(&self, email_index: &[u8]) -> Result<(), Error> {
        let row = people::person_by_email(&self.0.db, email_index).await?;
        let Some(row) = row.filter(|row| row.disabled_at.is_none()) else {
            return Ok(());
        };
        let mut tx = self.0.db.begin().await?;
        self.send_password_link(&mut tx, &row, PasswordLink::Asked)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Writes a mail with a link to set a password, as part of `tx`.
    pub(crate) async fn send_password_link(
        &self,
        tx: &mut Tx,
        row: &PersonRow,
        why: PasswordLink,
    ) -> Result<(), Error> {
        let email = self.open(row)?.email;
        let link = NewLink {
            user: row.id,
            purpose: Purpose::Reset,
            lifetime: match why {
                PasswordLink::Asked => RESET,
                PasswordLink::Administrator => RESET_BY_ADMINISTRATOR,
                PasswordLink::Welcome => WELCOME,
            },
            to: &email,
            password_hash: None,
        };
        let token = self.link(tx, &link).await?;
        self.write(tx, &email, |house| texts::password(house, why, &token))
            .await
    }

    /// Sets a password with a link, and ends every session.
    pub(crate) async fn reset_password(&self, token: &str, new: &Password) -> Result<(), Error> {
        new.check_length("newPassword")?;
        let link = self.live_link(token, Purpose::Reset).await?;
        let row = people::person(&self.0.db, link.user_id).await?;
        let row = row.ok_or(Error::EmailLinkInvalid)?;
        let person = self.open(&row)?;
        // Before the link is used up: someone who chose badly may choose again.
        new.check("newPassword", &person.email, &person.name)
            .map_err(|wrong| Error::Invalid(vec![wrong]))?;
        let hash = self.0.passwords.hash(new).await?;
        let now = Timestamp::now();
        let mut tx = self.0.db.begin().await?;
        if !store::use_link(&mut tx, link.id, now).await?
            || !store::set_password(&mut tx, row.id, &link.email_index, &hash, now).await?
        {
            tx.rollback().await?;
            return Err(Error::EmailLinkInvalid);
        }
        store::end_all_links(&mut tx, row.id, now).await?;
        let sessions = people::end_other_sessions(&mut tx, row.id, None, now).await?;
        if row.email_verified_at.is_none() {
            // Whoever had the account until now may not be the one who reads the mail.
            store::revoke_keys(&mut tx, row.id, now).await?;
        }
        self.forget_on_commit(&mut tx, row.id);
        let event = Event::new(Action::PasswordReset).by_person(row.id);
        let event = event.on("person", row.id);
        let event = event.detail(serde_json::json!({ "sessionsEnded": sessions }));
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        tracing::info!(user.id = %row.id, "a password was set by a link; all sessions ended");
        Ok(())
    }
}
