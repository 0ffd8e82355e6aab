//! How many mails one address may be sent at the wish of whoever asks, in memory.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use carrel_platform::web::{Debts, Patience};

/// To one address, on this node.
const RECIPIENT: Patience = Patience {
    bears: 3.0,
    forgotten_after: Duration::from_mins(20),
};

/// The mails that were written lately, by the blind index of their address, whether it has an account or not.
pub(crate) struct Letters(Mutex<Debts<Vec<u8>>>);

impl Letters {
    pub fn new() -> Self {
        Self(Mutex::new(Debts::new(RECIPIENT)))
    }

    /// Counts a mail.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn count(&self, recipient: &[u8], now: Instant) -> Result<(), Duration> {
        let mut debts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        debts.charge(recipient.to_vec(), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_three_mails_at_once_and_then_three_an_hour() {
        let (letters, now) = (Letters::new(), Instant::now());
        let written = (0..10).filter(|_| letters.count(b"ada", now).is_ok());
        assert_eq!(written.count(), 3);
        assert!(letters.count(b"bea", now).is_ok());
        let later = now + Duration::from_mins(20);
        assert!(letters.count(b"ada", later).is_ok());
        assert!(letters.count(b"ada", later).is_err());
    }
}
