//! API keys: what programs sign in with. A key acts for its owner, with those of the owner's rights that it was made
//! for. Only its hash is stored; who made it sees it once.
//!
//! The answer to making a key must never be kept, so its route stands outside the ledger of repeated requests.

mod admission;
mod cache;
mod routes;
mod store;
mod text;

use std::time::Duration;

use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::{Actor, ApiKeyId, Permission, Permissions, UserId};
use carrel_platform::crypto::Place;
use carrel_platform::web::FieldError;
use serde_json::json;

use crate::Accounts;
use crate::error::Error;
use crate::identity;

pub(crate) use admission::by_key;
pub(crate) use cache::KeyCache;
pub(crate) use routes::router;
pub(crate) use store::{LiveKey, sweep};
pub(crate) use text::MARK;

use store::KeyRow;

/// Keys of one person that may live at once.
const MOST: i64 = 50;
/// Keys that are shown to their person, dead ones among them.
const SHOWN: i64 = 200;
const SHORTEST_LIFE: Duration = Duration::from_hours(1);
const LONGEST_LIFE: Duration = Duration::from_hours(5 * 366 * 24);
/// How long a dead key is kept to be shown.
pub(crate) const KEPT: Duration = Duration::from_hours(90 * 24);

/// A key, its name opened.
struct ApiKey {
    row: KeyRow,
    name: String,
}

/// What a new key is made of.
struct NewKey<'a> {
    name: &'a str,
    scopes: &'a [String],
    expires_at: Option<Timestamp>,
}

impl NewKey<'_> {
    /// Names every field that needs correcting.
    fn check(&self, actor: &Actor, now: Timestamp) -> Result<(String, Permissions), Error> {
        let name = identity::name(self.name);
        let scopes = scopes(self.scopes, actor.permissions);
        let life = life(self.expires_at, now);
        match (name, scopes, life) {
            (Ok(name), Ok(scopes), Ok(())) => Ok((name, scopes)),
            (name, scopes, life) => Err(Error::Invalid(
                [name.err(), scopes.err(), life.err()]
                    .into_iter()
                    .flatten()
                    .collect(),
            )),
        }
    }
}

fn scopes(names: &[String], own: Permissions) -> Result<Permissions, FieldError> {
    let refuse = |code, detail: String| Err(FieldError::new("scopes", code, detail));
    let mut scopes = Permissions::NONE;
    for name in names {
        let Some(permission) = Permission::parse(name) else {
            let shown: String = name.chars().take(60).collect();
            return refuse("unknown", format!("{shown} is no permission"));
        };
        if !own.contains(permission) {
            return refuse(
                "exceeds_rights",
                format!("you don't have the permission {name} yourself"),
            );
        }
        scopes = scopes.union(Permissions::from_iter([permission]));
    }
    if scopes == Permissions::NONE {
        return refuse(
            "required",
            "say what the key may do: name one permission at least".into(),
        );
    }
    Ok(scopes)
}

fn life(expires_at: Option<Timestamp>, now: Timestamp) -> Result<(), FieldError> {
    let Some(end) = expires_at else { return Ok(()) };
    if (now + SHORTEST_LIFE..=now + LONGEST_LIFE).contains(&end) {
        return Ok(());
    }
    Err(FieldError::new(
        "expiresAt",
        "range",
        "a key lives for an hour at least and five years at most",
    ))
}

fn place(row: &str) -> Place<'_> {
    Place {
        table: "api_keys",
        column: "name",
        row,
    }
}

impl Accounts {
    /// Makes a key for the actor; the text of the key is nowhere else.
    async fn make_key(&self, actor: &Actor, new: NewKey<'_>) -> Result<(ApiKey, String), Error> {
        let now = Timestamp::now();
        let (name, scopes) = new.check(actor, now)?;
        let text = text::generate();
        let hash = text::hash(&text).ok_or(Error::KeyUnknown)?;
        let id = ApiKeyId::new();
        let row = KeyRow {
            id,
            user_id: actor.user,
            prefix: text::prefix(&text).to_owned(),
            name_sealed: self.0.keyring.seal(place(&id.to_string()), &name),
            scopes: scopes.bits(),
            created_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
            window_began_at: None,
        };
        let mut tx = self.0.db.begin().await?;
        if !store::hold_person(&mut tx, actor.user).await? {
            return Err(Error::PersonGone);
        }
        if store::count(&mut tx, actor.user, now).await? >= MOST {
            return Err(Error::TooManyKeys);
        }
        store::insert(&mut tx, &row, &hash).await?;
        let event = Event::new(Action::KeyCreated).by(actor).on("key", id);
        let event = event.detail(json!({ "scopes": scopes.names() }));
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        tracing::info!(user.id = %actor.user, key.id = %id, "an API key was made");
        Ok((ApiKey { row, name }, text))
    }

    /// The actor's keys, newest first, dead ones among them.
    async fn keys(&self, actor: &Actor) -> Result<Vec<ApiKey>, Error> {
        let rows = store::of_person(&self.0.db, actor.user, SHOWN).await?;
        rows.into_iter().map(|row| self.open_key(row)).collect()
    }

    /// The keys of everyone, newest first, from below `before` on.
    async fn all_keys(&self, before: Option<ApiKeyId>, limit: i64) -> Result<Vec<ApiKey>, Error> {
        let rows = store::of_everyone(&self.0.db, before, limit).await?;
        rows.into_iter().map(|row| self.open_key(row)).collect()
    }

    /// Revokes a key: of this owner if one is given, else of anybody.
    async fn revoke_key(
        &self,
        actor: &Actor,
        id: ApiKeyId,
        owner: Option<UserId>,
    ) -> Result<(), Error> {
        let now = Timestamp::now();
        let mut tx = self.0.db.begin().await?;
        let Some(owner) = store::revoke(&mut tx, id, owner, now).await? else {
            return Err(Error::KeyUnknown);
        };
        let event = Event::new(Action::KeyRevoked).by(actor).on("key", id);
        let event = event.detail(json!({ "owner": owner }));
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        self.0.keys.forget(|key| key.id == id);
        tracing::info!(user.id = %actor.user, key.id = %id, "an API key was revoked");
        Ok(())
    }

    fn open_key(&self, row: KeyRow) -> Result<ApiKey, Error> {
        let id = row.id.to_string();
        let name = self.0.keyring.open_sealed(place(&id), &row.name_sealed)?;
        Ok(ApiKey { row, name })
    }
}
