//! The clock and the randomness of this machine, behind the kernel's ports.

use chrono::TimeDelta;
use kernel::{Clock, Entropy, EntropyError, Timestamp};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place behind the port")]
    fn now(&self) -> Timestamp {
        // Microseconds: what the databases keep, so that a time read back equals the one written.
        let now = chrono::Utc::now();
        Timestamp::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }
}

/// The machine's clock, moved: for trials of what replicas with different clocks do.
#[derive(Debug, Clone, Copy)]
pub struct SkewedClock(pub TimeDelta);

impl Clock for SkewedClock {
    fn now(&self) -> Timestamp {
        let now = SystemClock.now();
        now.checked_add_signed(self.0).unwrap_or(now)
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|_| EntropyError)
    }
}

/// Raises the limit of open files to what the process may have: each waiting buyer is an open connection, and many systems start
/// with 1,024.
pub(crate) fn raise_open_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "limit of open files not raised");
    }
}

/// How many files the process may open; `None` is unlimited.
pub(crate) fn open_file_limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}
