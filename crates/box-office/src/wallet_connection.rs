use crate::{AccountError, BoxOffice, Caller};
use identity::{WalletConnection, WalletHealth};
use kernel::{Secret, Timestamp};
use payments::{Unmet, WalletUri};

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
}

impl BoxOffice {
    /// Connects the caller's wallet, in place of the one before, once it says that it can pay; until then that one stays. The
    /// secrets are sealed before they are stored.
    pub async fn connect_wallet(&self, caller: &Caller, offer: WalletOffer) -> Result<(), AccountError> {
        let wallet = self.parts.buyer_wallet.as_deref();
        let wallet = wallet.ok_or_else(|| {
            AccountError::BadWallet("this shop does not pay from connected wallets".to_owned())
        })?;
        wallet.check(&offer.uri).map_err(AccountError::BadWallet)?;
        wallet.meet(&offer.uri).await.map_err(|unmet| match unmet {
            Unmet::Useless(why) => AccountError::BadWallet(why),
            Unmet::Silent(why) => AccountError::SilentWallet(why),
        })?;
        let now = self.now();
        let user_id = caller.id();
        let seal = |secret: &str| self.parts.vault.seal(user_id, secret, &*self.parts.entropy);
        let connection = WalletConnection {
            user_id,
            uri: seal(offer.uri.expose())?,
            expires_at: offer.expires_at,
            refresh_token: offer.refresh_token.as_ref().map(|token| seal(token.expose())).transpose()?,
            client_id: offer.client_id,
            token_endpoint: offer.token_endpoint,
            uma_address: offer.uma_address,
            health: WalletHealth::Connected,
            created_at: now,
            updated_at: now,
        };
        let mut session = self.store().begin().await?;
        session.put_wallet(&connection).await?;
        session.commit().await?;
        Ok(())
    }

    /// Forgets the caller's wallet.
    pub async fn disconnect_wallet(&self, caller: &Caller) -> Result<(), AccountError> {
        let mut session = self.store().begin().await?;
        session.delete_wallet(caller.id()).await?;
        session.commit().await?;
        Ok(())
    }
}
