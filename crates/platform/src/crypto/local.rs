//! The master key in a file or in the configuration.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures::future::{BoxFuture, ready};
use zeroize::Zeroizing;

use super::data_keys::{FIELD, HEADS, INDEX, TOKENS, URLS};
use super::provider::{DerivedKeys, KeyBytes, KeyProvider, Wrapping};
use super::{CryptoError, random};

const VERSION: &str = "v1";

/// 32 bytes from which the wrapping key is derived.
pub(super) struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// Reads the file, or makes it (mode 0600) when there is none.
    pub fn open(path: &Path) -> Result<Self, CryptoError> {
        let broken = |reason: String| CryptoError::KeyFile {
            path: path.display().to_string(),
            reason,
        };
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let text = Zeroizing::new(text);
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
                Self::from_base64(&text).map_err(|e| broken(e.to_string()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = Zeroizing::new(random::<32>());
                match write(path, &key) {
                    Ok(()) => Ok(Self(key)),
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                        Self::open(path)
                    }
                    Err(error) => Err(broken(error.to_string())),
                }
            }
            Err(error) => Err(broken(error.to_string())),
        }
    }

    pub fn from_base64(text: &str) -> Result<Self, CryptoError> {
        let text = text.trim();
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| CryptoError::KeyText)?);
        let key: [u8; 32] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| CryptoError::KeyText)?;
        Ok(Self(Zeroizing::new(key)))
    }

    fn derive(&self, purpose: &str) -> KeyBytes {
        let mut key = Zeroizing::new([0; 32]);
        Salt::new(HKDF_SHA256, b"carrel")
            .extract(self.0.as_slice())
            .expand(&[purpose.as_bytes()], Len32)
            .and_then(|okm| okm.fill(key.as_mut_slice()))
            .expect("32 bytes are within the limit of HKDF-SHA-256");
        key
    }

    fn wrapping_key(&self) -> RandomizedNonceKey {
        RandomizedNonceKey::new(&AES_256_GCM, self.derive("data key wrapping").as_slice())
            .expect("a derived key has the length of the algorithm")
    }

    /// `v1|nonce|ciphertext` (AES-256-GCM, additional data is which key it is).
    fn seal(&self, about: Wrapping<'_>, key: &[u8; 32]) -> String {
        let mut sealed = key.to_vec();
        let nonce = self
            .wrapping_key()
            .seal_in_place_append_tag(Aad::from(bound_to(about)), &mut sealed)
            .expect("a key is shorter than the limit of AES-GCM");
        format!(
            "{VERSION}|{}|{}",
            URL_SAFE_NO_PAD.encode(nonce.as_ref()),
            URL_SAFE_NO_PAD.encode(&sealed)
        )
    }

    fn open_sealed(&self, about: Wrapping<'_>, wrapped: &str) -> Option<KeyBytes> {
        let (nonce, sealed) = wrapped
            .strip_prefix(VERSION)?
            .strip_prefix('|')?
            .split_once('|')?;
        let nonce: [u8; NONCE_LEN] = URL_SAFE_NO_PAD.decode(nonce).ok()?.try_into().ok()?;
        let mut bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(sealed).ok()?);
        let key = self
            .wrapping_key()
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound_to(about)),
                &mut bytes,
            )
            .ok()?;
        let key: &[u8] = key;
        Some(Zeroizing::new(key.try_into().ok()?))
    }
}

/// Written beside and linked into place: two first starts at once agree on one key, and a crash leaves no half of one.
fn write(path: &Path, key: &[u8; 32]) -> std::io::Result<()> {
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let written = (|| {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(Zeroizing::new(STANDARD.encode(key)).as_bytes())?;
        file.sync_all()?;
        std::fs::hard_link(&draft, path)
    })();
    let _ = std::fs::remove_file(&draft);
    written
}

fn bound_to(about: Wrapping<'_>) -> Vec<u8> {
    ["data_keys", about.purpose, about.id]
        .join("|")
        .into_bytes()
}

impl KeyProvider for MasterKey {
    fn name(&self) -> &'static str {
        "local"
    }

    fn fingerprint(&self) -> String {
        // As it was made when the index key came from the master: databases older than data keys hold this text.
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.derive("blind index").as_slice());
        URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"master key\0check"))
    }

    fn wrap<'a>(
        &'a self,
        about: Wrapping<'a>,
        key: &'a [u8; 32],
    ) -> BoxFuture<'a, Result<String, CryptoError>> {
        Box::pin(ready(Ok(self.seal(about, key))))
    }

    fn unwrap<'a>(
        &'a self,
        about: Wrapping<'a>,
        wrapped: &'a str,
    ) -> BoxFuture<'a, Result<KeyBytes, CryptoError>> {
        let key = self.open_sealed(about, wrapped);
        Box::pin(ready(
            key.ok_or_else(|| CryptoError::Wrapped(about.id.to_owned())),
        ))
    }

    fn derived(&self) -> Option<DerivedKeys> {
        let infos = [
            (FIELD, "field encryption"),
            (INDEX, "blind index"),
            (URLS, "signed urls"),
            (TOKENS, "access tokens"),
            (HEADS, "audit heads"),
        ];
        Some(
            infos
                .map(|(purpose, info)| (purpose, self.derive(info)))
                .into(),
        )
    }
}

/// An HKDF output length of 32 bytes.
struct Len32;

impl KeyType for Len32 {
    fn len(&self) -> usize {
        32
    }
}
