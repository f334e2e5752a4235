//! Limits on checks of wallet connections, which open sockets to relays chosen by the caller.

use chrono::Duration;
use kernel::{Timestamp, UserId};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Maximum number of concurrent checks of all accounts.
const MAX_CONCURRENT_CHECKS: usize = 32;
/// Maximum number of checks of one account per [`WINDOW`].
const MAX_CHECKS_PER_ACCOUNT: usize = 10;
const WINDOW: Duration = Duration::minutes(1);
/// Number of tracked accounts above which those without a check in [`WINDOW`] are dropped.
const MAX_REMEMBERED_ACCOUNTS: usize = 1_024;

/// Reason for refusing a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckRefusal {
    /// The account has a running check or reached [`MAX_CHECKS_PER_ACCOUNT`]; seconds until the next one is allowed.
    Account(u64),
    /// [`MAX_CONCURRENT_CHECKS`] is reached.
    Busy,
}

#[derive(Default)]
struct Account {
    running: bool,
    begun: VecDeque<Timestamp>,
}

#[derive(Default)]
struct State {
    running: usize,
    accounts: HashMap<UserId, Account>,
}

/// Counts checks per account and in total.
#[derive(Default)]
pub(crate) struct WalletChecks(Mutex<State>);

/// A running check; ends when dropped.
pub(crate) struct RunningCheck<'a> {
    checks: &'a WalletChecks,
    user: UserId,
}

impl Drop for RunningCheck<'_> {
    fn drop(&mut self) {
        let mut state = self.checks.lock();
        state.running = state.running.saturating_sub(1);
        if let Some(account) = state.accounts.get_mut(&self.user) {
            account.running = false;
        }
    }
}

impl WalletChecks {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Counters only, so a poisoned lock is usable.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a check, if the limits allow one more.
    pub(crate) fn begin(&self, user: UserId, now: Timestamp) -> Result<RunningCheck<'_>, CheckRefusal> {
        let mut state = self.lock();
        let since = now.checked_sub_signed(WINDOW).unwrap_or(now);
        if state.accounts.len() > MAX_REMEMBERED_ACCOUNTS {
            state
                .accounts
                .retain(|_, account| account.running || account.begun.back().is_some_and(|at| *at > since));
        }
        let all = state.running;
        let account = state.accounts.entry(user).or_default();
        while account.begun.front().is_some_and(|at| *at <= since) {
            account.begun.pop_front();
        }
        if account.running {
            return Err(CheckRefusal::Account(5));
        }
        if account.begun.len() >= MAX_CHECKS_PER_ACCOUNT {
            let free = account.begun.front().map_or(WINDOW, |at| at.signed_duration_since(since));
            return Err(CheckRefusal::Account(u64::try_from(free.num_seconds()).unwrap_or_default().max(1)));
        }
        if all >= MAX_CONCURRENT_CHECKS {
            return Err(CheckRefusal::Busy);
        }
        account.running = true;
        account.begun.push_back(now);
        state.running = all.saturating_add(1);
        Ok(RunningCheck { checks: self, user })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn account_has_one_check_at_a_time_and_ten_a_minute() {
        let (checks, user) = (WalletChecks::default(), UserId::new(1));
        let running = checks.begin(user, at(0)).ok().unwrap();
        assert_eq!(checks.begin(user, at(0)).err(), Some(CheckRefusal::Account(5)));
        assert!(checks.begin(UserId::new(2), at(0)).is_ok());
        drop(running);
        for second in 1..10 {
            assert!(checks.begin(user, at(second)).is_ok(), "{second}");
        }
        assert_eq!(checks.begin(user, at(20)).err(), Some(CheckRefusal::Account(40)));
        assert!(checks.begin(user, at(60)).is_ok());
    }

    #[test]
    fn total_checks_and_tracked_accounts_are_bounded() {
        let checks = WalletChecks::default();
        let running: Vec<_> =
            (0..40).map(|number| checks.begin(UserId::new(number), at(0))).filter_map(Result::ok).collect();
        assert_eq!(running.len(), MAX_CONCURRENT_CHECKS);
        assert_eq!(checks.begin(UserId::new(99), at(0)).err(), Some(CheckRefusal::Busy));
        drop(running);
        for number in 0..10_000 {
            drop(checks.begin(UserId::new(number), at(100 + number)));
        }
        assert!(checks.lock().accounts.len() <= MAX_REMEMBERED_ACCOUNTS + 1);
    }
}
