//! Slows down guessing, in memory.
//!
//! Three debts grow with each failed attempt and are worked off with time: of an account from one address, of an
//! account from anywhere, and of an address at any account. The debt of an account from anywhere never shuts the
//! owner out: it only shortens the patience with each single address, so that the owner's own, which has no debt
//! of its own, still has its tries. An attempt is charged before the password is checked and given back when it
//! was right, so that many at once are no way around.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Entries of each kind that are kept; about 2 MB together.
const ENTRIES: usize = 10_000;

/// How many failures are borne, and how fast they are forgotten.
#[derive(Clone, Copy)]
struct Patience {
    failures: f64,
    forgotten_after: Duration,
}

/// With an account from one address.
const PAIR: Patience = Patience {
    failures: 8.0,
    forgotten_after: Duration::from_mins(1),
};
/// With an account from one address while the account is under attack from many.
const PAIR_UNDER_ATTACK: Patience = Patience {
    failures: 2.0,
    ..PAIR
};
/// With an account from anywhere, before it counts as under attack.
const ACCOUNT: Patience = Patience {
    failures: 50.0,
    forgotten_after: Duration::from_mins(1),
};
/// With an address at any account; a whole school may come from one.
const ADDRESS: Patience = Patience {
    failures: 100.0,
    forgotten_after: Duration::from_secs(6),
};

struct Debt {
    failures: f64,
    at: Instant,
}

impl Debt {
    fn left(&self, patience: Patience, now: Instant) -> f64 {
        let forgotten = now.saturating_duration_since(self.at).as_secs_f64()
            / patience.forgotten_after.as_secs_f64();
        (self.failures - forgotten).max(0.0)
    }
}

struct Debts<K> {
    patience: Patience,
    entries: HashMap<K, Debt>,
}

impl<K: Eq + Hash> Debts<K> {
    fn new(patience: Patience) -> Self {
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

    /// How long until one more failure is within `patience`; zero when it is.
    fn wait(&self, key: &K, patience: Patience, now: Instant) -> Duration {
        let over = self.left(key, now) + 1.0 - patience.failures;
        patience.forgotten_after.mul_f64(over.max(0.0))
    }

    /// Adds to a debt, or takes from it. No debt grows beyond what shuts out.
    fn change(&mut self, key: K, by: f64, now: Instant) {
        let failures = (self.left(&key, now) + by).clamp(0.0, self.patience.failures);
        if failures == 0.0 {
            self.entries.remove(&key);
            return;
        }
        if self.entries.len() >= ENTRIES && !self.entries.contains_key(&key) {
            self.make_room(now);
        }
        self.entries.insert(key, Debt { failures, at: now });
    }

    /// Forgets what is worked off, or else the lower half of the debts.
    fn make_room(&mut self, now: Instant) {
        let patience = self.patience;
        self.entries
            .retain(|_, debt| debt.left(patience, now) > 0.0);
        if self.entries.len() < ENTRIES {
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

/// An account, by its blind index, also when nobody has it.
type Account = Vec<u8>;

struct State {
    pairs: Debts<(Account, IpAddr)>,
    accounts: Debts<Account>,
    addresses: Debts<IpAddr>,
}

/// The debts of everyone who tries.
pub(crate) struct Throttle(Mutex<State>);

/// One attempt under way, already charged. Dropped, for example because the client went away, it counts as failed.
pub(crate) struct Attempt<'a> {
    throttle: &'a Throttle,
    account: Option<Account>,
    address: IpAddr,
}

impl Throttle {
    pub fn new() -> Self {
        Self(Mutex::new(State {
            pairs: Debts::new(PAIR),
            accounts: Debts::new(ACCOUNT),
            addresses: Debts::new(ADDRESS),
        }))
    }

    /// Charges an attempt at an account.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn attempt(
        &self,
        account: &[u8],
        address: IpAddr,
        now: Instant,
    ) -> Result<Attempt<'_>, Duration> {
        let address = network(address);
        let pair = (account.to_vec(), address);
        let mut state = self.state();
        let under_attack = !state.accounts.wait(&pair.0, ACCOUNT, now).is_zero();
        let patience = if under_attack {
            PAIR_UNDER_ATTACK
        } else {
            PAIR
        };
        let wait = state
            .pairs
            .wait(&pair, patience, now)
            .max(state.addresses.wait(&address, ADDRESS, now));
        if !wait.is_zero() {
            return Err(wait);
        }
        state.pairs.change(pair, 1.0, now);
        state.accounts.change(account.to_vec(), 1.0, now);
        state.addresses.change(address, 1.0, now);
        Ok(Attempt {
            throttle: self,
            account: Some(account.to_vec()),
            address,
        })
    }

    /// Charges an address for something that is not about one account.
    ///
    /// # Errors
    /// How long to wait, when there was too much.
    pub fn visit(&self, address: IpAddr, now: Instant) -> Result<Attempt<'_>, Duration> {
        let address = network(address);
        let mut state = self.state();
        let wait = state.addresses.wait(&address, ADDRESS, now);
        if !wait.is_zero() {
            return Err(wait);
        }
        state.addresses.change(address, 1.0, now);
        Ok(Attempt {
            throttle: self,
            account: None,
            address,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while it was held can at worst have lost one debt.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// The password was right: the charge is given back, and what the owner mistyped from here is forgotten.
    pub fn succeed(self, now: Instant) {
        self.give_back(f64::MAX, now);
    }

    /// It was not decided, for a reason of ours: the charge is given back.
    pub fn forgive(self, now: Instant) {
        self.give_back(1.0, now);
    }

    fn give_back(self, of_pair: f64, now: Instant) {
        let mut state = self.throttle.state();
        state.addresses.change(self.address, -1.0, now);
        if let Some(account) = self.account {
            state.accounts.change(account.clone(), -1.0, now);
            state.pairs.change((account, self.address), -of_pair, now);
        }
    }
}

/// What counts as one address: a host of IPv4, a /64 of IPv6, which is the least a subscriber has.
fn network(address: IpAddr) -> IpAddr {
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

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::from_bits(0x0a00_0000 + n))
    }

    /// Fails until refused; how often it could.
    fn failures(throttle: &Throttle, account: &[u8], from: IpAddr, now: Instant) -> usize {
        (0..1000)
            .take_while(|_| throttle.attempt(account, from, now).is_ok())
            .count()
    }

    #[test]
    fn guessing_from_one_address_is_stopped_and_goes_on_a_guess_a_minute() {
        let (throttle, now) = (Throttle::new(), Instant::now());
        assert_eq!(failures(&throttle, b"ada", address(1), now), 8);
        let wait = throttle
            .attempt(b"ada", address(1), now)
            .err()
            .expect("refused");
        assert_eq!(wait, Duration::from_mins(1));
        let later = now + Duration::from_mins(1);
        assert_eq!(failures(&throttle, b"ada", address(1), later), 1);
    }

    #[test]
    fn the_owner_gets_in_from_elsewhere_while_the_account_is_under_attack() {
        let (throttle, now) = (Throttle::new(), Instant::now());
        let guessed: usize = (1..=200)
            .map(|n| failures(&throttle, b"ada", address(n), now))
            .sum();
        assert!(guessed < 460, "each address has few tries: {guessed}");
        let owner = throttle
            .attempt(b"ada", address(5000), now)
            .expect("the owner has a try");
        owner.succeed(now);
        assert!(throttle.attempt(b"ada", address(5000), now).is_ok());
        assert_eq!(failures(&throttle, b"eve", address(5001), now), 8);
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_stopped() {
        let (throttle, now) = (Throttle::new(), Instant::now());
        let tried = (0u32..1000)
            .take_while(|n| throttle.attempt(&n.to_be_bytes(), address(1), now).is_ok())
            .count();
        assert_eq!(tried, 100);
        assert!(throttle.visit(address(1), now).is_err());
        assert!(throttle.attempt(&[1], address(2), now).is_ok());
    }

    #[test]
    fn a_right_password_costs_nothing_and_neither_does_a_failure_of_ours() {
        let (throttle, now) = (Throttle::new(), Instant::now());
        for _ in 0..500 {
            let attempt = throttle.attempt(b"ada", address(1), now);
            attempt.expect("not charged").succeed(now);
            let attempt = throttle.attempt(b"ada", address(1), now);
            attempt.expect("not charged").forgive(now);
        }
        assert_eq!(failures(&throttle, b"ada", address(1), now), 8);
    }

    #[test]
    fn attempts_at_the_same_time_are_counted_before_any_of_them_ends() {
        let (throttle, now) = (Throttle::new(), Instant::now());
        let under_way: Vec<_> = (0..20)
            .filter_map(|_| throttle.attempt(b"ada", address(1), now).ok())
            .collect();
        assert_eq!(under_way.len(), 8);
    }

    #[test]
    fn all_addresses_of_one_ipv6_network_are_one() {
        let (throttle, now) = (Throttle::new(), Instant::now());
        let host = |n: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, n));
        assert_eq!(failures(&throttle, b"ada", host(1), now), 8);
        assert_eq!(failures(&throttle, b"ada", host(2), now), 0);
    }

    #[test]
    fn it_never_remembers_more_than_its_bound_and_keeps_the_worst() {
        let now = Instant::now();
        let mut debts = Debts::new(PAIR);
        debts.change(0, 8.0, now);
        for n in 1..=3 * ENTRIES {
            debts.change(n, 1.0, now);
            assert!(debts.entries.len() <= ENTRIES);
        }
        assert!(debts.left(&0, now) > 7.0, "the worst is not forgotten");
    }
}
