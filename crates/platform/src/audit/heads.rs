//! Signed heads of the chain. Once a minute the last row's place and hash are signed and kept outside the database,
//! among the objects and in the log. Whoever rewrites the whole chain, or cuts off its end, contradicts them.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::crypto::Keyring;
use crate::objects::{ObjectError, Objects};

use super::store::HeadRow;

/// Folder of the heads among the objects.
pub(super) const FOLDER: &str = "audit/heads";
/// A file holds the heads of an hour: sixty lines of some 230 bytes. Many more mean that it was tampered with.
const FILE: u64 = 1024 * 1024;
/// Hours in 114 years.
const FILES: usize = 1_000_000;

/// The end of the chain at some moment, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Place of the last row.
    pub seq: i64,
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// When it was signed.
    pub at: Timestamp,
    /// Ed25519 signature over the text of [`Head::signed_text`], in Base64.
    pub signature: String,
}

/// Signs and checks heads.
pub(super) struct Signer(Ed25519KeyPair);

impl Signer {
    pub fn new(keyring: &Keyring) -> Self {
        Self(
            Ed25519KeyPair::from_seed_unchecked(keyring.audit_seed())
                .expect("a seed has the length of the algorithm"),
        )
    }

    pub fn sign(&self, row: &HeadRow) -> Head {
        let mut head = Head {
            seq: row.seq,
            hash: hex(&row.hash),
            at: Timestamp::now(),
            signature: String::new(),
        };
        head.signature = STANDARD.encode(self.0.sign(head.signed_text().as_bytes()));
        head
    }

    pub fn made(&self, head: &Head) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.0.public_key());
        STANDARD.decode(&head.signature).is_ok_and(|signature| {
            key.verify(head.signed_text().as_bytes(), &signature)
                .is_ok()
        })
    }

    /// The public key in Base64, for those who keep heads elsewhere and check them themselves.
    pub fn public_key(&self) -> String {
        STANDARD.encode(self.0.public_key())
    }
}

impl Head {
    /// What the signature is over.
    pub fn signed_text(&self) -> String {
        format!(
            "carrel audit head\n{}\n{}\n{}",
            self.seq, self.hash, self.at
        )
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Adds a head to the file of its hour. Only one job at a time does this.
pub(super) async fn keep(objects: &Objects, head: &Head) -> Result<(), ObjectError> {
    let at = head.at.to_string();
    let file = format!("{FOLDER}/{}/{}.jsonl", &at[..10], &at[11..13]);
    let mut text = match objects.get(&file, FILE).await {
        Ok(bytes) => bytes.to_vec(),
        Err(ObjectError::Missing(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    serde_json::to_writer(&mut text, head).expect("a head is plain data");
    text.push(b'\n');
    objects.put(&file, text).await
}

/// Every head that was kept, oldest first, and the names of files that can't be read as heads.
pub(super) async fn kept(objects: &Objects) -> Result<(Vec<Head>, Vec<String>), ObjectError> {
    let (mut heads, mut unreadable) = (Vec::new(), Vec::new());
    for file in objects.list(FOLDER, FILES).await? {
        let bytes = objects.get(&file, FILE).await?;
        let lines: Result<Vec<Head>, _> = serde_json::Deserializer::from_slice(&bytes)
            .into_iter()
            .collect();
        match lines {
            Ok(lines) => heads.extend(lines),
            Err(_) => unreadable.push(file),
        }
    }
    heads.sort_by_key(|head| (head.seq, head.at));
    Ok((heads, unreadable))
}
