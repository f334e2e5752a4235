//! Wallet connections made by UMA Auth (UMADE-01): renewed under a claim, revoked when the owner disconnects.

use crate::{
    BoxOffice, JobEnd, NewJob, Task,
    office::{RefreshError, RefreshedWallet},
};
use chrono::Duration;
use identity::{MAX_SILENCES, RefreshClaim, Renewal, Sealed, WalletConnection, WalletState};
use kernel::{Secret, StoreError, Timestamp, UserId};
use payments::WalletUri;
use uma_protocol::{address::UmaAddress, configuration::Configuration};

/// Connections that end sooner than this are refreshed before they are used.
const REFRESH_AHEAD: Duration = Duration::seconds(60);
/// Pause before a purchase looks again whether another one's refresh is over.
const CLAIM_POLL: Duration = Duration::seconds(2);
/// Pause before a purchase asks a provider again that did not answer.
const AWAY_PAUSE: Duration = Duration::seconds(5);
/// Tries to store a renewed connection; until one succeeds it exists in this process only.
const STORE_TRIES: u32 = 5;
const STORE_PAUSE: std::time::Duration = std::time::Duration::from_secs(1);
/// Tries to revoke a connection at its provider.
const REVOKE_TRIES: u32 = 5;

const LOST: &str =
    "Your wallet's provider renewed the connection, but its answer was lost. Connect your wallet again.";
const REVOKED: &str = "Your wallet's provider ended the connection. Connect your wallet again.";
const NOT_KEPT: &str = "The renewed connection could not be stored. Connect your wallet again.";
const STALE: &str = "Your connected wallet has not answered for a while. Open it, or connect it again.";
const EXPIRED: &str = "The connection to your wallet has expired. Connect your wallet again.";

/// What a connection is good for right now.
pub(crate) enum Usable {
    /// It can be used.
    Now(Box<WalletConnection>, WalletUri),
    /// Another caller renews it: try again then.
    Later(Timestamp),
    /// It has to be renewed, and its provider does not answer: try again then.
    Away(Timestamp),
    /// There is none, or it is of no use.
    Never,
}

/// What became of a refresh.
enum Refreshed {
    Renewed(Box<WalletConnection>),
    UnderWay,
    /// The provider does not answer; the connection is as it was.
    Away,
    /// There is nothing to renew it with; the connection is as it was.
    Unchanged,
    Gone,
}

/// Where a connection is renewed.
enum TokenEndpoint {
    At(String),
    /// The provider does not answer.
    Away,
    /// There is none.
    Nowhere,
}

/// The sentence for the owner about a connection that is not used; `None` while it is.
pub fn wallet_problem(connection: &WalletConnection, now: Timestamp) -> Option<String> {
    match (connection.state(now), &connection.health) {
        (WalletState::Connected, _) => None,
        (WalletState::Stale, _) => Some(STALE.to_owned()),
        (WalletState::Expired, _) => Some(EXPIRED.to_owned()),
        (WalletState::NeedsReconnect, identity::WalletHealth::Failed(why)) => Some(why.clone()),
        (WalletState::NeedsReconnect, identity::WalletHealth::Connected) => Some(REVOKED.to_owned()),
    }
}

fn away(now: Timestamp) -> Usable {
    Usable::Away(now.checked_add_signed(AWAY_PAUSE).unwrap_or(now))
}

/// The job that revokes a connection made by UMA Auth; nothing for others.
pub(crate) fn revocation(connection: WalletConnection) -> Option<Task> {
    let (token, client_id, uma_address) =
        (connection.refresh_token?, connection.client_id?, connection.uma_address?);
    let (user_id, refresh_token) = (connection.user_id, token.as_str().to_owned());
    Some(Task::RevokeWallet { user_id, uma_address, client_id, refresh_token })
}

impl BoxOffice {
    /// The person's wallet connection, renewed when it is about to end.
    pub(crate) async fn usable_wallet(&self, user: UserId, now: Timestamp) -> Result<Usable, StoreError> {
        let Some(connection) = self.store().wallet(user).await? else { return Ok(Usable::Never) };
        let soon = now.checked_add_signed(REFRESH_AHEAD).unwrap_or(now);
        if connection.is_usable(soon) && connection.refresh_claimed_until.is_none() {
            return Ok(self.opened(connection));
        }
        if connection.state(now) != WalletState::Connected {
            return Ok(Usable::Never);
        }
        Ok(match self.refresh_wallet(&connection, now).await? {
            Refreshed::Renewed(fresh) => self.opened(*fresh),
            Refreshed::UnderWay => Usable::Later(now.checked_add_signed(CLAIM_POLL).unwrap_or(now)),
            // It may end soon and still be good for this payment.
            Refreshed::Unchanged | Refreshed::Away if connection.is_usable(now) => self.opened(connection),
            Refreshed::Away => away(now),
            Refreshed::Unchanged | Refreshed::Gone => Usable::Never,
        })
    }

    /// The connection in place of one that the wallet does not know any more. `Never` only if there is none and will be none.
    pub(crate) async fn renewed_wallet(
        &self,
        refused: &WalletConnection,
        now: Timestamp,
    ) -> Result<Usable, StoreError> {
        let Some(current) = self.store().wallet(refused.user_id).await? else { return Ok(Usable::Never) };
        if current.uri != refused.uri {
            return Ok(if current.is_usable(now) { self.opened(current) } else { Usable::Never });
        }
        Ok(match self.refresh_wallet(&current, now).await? {
            Refreshed::Renewed(fresh) => self.opened(*fresh),
            Refreshed::UnderWay => Usable::Later(now.checked_add_signed(CLAIM_POLL).unwrap_or(now)),
            Refreshed::Away => away(now),
            Refreshed::Unchanged | Refreshed::Gone => Usable::Never,
        })
    }

    pub(crate) fn opened(&self, connection: WalletConnection) -> Usable {
        match self.dependencies.vault.open(connection.user_id, &connection.uri) {
            Ok(uri) => Usable::Now(Box::new(connection), uri),
            Err(error) => {
                tracing::error!(user.id = %connection.user_id, %error, "a wallet connection cannot be decrypted");
                Usable::Never
            }
        }
    }

    /// Exchanges the refresh token for a new connection, under a claim in the store: a token works once, on any replica.
    async fn refresh_wallet(
        &self,
        known: &WalletConnection,
        now: Timestamp,
    ) -> Result<Refreshed, StoreError> {
        let user = known.user_id;
        let (Some(refresher), Some(client_id)) = (&self.dependencies.wallet_refresher, &known.client_id)
        else {
            return Ok(Refreshed::Unchanged);
        };
        // Before the claim: nothing is exchanged without it.
        let endpoint = match self.token_endpoint(known).await {
            TokenEndpoint::At(endpoint) => endpoint,
            TokenEndpoint::Away => return Ok(Refreshed::Away),
            TokenEndpoint::Nowhere => {
                tracing::warn!(user.id = %user, "no token endpoint is known for a wallet connection");
                return Ok(Refreshed::Unchanged);
            }
        };
        let claimed = match self.claim_refresh(known, now).await? {
            Ok(claimed) => claimed,
            Err(other) => return Ok(other),
        };
        let token =
            claimed.refresh_token.as_ref().and_then(|sealed| self.dependencies.vault.open(user, sealed).ok());
        let Some(token) = token else {
            self.change_wallet(&claimed, |current| current.released(now)).await?;
            return Ok(Refreshed::Unchanged);
        };
        match refresher.refresh(&endpoint, client_id, &token).await {
            Ok(refreshed) => self.keep_renewed(&claimed, &refreshed).await,
            Err(RefreshError::Unavailable(reason)) => {
                tracing::warn!(user.id = %user, reason, "wallet connection not refreshed");
                let at = self.now();
                self.change_wallet(&claimed, |current| current.released(at)).await?;
                Ok(Refreshed::Away)
            }
            Err(error) => {
                tracing::warn!(user.id = %user, %error, "wallet connection lost at its refresh");
                let why = if matches!(error, RefreshError::Revoked(_)) { REVOKED } else { LOST };
                self.fail_wallet(&claimed, why).await?;
                Ok(Refreshed::Gone)
            }
        }
    }

    async fn claim_refresh(
        &self,
        known: &WalletConnection,
        now: Timestamp,
    ) -> Result<Result<WalletConnection, Refreshed>, StoreError> {
        let mut session = self.store().begin().await?;
        let current = session.wallet_for_update(known.user_id).await?;
        let Some(current) = current.filter(|current| current.uri == known.uri) else {
            session.rollback().await?;
            // Renewed, replaced or taken away meanwhile: the caller reads it again.
            return Ok(Err(Refreshed::UnderWay));
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
                Ok(Err(Refreshed::Gone))
            }
            RefreshClaim::Taken(_) => {
                session.rollback().await?;
                Ok(Err(Refreshed::UnderWay))
            }
            RefreshClaim::Impossible => {
                session.rollback().await?;
                Ok(Err(Refreshed::Unchanged))
            }
        }
    }

    /// Stores the new pair in one transaction, before it is used.
    async fn keep_renewed(
        &self,
        claimed: &WalletConnection,
        refreshed: &RefreshedWallet,
    ) -> Result<Refreshed, StoreError> {
        let seal =
            |secret: &str| self.dependencies.vault.seal(claimed.user_id, secret, &*self.dependencies.entropy);
        let uri = match seal(refreshed.uri.expose()) {
            Ok(uri) => uri,
            Err(error) => {
                // The old URI is void by now and the new one cannot be kept.
                tracing::error!(user.id = %claimed.user_id, %error, "a renewed wallet connection could not be sealed");
                self.fail_wallet(claimed, NOT_KEPT).await?;
                return Ok(Refreshed::Gone);
            }
        };
        let refresh_token = refreshed.refresh_token.as_ref().and_then(|token| seal(token.expose()).ok());
        let renewal = Renewal { uri, refresh_token, expires_at: refreshed.expires_at };
        let now = self.now();
        let mut tries = 1_u32;
        let kept = loop {
            match self.change_wallet(claimed, |current| current.renewed(renewal.clone(), now)).await {
                Err(error) if tries < STORE_TRIES => {
                    tracing::warn!(user.id = %claimed.user_id, %error, "renewed wallet connection not stored yet");
                    tries = tries.saturating_add(1);
                    tokio::time::sleep(STORE_PAUSE).await;
                }
                outcome => break outcome?,
            }
        };
        if let Some(fresh) = kept {
            return Ok(Refreshed::Renewed(Box::new(fresh)));
        }
        // The person took this wallet away, or another one is connected: the token of then is void, the new one is not.
        let unused = WalletConnection {
            refresh_token: renewal.refresh_token.or_else(|| claimed.refresh_token.clone()),
            ..claimed.clone()
        };
        if let Some(task) = revocation(unused) {
            let mut session = self.store().begin().await?;
            session.enqueue(&NewJob { task, run_at: now, key: None }).await?;
            session.commit().await?;
        }
        Ok(Refreshed::Gone)
    }

    /// Changes a connection under its lock; nothing when it was taken away, renewed or replaced.
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

    /// Records that a connection is of no more use; `why` is shown to its owner.
    pub(crate) async fn fail_wallet(&self, known: &WalletConnection, why: &str) -> Result<(), StoreError> {
        let now = self.now();
        self.change_wallet(known, |current| current.failed(why, now)).await.map(drop)
    }

    /// Counts whether the wallet answered: [`MAX_SILENCES`] silences in a row make its connection stale. Returns their number.
    pub(crate) async fn count_silence(
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
        // A connection that was replaced or taken away does not answer any more.
        Ok(counted.map_or(MAX_SILENCES, |counted| counted.silences))
    }

    /// Where a connection is renewed: where it was said to be, or where the wallet's provider says that it is.
    async fn token_endpoint(&self, connection: &WalletConnection) -> TokenEndpoint {
        match (&connection.token_endpoint, connection.uma_address.as_deref()) {
            (Some(endpoint), _) => TokenEndpoint::At(endpoint.clone()),
            (None, None) => TokenEndpoint::Nowhere,
            (None, Some(address)) => match self.provider(address).await {
                Some(provider) => provider.token_endpoint.map_or(TokenEndpoint::Nowhere, TokenEndpoint::At),
                None => TokenEndpoint::Away,
            },
        }
    }

    async fn provider(&self, uma_address: &str) -> Option<Configuration> {
        let address = UmaAddress::parse(uma_address).ok()?;
        let provider = self.dependencies.counterparty.configuration(address.domain()).await;
        provider.inspect_err(|error| tracing::info!(%error, "a wallet's provider does not answer")).ok()
    }

    /// Revokes a connection that its owner took away, where the provider has an endpoint for it (RFC 7009). Best effort.
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
        let Ok(token) = self.dependencies.vault.open(user, &sealed) else { return Ok(JobEnd::Done) };
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
