//! Sessions read a moment ago, so that a request usually costs no query and never a write.
//!
//! What changes on this node is seen at once: the session is forgotten. What changes on another node is noticed within
//! five seconds, which leaves open streams, that are looked at every five, well within their fifteen.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use carrel_platform::auth::SessionId;

use crate::store::LiveSession;

/// How long a session is believed without looking.
const FRESH: Duration = Duration::from_secs(5);
/// Sessions kept; about 4 MB.
const ENTRIES: usize = 10_000;

/// How a session is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SessionKey {
    /// By the hash of the cookie's token.
    Cookie(Vec<u8>),
    /// By its id, as in an access token.
    Id(SessionId),
}

struct Entry {
    session: LiveSession,
    read: Instant,
}

#[derive(Default)]
struct Cached {
    /// Grows whenever something is forgotten.
    generation: u64,
    entries: HashMap<SessionKey, Entry>,
}

#[derive(Default)]
pub(crate) struct SessionCache(RwLock<Cached>);

impl SessionCache {
    /// A session that was read less than 5 s before `now`.
    pub fn get(&self, key: &SessionKey, now: Instant) -> Option<LiveSession> {
        let cached = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let entry = cached.entries.get(key)?;
        (now.saturating_duration_since(entry.read) < FRESH).then(|| entry.session.clone())
    }

    /// To be asked before reading a session that is then [`put`](Self::put).
    pub fn generation(&self) -> u64 {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .generation
    }

    /// Keeps a session read at `now`, unless one was ended since `generation`: it may have been this one.
    pub fn put(&self, key: SessionKey, session: LiveSession, generation: u64, now: Instant) {
        let mut cached = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if cached.generation != generation {
            return;
        }
        if cached.entries.len() >= ENTRIES {
            cached
                .entries
                .retain(|_, entry| now.saturating_duration_since(entry.read) < FRESH);
        }
        if cached.entries.len() < ENTRIES || cached.entries.contains_key(&key) {
            cached.entries.insert(key, Entry { session, read: now });
        }
    }

    /// Forgets the sessions that `ended` names.
    pub fn forget(&self, ended: impl Fn(&LiveSession) -> bool) {
        let mut cached = self.0.write().unwrap_or_else(PoisonError::into_inner);
        cached.generation += 1;
        cached.entries.retain(|_, entry| !ended(&entry.session));
    }
}

#[cfg(test)]
mod tests {
    use carrel_platform::Timestamp;
    use carrel_platform::auth::UserId;
    use sqlx::types::Json;

    use super::*;
    use crate::store::SessionKind;

    fn session() -> LiveSession {
        let now = Timestamp::now();
        LiveSession {
            id: SessionId::new(),
            user_id: UserId::new(),
            kind: SessionKind::Token,
            last_seen_at: now,
            expires_at: now + Duration::from_hours(1),
            rights: 0,
            rotated_at: None,
            replaced: false,
            outdated: false,
            rules: Json(vec![]),
        }
    }

    #[test]
    fn a_session_is_looked_up_again_after_five_seconds() {
        let (cache, now, session) = (SessionCache::default(), Instant::now(), session());
        let key = SessionKey::Id(session.id);
        cache.put(key.clone(), session, cache.generation(), now);
        assert!(cache.get(&key, now + Duration::from_secs(4)).is_some());
        assert!(cache.get(&key, now + Duration::from_secs(5)).is_none());
    }

    #[test]
    fn a_session_that_ends_while_it_is_being_read_is_not_kept() {
        let (cache, now, session) = (SessionCache::default(), Instant::now(), session());
        let key = SessionKey::Id(session.id);
        let before_reading = cache.generation();
        cache.forget(|cached| cached.id == session.id);
        cache.put(key.clone(), session, before_reading, now);
        assert!(cache.get(&key, now).is_none());
    }
}
