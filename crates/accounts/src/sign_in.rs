//! Set-up, sign-up, sign-in and passwords.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event, Outcome};
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::crypto::{random_token, token_hash};
use carrel_platform::db::{Tx, id_list};
use carrel_platform::settings::{Settings, SignUp};

use crate::email::end_links_of;
use crate::error::Error;
use crate::passwords::Password;
use crate::people::Profile;
use crate::roles::RoleId;
use crate::sessions::Credential;
use crate::store::{self, PersonRow, SessionKind, Theme};
use crate::{Accounts, identity};

/// How long a set-up link is valid.
const SETUP_LIFETIME: Duration = Duration::from_hours(24);

/// Where a request comes from and how its session is to be carried.
pub(crate) struct Client<'a> {
    pub address: IpAddr,
    pub user_agent: Option<&'a str>,
    /// The token of the session that the browser has until now.
    pub cookie: Option<String>,
    pub transport: SessionKind,
}

/// What a new account is made of.
pub(crate) struct NewAccount<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub password: &'a Password,
    pub roles: &'a [RoleId],
}

/// An account whose fields are in order.
pub(crate) struct Checked<'a> {
    email: String,
    name: String,
    password: &'a Password,
    roles: &'a [RoleId],
}

impl<'a> Checked<'a> {
    /// The address, in its one form.
    pub(crate) fn email(&self) -> &str {
        &self.email
    }

    pub(crate) fn roles(&self) -> &'a [RoleId] {
        self.roles
    }
}

/// What becomes of a sign-up.
pub(crate) enum SignedUp {
    /// A session.
    In(Profile, Credential),
    /// A mail with a link, before there can be one.
    ByMail,
}

impl<'a> NewAccount<'a> {
    /// Names every field that needs correcting.
    pub(crate) fn check(&self) -> Result<Checked<'a>, Error> {
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
        roles: &[RoleId],
    ) -> Result<UserId, Error> {
        let password = Password::from(password.to_owned());
        let account = NewAccount {
            email,
            name,
            password: &password,
            roles,
        };
        let row = self.sealed(&account.check()?).await?;
        let mut tx = self.0.db.begin().await?;
        self.insert(&mut tx, &row, account.roles).await?;
        let event = Event::new(Action::AccountCreated).on("person", row.id);
        self.0.audit.record(&mut tx, event).await?;
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
    ) -> Result<(Profile, Credential), Error> {
        if !self.setup_needed().await? {
            return Err(Error::SetupDone);
        }
        let hash = token_hash(token);
        if !store::setup_token_lives(&self.0.db, &hash, Timestamp::now()).await? {
            return Err(Error::SetupTokenInvalid);
        }
        let row = self.sealed(&account.check()?).await?;
        let mut tx = self.0.db.begin().await?;
        // Of two who come with the link at once, one finds the token used. A transaction that ends without a commit
        // gives it back.
        let used = store::use_setup_tokens(&mut tx, Timestamp::now()).await?;
        if !used.contains(&hash) {
            return Err(Error::SetupTokenInvalid);
        }
        self.insert(&mut tx, &row, account.roles).await?;
        let credential = self.begin_session(&mut tx, row.id, client).await?;
        let event = Event::new(Action::AccountCreated).by_person(row.id);
        let event = event.on("person", row.id);
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        tracing::info!(user.id = %row.id, "the first administrator was made");
        Ok((self.profile(&row).await?, credential))
    }

    /// Makes an account and signs it in, where sign-up is open; where addresses are verified, it is made to be used
    /// after that.
    pub(crate) async fn sign_up(
        &self,
        account: NewAccount<'_>,
        client: &Client<'_>,
    ) -> Result<SignedUp, Error> {
        let settings = self.0.settings.get().await?;
        if settings.sign_up == SignUp::Closed {
            return Err(Error::SignUpClosed);
        }
        let checked = account.check()?;
        if !is_welcome(&settings, &checked.email) {
            return Err(Error::EmailDomainRefused);
        }
        // An answer tells whether an address has an account, so asking for many is slowed down.
        let visit = self
            .0
            .throttle
            .visit(client.address, Instant::now())
            .map_err(Error::TooManyAttempts)?;
        if settings.verifies_email() {
            // Answered alike for every address, but each time a mail is written: that counts.
            self.sign_up_by_mail(checked).await?;
            return Ok(SignedUp::ByMail);
        }
        let made = self.make(checked, client).await;
        if !matches!(made, Err(Error::EmailTaken)) {
            visit.forgive(Instant::now());
        }
        let (row, credential) = made?;
        tracing::info!(user.id = %row.id, "someone signed up");
        Ok(SignedUp::In(self.profile(&row).await?, credential))
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
        let row = PersonRow {
            email_verified_at: None,
            ..self.sealed(&account).await?
        };
        let mut tx = self.0.db.begin().await?;
        self.insert(&mut tx, &row, account.roles).await?;
        let credential = self.begin_session(&mut tx, row.id, client).await?;
        self.write_verification(&mut tx, &row, &account.email, None)
            .await?;
        let event = Event::new(Action::AccountCreated).by_person(row.id);
        let event = event.on("person", row.id);
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        Ok((row, credential))
    }

    /// Signs in. An unknown address is answered like a wrong password, and after the same work.
    pub(crate) async fn sign_in(
        &self,
        email: &str,
        password: &Password,
        client: &Client<'_>,
    ) -> Result<(Profile, Credential), Error> {
        password.check_length("password")?;
        let index = self.email_index(&identity::normal_email(email));
        let attempt = self
            .0
            .throttle
            .attempt(&index, client.address, Instant::now())
            .map_err(Error::TooManyAttempts)?;
        let row = match self.verified(&index, password).await {
            Ok(Ok(row)) => row,
            Ok(Err(known)) => {
                tracing::info!("a sign-in failed");
                let mut event = Event::new(Action::SignInFailed).outcome(Outcome::Denied);
                if let Some(id) = known {
                    event = event.on("person", id);
                }
                self.0.audit.record_alone(&self.0.db, event).await?;
                return Err(Error::SignInFailed);
            }
            Err(error) => {
                attempt.forgive(Instant::now());
                return Err(error);
            }
        };
        attempt.succeed(Instant::now());
        if row.email_verified_at.is_none() && self.0.settings.get().await?.verifies_email() {
            self.verify_again(&row).await?;
            let event = Event::new(Action::SignInFailed).outcome(Outcome::Denied);
            let event = event.on("person", row.id);
            self.0.audit.record_alone(&self.0.db, event).await?;
            return Err(Error::EmailUnverified);
        }
        let mut tx = self.0.db.begin().await?;
        let credential = self.begin_session(&mut tx, row.id, client).await?;
        let event = Event::new(Action::SignedIn).by_person(row.id);
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        tracing::info!(user.id = %row.id, "someone signed in");
        Ok((self.profile(&row).await?, credential))
    }

    /// Whose password it is; otherwise whose it isn't, when the address is known.
    async fn verified(
        &self,
        index: &[u8],
        password: &Password,
    ) -> Result<Result<PersonRow, Option<UserId>>, Error> {
        let row = store::person_by_email(&self.0.db, index).await?;
        let hash = row.as_ref().map(|row| row.password_hash.as_str());
        let right = self.0.passwords.verify(password, hash).await?;
        // Who is switched off is answered as if the password were wrong, and as late.
        Ok(match row {
            Some(row) if right && row.disabled_at.is_none() => Ok(row),
            other => Err(other.map(|row| row.id)),
        })
    }

    /// Makes sure that whoever has a session also knows the password of its person.
    ///
    /// # Errors
    /// `WrongPassword`, `TooManyAttempts`, `Overloaded`, or that it is too long for a password.
    pub(crate) async fn confirm_password(
        &self,
        row: &PersonRow,
        password: &Password,
        address: IpAddr,
    ) -> Result<(), Error> {
        password.check_length("currentPassword")?;
        let attempt = self
            .0
            .throttle
            .attempt(&row.email_index, address, Instant::now())
            .map_err(Error::TooManyAttempts)?;
        let hash = Some(row.password_hash.as_str());
        match self.0.passwords.verify(password, hash).await {
            Ok(true) => {
                attempt.succeed(Instant::now());
                Ok(())
            }
            Ok(false) => Err(Error::WrongPassword),
            Err(error) => {
                attempt.forgive(Instant::now());
                Err(error)
            }
        }
    }

    /// Changes the actor's password and ends their other sessions and all links from mails.
    pub(crate) async fn change_password(
        &self,
        actor: &Actor,
        current: &Password,
        new: &Password,
        address: IpAddr,
    ) -> Result<(), Error> {
        current.check_length("currentPassword")?;
        let row = self.row(actor).await?;
        let person = self.open(&row)?;
        new.check("newPassword", &person.email, &person.name)
            .map_err(|wrong| Error::Invalid(vec![wrong]))?;
        self.confirm_password(&row, current, address).await?;
        let hash = self.0.passwords.hash(new).await?;
        let now = Timestamp::now();
        let mut tx = self.0.db.begin().await?;
        if !store::replace_password(&mut tx, row.id, &row.password_hash, &hash, now).await? {
            // Changed meanwhile: the password that was given is not the current one any more.
            return Err(Error::WrongPassword);
        }
        let session = actor.credential.session();
        store::end_other_sessions(&mut tx, row.id, session, now).await?;
        end_links_of(&mut tx, row.id, now).await?;
        let event = Event::new(Action::PasswordChanged).by(actor);
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        self.0
            .sessions
            .forget(|cached| cached.user_id == actor.user && Some(cached.id) != session);
        tracing::info!(user.id = %row.id, "a password was changed; other sessions ended");
        Ok(())
    }

    /// Adds a person with these roles.
    pub(crate) async fn insert(
        &self,
        tx: &mut Tx,
        row: &PersonRow,
        roles: &[RoleId],
    ) -> Result<(), Error> {
        if !store::insert_person(tx, row).await? {
            return Err(Error::EmailTaken);
        }
        let roles = id_list(roles.iter().map(|role| role.0));
        store::give_roles(tx, row.id, &roles).await?;
        Ok(())
    }

    /// The row of a new account, its password hashed and its address taken for verified.
    pub(crate) async fn sealed(&self, account: &Checked<'_>) -> Result<PersonRow, Error> {
        let id = UserId::new();
        let password_hash = self.0.passwords.hash(account.password).await?;
        let created_at = Timestamp::now();
        Ok(PersonRow {
            id,
            email_sealed: self.seal_email(id, &account.email),
            email_index: self.email_index(&account.email),
            name_sealed: self.seal_name(id, &account.name),
            password_hash,
            theme: Theme::System,
            created_at,
            email_verified_at: Some(created_at),
            disabled_at: None,
        })
    }
}

/// Whether people with this address may sign up.
fn is_welcome(settings: &Settings, email: &str) -> bool {
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    settings.sign_up != SignUp::Domains || settings.sign_up_domains.iter().any(|d| d == domain)
}
