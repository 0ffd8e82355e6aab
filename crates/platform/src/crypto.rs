//! Keys: the master key file, field encryption, blind indexes and signatures.
//!
//! Every key is derived from one 32-byte master key by HKDF-SHA-256 with its purpose as the info string
//! (RFC 5869), so a key made for one purpose opens nothing else. Stored values carry the id of their key, which
//! leaves room for several keys side by side.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::{digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

const KEY_ID: &str = "m1";
const VERSION: &str = "v1";

/// Why a key or a sealed value could not be used.
#[derive(Debug, thiserror::Error)]
pub enum CryptoError {
    /// The key file can't be read or made.
    #[error("the master key file {path} can't be used: {reason}")]
    KeyFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The key text is not 32 bytes in Base64.
    #[error("the master key must be 32 bytes in base64")]
    KeyText,
    /// The value was sealed with a key that is not here.
    #[error("the value was sealed with the key {0}, which is not configured")]
    UnknownKey(String),
    /// The value was changed, cut, or stands in another place than it was sealed for.
    #[error("the sealed value does not belong where it was found")]
    Sealed,
}

/// Where a sealed value stands. A value moved to another place does not open.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Table name.
    pub table: &'a str,
    /// Column name.
    pub column: &'a str,
    /// Id of the row.
    pub row: &'a str,
}

/// All keys of an installation.
#[derive(Clone)]
pub struct Keyring(Arc<Keys>);

struct Keys {
    field: RandomizedNonceKey,
    blind: hmac::Key,
    urls: hmac::Key,
    tokens: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

impl Keyring {
    /// Reads the master key file, or makes it (mode 0600) when there is none.
    ///
    /// # Errors
    /// When the file can't be read or made, is readable by others, or holds no key.
    pub fn open(path: &Path) -> Result<Self, CryptoError> {
        let broken = |reason: String| CryptoError::KeyFile {
            path: path.display().to_string(),
            reason,
        };
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let mode = std::fs::metadata(path)
                    .map_err(|e| broken(e.to_string()))?
                    .permissions()
                    .mode();
                if mode & 0o077 != 0 {
                    return Err(broken(format!(
                        "other users can read it (mode {:03o}); run chmod 600 on it",
                        mode & 0o777
                    )));
                }
                Self::from_base64(text.trim()).map_err(|e| broken(e.to_string()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = Zeroizing::new(random::<32>());
                // Written beside and linked into place: two first starts at once agree on one key, and a
                // crash leaves no half of one.
                let draft = path.with_extension(format!("new-{}", std::process::id()));
                let write = || -> std::io::Result<()> {
                    let mut file = std::fs::OpenOptions::new()
                        .write(true)
                        .create_new(true)
                        .mode(0o600)
                        .open(&draft)?;
                    file.write_all(STANDARD.encode(*key).as_bytes())?;
                    file.sync_all()?;
                    std::fs::hard_link(&draft, path)
                };
                let written = write();
                let _ = std::fs::remove_file(&draft);
                match written {
                    Ok(()) => Ok(Self::from_master(&key)),
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                        Self::open(path)
                    }
                    Err(error) => Err(broken(error.to_string())),
                }
            }
            Err(error) => Err(broken(error.to_string())),
        }
    }

    /// Takes the master key from Base64 text.
    pub fn from_base64(text: &str) -> Result<Self, CryptoError> {
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| CryptoError::KeyText)?);
        let master: [u8; 32] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| CryptoError::KeyText)?;
        Ok(Self::from_master(&master))
    }

    fn from_master(master: &[u8; 32]) -> Self {
        let derive = |purpose: &str| derive(master, purpose);
        Self(Arc::new(Keys {
            field: RandomizedNonceKey::new(&AES_256_GCM, derive("field encryption").as_slice())
                .expect("a derived key has the length of the algorithm"),
            blind: hmac::Key::new(hmac::HMAC_SHA256, derive("blind index").as_slice()),
            urls: hmac::Key::new(hmac::HMAC_SHA256, derive("signed urls").as_slice()),
            tokens: derive("access tokens"),
        }))
    }

    /// Seals a value for its place: `v1|key id|nonce|ciphertext` (AES-256-GCM, additional data is the place).
    pub fn seal(&self, place: Place<'_>, plain: &str) -> String {
        let mut sealed = plain.as_bytes().to_vec();
        let nonce = self
            .0
            .field
            .seal_in_place_append_tag(Aad::from(place.bytes()), &mut sealed)
            .expect("a field is shorter than the limit of AES-GCM");
        format!(
            "{VERSION}|{KEY_ID}|{}|{}",
            URL_SAFE_NO_PAD.encode(nonce.as_ref()),
            URL_SAFE_NO_PAD.encode(&sealed)
        )
    }

    /// Opens a value sealed for this place.
    pub fn open_sealed(&self, place: Place<'_>, sealed: &str) -> Result<String, CryptoError> {
        let mut parts = sealed.split('|');
        let (Some(VERSION), Some(key), Some(nonce), Some(text), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(CryptoError::Sealed);
        };
        if key != KEY_ID {
            return Err(CryptoError::UnknownKey(key.to_owned()));
        }
        let nonce: [u8; NONCE_LEN] = URL_SAFE_NO_PAD
            .decode(nonce)
            .ok()
            .and_then(|n| n.try_into().ok())
            .ok_or(CryptoError::Sealed)?;
        let mut bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| CryptoError::Sealed)?;
        let plain = self
            .0
            .field
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
        let mut context = hmac::Context::with_key(&self.0.blind);
        context.update(column.as_bytes());
        context.update(&[0]);
        context.update(value.as_bytes());
        context.sign().as_ref().to_vec()
    }

    /// A value by which the master key is recognised without telling anything of it.
    pub fn fingerprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.blind_index("master key", "check"))
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
}

impl Place<'_> {
    fn bytes(self) -> Vec<u8> {
        [self.table, self.column, self.row].join("|").into_bytes()
    }
}

/// An HKDF output length of 32 bytes.
struct Len32;

impl KeyType for Len32 {
    fn len(&self) -> usize {
        32
    }
}

fn derive(master: &[u8; 32], purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Salt::new(HKDF_SHA256, b"carrel")
        .extract(master)
        .expand(&[purpose.as_bytes()], Len32)
        .and_then(|okm| okm.fill(key.as_mut_slice()))
        .expect("32 bytes are within the limit of HKDF-SHA-256");
    key
}

/// Random bytes from the system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// A random token of 256 bits in URL-safe Base64; only its [`token_hash`] is stored.
pub fn random_token() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

/// The SHA-256 by which a token is found. Tokens carry 256 random bits, so a fast hash is enough.
pub fn token_hash(token: &str) -> Vec<u8> {
    sha256(token.as_bytes())
}

/// SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place<'_> = Place {
        table: "people",
        column: "email",
        row: "1",
    };

    #[test]
    fn a_sealed_value_opens_only_in_its_own_place() {
        let keys = Keyring::from_master(&[7; 32]);
        let sealed = keys.seal(HERE, "ada@example.org");
        assert!(!sealed.contains("ada"));
        assert_eq!(
            keys.open_sealed(HERE, &sealed).expect("opens"),
            "ada@example.org"
        );
        let other = Place { row: "2", ..HERE };
        assert!(keys.open_sealed(other, &sealed).is_err());
        let stranger = Keyring::from_master(&[8; 32]);
        assert!(stranger.open_sealed(HERE, &sealed).is_err());
        assert_ne!(sealed, keys.seal(HERE, "ada@example.org"));
    }

    #[test]
    fn the_key_file_is_private_and_stays_the_same() {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let path = dir.path().join("master.key");
        let sealed = Keyring::open(&path).expect("makes").seal(HERE, "x");
        let mode = std::fs::metadata(&path).expect("is there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        let again = Keyring::open(&path).expect("opens");
        assert_eq!(again.open_sealed(HERE, &sealed).expect("opens"), "x");

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("chmod");
        let refused = Keyring::open(&path).expect_err("others can read it");
        assert!(refused.to_string().contains("chmod 600"));
    }

    #[test]
    fn a_changed_url_fails_its_signature() {
        let keys = Keyring::from_master(&[7; 32]);
        let signature = keys.sign_url("PUT\nuploads/a\n10");
        assert!(keys.verify_url("PUT\nuploads/a\n10", &signature));
        assert!(!keys.verify_url("PUT\nuploads/a\n11", &signature));
        assert!(!keys.verify_url("PUT\nuploads/a\n10", "nonsense"));
    }
}
