//! Renewal and revocation of wallet connections made by UMA Auth (UMADE-01).

use crate::{
    BoxOffice, JobEnd, NewJob, Task,
    office::{RefreshError, RefreshedWallet},
};
use chrono::Duration;
use identity::{MAX_UNANSWERED_CALLS, RefreshClaim, Renewal, Sealed, WalletConnection, WalletState};
use kernel::{Secret, StoreError, Timestamp, UserId};
use payments::WalletUri;
use uma_protocol::{address::UmaAddress, configuration::Configuration};

/// Remaining lifetime below which a connection is refreshed before use.
const REFRESH_AHEAD: Duration = Duration::seconds(60);
/// Delay before a purchase checks whether a concurrent refresh has finished.
const CLAIM_POLL: Duration = Duration::seconds(2);
/// Delay before a purchase calls an unavailable provider again.
const PROVIDER_RETRY_DELAY: Duration = Duration::seconds(5);
/// Attempts to store a renewed connection; until one succeeds it exists in this process only.
const STORE_TRIES: u32 = 5;
const STORE_PAUSE: std::time::Duration = std::time::Duration::from_secs(1);
/// Attempts to revoke a connection at its provider.
const REVOKE_TRIES: u32 = 5;

const LOST: &str =
    "Your wallet's provider renewed the connection, but its answer was lost. Connect your wallet again.";
const REVOKED: &str = "Your wallet's provider ended the connection. Connect your wallet again.";
const NOT_KEPT: &str = "The renewed connection could not be stored. Connect your wallet again.";
const STALE: &str = "Your connected wallet has not answered for a while. Open it, or connect it again.";
const EXPIRED: &str = "The connection to your wallet has expired. Connect your wallet again.";

/// Availability of a wallet connection.
pub(crate) enum WalletAccess {
    /// It can be used.
    Ready(Box<WalletConnection>, WalletUri),
    /// Another caller renews it; retry at this time.
    Busy(Timestamp),
    /// It has to be renewed, but its provider does not answer; retry at this time.
    ProviderUnavailable(Timestamp),
    /// There is none, or it is unusable.
    None,
}

/// Outcome of a refresh.
enum RefreshOutcome {
    Renewed(Box<WalletConnection>),
    InProgress,
    /// The provider does not answer; the connection is unchanged.
    ProviderUnavailable,
    /// It cannot be renewed; the connection is unchanged.
    Unchanged,
    Lost,
}

/// Token endpoint of a connection.
enum TokenEndpoint {
    Url(String),
    /// The provider does not answer.
    ProviderUnavailable,
    /// The provider has none.
    Missing,
}

/// Message for the owner about an unusable connection; `None` while it is usable.
pub fn wallet_problem(connection: &WalletConnection, now: Timestamp) -> Option<String> {
    match (connection.state(now), &connection.health) {
        (WalletState::Connected, _) => None,
        (WalletState::Stale, _) => Some(STALE.to_owned()),
        (WalletState::Expired, _) => Some(EXPIRED.to_owned()),
        (WalletState::NeedsReconnect, identity::WalletHealth::Failed(why)) => Some(why.clone()),
        (WalletState::NeedsReconnect, identity::WalletHealth::Connected) => Some(REVOKED.to_owned()),
    }
}

fn provider_unavailable(now: Timestamp) -> WalletAccess {
    WalletAccess::ProviderUnavailable(now.checked_add_signed(PROVIDER_RETRY_DELAY).unwrap_or(now))
}

/// Task that revokes a UMA Auth connection; `None` for other connections.
pub(crate) fn revocation(connection: WalletConnection) -> Option<Task> {
    let (token, client_id, uma_address) =
        (connection.refresh_token?, connection.client_id?, connection.uma_address?);
    let (user_id, refresh_token) = (connection.user_id, token.as_str().to_owned());
    Some(Task::RevokeWallet { user_id, uma_address, client_id, refresh_token })
}

impl BoxOffice {
    /// Returns the account's wallet connection, renewed if it is about to expire.
    pub(crate) async fn usable_wallet(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<WalletAccess, StoreError> {
        let Some(connection) = self.store().wallet(user).await? else { return Ok(WalletAccess::None) };
        let soon = now.checked_add_signed(REFRESH_AHEAD).unwrap_or(now);
        if connection.is_usable(soon) && connection.refresh_claimed_until.is_none() {
            return Ok(self.decrypted(connection));
        }
        if connection.state(now) != WalletState::Connected {
            return Ok(WalletAccess::None);
        }
        Ok(match self.refresh_wallet(&connection, now).await? {
            RefreshOutcome::Renewed(fresh) => self.decrypted(*fresh),
            RefreshOutcome::InProgress => {
                WalletAccess::Busy(now.checked_add_signed(CLAIM_POLL).unwrap_or(now))
            }
            // It expires soon but may suffice for this payment.
            RefreshOutcome::Unchanged | RefreshOutcome::ProviderUnavailable if connection.is_usable(now) => {
                self.decrypted(connection)
            }
            RefreshOutcome::ProviderUnavailable => provider_unavailable(now),
            RefreshOutcome::Unchanged | RefreshOutcome::Lost => WalletAccess::None,
        })
    }

    /// Returns the connection that replaces one rejected by the wallet. `None` only if there is none and cannot be one.
    pub(crate) async fn renewed_wallet(
        &self,
        refused: &WalletConnection,
        now: Timestamp,
    ) -> Result<WalletAccess, StoreError> {
        let Some(current) = self.store().wallet(refused.user_id).await? else {
            return Ok(WalletAccess::None);
        };
        if current.uri != refused.uri {
            return Ok(if current.is_usable(now) { self.decrypted(current) } else { WalletAccess::None });
        }
        Ok(match self.refresh_wallet(&current, now).await? {
            RefreshOutcome::Renewed(fresh) => self.decrypted(*fresh),
            RefreshOutcome::InProgress => {
                WalletAccess::Busy(now.checked_add_signed(CLAIM_POLL).unwrap_or(now))
            }
            RefreshOutcome::ProviderUnavailable => provider_unavailable(now),
            RefreshOutcome::Unchanged | RefreshOutcome::Lost => WalletAccess::None,
        })
    }

    pub(crate) fn decrypted(&self, connection: WalletConnection) -> WalletAccess {
        match self.dependencies.wallet_cipher.open(connection.user_id, &connection.uri) {
            Ok(uri) => WalletAccess::Ready(Box::new(connection), uri),
            Err(error) => {
                tracing::error!(user.id = %connection.user_id, %error, "wallet connection not decrypted");
                WalletAccess::None
            }
        }
    }

    /// Exchanges the refresh token for a new connection. Claimed in the store, because a token works once across replicas.
    async fn refresh_wallet(
        &self,
        known: &WalletConnection,
        now: Timestamp,
    ) -> Result<RefreshOutcome, StoreError> {
        let user = known.user_id;
        let (Some(refresher), Some(client_id)) = (&self.dependencies.wallet_refresher, &known.client_id)
        else {
            return Ok(RefreshOutcome::Unchanged);
        };
        // Resolved before the claim, because without an endpoint nothing is exchanged.
        let endpoint = match self.token_endpoint(known).await {
            TokenEndpoint::Url(endpoint) => endpoint,
            TokenEndpoint::ProviderUnavailable => return Ok(RefreshOutcome::ProviderUnavailable),
            TokenEndpoint::Missing => {
                tracing::warn!(user.id = %user, "wallet connection has no token endpoint");
                return Ok(RefreshOutcome::Unchanged);
            }
        };
        let claimed = match self.claim_refresh(known, now).await? {
            Ok(claimed) => claimed,
            Err(outcome) => return Ok(outcome),
        };
        let token = claimed
            .refresh_token
            .as_ref()
            .and_then(|sealed| self.dependencies.wallet_cipher.open(user, sealed).ok());
        let Some(token) = token else {
            self.change_wallet(&claimed, |current| current.released(now)).await?;
            return Ok(RefreshOutcome::Unchanged);
        };
        match refresher.refresh(&endpoint, client_id, &token).await {
            Ok(refreshed) => self.store_renewed(&claimed, &refreshed).await,
            Err(RefreshError::Unavailable(reason)) => {
                tracing::warn!(user.id = %user, reason, "wallet connection not refreshed");
                let at = self.now();
                self.change_wallet(&claimed, |current| current.released(at)).await?;
                Ok(RefreshOutcome::ProviderUnavailable)
            }
            Err(error) => {
                tracing::warn!(user.id = %user, %error, "wallet connection lost during refresh");
                let why = if matches!(error, RefreshError::Revoked(_)) { REVOKED } else { LOST };
                self.fail_wallet(&claimed, why).await?;
                Ok(RefreshOutcome::Lost)
            }
        }
    }

    async fn claim_refresh(
        &self,
        known: &WalletConnection,
        now: Timestamp,
    ) -> Result<Result<WalletConnection, RefreshOutcome>, StoreError> {
        let mut session = self.store().begin().await?;
        let current = session.wallet_for_update(known.user_id).await?;
        let Some(current) = current.filter(|current| current.uri == known.uri) else {
            session.rollback().await?;
            // It was renewed, replaced or removed meanwhile; the caller reads it again.
            return Ok(Err(RefreshOutcome::InProgress));
        };
        match current.claim_refresh(now, LOST) {
            RefreshClaim::Granted(claimed) => {
                session.put_wallet(&claimed).await?;
                session.commit().await?;
                Ok(Ok(claimed))
            }
            RefreshClaim::Lost(failed) => {
                session.put_wallet(&failed).await?;
                session.commit().await?;
                Ok(Err(RefreshOutcome::Lost))
            }
            RefreshClaim::Taken(_) => {
                session.rollback().await?;
                Ok(Err(RefreshOutcome::InProgress))
            }
            RefreshClaim::Impossible => {
                session.rollback().await?;
                Ok(Err(RefreshOutcome::Unchanged))
            }
        }
    }

    /// Stores the new URI and token in one transaction before they are used.
    async fn store_renewed(
        &self,
        claimed: &WalletConnection,
        refreshed: &RefreshedWallet,
    ) -> Result<RefreshOutcome, StoreError> {
        let seal = |secret: &str| {
            self.dependencies.wallet_cipher.seal(claimed.user_id, secret, &*self.dependencies.entropy)
        };
        let uri = match seal(refreshed.uri.expose()) {
            Ok(uri) => uri,
            Err(error) => {
                // The old URI is invalid, and the new one cannot be stored.
                tracing::error!(user.id = %claimed.user_id, %error, "renewed wallet connection not encrypted");
                self.fail_wallet(claimed, NOT_KEPT).await?;
                return Ok(RefreshOutcome::Lost);
            }
        };
        let refresh_token = refreshed.refresh_token.as_ref().and_then(|token| seal(token.expose()).ok());
        let renewal = Renewal { uri, refresh_token, expires_at: refreshed.expires_at };
        let now = self.now();
        let mut tries = 1_u32;
        let stored = loop {
            match self.change_wallet(claimed, |current| current.renewed(renewal.clone(), now)).await {
                Err(error) if tries < STORE_TRIES => {
                    tracing::warn!(user.id = %claimed.user_id, %error, "renewed wallet connection not stored yet");
                    tries = tries.saturating_add(1);
                    tokio::time::sleep(STORE_PAUSE).await;
                }
                outcome => break outcome?,
            }
        };
        if let Some(fresh) = stored {
            return Ok(RefreshOutcome::Renewed(Box::new(fresh)));
        }
        // The connection was removed or replaced meanwhile: its old token is void, but the new one has to be revoked.
        let unused = WalletConnection {
            refresh_token: renewal.refresh_token.or_else(|| claimed.refresh_token.clone()),
            ..claimed.clone()
        };
        if let Some(task) = revocation(unused) {
            let mut session = self.store().begin().await?;
            session.enqueue(&NewJob { task, run_at: now, key: None }).await?;
            session.commit().await?;
        }
        Ok(RefreshOutcome::Lost)
    }

    /// Updates a connection under its lock; no-op if it was removed, renewed or replaced.
    pub(crate) async fn change_wallet(
        &self,
        known: &WalletConnection,
        change: impl FnOnce(WalletConnection) -> WalletConnection + Send,
    ) -> Result<Option<WalletConnection>, StoreError> {
        let mut session = self.store().begin().await?;
        let current = session.wallet_for_update(known.user_id).await?;
        let Some(current) = current.filter(|current| current.uri == known.uri) else {
            session.rollback().await?;
            return Ok(None);
        };
        let changed = change(current);
        session.put_wallet(&changed).await?;
        session.commit().await?;
        Ok(Some(changed))
    }

    /// Marks a connection as failed; `why` is shown to its owner.
    pub(crate) async fn fail_wallet(&self, known: &WalletConnection, why: &str) -> Result<(), StoreError> {
        let now = self.now();
        self.change_wallet(known, |current| current.failed(why, now)).await.map(drop)
    }

    /// Counts consecutive unanswered calls: [`MAX_UNANSWERED_CALLS`] make the connection stale. Returns their number.
    pub(crate) async fn count_unanswered(
        &self,
        known: &WalletConnection,
        silent: bool,
    ) -> Result<u32, StoreError> {
        if !silent && known.silences == 0 {
            return Ok(0);
        }
        let count = |current: WalletConnection| {
            let silences = if silent { current.silences.saturating_add(1) } else { 0 };
            WalletConnection { silences, ..current }
        };
        let counted = self.change_wallet(known, count).await?;
        // A connection that was replaced or removed cannot answer any more.
        Ok(counted.map_or(MAX_UNANSWERED_CALLS, |counted| counted.silences))
    }

    /// Token endpoint of a connection, from the connection or from the provider's configuration.
    async fn token_endpoint(&self, connection: &WalletConnection) -> TokenEndpoint {
        match (&connection.token_endpoint, connection.uma_address.as_deref()) {
            (Some(endpoint), _) => TokenEndpoint::Url(endpoint.clone()),
            (None, None) => TokenEndpoint::Missing,
            (None, Some(address)) => match self.provider(address).await {
                Some(provider) => provider.token_endpoint.map_or(TokenEndpoint::Missing, TokenEndpoint::Url),
                None => TokenEndpoint::ProviderUnavailable,
            },
        }
    }

    async fn provider(&self, uma_address: &str) -> Option<Configuration> {
        let address = UmaAddress::parse(uma_address).ok()?;
        let provider = self.dependencies.counterparty.configuration(address.domain()).await;
        provider.inspect_err(|error| tracing::info!(%error, "wallet provider unreachable")).ok()
    }

    /// Revokes a removed connection at its provider, if it has a revocation endpoint (RFC 7009). Best effort.
    pub(crate) async fn revoke_wallet(
        &self,
        user: UserId,
        uma_address: &str,
        client_id: &str,
        refresh_token: &str,
        attempts: u32,
    ) -> Result<JobEnd, StoreError> {
        let Some(refresher) = &self.dependencies.wallet_refresher else { return Ok(JobEnd::Done) };
        let sealed = Sealed::from_stored(refresh_token.to_owned());
        let Ok(token) = self.dependencies.wallet_cipher.open(user, &sealed) else { return Ok(JobEnd::Done) };
        let token: Secret<String> = token;
        let revoked = match self.provider(uma_address).await {
            None => Err(RefreshError::Unavailable("its configuration cannot be read".to_owned())),
            Some(Configuration { revocation_endpoint: None, .. }) => return Ok(JobEnd::Done),
            Some(Configuration { revocation_endpoint: Some(endpoint), .. }) => {
                refresher.revoke(&endpoint, client_id, &token).await
            }
        };
        match revoked {
            Err(RefreshError::Unavailable(reason)) if attempts < REVOKE_TRIES => {
                let pause = Duration::seconds(15_i64 << attempts.min(6));
                let now = self.now();
                Ok(JobEnd::Retry { at: now.checked_add_signed(pause).unwrap_or(now), error: Some(reason) })
            }
            Err(error) => {
                tracing::warn!(user.id = %user, %error, "wallet connection not revoked at its provider");
                Ok(JobEnd::Done)
            }
            Ok(()) => Ok(JobEnd::Done),
        }
    }
}
