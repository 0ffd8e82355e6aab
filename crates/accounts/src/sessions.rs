//! Sessions: how they begin, how a request's is found, how they end.

use std::time::{Duration, Instant};

use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, Role, SessionId, UserId};
use carrel_platform::crypto::{random_token, token_hash};
use carrel_platform::db::Tx;

use crate::error::Error;
use crate::session_cache::SessionKey;
use crate::store::{self, LiveSession, SessionKind, SessionRow};
use crate::{Accounts, Inner, tokens};

/// How long a browser stays signed in without being used.
pub(crate) const COOKIE_LIFETIME: Duration = Duration::from_hours(30 * 24);
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

/// A session found for a request.
pub(crate) struct Recognised {
    pub actor: Actor,
    /// Whether the session's life was just extended.
    pub renewed: bool,
}

impl Accounts {
    /// Begins a session as part of `tx`.
    pub(crate) async fn begin_session(
        &self,
        tx: &mut Tx,
        user: UserId,
        kind: SessionKind,
        user_agent: Option<&str>,
    ) -> Result<Credential, Error> {
        let now = Timestamp::now();
        let id = SessionId::new();
        let (secret, hash, lifetime) = match kind {
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
            kind,
            user_agent: user_agent.map(|text| text.chars().take(USER_AGENT).collect()),
            created_at: now,
            last_seen_at: now,
            expires_at: now + lifetime,
        };
        store::insert_session(tx, &session, hash.as_deref()).await?;
        Ok(Credential {
            kind,
            secret,
            expires_at: session.expires_at,
        })
    }

    /// The session of an access token.
    pub(crate) async fn recognise_token(&self, token: &str) -> Result<Option<Recognised>, Error> {
        let Some(claims) = self.0.tokens.verify(token) else {
            return Ok(None);
        };
        let found = self.recognise(SessionKey::Token(claims.sid)).await?;
        Ok(found.filter(|found| found.actor.user == claims.sub))
    }

    /// The session of a cookie's token.
    pub(crate) async fn recognise_cookie(&self, token: &str) -> Result<Option<Recognised>, Error> {
        self.recognise(SessionKey::Cookie(token_hash(token))).await
    }

    async fn recognise(&self, key: SessionKey) -> Result<Option<Recognised>, Error> {
        let generation = self.0.sessions.generation();
        let Some(session) = self.live_session(&key, generation).await? else {
            return Ok(None);
        };
        let now = Timestamp::now();
        if session.expires_at <= now {
            return Ok(None);
        }
        let renewed = now.since(session.last_seen_at) >= SEEN
            && self.touch(key, &session, generation, now).await;
        Ok(Some(Recognised {
            actor: actor(&session),
            renewed,
        }))
    }

    /// A session that was not ended, read at most 15 s ago.
    async fn live_session(
        &self,
        key: &SessionKey,
        generation: u64,
    ) -> sqlx::Result<Option<LiveSession>> {
        let Inner { sessions, db, .. } = &*self.0;
        if let Some(session) = sessions.get(key, Instant::now()) {
            return Ok(Some(session));
        }
        let read = match key {
            SessionKey::Cookie(hash) => store::session_by_token(db, hash).await?,
            SessionKey::Token(id) => store::session_by_id(db, *id).await?,
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
        generation: u64,
        now: Timestamp,
    ) -> bool {
        let expires_at = match session.kind {
            SessionKind::Cookie => now + COOKIE_LIFETIME,
            SessionKind::Token => session.expires_at,
        };
        let touched =
            store::touch_session(&self.0.db, session.id, now, expires_at, now - SEEN).await;
        match touched {
            Ok(changed) => {
                let seen = LiveSession {
                    last_seen_at: now,
                    expires_at,
                    ..session.clone()
                };
                // When another request was quicker, what it wrote is as good.
                self.0.sessions.put(key, seen, generation, Instant::now());
                changed == 1 && session.kind == SessionKind::Cookie
            }
            Err(error) => {
                tracing::warn!(error = %error, "the use of a session could not be recorded");
                false
            }
        }
    }

    /// The sessions of a person that live, last used first.
    pub(crate) async fn sessions(&self, actor: &Actor) -> Result<Vec<SessionRow>, Error> {
        Ok(store::sessions_of(&self.0.db, actor.user, Timestamp::now(), SHOWN).await?)
    }

    /// Ends a session of the actor.
    pub(crate) async fn end_session(&self, actor: &Actor, id: SessionId) -> Result<(), Error> {
        let ended = store::end_session(&self.0.db, id, actor.user, Timestamp::now()).await?;
        self.0.sessions.forget(|cached| cached.id == id);
        if ended {
            tracing::info!(user.id = %actor.user, session.id = %id, "a session ended");
            Ok(())
        } else {
            Err(Error::SessionUnknown)
        }
    }
}

fn actor(session: &LiveSession) -> Actor {
    let roles = session.roles.iter().filter_map(|name| Role::parse(name));
    Actor {
        user: session.user_id,
        session: session.id,
        roles: roles.collect(),
    }
}
