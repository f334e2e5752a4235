use crate::{
    AccountError, BoxOffice, Caller, NewJob, Session, wallet_checks::CheckRefusal, wallet_refresh::revocation,
};
use identity::{WalletBudget, WalletConnection, WalletHealth};
use kernel::{Sats, Secret, StoreError, Timestamp, UserId};
use payments::{Network, ProbeError, WalletUri};

/// A wallet connection to store.
#[derive(Debug, Clone)]
pub struct WalletOffer {
    /// The Nostr Wallet Connect URI.
    pub uri: WalletUri,
    /// Expiry of the connection.
    pub expires_at: Option<Timestamp>,
    /// UMA Auth refresh token.
    pub refresh_token: Option<Secret<String>>,
    /// UMA Auth client id.
    pub client_id: Option<String>,
    /// UMA Auth token endpoint.
    pub token_endpoint: Option<String>,
    /// The wallet's UMA address.
    pub uma_address: Option<String>,
    /// Spending limits.
    pub budget: BudgetChange,
}

/// Change of a connection's budget. Outer `None` keeps a limit; inner `None` selects the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BudgetChange {
    /// Limit per purchase.
    pub per_purchase: Option<Option<Sats>>,
    /// Limit per day (UTC).
    pub per_day: Option<Option<Sats>>,
}

impl BudgetChange {
    const fn apply(self, budget: WalletBudget) -> WalletBudget {
        let mut changed = budget;
        if let Some(limit) = self.per_purchase {
            changed.per_purchase = limit;
        }
        if let Some(limit) = self.per_day {
            changed.per_day = limit;
        }
        changed
    }
}

fn wrong_network(wallet: Option<Network>, node: Option<Network>) -> Option<String> {
    let (wallet, node) = (wallet?, node?);
    (wallet != node)
        .then(|| format!("this wallet is on {}, but this shop is on {}", wallet.as_str(), node.as_str()))
}

impl BoxOffice {
    /// Replaces the caller's wallet connection once a probe shows that the new one can pay. Secrets are encrypted before they
    /// are stored.
    pub async fn connect_wallet(&self, caller: &Caller, offer: WalletOffer) -> Result<(), AccountError> {
        let wallet = self.dependencies.buyer_wallet.as_deref();
        let wallet = wallet.ok_or_else(|| {
            AccountError::BadWallet("this shop does not pay from connected wallets".to_owned())
        })?;
        wallet.check(&offer.uri).map_err(AccountError::BadWallet)?;
        let user_id = caller.id();
        let check = self.wallet_checks.begin(user_id, self.now()).map_err(|refusal| match refusal {
            CheckRefusal::Account(seconds) => AccountError::TooManyWalletChecks(seconds),
            CheckRefusal::Busy => AccountError::Busy,
        })?;
        let facts = wallet.probe(&offer.uri).await.map_err(|error| match error {
            ProbeError::Useless(why) => AccountError::BadWallet(why),
            ProbeError::Silent(why) => AccountError::SilentWallet(why),
        })?;
        if facts.network.is_some()
            && let Some(complaint) = wrong_network(facts.network, self.network().await)
        {
            return Err(AccountError::BadWallet(complaint));
        }
        drop(check);
        let now = self.now();
        let seal =
            |secret: &str| self.dependencies.wallet_cipher.seal(user_id, secret, &*self.dependencies.entropy);
        let mut connection = WalletConnection {
            user_id,
            uri: seal(offer.uri.expose())?,
            expires_at: offer.expires_at,
            refresh_token: offer.refresh_token.as_ref().map(|token| seal(token.expose())).transpose()?,
            client_id: offer.client_id,
            token_endpoint: offer.token_endpoint,
            uma_address: offer.uma_address,
            health: WalletHealth::Connected,
            budget: WalletBudget::default(),
            refresh_claimed_until: None,
            silences: 0,
            created_at: now,
            updated_at: now,
        };
        let mut session = self.store().begin().await?;
        // The account may have been erased during the probe.
        let account = session.user_for_update(user_id).await?;
        if account.is_none_or(|account| account.deleted_at.is_some()) {
            session.rollback().await?;
            return Err(AccountError::NotFound);
        }
        let before = session.wallet_for_update(user_id).await?;
        connection.budget =
            offer.budget.apply(before.as_ref().map(|before| before.budget).unwrap_or_default());
        session.put_wallet(&connection).await?;
        // A connection renewed with the same token must not revoke it.
        let same = |before: &WalletConnection| {
            let known = self.refresh_token(before);
            known.as_ref().map(Secret::expose) == offer.refresh_token.as_ref().map(Secret::expose)
        };
        let replaced = before.filter(|before| !same(before));
        if let Some(task) = replaced.and_then(revocation) {
            session.enqueue(&NewJob { task, run_at: now, key: None }).await?;
        }
        session.commit().await?;
        Ok(())
    }

    /// Changes the budget of the caller's wallet.
    pub async fn change_wallet_budget(
        &self,
        caller: &Caller,
        change: BudgetChange,
    ) -> Result<(), AccountError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let Some(current) = session.wallet_for_update(caller.id()).await? else {
            session.rollback().await?;
            return Err(AccountError::NoWallet);
        };
        let budget = change.apply(current.budget);
        session.put_wallet(&WalletConnection { budget, updated_at: now, ..current }).await?;
        session.commit().await?;
        Ok(())
    }

    /// Deletes the caller's wallet connection; a UMA Auth connection is revoked at its provider by a job.
    pub async fn disconnect_wallet(&self, caller: &Caller) -> Result<(), AccountError> {
        let mut session = self.store().begin().await?;
        self.drop_wallet(&mut *session, caller.id()).await?;
        session.commit().await?;
        Ok(())
    }

    /// Deletes a wallet connection in a session and enqueues its revocation.
    pub(crate) async fn drop_wallet(
        &self,
        session: &mut dyn Session,
        user: UserId,
    ) -> Result<(), StoreError> {
        let Some(connection) = session.wallet_for_update(user).await? else { return Ok(()) };
        session.delete_wallet(user).await?;
        if let Some(task) = revocation(connection) {
            session.enqueue(&NewJob { task, run_at: self.now(), key: None }).await?;
        }
        Ok(())
    }

    fn refresh_token(&self, connection: &WalletConnection) -> Option<Secret<String>> {
        self.dependencies.wallet_cipher.open(connection.user_id, connection.refresh_token.as_ref()?).ok()
    }

    /// The node's network; queried until known.
    async fn network(&self) -> Option<Network> {
        if let Some(known) = self.network.get() {
            return Some(*known);
        }
        let network = self.dependencies.lightning.network().await?;
        Some(*self.network.get_or_init(|| network))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wallet_must_be_on_the_nodes_network_if_both_are_known() {
        let (main, regtest) = (Some(Network::Mainnet), Some(Network::Regtest));
        assert!(wrong_network(main, regtest).is_some_and(|text| text.contains("mainnet")));
        assert!(wrong_network(regtest, main).is_some());
        assert!(wrong_network(main, main).is_none());
        assert!(wrong_network(None, main).is_none() && wrong_network(main, None).is_none());
    }
}
