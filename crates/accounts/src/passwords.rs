//! Passwords: what is taken as one, and Argon2id on a bounded pool.
//!
//! One hash costs about 20 ms of a core and 19 MiB, so as many run at once as there are cores and a short queue
//! waits; more are refused at once rather than late.

use std::sync::Arc;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use carrel_platform::web::FieldError;
use serde::{Deserialize, Deserializer};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::error::Error;

/// OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

const SHORTEST: usize = 10;
const LONGEST: usize = 128;

/// Passwords that may wait for each core.
const QUEUE: usize = 64;
/// The longest a password waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// A hash with the same cost as every other one, for addresses that belong to nobody.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3MgYWNjb3VudA$egjqsL8fxoF2xt2Po42jqYPHl258uf78sIIcCiagC9o";

/// The commonest passwords of ten characters and more.
const COMMONEST: &[&str] = &[
    "0123456789",
    "0987654321",
    "1029384756",
    "123123123123",
    "1234512345",
    "1234554321",
    "1234567890",
    "12345678900",
    "12345678901",
    "12345678910",
    "123456789a",
    "123456789q",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "a123456789",
    "abc1234567",
    "abcd123456",
    "abcdefghij",
    "admin12345",
    "administrator",
    "asdfghjkl1",
    "changeme123",
    "football123",
    "iloveyou12",
    "iloveyou123",
    "letmein123",
    "letmein1234",
    "passw0rd123",
    "password01",
    "password12",
    "password123",
    "password1234",
    "password12345",
    "passwordpassword",
    "princess123",
    "q1w2e3r4t5",
    "q1w2e3r4t5y6",
    "qwerty1234",
    "qwerty12345",
    "qwerty123456",
    "qwertyuiop",
    "qwertyuiop123",
    "qwertzuiop",
    "welcome123",
    "welcome1234",
    "zaq12wsxcde3",
];

/// A password as someone typed it, composed (NFC), so that it is the same from every keyboard. Wiped when dropped.
#[derive(Clone)]
pub(crate) struct Password(Zeroizing<String>);

impl From<String> for Password {
    fn from(raw: String) -> Self {
        let raw = Zeroizing::new(raw);
        Self(Zeroizing::new(raw.nfc().collect()))
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    /// Whether it is longer than any password that was ever taken.
    fn is_too_long(&self) -> bool {
        self.0.chars().count() > LONGEST
    }

    /// Refuses what is too long to be anybody's password; `field` is named in the refusal.
    pub fn check_length(&self, field: &str) -> Result<(), Error> {
        if self.is_too_long() {
            let detail = "a password has at most 128 characters";
            return Err(Error::Invalid(vec![FieldError::new(
                field, "length", detail,
            )]));
        }
        Ok(())
    }

    /// Checks that it may become the password of the person with this e-mail address and name; `field` is named
    /// in the refusal.
    pub fn check(&self, field: &str, email: &str, name: &str) -> Result<(), FieldError> {
        let refuse = |code, detail: &str| Err(FieldError::new(field, code, detail));
        if !(SHORTEST..=LONGEST).contains(&self.0.chars().count()) {
            return refuse("length", "a password has 10 to 128 characters");
        }
        let lower = Zeroizing::new(self.0.to_lowercase());
        let local_part = email.split('@').next().unwrap_or_default();
        if [email, local_part].contains(&lower.as_str()) || *lower == name.to_lowercase() {
            return refuse(
                "same_as_identity",
                "the password can't be your e-mail address or your name",
            );
        }
        let mut characters: Vec<char> = lower.chars().collect();
        characters.sort_unstable();
        characters.dedup();
        if characters.len() < 3 || COMMONEST.contains(&lower.as_str()) {
            return refuse(
                "too_common",
                "this password is one of the first that are tried; choose another one",
            );
        }
        Ok(())
    }
}

/// Hashes and verifies.
pub(crate) struct Passwords {
    /// Running and waiting.
    admitted: Arc<Semaphore>,
    /// Running.
    cores: Arc<Semaphore>,
}

impl Passwords {
    /// A pool as wide as this machine.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with(cores, cores * QUEUE)
    }

    fn with(cores: usize, queue: usize) -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(cores + queue)),
            cores: Arc::new(Semaphore::new(cores)),
        }
    }

    /// The hash to store, in the PHC string format.
    ///
    /// # Errors
    /// `Overloaded` when too many wait.
    pub async fn hash(&self, password: &Password) -> Result<String, Error> {
        let password = password.clone();
        self.run(move || {
            argon2()?
                .hash_password(password.0.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|e| Error::Hashing(e.to_string()))
        })
        .await?
    }

    /// Whether the password has this hash. Without a hash it takes as long, and the answer is no. One that is too long
    /// for a password is answered at once, with or without a hash.
    ///
    /// # Errors
    /// `Overloaded` when too many wait.
    pub async fn verify(&self, password: &Password, hash: Option<&str>) -> Result<bool, Error> {
        if password.is_too_long() {
            return Ok(false);
        }
        let password = password.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        let verified = self
            .run(
                move || match Argon2::default().verify_password(password.0.as_bytes(), &*hash) {
                    Ok(()) => Ok(true),
                    Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                    Err(error) => Err(Error::Hashing(error.to_string())),
                },
            )
            .await??;
        Ok(known && verified)
    }

    /// Runs on a thread for blocking work. The permits go with the work: a caller that goes away doesn't make
    /// room for another one before the core is free.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let admitted = self
            .admitted
            .clone()
            .try_acquire_owned()
            .map_err(|_| Error::Overloaded)?;
        let core = tokio::time::timeout(PATIENCE, self.cores.clone().acquire_owned())
            .await
            .map_err(|_| Error::Overloaded)?;
        tokio::task::spawn_blocking(move || {
            let _until_done = (admitted, core);
            work()
        })
        .await
        .map_err(|e| Error::Hashing(e.to_string()))
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| Error::Hashing(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn password(text: &str) -> Password {
        text.to_owned().into()
    }

    #[tokio::test]
    async fn a_password_has_its_own_hash_and_no_other() {
        let pool = Passwords::with(1, 1);
        let hash = pool
            .hash(&password("cafe\u{301} at noon"))
            .await
            .expect("hashes");
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let check = async |text: &str| pool.verify(&password(text), Some(&hash)).await;
        assert!(check("caf\u{e9} at noon").await.expect("verifies"));
        assert!(!check("cafe at noon").await.expect("verifies"));
    }

    #[tokio::test]
    async fn nobody_has_a_password_but_checking_it_costs_the_same() {
        let cost = |hash: &str| hash.rsplitn(3, '$').last().map(ToOwned::to_owned);
        let pool = Passwords::with(1, 1);
        let real = pool.hash(&password("a long walk")).await.expect("hashes");
        assert_eq!(cost(NOBODY), cost(&real));
        let verified = pool.verify(&password("a long walk"), None).await;
        assert!(!verified.expect("the hash of nobody can be verified against"));
    }

    #[tokio::test]
    async fn more_passwords_than_the_queue_holds_are_refused_at_once() {
        let pool = Passwords::with(1, 1);
        let (release, released) = mpsc::channel::<()>();
        let busy = pool.run(move || released.recv());
        let waiting = pool.run(|| ());
        let refused = async {
            tokio::task::yield_now().await;
            let refused = pool.run(|| ()).await;
            drop(release);
            refused
        };
        let (busy, waiting, refused) = tokio::join!(busy, waiting, refused);
        assert!(busy.is_ok() && waiting.is_ok());
        assert!(matches!(refused, Err(Error::Overloaded)));
        assert!(pool.run(|| ()).await.is_ok(), "there is room again");
    }

    #[test]
    fn a_password_that_is_guessed_first_is_refused() {
        let code = |text: &str| {
            password(text)
                .check("password", "augusta.ada@example.org", "Augusta Ada King")
                .err()
                .map(|e| e.code)
        };
        assert_eq!(code("too short").as_deref(), Some("length"));
        assert_eq!(code(&"long".repeat(33)).as_deref(), Some("length"));
        assert_eq!(code("Password123").as_deref(), Some("too_common"));
        assert_eq!(code("aaaaaaaaaaaaaa").as_deref(), Some("too_common"));
        for same in ["Augusta.Ada@example.org", "augusta.ada", "augusta ada king"] {
            assert_eq!(code(same).as_deref(), Some("same_as_identity"), "{same}");
        }
        assert_eq!(code("a long walk to the library"), None);
        assert_eq!(code("图书馆里的一张小书桌上"), None);
    }
}
