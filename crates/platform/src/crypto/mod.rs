//! Keys: the envelope that holds them, field encryption, blind indexes and signatures.
//!
//! What is used every day are *data keys*: random, in the table `data_keys`, each wrapped by a key that is not in the
//! database. That one belongs to a [`KeyProvider`]: the master key file, or AWS KMS. So the master is replaced by
//! wrapping a handful of keys anew, and a field key is replaced ([`rotation`]) by sealing values anew, row by row,
//! while everybody goes on working. Stored values carry the id of their key: `v1|key id|nonce|ciphertext`.
//!
//! Installations older than data keys used keys derived from the master by HKDF-SHA-256 (RFC 5869). Those became their
//! first data keys, as what they were.

mod aws;
mod data_keys;
mod hash;
mod keyring;
mod kms;
mod local;
mod provider;
pub mod rotation;
mod routes;
mod sealed;
mod store;

pub use data_keys::KeyError;
pub use hash::{random, random_token, sha256, token_hash};
pub use keyring::Keyring;
pub use provider::{DerivedKeys, KeyProvider, Wrapping, provider};
pub use rotation::{Encryption, EncryptionConfig};
#[doc(hidden)]
pub use sealed::row_id;
pub use sealed::{SealedColumn, SealedValue};

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
    /// The name of a provider is not one.
    #[error("{0:?} names no keeper of keys; give file, file:PATH, env:NAME or kms:KEY?region=NAME")]
    Provider(String),
    /// A data key could not be wrapped or unwrapped by the master key.
    #[error("the data key {0} was wrapped by another master key, or was changed")]
    Wrapped(String),
    /// The key service refused or could not be reached.
    #[error("AWS KMS {0}")]
    Service(String),
    /// The value was sealed with a key that is not here.
    #[error("the value was sealed with the key {0}, which this installation does not have")]
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

impl Place<'_> {
    fn bytes(self) -> Vec<u8> {
        [self.table, self.column, self.row].join("|").into_bytes()
    }
}

impl From<CryptoError> for crate::web::Problem {
    fn from(error: CryptoError) -> Self {
        tracing::error!(error = %error, "a stored value can't be opened");
        Self::new(
            crate::web::Code::ValueUnreadable,
            "something stored here can't be opened: it was changed or moved in the database, or its key is missing. Tell your administrator the request id",
        )
    }
}

#[cfg(test)]
mod tests;
