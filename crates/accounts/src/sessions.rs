//! Sessions: how they begin, how a request's is found, how they end.
//!
//! A session goes on with the rights it was issued with. When its person has others by then, a browser is given a new
//! token in place of the one it came with, and an access token is of no use any more.

use std::time::{Duration, Instant};

use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::{self, Actor, Permissions, SessionId, UserId};
use carrel_platform::crypto::{random_token, token_hash};
use carrel_platform::db::Tx;

use crate::error::Error;
use crate::rights;
use crate::session_cache::SessionKey;
use crate::sign_in::Client;
use crate::store::{self, LiveSession, SessionKind, SessionRow};
use crate::{Accounts, Inner, tokens};

/// How long a browser stays signed in without being used.
pub(crate) const COOKIE_LIFETIME: Duration = Duration::from_hours(30 * 24);
/// How long a token that was replaced is good for the requests that were under way.
const REPLACED: Duration = Duration::from_secs(10);
/// How exactly it is recorded when a session was last used.
const SEEN: Duration = Duration::from_hours(1);
/// Characters kept of a `User-Agent`.
const USER_AGENT: usize = 200;
/// Sessions shown to their person.
const SHOWN: i64 = 200;

/// What a new session gives its client.
#[derive(Clone)]
pub(crate) struct Credential {
    pub kind: SessionKind,
    /// The secret: the token of a cookie, or a signed access token.
    pub secret: String,
    pub expires_at: Timestamp,
}

/// What a request's credential turned out to be.
pub(crate) enum Recognised {
    /// A session that lives. A browser is to be given this token, when there is one.
    Actor(Actor, Option<String>),
    /// An access token that was issued with other rights than its person has.
    Outdated,
    /// Nothing that counts.
    Nobody,
}

impl Accounts {
    /// Begins a session as part of `tx`, in place of the one that the browser had.
    pub(crate) async fn begin_session(
        &self,
        tx: &mut Tx,
        user: UserId,
        client: &Client<'_>,
    ) -> Result<Credential, Error> {
        let now = Timestamp::now();
        let id = SessionId::new();
        let (secret, hash, lifetime) = match client.transport {
            SessionKind::Cookie => {
                let token = random_token();
                let hash = token_hash(&token);
                (token, Some(hash), COOKIE_LIFETIME)
            }
            SessionKind::Token => (self.0.tokens.issue(user, id, now)?, None, tokens::LIFETIME),
        };
        let session = SessionRow {
            id,
            user_id: user,
            kind: client.transport,
            user_agent: client
                .user_agent
                .map(|text| text.chars().take(USER_AGENT).collect()),
            created_at: now,
            last_seen_at: now,
            expires_at: now + lifetime,
        };
        let rules = store::rules_of(tx, user).await?.ok_or(Error::PersonGone)?;
        let rights = rights::effective(&rules);
        store::insert_session(tx, &session, hash.as_deref(), rights.bits()).await?;
        store::see_person(tx, user, now).await?;
        self.end_replaced(tx, client, now).await?;
        Ok(Credential {
            kind: session.kind,
            secret,
            expires_at: session.expires_at,
        })
    }

    /// Ends the session whose cookie a browser had when it signed in, whoever's it was.
    async fn end_replaced(
        &self,
        tx: &mut Tx,
        client: &Client<'_>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (SessionKind::Cookie, Some(token)) = (client.transport, client.cookie.as_deref())
        else {
            return Ok(());
        };
        if let Some(ended) = store::end_session_of_token(tx, &token_hash(token), now).await? {
            let accounts = self.clone();
            tx.on_commit(move || accounts.0.sessions.forget(|cached| cached.id == ended));
        }
        Ok(())
    }

    /// Who comes with an access token.
    pub(crate) async fn recognise_token(&self, token: &str) -> Result<Recognised, Error> {
        let Some(claims) = self.0.tokens.verify(token) else {
            return Ok(Recognised::Nobody);
        };
        let (now, key) = (Timestamp::now(), SessionKey::Id(claims.sid));
        let generation = self.0.sessions.generation();
        let Some(session) = self.live_session(&key, generation, now).await? else {
            return Ok(Recognised::Nobody);
        };
        if session.kind != SessionKind::Token || session.user_id != claims.sub {
            return Ok(Recognised::Nobody);
        }
        let rights = rights::effective(&session.rules);
        if session.outdated {
            return Ok(Recognised::Outdated);
        }
        if rights != Permissions::from_bits(session.rights) {
            store::outdate_session(&self.0.db, session.id, now).await?;
            self.0.sessions.forget(|cached| cached.id == session.id);
            tracing::info!(user.id = %session.user_id, session.id = %session.id, "an access token is outdated by a change of rights");
            return Ok(Recognised::Outdated);
        }
        if now.since(session.last_seen_at) >= SEEN {
            self.touch(key, &session, None, generation, now).await;
        }
        Ok(Recognised::Actor(actor(&session, rights), None))
    }

    /// Who comes with a cookie's token.
    pub(crate) async fn recognise_cookie(&self, token: &str) -> Result<Recognised, Error> {
        let hash = token_hash(token);
        let key = SessionKey::Cookie(hash.clone());
        let now = Timestamp::now();
        let mut rotating = true;
        loop {
            let generation = self.0.sessions.generation();
            let Some(session) = self.live_session(&key, generation, now).await? else {
                return Ok(Recognised::Nobody);
            };
            let rights = rights::effective(&session.rules);
            if session.replaced {
                // Another request has brought the new token home, or will.
                return Ok(Recognised::Actor(actor(&session, rights), None));
            }
            if rights == Permissions::from_bits(session.rights) {
                let renewed = now.since(session.last_seen_at) >= SEEN
                    && self
                        .touch(key, &session, Some(&hash), generation, now)
                        .await;
                let cookie = renewed.then(|| token.to_owned());
                return Ok(Recognised::Actor(actor(&session, rights), cookie));
            }
            if let Some(cookie) = self.rotate(&session, &hash, rights, now).await? {
                return Ok(Recognised::Actor(actor(&session, rights), Some(cookie)));
            }
            // Another request was quicker, or the session has ended: looking once more tells which.
            if !std::mem::take(&mut rotating) {
                return Ok(Recognised::Nobody);
            }
        }
    }

    /// Replaces the token of a browser whose person has other rights by now; of many requests at once, one does.
    async fn rotate(
        &self,
        session: &LiveSession,
        hash: &[u8],
        rights: Permissions,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let token = random_token();
        let (db, new) = (&self.0.db, token_hash(&token));
        let rotated = store::rotate_session(db, session.id, hash, &new, rights.bits(), now).await?;
        self.0.sessions.forget(|cached| cached.id == session.id);
        if !rotated {
            return Ok(None);
        }
        tracing::info!(user.id = %session.user_id, session.id = %session.id, "a session was given a new token after a change of rights");
        Ok(Some(token))
    }

    /// A session that was neither ended nor has expired, read at most 5 s ago.
    async fn live_session(
        &self,
        key: &SessionKey,
        generation: u64,
        now: Timestamp,
    ) -> sqlx::Result<Option<LiveSession>> {
        let session = match self.0.sessions.get(key, Instant::now()) {
            None => self.read_session(key, generation, now).await?,
            cached => cached,
        };
        Ok(session.filter(|session| {
            let good_until = match session.rotated_at {
                Some(rotated) if session.replaced => session.expires_at.min(rotated + REPLACED),
                _ => session.expires_at,
            };
            now < good_until
        }))
    }

    /// A session that was not ended, from the database.
    async fn read_session(
        &self,
        key: &SessionKey,
        generation: u64,
        now: Timestamp,
    ) -> sqlx::Result<Option<LiveSession>> {
        let Inner { sessions, db, .. } = &*self.0;
        let read = match key {
            SessionKey::Cookie(hash) => store::session_by_token(db, hash, now - REPLACED).await?,
            SessionKey::Id(id) => store::session_by_id(db, *id).await?,
        };
        if let Some(session) = &read {
            sessions.put(key.clone(), session.clone(), generation, Instant::now());
        }
        Ok(read)
    }

    /// Records that the session is in use; `true` when that made a cookie live longer. A request goes on when it
    /// can't be recorded.
    async fn touch(
        &self,
        key: SessionKey,
        session: &LiveSession,
        hash: Option<&[u8]>,
        generation: u64,
        now: Timestamp,
    ) -> bool {
        let expires_at = match session.kind {
            SessionKind::Cookie => now + COOKIE_LIFETIME,
            SessionKind::Token => session.expires_at,
        };
        let (db, before) = (&self.0.db, now - SEEN);
        let touched = async {
            store::touch_person(db, session.user_id, now).await?;
            store::touch_session(db, session.id, hash, now, expires_at, before).await
        };
        match touched.await {
            Ok(changed) => {
                if changed == 0 {
                    // Another request was quicker, with this or with a new token.
                    self.0.sessions.forget(|cached| cached.id == session.id);
                    return false;
                }
                let seen = LiveSession {
                    last_seen_at: now,
                    expires_at,
                    ..session.clone()
                };
                self.0.sessions.put(key, seen, generation, Instant::now());
                session.kind == SessionKind::Cookie
            }
            Err(error) => {
                tracing::warn!(error = %error, "the use of a session could not be recorded");
                false
            }
        }
    }

    /// What a session allows now, at most 5 s old; `None` when it is over.
    pub(crate) async fn session_standing(
        &self,
        id: SessionId,
    ) -> Result<Option<Permissions>, Error> {
        let generation = self.0.sessions.generation();
        let key = SessionKey::Id(id);
        let session = self
            .live_session(&key, generation, Timestamp::now())
            .await?;
        Ok(session.and_then(|session| {
            let rights = rights::effective(&session.rules);
            // A browser's session goes on with other rights; an access token does not.
            let over = session.kind == SessionKind::Token
                && (session.outdated || rights != Permissions::from_bits(session.rights));
            (!over).then_some(rights)
        }))
    }

    /// The sessions of a person that live, last used first.
    pub(crate) async fn sessions(&self, actor: &Actor) -> Result<Vec<SessionRow>, Error> {
        Ok(store::sessions_of(&self.0.db, actor.user, Timestamp::now(), SHOWN).await?)
    }

    /// Ends a session of the actor.
    pub(crate) async fn end_session(&self, actor: &Actor, id: SessionId) -> Result<(), Error> {
        let mut tx = self.0.db.begin().await?;
        if !store::end_session(&mut tx, id, actor.user, Timestamp::now()).await? {
            return Err(Error::SessionUnknown);
        }
        let event = Event::new(Action::SignedOut).by(actor).on("session", id);
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        self.0.sessions.forget(|cached| cached.id == id);
        tracing::info!(user.id = %actor.user, session.id = %id, "a session ended");
        Ok(())
    }
}

fn actor(session: &LiveSession, rights: Permissions) -> Actor {
    Actor {
        user: session.user_id,
        credential: match session.kind {
            SessionKind::Cookie => auth::Credential::Cookie(session.id),
            SessionKind::Token => auth::Credential::Token(session.id),
        },
        permissions: rights,
    }
}
