//! Another e-mail address: asked for with the password, in force once the new address has answered.

use std::net::IpAddr;
use std::time::Instant;

use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::Actor;
use carrel_platform::db::is_unique_violation;
use carrel_platform::web::FieldError;

use super::{CHANGE, NewLink, Purpose, new_address, store, texts};
use crate::error::Error;
use crate::passwords::Password;
use crate::{Accounts, identity};

impl Accounts {
    /// Asks for another address. Whether it belongs to somebody only its reader learns.
    pub(crate) async fn change_email(
        &self,
        actor: &Actor,
        new: &str,
        password: &Password,
        client: IpAddr,
    ) -> Result<(), Error> {
        let refuse = |wrong: FieldError| {
            Error::Invalid(vec![FieldError {
                field: "newEmail".to_owned(),
                ..wrong
            }])
        };
        let new = identity::email(new).map_err(refuse)?;
        let row = self.row(actor).await?;
        self.confirm_password(&row, password, client).await?;
        let old = self.open(&row)?.email;
        if new == old {
            let detail = "this is your e-mail address already";
            return Err(refuse(FieldError::new("newEmail", "unchanged", detail)));
        }
        self.0
            .letters
            .count(&self.email_index(&new), Instant::now())
            .map_err(Error::TooManyAttempts)?;
        let mut tx = self.0.db.begin().await?;
        let purpose = Purpose::Change;
        store::end_links(&mut tx, row.id, purpose.as_str(), Timestamp::now()).await?;
        let link = NewLink {
            user: row.id,
            purpose,
            lifetime: CHANGE,
            to: &new,
            password_hash: None,
        };
        let token = self.link(&mut tx, &link).await?;
        self.write(&mut tx, &new, |house| texts::confirm(house, &token))
            .await?;
        self.write(&mut tx, &old, texts::leaving).await?;
        Ok(tx.commit().await?)
    }

    /// Uses a link that confirms a new address.
    pub(crate) async fn confirm_email(&self, token: &str) -> Result<(), Error> {
        let link = self.live_link(token, Purpose::Change).await?;
        let (user, now) = (link.user_id, Timestamp::now());
        let sealed = link.email_sealed.ok_or(Error::EmailLinkInvalid)?;
        let row = link.id.to_string();
        let email = self.0.keyring.open_sealed(new_address(&row), &sealed)?;
        let mut tx = self.0.db.begin().await?;
        if !store::use_link(&mut tx, link.id, now).await? {
            tx.rollback().await?;
            return Err(Error::EmailLinkInvalid);
        }
        let (sealed, index) = (self.seal_email(user, &email), self.email_index(&email));
        let changed = store::change_address(&mut tx, user, &sealed, &index, now).await;
        match changed {
            Ok(true) => {}
            Ok(false) => {
                tx.rollback().await?;
                return Err(Error::EmailLinkInvalid);
            }
            Err(error) => {
                tx.rollback().await?;
                return Err(if is_unique_violation(&error) {
                    Error::EmailTaken
                } else {
                    error.into()
                });
            }
        }
        // Those that went to the old address.
        store::end_all_links(&mut tx, user, now).await?;
        let event = Event::new(Action::EmailChanged).by_person(user);
        let event = event.on("person", user);
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        tracing::info!(user.id = %user, "someone changed their e-mail address");
        Ok(())
    }
}
