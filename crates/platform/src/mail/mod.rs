//! Mail to people. A mail is written into the outbox in the caller's transaction and sent by a job; without an SMTP
//! server it waits in the outbox, where administrators see it and can hand on its link.
//!
//! A mail is sent *at least once*: a process that dies between the server's acceptance and the note of it sends it
//! again. Both carry the same `Message-ID`, so that mail systems can tell them for one. It is sent by one node at a
//! time, and never when its transaction was undone.

mod outbox;
mod routes;
mod sending;
mod smtp;
mod store;

use crate::crypto::{Keyring, Place, SealedColumn};
use crate::db::{Db, Tx};
use crate::jobs::Jobs;
use crate::{Timestamp, id_type};

pub use outbox::Outbox;
pub use smtp::{SmtpConfigError, SmtpServer};

use sending::SendMail;

id_type!(
    /// A mail in the outbox.
    MailId
);

const TABLE: &str = "mail_outbox";
const RECIPIENT_INDEX: &str = "mail_outbox.recipient";
/// Characters of a subject (RFC 5322 §2.1.1 allows lines of 998).
const LONGEST_SUBJECT: usize = 200;

/// A mail to one person.
pub struct Message {
    /// Stable name of what it is about, such as `reset` or `invitation`.
    pub kind: &'static str,
    /// E-mail address.
    pub to: String,
    /// One line; line breaks and control characters become spaces.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

// Not derived: addresses and links must not get into a log by chance.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What puts mails into the outbox.
#[derive(Clone)]
pub struct Mail {
    keyring: Keyring,
    jobs: Jobs,
}

impl Mail {
    /// The outbox, whose mails are sealed with these keys.
    pub fn new(keyring: Keyring, jobs: Jobs) -> Self {
        Self { keyring, jobs }
    }

    /// What the outbox keeps sealed.
    pub fn sealed_columns() -> Vec<Box<dyn SealedColumn>> {
        vec![
            Box::new(store::Recipients),
            Box::new(store::Subjects),
            Box::new(store::Bodies),
            Box::new(store::Failures),
        ]
    }

    /// Puts a mail into the outbox as part of `tx`; it is sent after the commit.
    pub async fn send(&self, tx: &mut Tx, message: &Message) -> sqlx::Result<()> {
        self.put(tx, message).await.map(|_| ())
    }

    async fn put(&self, tx: &mut Tx, message: &Message) -> sqlx::Result<MailId> {
        let id = MailId::new();
        let mail = store::NewMail {
            id,
            kind: message.kind,
            recipient_sealed: self.seal(id, "recipient", &message.to),
            recipient_index: self.index(&message.to),
            subject_sealed: self.seal(id, "subject", &one_line(&message.subject)),
            body_sealed: self.seal(id, "body", &message.text),
            created_at: Timestamp::now(),
        };
        store::insert(tx, &mail).await?;
        self.jobs.enqueue(tx, &SendMail { id }).await?;
        Ok(id)
    }

    /// Removes every mail to this address, sent or not, when its account is deleted.
    pub async fn erase(&self, tx: &mut Tx, address: &str) -> sqlx::Result<u64> {
        store::erase(tx, &self.index(address)).await
    }

    /// Kind and times of the mails to this address, oldest first, for an export of its account.
    pub async fn record_of(&self, db: &Db, address: &str) -> sqlx::Result<Vec<MailRecord>> {
        store::record_of(db, &self.index(address)).await
    }

    fn index(&self, address: &str) -> Vec<u8> {
        let normal = address.trim().to_lowercase();
        self.keyring.blind_index(RECIPIENT_INDEX, &normal)
    }

    fn seal(&self, id: MailId, column: &str, text: &str) -> String {
        let row = id.to_string();
        let place = Place {
            table: TABLE,
            column,
            row: &row,
        };
        self.keyring.seal(place, text)
    }

    fn open(
        &self,
        id: MailId,
        column: &str,
        sealed: &str,
    ) -> Result<String, crate::crypto::CryptoError> {
        let row = id.to_string();
        let place = Place {
            table: TABLE,
            column,
            row: &row,
        };
        self.keyring.open_sealed(place, sealed)
    }
}

/// That a mail was sent to someone, without what it said.
#[derive(Debug, serde::Serialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct MailRecord {
    /// What it was about.
    pub kind: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the mail server took it.
    pub sent_at: Option<Timestamp>,
}

/// A text as one line of at most 200 characters: names in a subject can't begin a header of their own.
fn one_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| match c {
            '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .take(LONGEST_SUBJECT)
        .collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests;
