use crate::{GroupCommit, SeenNonce};
use async_trait::async_trait;
use uma_protocol::{NonceLog, NonceLogError, VaspDomain};

/// The memory of nonces as one message sees it: what others send at the same time is remembered with it.
pub(crate) struct Nonces<'a>(pub(crate) &'a GroupCommit<SeenNonce, bool>);

#[async_trait]
impl NonceLog for Nonces<'_> {
    async fn remember(
        &mut self,
        domain: &VaspDomain,
        nonce: &str,
        timestamp: i64,
    ) -> Result<bool, NonceLogError> {
        let seen = SeenNonce { domain: domain.clone(), nonce: nonce.to_owned(), timestamp };
        self.0.submit(seen).await.map_err(|error| NonceLogError(error.into()))
    }
}
