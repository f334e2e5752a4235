//! System clock and randomness behind the kernel's ports.

use chrono::TimeDelta;
use kernel::{Clock, Entropy, EntropyError, Timestamp};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// System clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place behind the port")]
    fn now(&self) -> Timestamp {
        // Truncated to microseconds, the precision of the databases, so that stored times compare equal.
        let now = chrono::Utc::now();
        Timestamp::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }
}

/// System clock with an offset, for trials with clock skew between replicas.
#[derive(Debug, Clone, Copy)]
pub struct SkewedClock(pub TimeDelta);

impl Clock for SkewedClock {
    fn now(&self) -> Timestamp {
        let now = SystemClock.now();
        now.checked_add_signed(self.0).unwrap_or(now)
    }
}

/// Randomness of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|_| EntropyError)
    }
}

/// Raises the soft limit of open files to the hard limit: each waiting buyer is an open connection, and a common soft
/// limit is 1,024.
pub(crate) fn raise_open_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "setrlimit failed");
    }
}

/// Limit of open files; `None` is unlimited.
pub(crate) fn open_file_limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}
