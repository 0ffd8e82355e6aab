//! Showing that one reads mail at the address of one's account.

use std::time::Instant;

use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::Actor;
use carrel_platform::db::Tx;

use super::{NewLink, Purpose, VERIFY, store, texts};
use crate::Accounts;
use crate::error::Error;
use crate::sign_in::Checked;
use crate::store::{self as people, PersonRow};

impl Accounts {
    /// Makes an account that can be used once its address is verified. An address that has one already gets a mail that
    /// says so; the answer, and the work for it, is the same.
    pub(crate) async fn sign_up_by_mail(&self, account: Checked<'_>) -> Result<(), Error> {
        let email = account.email().to_owned();
        let row = PersonRow {
            email_verified_at: None,
            ..self.sealed(&account).await?
        };
        if self
            .0
            .letters
            .count(&row.email_index, Instant::now())
            .is_err()
        {
            tracing::info!(
                "no more mails are written to an address that was signed up with too often"
            );
            return Ok(());
        }
        let mut tx = self.0.db.begin().await?;
        match self.insert(&mut tx, &row, account.roles()).await {
            Ok(()) => {
                self.write_verification(&mut tx, &row, &email, None).await?;
                let event = Event::new(Action::AccountCreated).by_person(row.id);
                let event = event.on("person", row.id);
                self.0.audit.record(&mut tx, event).await?;
                tx.commit().await?;
                tracing::info!(user.id = %row.id, "someone signed up, to be verified");
                Ok(())
            }
            Err(Error::EmailTaken) => {
                tx.rollback().await?;
                self.sign_up_again(&email, &row).await
            }
            Err(error) => Err(error),
        }
    }

    /// Whoever signs up for an address that nobody has shown to read yet may be its owner. Their password counts if it
    /// is their link that is used.
    async fn sign_up_again(&self, email: &str, new: &PersonRow) -> Result<(), Error> {
        let known = people::person_by_email(&self.0.db, &new.email_index).await?;
        let Some(known) = known.filter(|known| known.disabled_at.is_none()) else {
            return Ok(());
        };
        let mut tx = self.0.db.begin().await?;
        if known.email_verified_at.is_some() {
            self.write(&mut tx, email, texts::known).await?;
        } else {
            let password = Some(new.password_hash.as_str());
            self.write_verification(&mut tx, &known, email, password)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Writes a mail with a link that verifies an address, as part of `tx`.
    pub(crate) async fn write_verification(
        &self,
        tx: &mut Tx,
        row: &PersonRow,
        email: &str,
        password_hash: Option<&str>,
    ) -> Result<(), Error> {
        let link = NewLink {
            user: row.id,
            purpose: Purpose::Verify,
            lifetime: VERIFY,
            to: email,
            password_hash,
        };
        let token = self.link(tx, &link).await?;
        self.write(tx, email, |house| texts::verify(house, &token))
            .await
    }

    /// Writes another such mail, unless there were too many lately.
    pub(crate) async fn verify_again(&self, row: &PersonRow) -> Result<(), Error> {
        let counted = self.0.letters.count(&row.email_index, Instant::now());
        if row.email_verified_at.is_some() || counted.is_err() {
            return Ok(());
        }
        let email = self.open(row)?.email;
        let mut tx = self.0.db.begin().await?;
        self.write_verification(&mut tx, row, &email, None).await?;
        Ok(tx.commit().await?)
    }

    /// Another mail for the one who is signed in.
    pub(crate) async fn resend_verification(&self, actor: &Actor) -> Result<(), Error> {
        self.verify_again(&self.row(actor).await?).await
    }

    /// Uses a link that verifies an address.
    pub(crate) async fn verify_email(&self, token: &str) -> Result<(), Error> {
        let link = self.live_link(token, Purpose::Verify).await?;
        let (user, now) = (link.user_id, Timestamp::now());
        let password = link.password_hash.as_deref();
        let mut tx = self.0.db.begin().await?;
        if !store::use_link(&mut tx, link.id, now).await?
            || !store::verify_person(&mut tx, user, &link.email_index, password, now).await?
        {
            tx.rollback().await?;
            return Err(Error::EmailLinkInvalid);
        }
        store::end_links(&mut tx, user, Purpose::Verify.as_str(), now).await?;
        if password.is_some() {
            // Whoever had signed up before was someone else.
            people::end_other_sessions(&mut tx, user, None, now).await?;
            store::revoke_keys(&mut tx, user, now).await?;
        }
        self.forget_on_commit(&mut tx, user);
        let event = Event::new(Action::EmailVerified).by_person(user);
        let event = event.on("person", user);
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        tracing::info!(user.id = %user, "an e-mail address was verified");
        Ok(())
    }
}
