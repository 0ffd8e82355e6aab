//! What goes by mail: showing that one reads mail at an address, a new password, a new address.
//!
//! A link carries a random token in its fragment, which no browser sends to a server and no log or referrer holds; the
//! page hands it over in the body of a request. The database has its hash. A link is good once, for a while, for one
//! purpose and for the address it was sent to: when that is not the account's any more, neither is the link.
//!
//! No mail that a stranger can cause holds words of the stranger's choice, not even a name.

mod change;
mod reset;
mod routes;
mod store;
mod texts;
mod throttle;
mod verification;

use std::time::Duration;

use carrel_platform::auth::UserId;
use carrel_platform::crypto::{Place, random_token, token_hash};
use carrel_platform::db::{Db, Tx};
use carrel_platform::mail::Message;
use carrel_platform::{Timestamp, id_type};

use crate::error::Error;
use crate::{Accounts, Inner};

pub(crate) use reset::{PasswordLink, SendResetLink};
pub(crate) use routes::router;
pub(crate) use store::{TokenEmails, end_all_links as end_links_of};
pub(crate) use throttle::Letters;

id_type!(
    /// A link in a mail.
    LinkId
);

/// Of a link that shows that one reads mail at an address.
const VERIFY: Duration = Duration::from_hours(24);
/// Of a link for a new password that someone asked for.
const RESET: Duration = Duration::from_hours(1);
/// Of a link for a new password that an administrator had sent.
const RESET_BY_ADMINISTRATOR: Duration = Duration::from_hours(24);
/// Of a link for the first password of an account that an administrator made.
const WELCOME: Duration = Duration::from_hours(72);
/// Of a link that confirms a new address.
const CHANGE: Duration = Duration::from_hours(24);

carrel_platform::text_enum! {
    /// What a link is good for.
    pub(crate) enum Purpose {
        /// To show that one reads mail at the address of the account.
        Verify = "verify",
        /// To set a password.
        Reset = "reset",
        /// To confirm a new address.
        Change = "change",
    }
}

/// A link to be made.
struct NewLink<'a> {
    user: UserId,
    purpose: Purpose,
    lifetime: Duration,
    /// The address that the mail goes to.
    to: &'a str,
    /// The hash of the password that becomes the account's with it.
    password_hash: Option<&'a str>,
}

impl Accounts {
    /// Makes a link as part of `tx`, and gives its token.
    async fn link(&self, tx: &mut Tx, link: &NewLink<'_>) -> sqlx::Result<String> {
        let token = random_token();
        let (id, now) = (LinkId::new(), Timestamp::now());
        let row = id.to_string();
        let email_sealed = (link.purpose == Purpose::Change)
            .then(|| self.0.keyring.seal(new_address(&row), link.to));
        let stored = store::LinkRow {
            id,
            user_id: link.user,
            email_index: self.email_index(link.to),
            email_sealed,
            password_hash: link.password_hash.map(ToOwned::to_owned),
            expires_at: now + link.lifetime,
            used_at: None,
        };
        let hash = token_hash(&token);
        store::insert_link(tx, &stored, link.purpose.as_str(), &hash, now).await?;
        Ok(token)
    }

    /// The link of this token, if it is good for this purpose now.
    async fn live_link(&self, token: &str, purpose: Purpose) -> Result<store::LinkRow, Error> {
        let hash = token_hash(token);
        let link = store::link(&self.0.db, &hash, purpose.as_str()).await?;
        let link = link.filter(|link| link.used_at.is_none());
        let link = link.ok_or(Error::EmailLinkInvalid)?;
        if link.expires_at <= Timestamp::now() {
            return Err(Error::EmailLinkExpired);
        }
        Ok(link)
    }

    /// Puts a mail of `texts` into the outbox as part of `tx`.
    async fn write(
        &self,
        tx: &mut Tx,
        to: &str,
        text: impl Fn(&texts::House<'_>) -> texts::Text,
    ) -> Result<(), Error> {
        let settings = self.0.settings.get().await?;
        let text = text(&texts::House {
            name: &settings.app_name,
            address: &self.0.config.address,
        });
        let message = Message {
            kind: text.kind,
            to: to.to_owned(),
            subject: text.subject,
            text: text.body,
        };
        Ok(self.0.mail.send(tx, &message).await?)
    }

    /// Once `tx` is committed, no session and no key of this person counts from memory.
    fn forget_on_commit(&self, tx: &mut Tx, user: UserId) {
        let accounts = self.clone();
        tx.on_commit(move || {
            let Inner { sessions, keys, .. } = &*accounts.0;
            sessions.forget(|cached| cached.user_id == user);
            keys.forget(|cached| cached.user_id == user);
        });
    }
}

fn new_address(row: &str) -> Place<'_> {
    Place {
        table: "email_tokens",
        column: "email",
        row,
    }
}

/// Removes links that were used or have expired, and ends sessions of people who must show first that they read mail at
/// their address, if that is `required`. How many of each.
pub(crate) async fn sweep(db: &Db, required: bool, now: Timestamp) -> sqlx::Result<(u64, u64)> {
    let links = store::sweep_links(db, now).await?;
    let sessions = if required {
        store::end_unverified_sessions(db, now).await?
    } else {
        0
    };
    Ok((links, sessions))
}
