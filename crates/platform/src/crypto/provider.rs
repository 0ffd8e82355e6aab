//! Who keeps the key that wraps all others.

use std::path::Path;
use std::sync::Arc;

use futures::future::BoxFuture;
use zeroize::Zeroizing;

use super::CryptoError;
use super::kms::Kms;
use super::local::MasterKey;

/// The bytes of a data key.
pub(super) type KeyBytes = Zeroizing<[u8; 32]>;

/// Keys by their purposes.
pub type DerivedKeys = Vec<(&'static str, Zeroizing<[u8; 32]>)>;

/// Which data key is wrapped. It is bound to the wrapped text: one put in another's place does not unwrap.
#[derive(Clone, Copy, Debug)]
pub struct Wrapping<'a> {
    /// Id of the data key.
    pub id: &'a str,
    /// What it is for.
    pub purpose: &'a str,
}

/// Wraps data keys with a key that is not in the database.
pub trait KeyProvider: Send + Sync {
    /// `local`, or `kms:` and the name of the key.
    fn name(&self) -> &str;

    /// A text by which the wrapping key is recognised without telling anything of it.
    fn fingerprint(&self) -> String;

    /// Wraps a data key.
    fn wrap<'a>(
        &'a self,
        about: Wrapping<'a>,
        key: &'a [u8; 32],
    ) -> BoxFuture<'a, Result<String, CryptoError>>;

    /// Gives the data key back.
    fn unwrap<'a>(
        &'a self,
        about: Wrapping<'a>,
        wrapped: &'a str,
    ) -> BoxFuture<'a, Result<Zeroizing<[u8; 32]>, CryptoError>>;

    /// The keys that installations older than data keys derived from the master, where this is one.
    fn derived(&self) -> Option<DerivedKeys> {
        None
    }
}

/// The provider of this name: `file` (the master key of the configuration, or `default_file`, made when absent),
/// `file:PATH` (made when absent), `env:NAME` (Base64 in an environment variable), or `kms:KEY?region=NAME&endpoint=URL`.
///
/// # Errors
/// When the name is none of these, or the key can't be read or made. KMS is not asked yet.
pub fn provider(
    name: &str,
    master_key: Option<&str>,
    default_file: &Path,
) -> Result<Arc<dyn KeyProvider>, CryptoError> {
    if let Some(key) = name.strip_prefix("kms:") {
        return Ok(Arc::new(Kms::open(key)?));
    }
    if let Some(path) = name.strip_prefix("file:") {
        return Ok(Arc::new(MasterKey::open(Path::new(path))?));
    }
    if let Some(variable) = name.strip_prefix("env:") {
        let text = std::env::var(variable).map_err(|_| CryptoError::KeyText)?;
        return Ok(Arc::new(MasterKey::from_base64(&text)?));
    }
    if name != "file" {
        return Err(CryptoError::Provider(name.to_owned()));
    }
    Ok(Arc::new(match master_key {
        Some(text) => MasterKey::from_base64(text)?,
        None => MasterKey::open(default_file)?,
    }))
}
