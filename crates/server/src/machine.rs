//! The clock and the randomness of this machine, behind the kernel's ports.

use chrono::TimeDelta;
use kernel::{Clock, Entropy, EntropyError, Timestamp};

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
