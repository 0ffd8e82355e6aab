//! The outbox as those who administer it see it.

use std::sync::Arc;

use super::sending::SendMail;
use super::store::{self, MailRow};
use super::{Mail, MailId, Message, SmtpServer};
use crate::auth::{Actor, Permission};
use crate::crypto::{CryptoError, Keyring};
use crate::db::Db;
use crate::jobs::Jobs;
use crate::settings::SettingsStore;
use crate::web::{Code, Problem};

/// Sends the mails of the outbox and shows them to administrators.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    db: Db,
    jobs: Jobs,
    mail: Mail,
    settings: SettingsStore,
    server: Option<SmtpServer>,
}

/// A mail, opened.
pub(super) struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl Outbox {
    /// The outbox of this database; without a server its mails wait.
    pub fn new(
        db: Db,
        keyring: Keyring,
        jobs: Jobs,
        settings: SettingsStore,
        server: Option<SmtpServer>,
    ) -> Self {
        Self(Arc::new(Inner {
            mail: Mail::new(keyring, jobs.clone()),
            db,
            jobs,
            settings,
            server,
        }))
    }

    /// The mail server, if one is configured.
    pub fn server(&self) -> Option<&SmtpServer> {
        self.0.server.as_ref()
    }

    pub(super) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(super) fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    pub(super) fn mail(&self) -> &Mail {
        &self.0.mail
    }

    /// What a mail says; `None` when that was removed.
    pub(super) fn letter(&self, mail: &MailRow) -> Result<Option<Letter>, CryptoError> {
        let (Some(to), Some(text)) = (&mail.recipient_sealed, &mail.body_sealed) else {
            return Ok(None);
        };
        let open = |column, sealed: &str| self.0.mail.open(mail.id, column, sealed);
        Ok(Some(Letter {
            to: open("recipient", to)?,
            subject: open("subject", &mail.subject_sealed)?,
            text: open("body", text)?,
        }))
    }

    /// Lets a mail that was not sent be tried again, at once.
    pub(super) async fn retry(&self, id: MailId) -> Result<(), Problem> {
        let mut tx = self.0.db.begin().await?;
        if !store::queue_again(&mut tx, id).await? {
            tx.rollback().await?;
            return Err(match store::mail(&self.0.db, id).await? {
                Some(_) => Problem::new(Code::NothingToRetry, "the mail was sent already"),
                None => Problem::not_found("mail"),
            });
        }
        self.0.jobs.enqueue(&mut tx, &SendMail { id }).await?;
        Ok(tx.commit().await?)
    }

    /// Writes a mail that says only that mails arrive.
    pub(super) async fn test(&self, to: &str) -> Result<MailId, Problem> {
        let name = &self.0.settings.get().await?.app_name;
        let message = Message {
            kind: "test",
            to: to.to_owned(),
            subject: format!("A test mail from {name}"),
            text: format!(
                "This mail was sent from the administration of {name}, to see whether mails arrive. They do.\n"
            ),
        };
        let mut tx = self.0.db.begin().await?;
        let id = self.0.mail.put(&mut tx, &message).await?;
        tx.commit().await?;
        Ok(id)
    }
}

/// Whether someone may read what mails say. Some carry a link that sets a person's password, so it takes more than the
/// right to look at the outbox.
pub(super) fn may_read(actor: &Actor) -> bool {
    [Permission::PeopleManage, Permission::RolesManage]
        .iter()
        .all(|permission| actor.permissions.contains(*permission))
}
