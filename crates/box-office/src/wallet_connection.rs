use crate::{
    AccountError, BoxOffice, Caller, NewJob, Session, wallet_checks::CheckRefusal, wallet_refresh::revocation,
};
use identity::{WalletBudget, WalletConnection, WalletHealth};
use kernel::{Sats, Secret, StoreError, Timestamp, UserId};
use payments::{Network, ProbeError, WalletUri};

/// A wallet that a person connects.
#[derive(Debug, Clone)]
pub struct WalletOffer {
    /// The Nostr Wallet Connect URI.
    pub uri: WalletUri,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// UMA Auth: keeps the connection alive.
    pub refresh_token: Option<Secret<String>>,
    /// UMA Auth client id.
    pub client_id: Option<String>,
    /// UMA Auth token endpoint.
    pub token_endpoint: Option<String>,
    /// The wallet's UMA address.
    pub uma_address: Option<String>,
    /// Limits on what purchases may take.
    pub budget: BudgetChange,
}

/// A change of a connection's budget: outside, `None` leaves a limit as it is; inside, `None` is the shop's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BudgetChange {
    /// For one purchase.
    pub per_purchase: Option<Option<Sats>>,
    /// For one day (UTC).
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

fn wrong_network(wallet: Option<Network>, shop: Option<Network>) -> Option<String> {
    let (wallet, shop) = (wallet?, shop?);
    (wallet != shop)
        .then(|| format!("this wallet is on {}, but this shop is on {}", wallet.as_str(), shop.as_str()))
}

impl BoxOffice {
    /// Connects the caller's wallet, in place of the one before, once it says that it can pay; until then that one stays. The
    /// secrets are sealed before they are stored.
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
        let facts = wallet.probe(&offer.uri).await.map_err(|unmet| match unmet {
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
        let seal = |secret: &str| self.dependencies.vault.seal(user_id, secret, &*self.dependencies.entropy);
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
        // The account may have been erased while the wallet was asked.
        let account = session.user_for_update(user_id).await?;
        if account.is_none_or(|account| account.deleted_at.is_some()) {
            session.rollback().await?;
            return Err(AccountError::NotFound);
        }
        let before = session.wallet_for_update(user_id).await?;
        connection.budget =
            offer.budget.apply(before.as_ref().map(|before| before.budget).unwrap_or_default());
        session.put_wallet(&connection).await?;
        // Connected again with the token of before: it is in use.
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

    /// Changes what purchases may take from the caller's wallet.
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

    /// Forgets the caller's wallet; a connection made by UMA Auth is revoked at its provider by a job.
    pub async fn disconnect_wallet(&self, caller: &Caller) -> Result<(), AccountError> {
        let mut session = self.store().begin().await?;
        self.drop_wallet(&mut *session, caller.id()).await?;
        session.commit().await?;
        Ok(())
    }

    /// Deletes a wallet connection inside a session, and enqueues its revocation.
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
        self.dependencies.vault.open(connection.user_id, connection.refresh_token.as_ref()?).ok()
    }

    /// The shop's network, asked of the node until it says.
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
    fn a_wallet_must_be_on_the_shops_network_when_both_say() {
        let (main, regtest) = (Some(Network::Mainnet), Some(Network::Regtest));
        assert!(wrong_network(main, regtest).is_some_and(|words| words.contains("mainnet")));
        assert!(wrong_network(regtest, main).is_some());
        assert!(wrong_network(main, main).is_none());
        assert!(wrong_network(None, main).is_none() && wrong_network(main, None).is_none());
    }
}
