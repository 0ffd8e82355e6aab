//! Slows down guessing, in memory.
//!
//! Three debts grow with each failed attempt and are worked off with time: of an account from one address, of an
//! account from anywhere, and of an address at any account. The debt of an account from anywhere never shuts the
//! owner out: it only shortens the patience with each single address, so that the owner's own, which has no debt
//! of its own, still has its tries. An attempt is charged before the password is checked and given back when it
//! was right, so that many at once are no way around.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use carrel_platform::web::{Debts, Patience, network};

/// With an account from one address.
const PAIR: Patience = Patience {
    bears: 8.0,
    forgotten_after: Duration::from_mins(1),
};
/// With an account from one address while the account is under attack from many.
const PAIR_UNDER_ATTACK: Patience = Patience { bears: 2.0, ..PAIR };
/// With an account from anywhere, before it counts as under attack.
const ACCOUNT: Patience = Patience {
    bears: 50.0,
    forgotten_after: Duration::from_mins(1),
};
/// With an address at any account; a whole school may come from one.
const ADDRESS: Patience = Patience {
    bears: 100.0,
    forgotten_after: Duration::from_secs(6),
};

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

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

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
}
