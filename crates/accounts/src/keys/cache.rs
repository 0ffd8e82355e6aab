//! What this node remembers of keys for a moment: what they may do, and which have used up their minute.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use carrel_platform::Timestamp;
use carrel_platform::auth::ApiKeyId;

use super::store::LiveKey;

/// How long the rights of a key are believed without looking.
const FRESH: Duration = Duration::from_secs(5);
/// Keys of each kind that are kept; about 3 MB.
const ENTRIES: usize = 10_000;

/// The SHA-256 of a key.
type KeyHash = Vec<u8>;

/// Keys seen a moment ago.
#[derive(Default)]
pub(crate) struct KeyCache(Mutex<State>);

#[derive(Default)]
struct State {
    /// Grows whenever something is forgotten.
    generation: u64,
    live: HashMap<KeyHash, (LiveKey, Instant)>,
    exhausted: HashMap<ApiKeyId, Exhausted>,
}

/// A key that has made all requests of its window.
#[derive(Clone, Copy)]
struct Exhausted {
    until: Timestamp,
    /// The limit it has reached; with a higher one it may go on.
    limit: u32,
}

impl KeyCache {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while it was held can at worst have lost what would be read again.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key read less than 5 s before `now`; otherwise the generation to [`keep`](Self::keep) it with once it is read.
    pub fn get(&self, hash: &[u8], now: Instant) -> Result<LiveKey, u64> {
        let state = self.state();
        match state.live.get(hash) {
            Some((key, read)) if now.saturating_duration_since(*read) < FRESH => Ok(key.clone()),
            _ => Err(state.generation),
        }
    }

    /// Keeps a key read at `now`, unless one was forgotten since `generation`: it may have been this one.
    pub fn keep(&self, hash: KeyHash, key: LiveKey, generation: u64, now: Instant) {
        let mut state = self.state();
        if state.generation != generation {
            return;
        }
        if state.live.len() >= ENTRIES {
            state
                .live
                .retain(|_, (_, read)| now.saturating_duration_since(*read) < FRESH);
        }
        if state.live.len() < ENTRIES || state.live.contains_key(&hash) {
            state.live.insert(hash, (key, now));
        }
    }

    /// Forgets the keys that `changed` names.
    pub fn forget(&self, changed: impl Fn(&LiveKey) -> bool) {
        let mut state = self.state();
        state.generation += 1;
        state.live.retain(|_, (key, _)| !changed(key));
    }

    /// Until when the key may make no request more, as far as this node knows.
    pub fn exhausted(&self, key: ApiKeyId, limit: u32, now: Timestamp) -> Option<Timestamp> {
        let state = self.state();
        let known = state.exhausted.get(&key)?;
        (known.until > now && known.limit >= limit).then_some(known.until)
    }

    /// Remembers that the key has made all `limit` requests of a window that ends at `until`.
    pub fn exhaust(&self, key: ApiKeyId, limit: u32, until: Timestamp, now: Timestamp) {
        let mut state = self.state();
        if state.exhausted.len() >= ENTRIES {
            state.exhausted.retain(|_, known| known.until > now);
        }
        if state.exhausted.len() < ENTRIES {
            state.exhausted.insert(key, Exhausted { until, limit });
        }
    }
}

#[cfg(test)]
mod tests {
    use carrel_platform::auth::UserId;
    use sqlx::types::Json;

    use super::*;

    fn key() -> LiveKey {
        LiveKey {
            id: ApiKeyId::new(),
            user_id: UserId::new(),
            scopes: 1,
            rules: Json(vec![]),
        }
    }

    #[test]
    fn the_rights_of_a_key_are_looked_up_again_after_five_seconds() {
        let (cache, now) = (KeyCache::default(), Instant::now());
        let unread = cache.get(b"k", now).expect_err("not there");
        cache.keep(b"k".to_vec(), key(), unread, now);
        assert!(cache.get(b"k", now + Duration::from_secs(4)).is_ok());
        assert!(cache.get(b"k", now + Duration::from_secs(5)).is_err());
    }

    #[test]
    fn a_key_that_is_revoked_while_it_is_being_read_is_not_kept() {
        let (cache, now, key) = (KeyCache::default(), Instant::now(), key());
        let before_reading = cache.get(b"k", now).expect_err("not there");
        cache.forget(|other| other.id == key.id);
        cache.keep(b"k".to_vec(), key, before_reading, now);
        assert!(cache.get(b"k", now).is_err());
    }

    #[test]
    fn a_used_up_key_may_go_on_when_its_minute_is_over_or_the_limit_is_raised() {
        let (cache, key, now) = (KeyCache::default(), ApiKeyId::new(), Timestamp::now());
        let until = now + Duration::from_secs(40);
        cache.exhaust(key, 60, until, now);
        assert_eq!(cache.exhausted(key, 60, now), Some(until));
        assert_eq!(cache.exhausted(key, 10, now), Some(until));
        assert_eq!(cache.exhausted(key, 61, now), None);
        assert_eq!(cache.exhausted(key, 60, until), None);
        assert_eq!(cache.exhausted(ApiKeyId::new(), 60, now), None);
    }
}
