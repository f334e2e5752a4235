//! Freshness: how old a signed message may be, and that it is taken once.

use async_trait::async_trait;

use crate::address::VaspDomain;
use crate::error::{ErrorCode, UmaError};
use crate::signing::Stamp;

/// How far a timestamp may be off, in seconds. Both directions are bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonceRules {
    /// How old a message may be. Nonces must be stored at least as long (plus `max_future`).
    pub max_age: i64,
    /// How far the sender's clock may be ahead of ours.
    pub max_future: i64,
}

impl Default for NonceRules {
    /// A day back, as the demo VASPs allow at least; ten minutes ahead.
    fn default() -> Self {
        Self { max_age: 24 * 60 * 60, max_future: 10 * 60 }
    }
}

impl NonceRules {
    /// Whether a message of `timestamp` is fresh at `now` (both Unix seconds).
    pub fn check(&self, timestamp: i64, now: i64) -> Result<(), UmaError> {
        if timestamp < self.oldest(now) {
            return Err(UmaError::new(ErrorCode::InvalidNonce, "the message is too old"));
        }
        if timestamp > now.saturating_add(self.max_future) {
            return Err(UmaError::new(ErrorCode::InvalidTimestamp, "the message is from the future"));
        }
        Ok(())
    }

    /// The oldest timestamp that is fresh at `now`. Remembered nonces with an older one may be forgotten.
    pub const fn oldest(&self, now: i64) -> i64 {
        now.saturating_sub(self.max_age)
    }
}

/// Memory of nonces, kept per VASP and over restarts.
#[async_trait]
pub trait NonceLog: Send {
    /// Remembers a nonce together with its message's timestamp (Unix seconds), atomically.
    /// `false` means that it is already known: a replay.
    async fn remember(
        &mut self,
        domain: &VaspDomain,
        nonce: &str,
        timestamp: i64,
    ) -> Result<bool, NonceLogError>;
}

/// The memory of nonces cannot be reached.
#[derive(Debug, thiserror::Error)]
#[error("the memory of nonces failed")]
pub struct NonceLogError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Why a verified message is not taken.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// It is stale, from the future, or a replay.
    #[error(transparent)]
    Refused(#[from] UmaError),
    /// We cannot tell.
    #[error(transparent)]
    Log(#[from] NonceLogError),
}

/// Admits a message whose signature is already verified: checks its time, then stores its nonce.
pub async fn admit(
    log: &mut dyn NonceLog,
    rules: NonceRules,
    domain: &VaspDomain,
    stamp: &Stamp,
    now: i64,
) -> Result<(), AdmissionError> {
    rules.check(stamp.timestamp, now)?;
    if log.remember(domain, &stamp.nonce, stamp.timestamp).await? {
        Ok(())
    } else {
        Err(UmaError::new(ErrorCode::InvalidNonce, "the nonce was used before").into())
    }
}
