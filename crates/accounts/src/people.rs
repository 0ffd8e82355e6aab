//! People as the rest of the wing sees them: sealed fields opened.

use std::collections::HashMap;

use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, Credential, Permissions, Standing, UserId};
use carrel_platform::crypto::Place;
use carrel_platform::web::Problem;
use futures::future::BoxFuture;

use crate::Accounts;
use crate::error::Error;
use crate::identity;
use crate::rights::{self, Rule};
use crate::store::{self, PersonRow, Theme};

const EMAIL_INDEX: &str = "people.email";

/// A person.
pub(crate) struct Person {
    pub id: UserId,
    pub email: String,
    pub name: String,
    /// Whether they have shown that they read mail at the address.
    pub email_verified: bool,
    pub theme: Theme,
    pub created_at: Timestamp,
}

/// A person with what they may do.
pub(crate) struct Profile {
    pub person: Person,
    /// Names of their roles, own ones and those of groups.
    pub roles: Vec<String>,
    /// What the roles come to.
    pub permissions: Permissions,
}

fn place<'a>(column: &'a str, row: &'a str) -> Place<'a> {
    Place {
        table: "people",
        column,
        row,
    }
}

impl Accounts {
    pub(crate) fn email_index(&self, normal: &str) -> Vec<u8> {
        self.0.keyring.blind_index(EMAIL_INDEX, normal)
    }

    pub(crate) fn seal_email(&self, id: UserId, email: &str) -> String {
        let row = id.to_string();
        self.0.keyring.seal(place("email", &row), email)
    }

    pub(crate) fn seal_name(&self, id: UserId, name: &str) -> String {
        let row = id.to_string();
        self.0.keyring.seal(place("name", &row), name)
    }

    pub(crate) fn open_name(&self, id: UserId, sealed: &str) -> Result<String, Error> {
        let row = id.to_string();
        Ok(self.0.keyring.open_sealed(place("name", &row), sealed)?)
    }

    pub(crate) fn open_email(&self, id: UserId, sealed: &str) -> Result<String, Error> {
        let row = id.to_string();
        Ok(self.0.keyring.open_sealed(place("email", &row), sealed)?)
    }

    pub(crate) fn open(&self, row: &PersonRow) -> Result<Person, Error> {
        let id = row.id.to_string();
        let keyring = &self.0.keyring;
        Ok(Person {
            id: row.id,
            email: keyring.open_sealed(place("email", &id), &row.email_sealed)?,
            name: keyring.open_sealed(place("name", &id), &row.name_sealed)?,
            email_verified: row.email_verified_at.is_some(),
            theme: row.theme,
            created_at: row.created_at,
        })
    }

    pub(crate) async fn row(&self, actor: &Actor) -> Result<PersonRow, Error> {
        store::person(&self.0.db, actor.user)
            .await?
            .ok_or(Error::PersonGone)
    }

    pub(crate) async fn profile(&self, row: &PersonRow) -> Result<Profile, Error> {
        let held = store::held_roles(&self.0.db, row.id).await?;
        let rules: Vec<_> = held
            .iter()
            .map(|role| Rule(role.allow, role.deny))
            .collect();
        Ok(Profile {
            person: self.open(row)?,
            permissions: rights::effective(&rules),
            roles: held.into_iter().map(|role| role.name).collect(),
        })
    }

    pub(crate) async fn own_profile(&self, actor: &Actor) -> Result<Profile, Error> {
        self.profile(&self.row(actor).await?).await
    }

    /// A person as the command line of the server acts for them.
    ///
    /// # Errors
    /// When there is no such person, or the database fails.
    pub async fn acting_for(&self, user: UserId) -> Result<Actor, Error> {
        let row = store::person(&self.0.db, user)
            .await?
            .ok_or(Error::PersonGone)?;
        Ok(Actor {
            user,
            credential: Credential::CommandLine,
            permissions: self.profile(&row).await?.permissions,
        })
    }

    /// Changes what is given of the actor's profile.
    pub(crate) async fn update(
        &self,
        actor: &Actor,
        name: Option<&str>,
        theme: Option<Theme>,
    ) -> Result<Profile, Error> {
        let name = name
            .map(identity::name)
            .transpose()
            .map_err(|wrong| Error::Invalid(vec![wrong]))?;
        if name.is_some() || theme.is_some() {
            let sealed = name.map(|name| self.seal_name(actor.user, &name));
            let now = Timestamp::now();
            store::update_person(&self.0.db, actor.user, sealed.as_deref(), theme, now).await?;
        }
        self.own_profile(actor).await
    }

    /// The names of these people. An id that belongs to nobody is absent. One query, whatever the number.
    ///
    /// # Errors
    /// When the database fails, or a name was sealed with another key.
    pub async fn names(&self, ids: &[UserId]) -> Result<HashMap<UserId, String>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<_> = ids.iter().map(|id| id.0.simple().to_string()).collect();
        let list = serde_json::Value::from(ids).to_string();
        let rows = store::names(&self.0.db, &list).await?;
        rows.into_iter()
            .map(|row| {
                let id = row.id.to_string();
                let sealed = &row.name_sealed;
                let name = self.0.keyring.open_sealed(place("name", &id), sealed)?;
                Ok((row.id, name))
            })
            .collect()
    }
}

impl Standing for Accounts {
    fn standing(
        &self,
        credential: Credential,
    ) -> BoxFuture<'_, Result<Option<Permissions>, Problem>> {
        Box::pin(async move {
            match credential {
                Credential::Cookie(id) | Credential::Token(id) => {
                    Ok(self.session_standing(id).await?)
                }
                Credential::Key(id) => Ok(self.key_standing(id).await?),
                Credential::CommandLine => Ok(Some(Permissions::ALL)),
            }
        })
    }
}
