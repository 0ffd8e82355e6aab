//! The keys in use on this node, and what is done with them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::data_keys::{self, FIELD, HEADS, INDEX, KeyError, TOKENS, URLS};
use super::local::MasterKey;
use super::provider::{KeyBytes, KeyProvider};
use super::{CryptoError, Place, random, store};
use crate::Timestamp;
use crate::db::{Db, Dialect};

const VERSION: &str = "v1";
/// How often a node looks whether another one has changed the keys.
const LOOK: Duration = Duration::from_secs(5);
/// How often a node says that it lives and which key it seals with.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How long opening a value may wait for a key that another node has made.
const LEARN: Duration = Duration::from_secs(10);
/// Values sealed with a key that doesn't exist must not keep the database busy.
const BETWEEN_RELOADS: Duration = Duration::from_millis(250);
const STAYS_UNKNOWN: Duration = Duration::from_secs(30);
/// How long a request may hold a value that it has read.
const UNDER_WAY: Duration = Duration::from_mins(1);
const MOST_UNKNOWN: usize = 100;

/// All keys of an installation.
#[derive(Clone)]
pub struct Keyring(Arc<Ring>);

struct Ring {
    index: hmac::Key,
    urls: hmac::Key,
    tokens: KeyBytes,
    heads: KeyBytes,
    fields: RwLock<Arc<Fields>>,
    source: Option<Source>,
}

/// The field keys by their ids. Values are sealed with the newest and opened with their own.
#[derive(Clone)]
pub(super) struct Fields {
    pub keys: BTreeMap<String, Arc<RandomizedNonceKey>>,
    pub newest: String,
    pub number: i64,
    /// Keys that were destroyed, and since when this node knows: a request may have read its row before that value
    /// was sealed anew.
    pub gone: BTreeMap<String, (Arc<RandomizedNonceKey>, Instant)>,
}

impl Fields {
    fn get(&self, id: &str) -> Option<Arc<RandomizedNonceKey>> {
        let gone = || self.gone.get(id).map(|(key, _)| key);
        self.keys.get(id).or_else(gone).cloned()
    }

    /// These keys in place of those that were known.
    fn following(mut self, known: &Self) -> Self {
        let now = Instant::now();
        let lately = known
            .gone
            .iter()
            .filter(|(_, (_, since))| since.elapsed() < UNDER_WAY);
        self.gone = lately
            .map(|(id, gone)| (id.clone(), gone.clone()))
            .collect();
        for (id, key) in &known.keys {
            if !self.keys.contains_key(id) {
                self.gone.insert(id.clone(), (key.clone(), now));
            }
        }
        self
    }
}

/// Where the keys came from, for those that are made later.
struct Source {
    db: Db,
    provider: Arc<dyn KeyProvider>,
    node: Uuid,
    /// Whether this node serves, or only runs one command.
    serves: AtomicBool,
    /// Taken by whoever reloads for a key that isn't known here.
    learning: Semaphore,
    learned: Mutex<Learned>,
}

#[derive(Default)]
struct Learned {
    last: Option<Instant>,
    unknown: HashMap<String, Instant>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

pub(super) fn field_key(bytes: &[u8; 32]) -> Arc<RandomizedNonceKey> {
    let key = RandomizedNonceKey::new(&AES_256_GCM, bytes);
    Arc::new(key.expect("a data key has the length of the algorithm"))
}

impl Keyring {
    /// The keys of an up-to-date database. The first time they are made, or taken over from a master key that
    /// everything was derived from.
    ///
    /// # Errors
    /// When the provider is another one than that which wrapped them, or doesn't answer, or the database fails.
    pub async fn load(db: &Db, provider: Arc<dyn KeyProvider>) -> Result<Self, KeyError> {
        let mut opened = data_keys::open(db, &*provider).await?;
        let mut take = |purpose: &'static str| {
            opened
                .single
                .remove(purpose)
                .ok_or(KeyError::Missing(purpose))
        };
        let single = [take(INDEX)?, take(URLS)?, take(TOKENS)?, take(HEADS)?];
        let source = Source {
            db: db.clone(),
            provider,
            node: Uuid::now_v7(),
            serves: AtomicBool::new(false),
            learning: Semaphore::new(1),
            learned: Mutex::default(),
        };
        Ok(Self::of(single, opened.fields, Some(source)))
    }

    /// Keys that are in no database and end with the value: for a program that only describes itself.
    pub fn ephemeral() -> Self {
        let key = || KeyBytes::new(random());
        let field = BTreeMap::from([("k1".to_owned(), field_key(&key()))]);
        let fields = Fields {
            keys: field,
            newest: "k1".into(),
            number: 1,
            gone: BTreeMap::new(),
        };
        Self::of([key(), key(), key(), key()], fields, None)
    }

    /// Keys derived from a master key file alone, made when absent, as installations older than data keys had them.
    ///
    /// # Errors
    /// When the file can't be read or made, is readable by others, or holds no key.
    pub fn open(path: &Path) -> Result<Self, CryptoError> {
        Ok(Self::derived(&MasterKey::open(path)?))
    }

    pub(super) fn derived(master: &MasterKey) -> Self {
        let mut derived: HashMap<_, _> = master.derived().into_iter().flatten().collect();
        let mut take = |purpose| derived.remove(purpose).expect("each purpose is derived");
        let field = field_key(&take(FIELD));
        let fields = Fields {
            keys: BTreeMap::from([(data_keys::DERIVED_FIELD.to_owned(), field)]),
            newest: data_keys::DERIVED_FIELD.into(),
            number: 0,
            gone: BTreeMap::new(),
        };
        let single = [take(INDEX), take(URLS), take(TOKENS), take(HEADS)];
        Self::of(single, fields, None)
    }

    fn of(
        [index, urls, tokens, heads]: [KeyBytes; 4],
        fields: Fields,
        source: Option<Source>,
    ) -> Self {
        Self(Arc::new(Ring {
            index: hmac::Key::new(hmac::HMAC_SHA256, index.as_slice()),
            urls: hmac::Key::new(hmac::HMAC_SHA256, urls.as_slice()),
            tokens,
            heads,
            fields: RwLock::new(Arc::new(fields)),
            source,
        }))
    }

    /// Seals a value for its place: `v1|key id|nonce|ciphertext` (AES-256-GCM, additional data is the place).
    pub fn seal(&self, place: Place<'_>, plain: &str) -> String {
        let fields = self.fields();
        let key = &fields.keys[&fields.newest];
        let mut sealed = plain.as_bytes().to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(place.bytes()), &mut sealed)
            .expect("a field is shorter than the limit of AES-GCM");
        format!(
            "{VERSION}|{}|{}|{}",
            fields.newest,
            URL_SAFE_NO_PAD.encode(nonce.as_ref()),
            URL_SAFE_NO_PAD.encode(&sealed)
        )
    }

    /// Opens a value sealed for this place. One sealed with a key that another node has just made waits until that
    /// key is read, up to 10 s.
    ///
    /// # Errors
    /// When it stands in another place than it was sealed for, was changed, or its key is not there.
    pub fn open_sealed(&self, place: Place<'_>, sealed: &str) -> Result<String, CryptoError> {
        let opened = self.open_here(place, sealed);
        if let Err(error) = &opened {
            tracing::error!(
                table = place.table, column = place.column, row = place.row, error = %error,
                "a sealed value can't be opened"
            );
        }
        opened
    }

    fn open_here(&self, place: Place<'_>, sealed: &str) -> Result<String, CryptoError> {
        let mut parts = sealed.split('|');
        let (Some(VERSION), Some(id), Some(nonce), Some(text), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(CryptoError::Sealed);
        };
        let nonce: [u8; NONCE_LEN] = URL_SAFE_NO_PAD
            .decode(nonce)
            .ok()
            .and_then(|n| n.try_into().ok())
            .ok_or(CryptoError::Sealed)?;
        let mut bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| CryptoError::Sealed)?;
        let key = self
            .fields()
            .get(id)
            .or_else(|| self.learn_blocking(id))
            .ok_or_else(|| CryptoError::UnknownKey(id.to_owned()))?;
        let plain = key
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.bytes()),
                &mut bytes,
            )
            .map_err(|_| CryptoError::Sealed)?;
        String::from_utf8(plain.to_vec()).map_err(|_| CryptoError::Sealed)
    }

    /// A keyed index of a value that must be found without being readable, such as an e-mail address.
    /// Callers normalise the value first.
    pub fn blind_index(&self, column: &str, value: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0.index);
        context.update(column.as_bytes());
        context.update(&[0]);
        context.update(value.as_bytes());
        context.sign().as_ref().to_vec()
    }

    /// Signs the text of a URL that Carrel itself serves.
    pub fn sign_url(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0.urls, text.as_bytes()))
    }

    /// Checks a signature of [`Keyring::sign_url`] in constant time.
    pub fn verify_url(&self, text: &str, signature: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(signature)
            .is_ok_and(|tag| hmac::verify(&self.0.urls, text.as_bytes(), &tag).is_ok())
    }

    /// The secret that signs access tokens (HS256).
    pub fn token_secret(&self) -> &[u8] {
        self.0.tokens.as_slice()
    }

    /// The seed of the Ed25519 key that signs the heads of the audit trail. It stays the same for the life of the
    /// installation: heads are checked years later.
    pub fn audit_seed(&self) -> &[u8; 32] {
        &self.0.heads
    }

    pub(super) fn fields(&self) -> Arc<Fields> {
        let fields = self.0.fields.read();
        Arc::clone(&fields.unwrap_or_else(PoisonError::into_inner))
    }

    /// Who wraps the keys; `None` for keys that are in no database.
    pub(super) fn provider(&self) -> Option<&Arc<dyn KeyProvider>> {
        self.0.source.as_ref().map(|source| &source.provider)
    }

    /// Reads the field keys anew.
    pub(super) async fn reload(&self) -> Result<(), KeyError> {
        let Some(source) = &self.0.source else {
            return Ok(());
        };
        let known = self.fields();
        let fields = data_keys::fields(&source.db, &*source.provider, &known.keys).await?;
        let mut here = self
            .0
            .fields
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Two reloads at once: the one that saw more keys stays.
        if fields.number >= here.number {
            let fields = fields.following(&here);
            *here = Arc::new(fields);
        }
        Ok(())
    }

    /// Reads the keys anew for a value whose key isn't known here. Opening values is no asynchronous call, so this
    /// holds up the thread, and other tasks go on on others; without other threads the key comes with the next look.
    fn learn_blocking(&self, id: &str) -> Option<Arc<RandomizedNonceKey>> {
        let source = self.0.source.as_ref()?;
        let runtime = Handle::try_current().ok()?;
        if runtime.runtime_flavor() != RuntimeFlavor::MultiThread {
            return None;
        }
        let learning = async { timeout(LEARN, self.learn(source, id)).await };
        tokio::task::block_in_place(|| runtime.block_on(learning)).ok()?;
        self.fields().get(id)
    }

    async fn learn(&self, source: &Source, id: &str) {
        let Ok(_turn) = source.learning.acquire().await else {
            return;
        };
        if self.fields().keys.contains_key(id) {
            return;
        }
        let wait = {
            let learned = source.learned.lock();
            let learned = learned.unwrap_or_else(PoisonError::into_inner);
            let unknown = learned.unknown.get(id);
            if unknown.is_some_and(|since| since.elapsed() < STAYS_UNKNOWN) {
                return;
            }
            let last = learned.last.map(|last| last.elapsed());
            last.and_then(|elapsed| BETWEEN_RELOADS.checked_sub(elapsed))
        };
        // Waiting rather than giving up: the key may have been made since the last look.
        if let Some(wait) = wait {
            sleep(wait).await;
        }
        let reloaded = self.reload().await;
        if let Err(error) = &reloaded {
            tracing::error!(error = %error, "the keys can't be read");
        }
        let found = self.fields().keys.contains_key(id);
        let learned = source.learned.lock();
        let mut learned = learned.unwrap_or_else(PoisonError::into_inner);
        learned.last = Some(Instant::now());
        if reloaded.is_ok() && !found {
            if learned.unknown.len() >= MOST_UNKNOWN {
                learned.unknown.clear();
            }
            learned.unknown.insert(id.to_owned(), Instant::now());
        }
    }

    /// Says that this node serves from now on, and with which key it seals, so that no rotation takes that away.
    ///
    /// # Errors
    /// When the provider or the database fails.
    pub async fn serve(&self) -> Result<(), KeyError> {
        if let Some(source) = &self.0.source {
            source.serves.store(true, Ordering::Relaxed);
        }
        // A key may have been made since the keys were loaded and before this node was known.
        self.announce().await?;
        self.reload().await?;
        Ok(self.announce().await?)
    }

    /// Says that this node has sealed its last value.
    pub async fn leave(&self) {
        if let Some(source) = &self.0.source
            && let Err(error) = store::let_go(&source.db, source.node).await
        {
            tracing::warn!(error = %error, "the end of this node could not be noted");
        }
    }

    /// Notes in the database which key this node seals with, if it serves. On SQLite there is one node and nothing to
    /// note.
    pub(super) async fn announce(&self) -> sqlx::Result<()> {
        if let Some(source) = &self.0.source
            && source.serves.load(Ordering::Relaxed)
            && source.db.dialect() == Dialect::Postgres
        {
            let number = self.fields().number;
            store::hold(&source.db, source.node, number, Timestamp::now()).await?;
        }
        Ok(())
    }

    /// Follows what other nodes do with the keys, until `stop`.
    pub async fn watch(&self, stop: CancellationToken) {
        let Some(source) = &self.0.source else {
            return;
        };
        let mut announced: Option<(i64, Instant)> = None;
        loop {
            let looked = async {
                let ids = store::usable_fields(&source.db).await?;
                if !ids.iter().eq(self.fields().keys.keys()) {
                    self.reload().await?;
                }
                let number = self.fields().number;
                let fresh = announced
                    .is_some_and(|(known, at)| known == number && at.elapsed() < HEARTBEAT);
                if !fresh {
                    self.announce().await?;
                    announced = Some((number, Instant::now()));
                }
                Ok::<(), KeyError>(())
            };
            tokio::select! {
                () = stop.cancelled() => break,
                looked = looked => if let Err(error) = looked {
                    tracing::error!(error = %error, "the keys can't be read");
                }
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = sleep(LOOK) => {}
            }
        }
    }
}
