//! The other VASP, seen from here: a port, and what only needs the port.

use std::sync::Arc;

use async_trait::async_trait;
use url::Url;

use crate::address::VaspDomain;
use crate::configuration::Configuration;
use crate::error::{ErrorBody, ErrorCode, UmaError};
use crate::keys::PublicKeyResponse;
use crate::lnurlp::{LnurlpRequest, LnurlpResponse};
use crate::payreq::{PayRequest, PayResponse};
use crate::signing::PublicKey;

/// Whether an answer from memory will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// A cached answer will do, as long as its sender allows.
    Cached,
    /// Fetch again: the cached key did not verify a signature.
    Refetch,
}

/// Purpose of a key lookup. Unauthenticated lookups have separate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupFor {
    /// The VASP named by an order of this shop.
    Order,
    /// A domain chosen by the sender of a message.
    Unauthenticated,
}

/// Error of a request to another VASP.
#[derive(Debug, thiserror::Error)]
pub enum CounterpartyError {
    /// It answered no.
    #[error("the other VASP refused with status {status}: {}", .body.reason)]
    Refused {
        /// HTTP status.
        status: u16,
        /// Error body; empty if unreadable.
        body: Box<ErrorBody>,
    },
    /// It did not answer in time, or answered that it is broken. Worth a retry.
    #[error("the other VASP cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Its address is one that we never talk to.
    #[error("the address {0} is not allowed")]
    NotAllowed(String),
    /// It answered something else than the protocol says.
    #[error("the other VASP's answer cannot be read")]
    Malformed(#[source] UmaError),
}

impl CounterpartyError {
    /// Whether the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            Self::NotAllowed(_) | Self::Malformed(_) => false,
        }
    }
}

/// Talks to other VASPs.
#[async_trait]
pub trait Counterparty: Send + Sync {
    /// Fetches a VASP's configuration (UMAD-10).
    async fn configuration(&self, domain: &VaspDomain) -> Result<Configuration, CounterpartyError>;

    /// Fetches a VASP's public keys (UMAD-02).
    async fn public_keys(
        &self,
        domain: &VaspDomain,
        freshness: Freshness,
        purpose: LookupFor,
    ) -> Result<Arc<PublicKeyResponse>, CounterpartyError>;

    /// Pushes a UMA Invoice (UMAD-11).
    async fn push_invoice(&self, endpoint: &Url, invoice: &str) -> Result<(), CounterpartyError>;

    /// Asks what an address takes (UMAD-03, LUD-16).
    async fn lnurlp(&self, request: &LnurlpRequest) -> Result<LnurlpResponse, CounterpartyError>;

    /// Asks for an invoice: a POST if the request is UMA, else a GET.
    async fn pay_request(
        &self,
        callback: &Url,
        request: &PayRequest,
    ) -> Result<PayResponse, CounterpartyError>;
}

/// Runs a check with the signing key of a VASP, and once more with refetched keys if it fails, since the VASP may have changed
/// them. All failed lookups give the same error, so that callers cannot probe the domains they name.
pub async fn verify_with_keys_of<F>(
    counterparty: &dyn Counterparty,
    domain: &VaspDomain,
    purpose: LookupFor,
    check: F,
) -> Result<Arc<PublicKeyResponse>, UmaError>
where
    F: Fn(&PublicKey) -> Result<(), UmaError> + Send + Sync,
{
    let failed = |_| {
        UmaError::new(
            ErrorCode::CounterpartyPubkeyFetchError,
            "the sender's public keys could not be fetched",
        )
    };
    let keys = counterparty.public_keys(domain, Freshness::Cached, purpose).await.map_err(failed)?;
    let Err(refused) = check(keys.signing_key()) else { return Ok(keys) };
    if refused.code() != ErrorCode::InvalidSignature {
        return Err(refused);
    }
    let fresh = counterparty.public_keys(domain, Freshness::Refetch, purpose).await.map_err(failed)?;
    if fresh.signing_key() == keys.signing_key() {
        return Err(refused);
    }
    check(fresh.signing_key())?;
    Ok(fresh)
}
