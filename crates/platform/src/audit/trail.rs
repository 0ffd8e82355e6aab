//! Reading, checking and pruning the trail.

use std::sync::Arc;

use serde::Serialize;

use super::chain::NOTHING_BEFORE;
use super::heads::{self, Head, Signer, hex};
use super::store::{self, Anchor, EventRow, Filter, HeadRow};
use crate::Timestamp;
use crate::crypto::{CryptoError, Keyring};
use crate::db::Db;
use crate::objects::{ObjectError, Objects};

/// Rows read at once.
const BATCH: i64 = 1000;

/// The trail as it is read and checked.
#[derive(Clone)]
pub struct Trail {
    db: Db,
    pub(super) objects: Objects,
    keyring: Keyring,
    signer: Arc<Signer>,
}

/// Why the trail could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The objects could not be read.
    #[error(transparent)]
    Objects(#[from] ObjectError),
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// Rows checked.
    pub checked: i64,
    /// Signed heads compared with the rows.
    pub heads: i64,
    /// Place of the first row that is wrong or missing.
    #[schema(required = true)]
    pub first_bad: Option<i64>,
    /// What is wrong there.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// The key that signs heads (Ed25519, Base64).
    pub public_key: String,
}

/// The first thing that is wrong.
struct Fault {
    seq: i64,
    reason: String,
}

impl Fault {
    fn new(seq: i64, reason: impl Into<String>) -> Self {
        Self {
            seq,
            reason: reason.into(),
        }
    }
}

impl Trail {
    /// The trail in this database, with its heads among these objects.
    pub fn new(db: Db, objects: Objects, keyring: Keyring) -> Self {
        Self {
            signer: Arc::new(Signer::new(&keyring)),
            db,
            objects,
            keyring,
        }
    }

    /// The rows that match, newest first, before the place `before`.
    pub async fn page(
        &self,
        filter: &Filter,
        before: Option<i64>,
        limit: i64,
    ) -> sqlx::Result<Vec<EventRow>> {
        store::newest(&self.db, filter, before.unwrap_or(i64::MAX), limit).await
    }

    /// The address of a row.
    ///
    /// # Errors
    /// When it was sealed for another row or with another key.
    pub fn address(&self, row: &EventRow) -> Result<Option<String>, CryptoError> {
        let seq = row.seq.to_string();
        row.address_sealed
            .as_deref()
            .map(|sealed| self.keyring.open_sealed(store::address_place(&seq), sealed))
            .transpose()
    }

    /// Signs the end of the chain and keeps it outside the database; nothing to do when it was signed already.
    pub async fn sign_head(&self) -> Result<(), TrailError> {
        let row = store::head(&self.db).await?;
        if row.seq == row.signed {
            return Ok(());
        }
        let head = self.signer.sign(&row);
        heads::keep(&self.objects, &head).await?;
        store::mark_signed(&self.db, head.seq).await?;
        tracing::info!(
            audit.seq = head.seq,
            audit.hash = %head.hash,
            audit.at = %head.at,
            audit.signature = %head.signature,
            "the head of the audit trail was signed"
        );
        Ok(())
    }

    /// Checks every row, and every signed head against the rows. `more` are heads kept elsewhere.
    pub async fn verify(&self, more: Vec<Head>) -> Result<Verification, TrailError> {
        let (mut heads, unreadable) = heads::kept(&self.objects).await?;
        heads.extend(more);
        heads.sort_by_key(|head| head.seq);
        // Read after the heads: a head signed meanwhile would be of a row that was not there yet.
        let end = store::head(&self.db).await?;
        let anchor = store::anchor(&self.db).await?;
        let mut check = Check {
            signer: &self.signer,
            heads: heads.into_iter().peekable(),
            compared: 0,
            checked: 0,
            seq: anchor.as_ref().map_or(0, |anchor| anchor.seq),
            hash: anchor
                .as_ref()
                .map_or(NOTHING_BEFORE.to_vec(), |anchor| anchor.hash.clone()),
        };
        let mut fault = check.begin(anchor.as_ref(), &unreadable);
        while fault.is_none() {
            let rows = store::oldest(&self.db, check.seq, end.seq, BATCH).await?;
            if rows.is_empty() {
                fault = check.end(&end);
                break;
            }
            fault = rows.into_iter().find_map(|row| check.row(row));
        }
        let (first_bad, reason) = fault.map(|fault| (fault.seq, fault.reason)).unzip();
        Ok(Verification {
            ok: first_bad.is_none(),
            checked: check.checked,
            heads: check.compared,
            first_bad,
            reason,
            public_key: self.signer.public_key(),
        })
    }

    /// Removes the rows recorded before `cutoff`, leaving a signed anchor that the rest of the chain hangs on. How
    /// many were removed.
    pub async fn prune(&self, cutoff: Timestamp) -> Result<i64, TrailError> {
        let Some(last) = store::last_before(&self.db, cutoff).await? else {
            return Ok(0);
        };
        let signed = self.signer.sign(&HeadRow {
            seq: last.seq,
            hash: last.hash.clone(),
            signed: 0,
        });
        let anchor = Anchor {
            seq: last.seq,
            hash: last.hash,
            at: signed.at,
            signature: signed.signature,
        };
        let mut tx = self.db.begin().await?;
        let removed = store::remove_up_to(&mut tx, anchor.seq).await?;
        store::set_anchor(&mut tx, &anchor).await?;
        tx.commit().await?;
        Ok(i64::try_from(removed).unwrap_or(i64::MAX))
    }
}

/// A walk along the chain.
struct Check<'a> {
    signer: &'a Signer,
    heads: std::iter::Peekable<std::vec::IntoIter<Head>>,
    compared: i64,
    checked: i64,
    /// Place and hash of the row before.
    seq: i64,
    hash: Vec<u8>,
}

impl Check<'_> {
    /// Checks what the chain hangs on, and passes over heads of rows that were removed when their time was over.
    fn begin(&mut self, anchor: Option<&Anchor>, unreadable: &[String]) -> Option<Fault> {
        if let Some(file) = unreadable.first() {
            return Some(Fault::new(
                self.seq + 1,
                format!("the heads in {file} can't be read"),
            ));
        }
        if let Some(anchor) = anchor {
            let head = Head {
                seq: anchor.seq,
                hash: hex(&anchor.hash),
                at: anchor.at,
                signature: anchor.signature.clone(),
            };
            if !self.signer.made(&head) {
                return Some(Fault::new(
                    anchor.seq,
                    "the anchor that the rest hangs on was not signed with this installation's key",
                ));
            }
        }
        while self.heads.next_if(|head| head.seq < self.seq).is_some() {}
        self.compare()
    }

    fn row(&mut self, row: EventRow) -> Option<Fault> {
        let expected = self.seq + 1;
        let (link, hash) = row.into_link();
        if link.seq != expected {
            return Some(Fault::new(expected, "the row is missing"));
        }
        if link.hash(&self.hash) != hash {
            return Some(Fault::new(
                expected,
                "the row, or the one before it, is not what was recorded",
            ));
        }
        (self.seq, self.hash) = (expected, hash);
        self.checked += 1;
        self.compare()
    }

    /// Compares the heads of the present place.
    fn compare(&mut self) -> Option<Fault> {
        let hash = hex(&self.hash);
        while let Some(head) = self.heads.next_if(|head| head.seq == self.seq) {
            if !self.signer.made(&head) {
                return Some(Fault::new(
                    head.seq,
                    format!(
                        "the head of {} was not signed with this installation's key",
                        head.at
                    ),
                ));
            }
            if head.hash != hash {
                return Some(Fault::new(
                    head.seq,
                    format!(
                        "the row is another one than the head signed at {} says",
                        head.at
                    ),
                ));
            }
            self.compared += 1;
        }
        None
    }

    fn end(&mut self, end: &HeadRow) -> Option<Fault> {
        if end.seq != self.seq {
            return Some(Fault::new(
                self.seq + 1,
                "the rows from here on are missing",
            ));
        }
        if end.hash != self.hash {
            return Some(Fault::new(
                self.seq,
                "the last row is another one than the end of the chain says",
            ));
        }
        self.heads.next().map(|head| {
            Fault::new(
                self.seq + 1,
                format!(
                    "the rows from here to {} are missing: a head of {} was signed at {}",
                    head.seq, head.seq, head.at
                ),
            )
        })
    }
}
