//! What is hashed of a row, and how.

use crate::Timestamp;
use crate::auth::UserId;
use crate::crypto::sha256;

/// What stands in for the hash of the row before the first one.
pub(super) const NOTHING_BEFORE: [u8; 32] = [0; 32];

/// The part of a row that the chain protects. The address isn't in it: it is removed when a person is deleted, and
/// sealed anew when keys are rotated, and the chain must bear both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Place in the chain, from 1, without gaps.
    pub seq: i64,
    /// When it was recorded, to the microsecond.
    pub at: Timestamp,
    /// Name of the action.
    pub action: String,
    /// `done`, `denied` or `failed`.
    pub outcome: String,
    /// Who did it.
    pub actor: Option<UserId>,
    /// With which session or key.
    pub credential: Option<String>,
    /// Kind of what it was done to.
    pub target_kind: Option<String>,
    /// Its id.
    pub target_id: Option<String>,
    /// More about it, as JSON text.
    pub detail: Option<String>,
    /// The request it was part of.
    pub request_id: Option<String>,
}

impl Link {
    /// SHA-256 over the hash of the row before and the fields, each with its length before it, so that no two rows
    /// have the same bytes.
    pub fn hash(&self, before: &[u8]) -> Vec<u8> {
        let mut bytes = before.to_vec();
        bytes.extend(self.seq.to_be_bytes());
        let actor = self.actor.map(|actor| actor.to_string());
        let at = self.at.to_string();
        for field in [
            Some(at.as_str()),
            Some(self.action.as_str()),
            Some(self.outcome.as_str()),
            actor.as_deref(),
            self.credential.as_deref(),
            self.target_kind.as_deref(),
            self.target_id.as_deref(),
            self.detail.as_deref(),
            self.request_id.as_deref(),
        ] {
            match field {
                Some(text) => {
                    bytes.extend(
                        u64::try_from(text.len())
                            .unwrap_or(u64::MAX - 1)
                            .to_be_bytes(),
                    );
                    bytes.extend(text.as_bytes());
                }
                None => bytes.extend(u64::MAX.to_be_bytes()),
            }
        }
        sha256(&bytes)
    }
}
