//! Set-up, sign-up, sign-in and passwords.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, Role, UserId};
use carrel_platform::crypto::{random_token, token_hash};
use carrel_platform::settings::SignUp;
use sqlx::types::Json;

use crate::Accounts;
use crate::error::Error;
use crate::identity;
use crate::passwords::Password;
use crate::people::Person;
use crate::sessions::Credential;
use crate::store::{self, PersonRow, SessionKind, Theme};

/// How long a set-up link is valid.
const SETUP_LIFETIME: Duration = Duration::from_hours(24);

/// Where a request comes from and how its session is to be carried.
pub(crate) struct Client<'a> {
    pub address: IpAddr,
    pub user_agent: Option<&'a str>,
    pub transport: SessionKind,
}

/// What a new account is made of.
pub(crate) struct NewAccount<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub password: &'a Password,
    pub roles: &'a [Role],
}

/// An account whose fields are in order.
struct Checked<'a> {
    email: String,
    name: String,
    password: &'a Password,
    roles: &'a [Role],
}

impl<'a> NewAccount<'a> {
    /// Names every field that needs correcting.
    fn check(&self) -> Result<Checked<'a>, Error> {
        let email = identity::email(self.email);
        let name = identity::name(self.name);
        let password = self.password.check(
            "password",
            email.as_deref().unwrap_or_default(),
            name.as_deref().unwrap_or_default(),
        );
        match (email, name, password) {
            (Ok(email), Ok(name), Ok(())) => Ok(Checked {
                email,
                name,
                password: self.password,
                roles: self.roles,
            }),
            (email, name, password) => Err(Error::Invalid(
                [email.err(), name.err(), password.err()]
                    .into_iter()
                    .flatten()
                    .collect(),
            )),
        }
    }
}

impl Accounts {
    /// A new token for the set-up link, valid for 24 hours; older ones end. `None` when there is an administrator
    /// and nothing is to be set up.
    pub async fn setup_token(&self) -> Result<Option<String>, Error> {
        if !self.setup_needed().await? {
            return Ok(None);
        }
        let token = random_token();
        let now = Timestamp::now();
        let mut tx = self.0.db.begin().await?;
        store::use_setup_tokens(&mut tx, now).await?;
        store::insert_setup_token(&mut tx, &token_hash(&token), now, now + SETUP_LIFETIME).await?;
        tx.commit().await?;
        Ok(Some(token))
    }

    /// Makes an account without a session, whether sign-up is open or not.
    ///
    /// # Errors
    /// `Invalid` naming each wrong field, `EmailTaken`, `Overloaded`, or a failure of the database.
    pub async fn create(
        &self,
        email: &str,
        name: &str,
        password: &str,
        roles: &[Role],
    ) -> Result<UserId, Error> {
        let password = Password::from(password.to_owned());
        let account = NewAccount {
            email,
            name,
            password: &password,
            roles,
        };
        let row = self.sealed(account.check()?).await?;
        let mut tx = self.0.db.begin().await?;
        if !store::insert_person(&mut tx, &row).await? {
            return Err(Error::EmailTaken);
        }
        tx.commit().await?;
        tracing::info!(user.id = %row.id, "an account was made");
        Ok(row.id)
    }

    /// Makes the first administrator and uses up the set-up token.
    pub(crate) async fn set_up(
        &self,
        token: &str,
        account: NewAccount<'_>,
        client: &Client<'_>,
    ) -> Result<(Person, Credential), Error> {
        if !self.setup_needed().await? {
            return Err(Error::SetupDone);
        }
        let hash = token_hash(token);
        if !store::setup_token_lives(&self.0.db, &hash, Timestamp::now()).await? {
            return Err(Error::SetupTokenInvalid);
        }
        let row = self.sealed(account.check()?).await?;
        let mut tx = self.0.db.begin().await?;
        // Of two who come with the link at once, one finds the token used. A transaction that ends without a commit
        // gives it back.
        let used = store::use_setup_tokens(&mut tx, Timestamp::now()).await?;
        if !used.contains(&hash) {
            return Err(Error::SetupTokenInvalid);
        }
        if !store::insert_person(&mut tx, &row).await? {
            return Err(Error::EmailTaken);
        }
        let credential = self
            .begin_session(&mut tx, row.id, client.transport, client.user_agent)
            .await?;
        tx.commit().await?;
        tracing::info!(user.id = %row.id, "the first administrator was made");
        Ok((self.open(&row)?, credential))
    }

    /// Makes an account and signs it in, where sign-up is open.
    pub(crate) async fn sign_up(
        &self,
        account: NewAccount<'_>,
        client: &Client<'_>,
    ) -> Result<(Person, Credential), Error> {
        if self.0.settings.get().await?.sign_up == SignUp::Closed {
            return Err(Error::SignUpClosed);
        }
        let checked = account.check()?;
        // An answer tells whether an address has an account, so asking for many is slowed down.
        let visit = self
            .0
            .throttle
            .visit(client.address, Instant::now())
            .map_err(Error::TooManyAttempts)?;
        let made = self.make(checked, client).await;
        if !matches!(made, Err(Error::EmailTaken)) {
            visit.forgive(Instant::now());
        }
        let (row, credential) = made?;
        tracing::info!(user.id = %row.id, "someone signed up");
        Ok((self.open(&row)?, credential))
    }

    async fn make(
        &self,
        account: Checked<'_>,
        client: &Client<'_>,
    ) -> Result<(PersonRow, Credential), Error> {
        let index = self.email_index(&account.email);
        if store::person_by_email(&self.0.db, &index).await?.is_some() {
            return Err(Error::EmailTaken);
        }
        let row = self.sealed(account).await?;
        let mut tx = self.0.db.begin().await?;
        if !store::insert_person(&mut tx, &row).await? {
            return Err(Error::EmailTaken);
        }
        let credential = self
            .begin_session(&mut tx, row.id, client.transport, client.user_agent)
            .await?;
        tx.commit().await?;
        Ok((row, credential))
    }

    /// Signs in. An unknown address is answered like a wrong password, and after the same work.
    pub(crate) async fn sign_in(
        &self,
        email: &str,
        password: &Password,
        client: &Client<'_>,
    ) -> Result<(Person, Credential), Error> {
        let index = self.email_index(&identity::normal_email(email));
        let attempt = self
            .0
            .throttle
            .attempt(&index, client.address, Instant::now())
            .map_err(Error::TooManyAttempts)?;
        let row = match self.verified(&index, password).await {
            Ok(Some(row)) => row,
            Ok(None) => {
                tracing::info!("a sign-in failed");
                return Err(Error::SignInFailed);
            }
            Err(error) => {
                attempt.forgive(Instant::now());
                return Err(error);
            }
        };
        attempt.succeed(Instant::now());
        let mut tx = self.0.db.begin().await?;
        let credential = self
            .begin_session(&mut tx, row.id, client.transport, client.user_agent)
            .await?;
        tx.commit().await?;
        tracing::info!(user.id = %row.id, "someone signed in");
        Ok((self.open(&row)?, credential))
    }

    async fn verified(
        &self,
        index: &[u8],
        password: &Password,
    ) -> Result<Option<PersonRow>, Error> {
        let row = store::person_by_email(&self.0.db, index).await?;
        let hash = row.as_ref().map(|row| row.password_hash.as_str());
        let right = self.0.passwords.verify(password, hash).await?;
        Ok(row.filter(|_| right))
    }

    /// Changes the actor's password and ends their other sessions.
    pub(crate) async fn change_password(
        &self,
        actor: &Actor,
        current: &Password,
        new: &Password,
        address: IpAddr,
    ) -> Result<(), Error> {
        let row = self.row(actor).await?;
        let person = self.open(&row)?;
        let attempt = self
            .0
            .throttle
            .attempt(&row.email_index, address, Instant::now())
            .map_err(Error::TooManyAttempts)?;
        match self
            .0
            .passwords
            .verify(current, Some(&row.password_hash))
            .await
        {
            Ok(true) => attempt.succeed(Instant::now()),
            Ok(false) => return Err(Error::WrongPassword),
            Err(error) => {
                attempt.forgive(Instant::now());
                return Err(error);
            }
        }
        new.check("newPassword", &person.email, &person.name)
            .map_err(|wrong| Error::Invalid(vec![wrong]))?;
        let hash = self.0.passwords.hash(new).await?;
        let now = Timestamp::now();
        let mut tx = self.0.db.begin().await?;
        if !store::replace_password(&mut tx, row.id, &row.password_hash, &hash, now).await? {
            // Changed meanwhile: the password that was given is not the current one any more.
            return Err(Error::WrongPassword);
        }
        store::end_other_sessions(&mut tx, row.id, actor.session, now).await?;
        tx.commit().await?;
        self.0
            .sessions
            .forget(|cached| cached.user_id == actor.user && cached.id != actor.session);
        tracing::info!(user.id = %row.id, "a password was changed; other sessions ended");
        Ok(())
    }

    /// The row of a new account, its password hashed.
    async fn sealed(&self, account: Checked<'_>) -> Result<PersonRow, Error> {
        let id = UserId::new();
        let password_hash = self.0.passwords.hash(account.password).await?;
        let roles = account.roles.iter().map(|role| role.as_str().to_owned());
        Ok(PersonRow {
            id,
            email_sealed: self.seal_email(id, &account.email),
            email_index: self.email_index(&account.email),
            name_sealed: self.seal_name(id, &account.name),
            password_hash,
            roles: Json(roles.collect()),
            theme: Theme::System,
            created_at: Timestamp::now(),
        })
    }
}
