use crate::{GroupCommit, Store};
use async_trait::async_trait;
use kernel::StoreError;
use uma_protocol::{NonceLog, NonceLogError, VaspDomain};

/// A nonce of a verified message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenNonce {
    domain: VaspDomain,
    nonce: String,
    /// Unix seconds.
    timestamp: i64,
}

/// Remembers the nonces of messages that came together in one transaction; whether each is new.
pub(crate) async fn remember_all(store: &dyn Store, nonces: Vec<SeenNonce>) -> Result<Vec<bool>, StoreError> {
    let mut session = store.begin().await?;
    // In an order of their own: replicas that got the same messages do not wait for each other in a circle.
    let mut order: Vec<(usize, &SeenNonce)> = nonces.iter().enumerate().collect();
    order.sort_by_key(|(_, seen)| (seen.domain.as_str(), seen.nonce.as_str()));
    let mut fresh = Vec::with_capacity(nonces.len());
    for (place, seen) in order {
        let remembered = session.remember(&seen.domain, &seen.nonce, seen.timestamp).await;
        fresh.push((place, remembered.map_err(|error| StoreError::Failed(error.into()))?));
    }
    session.commit().await?;
    fresh.sort_by_key(|(place, _)| *place);
    Ok(fresh.into_iter().map(|(_, fresh)| fresh).collect())
}

/// The nonces as one message sees them: remembered together with those of others that are waiting.
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
