use crate::{GroupCommit, SeenNonce};
use async_trait::async_trait;
use uma_protocol::{NonceLog, NonceLogError, VaspDomain};

/// Nonce log of one message; concurrent messages are written in one batch.
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
