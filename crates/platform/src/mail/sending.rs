//! The jobs of the outbox.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::routes::MailState;
use super::smtp::SmtpError;
use super::{MailId, Outbox, store};
use crate::Timestamp;
use crate::jobs::{Job, JobError, Worker};

/// How long the text and the recipient of a mail are kept once it was sent.
const SENT: Duration = Duration::from_hours(24);
/// How long a mail is kept.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// A mail that waited longer for a server says what nobody wants to hear any more.
const STALE: Duration = Duration::from_hours(48);
/// Mails taken up at once.
const BATCH: i64 = 200;

/// Sends one mail of the outbox.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SendMail {
    pub id: MailId,
}

impl Job for SendMail {
    const KIND: &'static str = "mail.send";
    /// With the pauses of the queue, about a day.
    const ATTEMPTS: i64 = 100;
    /// People wait for their links.
    const PRIORITY: i64 = 10;
    const TIMEOUT: Duration = Duration::from_mins(3);

    fn unique_key(&self) -> Option<String> {
        Some(self.id.to_string())
    }
}

/// Takes up the mails that waited for a server, and gives up those that waited too long for it.
#[derive(Debug, Serialize, Deserialize)]
struct TakeUp;

impl Job for TakeUp {
    const KIND: &'static str = "mail.take-up";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}

/// Removes what need not be kept.
#[derive(Debug, Serialize, Deserialize)]
struct Sweep;

impl Job for Sweep {
    const KIND: &'static str = "mail.sweep";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}

impl Outbox {
    /// Registers the sending of mails and the care for the outbox.
    pub fn register(&self, worker: &mut Worker) {
        let outbox = self.clone();
        worker.register(move |job: SendMail, _| {
            let outbox = outbox.clone();
            async move { outbox.deliver(job.id).await }
        });
        let outbox = self.clone();
        worker.on_dead(move |job: SendMail, _| {
            let outbox = outbox.clone();
            async move { outbox.give_up(job.id).await }
        });
        let outbox = self.clone();
        worker.register(move |_: TakeUp, _| {
            let outbox = outbox.clone();
            async move { outbox.take_up().await }
        });
        let outbox = self.clone();
        worker.register(move |_: Sweep, _| {
            let outbox = outbox.clone();
            async move { outbox.sweep().await }
        });
        worker.schedule("mail.sweep", "29 * * * *", || Sweep);
        if self.server().is_some() {
            worker.schedule("mail.take-up", "* * * * *", || TakeUp);
        }
    }

    async fn deliver(&self, id: MailId) -> Result<(), JobError> {
        let Some(server) = self.server() else {
            // It waits in the outbox until there is one.
            return Ok(());
        };
        let Some(mail) = store::mail(self.db(), id).await? else {
            return Ok(());
        };
        if mail.state != MailState::Queued.as_str() {
            return Ok(());
        }
        let Some(letter) = self
            .letter(&mail)
            .map_err(|e| JobError::Dead(e.to_string()))?
        else {
            return Ok(());
        };
        let number = id.to_string();
        let sent = server
            .send(&number, &letter.to, &letter.subject, &letter.text)
            .await;
        let Err(error) = sent else {
            store::sent(self.db(), id, Timestamp::now()).await?;
            tracing::info!(mail.id = %id, mail.kind = %mail.kind, "a mail was sent");
            return Ok(());
        };
        let said = self.mail().seal(id, "failure", &error.in_full());
        store::delayed(self.db(), id, &said).await?;
        Err(match error {
            SmtpError::Transient { summary, .. } => JobError::Retry(summary),
            SmtpError::Permanent { summary, .. } => JobError::Dead(summary),
        })
    }

    async fn give_up(&self, id: MailId) {
        if let Err(error) = store::failed(self.db(), id, None).await {
            tracing::error!(mail.id = %id, error = %error, "a mail that failed could not be marked");
        }
    }

    async fn take_up(&self) -> Result<(), JobError> {
        let now = Timestamp::now();
        let stale = now - STALE;
        // A mail whose job waits is not given a second one.
        for id in store::waiting(self.db(), stale, now, BATCH).await? {
            let mut tx = self.db().begin().await?;
            self.jobs().enqueue(&mut tx, &SendMail { id }).await?;
            tx.commit().await?;
        }
        let began = now - KEPT;
        for id in store::waiting(self.db(), began, stale, BATCH).await? {
            let why = "it waited two days for a mail server; send it again if it still matters";
            let why = self.mail().seal(id, "failure", why);
            store::failed(self.db(), id, Some(&why)).await?;
        }
        Ok(())
    }

    async fn sweep(&self) -> Result<(), JobError> {
        let now = Timestamp::now();
        let forgotten = store::forget_sent(self.db(), now - SENT).await?;
        let removed = store::sweep(self.db(), now - KEPT).await?;
        tracing::debug!(forgotten, removed, "the outbox was swept");
        Ok(())
    }

    /// What the scheduled job does, for tests.
    #[cfg(test)]
    pub(super) async fn sweep_now(&self) {
        self.sweep().await.expect("sweeps");
    }

    /// What the scheduled job does, for tests.
    #[cfg(test)]
    pub(super) async fn take_up_now(&self) {
        self.take_up().await.expect("takes up");
    }
}
