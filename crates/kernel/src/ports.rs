/// A moment in UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// The time, as a port: expiry is tested by moving a clock, not by waiting.
pub trait Clock: Send + Sync {
    /// The present moment. Read once per use case.
    fn now(&self) -> Timestamp;
}

/// Randomness could not be had from the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no randomness")]
pub struct EntropyError;

/// Randomness fit for secrets, as a port.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}
