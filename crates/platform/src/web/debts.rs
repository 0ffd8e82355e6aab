//! Counting against a limit, in memory: each deed is a debt that is worked off with time.
//!
//! This is a token bucket seen from the other side, so that who owes nothing needs no entry. What is kept is
//! bounded: when there are too many debtors, those who owe least are forgotten.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Debtors that are kept; about 1 MB.
pub const DEBTORS: usize = 10_000;

/// How much is borne, and how fast it is forgotten.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Deeds that may be owed at once.
    pub bears: f64,
    /// After how long one of them is worked off.
    pub forgotten_after: Duration,
}

struct Debt {
    owed: f64,
    at: Instant,
}

impl Debt {
    fn left(&self, patience: Patience, now: Instant) -> f64 {
        let forgotten = now.saturating_duration_since(self.at).as_secs_f64()
            / patience.forgotten_after.as_secs_f64();
        (self.owed - forgotten).max(0.0)
    }
}

/// The debts of everyone who is counted.
pub struct Debts<K> {
    patience: Patience,
    entries: HashMap<K, Debt>,
}

impl<K: Eq + Hash> Debts<K> {
    /// Nobody owes anything.
    pub fn new(patience: Patience) -> Self {
        Self {
            patience,
            entries: HashMap::new(),
        }
    }

    fn left(&self, key: &K, now: Instant) -> f64 {
        self.entries
            .get(key)
            .map_or(0.0, |debt| debt.left(self.patience, now))
    }

    /// How long until one more deed is within `patience`; zero when it is.
    pub fn wait(&self, key: &K, patience: Patience, now: Instant) -> Duration {
        let over = self.left(key, now) + 1.0 - patience.bears;
        patience.forgotten_after.mul_f64(over.max(0.0))
    }

    /// Adds one deed, if it is within the patience.
    ///
    /// # Errors
    /// How long until it would be.
    pub fn charge(&mut self, key: K, now: Instant) -> Result<(), Duration> {
        let wait = self.wait(&key, self.patience, now);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.change(key, 1.0, now);
        Ok(())
    }

    /// Adds to a debt, or takes from it. No debt grows beyond what shuts out.
    pub fn change(&mut self, key: K, by: f64, now: Instant) {
        let owed = (self.left(&key, now) + by).clamp(0.0, self.patience.bears);
        if owed == 0.0 {
            self.entries.remove(&key);
            return;
        }
        if self.entries.len() >= DEBTORS && !self.entries.contains_key(&key) {
            self.make_room(now);
        }
        self.entries.insert(key, Debt { owed, at: now });
    }

    /// Forgets what is worked off, and the lower half of the debts if that makes little room: looking through all
    /// of them is too dear to be done for one.
    fn make_room(&mut self, now: Instant) {
        let patience = self.patience;
        self.entries
            .retain(|_, debt| debt.left(patience, now) > 0.0);
        if self.entries.len() <= DEBTORS / 2 {
            return;
        }
        let mut left: Vec<f64> = self
            .entries
            .values()
            .map(|debt| debt.left(patience, now))
            .collect();
        let middle = left.len() / 2;
        let (_, median, _) = left.select_nth_unstable_by(middle, f64::total_cmp);
        let median = *median;
        self.entries
            .retain(|_, debt| debt.left(patience, now) > median);
    }
}

/// What counts as one address: a host of IPv4, a /64 of IPv6, which is the least a subscriber has.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let host_bits = u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !host_bits))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EIGHT: Patience = Patience {
        bears: 8.0,
        forgotten_after: Duration::from_mins(1),
    };

    #[test]
    fn it_never_remembers_more_than_its_bound_and_keeps_the_worst() {
        let now = Instant::now();
        let mut debts = Debts::new(EIGHT);
        debts.change(0, 8.0, now);
        for n in 1..=3 * DEBTORS {
            debts.change(n, 1.0, now);
            assert!(debts.entries.len() <= DEBTORS);
        }
        assert!(debts.left(&0, now) > 7.0, "the worst is not forgotten");
    }

    #[test]
    fn what_is_charged_is_worked_off_one_by_one() {
        let now = Instant::now();
        let mut debts = Debts::new(EIGHT);
        let charged = (0..20).filter(|_| debts.charge("ada", now).is_ok()).count();
        assert_eq!(charged, 8);
        assert_eq!(debts.charge("ada", now), Err(Duration::from_mins(1)));
        let later = now + Duration::from_mins(2);
        let charged = (0..20)
            .filter(|_| debts.charge("ada", later).is_ok())
            .count();
        assert_eq!(charged, 2);
        assert!(debts.charge("eve", now).is_ok());
    }

    #[test]
    fn all_hosts_of_one_ipv6_network_are_one_and_each_of_ipv4_is_its_own() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert_eq!(
            network(ip("2001:db8:0:1::7")),
            network(ip("2001:db8:0:1:a:b:c:d"))
        );
        assert_ne!(
            network(ip("2001:db8:0:1::7")),
            network(ip("2001:db8:0:2::7"))
        );
        assert_ne!(network(ip("192.0.2.1")), network(ip("192.0.2.2")));
        assert_eq!(network(ip("::ffff:192.0.2.1")), ip("192.0.2.1"));
    }
}
