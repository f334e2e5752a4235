//! Rotation of the keys that encrypt wallet connections.

use crate::BoxOffice;
use identity::{Sealed, WalletCipherError, WalletConnection};
use kernel::{StoreError, UserId};
use std::collections::BTreeMap;

/// Wallet connections read per page.
const PAGE: u32 = 200;

const UNREADABLE: &str =
    "This shop can no longer open the connection to your wallet. Connect your wallet again.";

/// Usage of encryption keys by stored wallet connections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalletKeys {
    /// The current encryption key.
    pub current: String,
    /// Decryptable connections by the keys they need; one that needs two counts for both.
    pub opened: BTreeMap<String, u64>,
    /// Undecryptable connections by the keys they name: the key is missing, or another key has its name.
    pub unreadable: BTreeMap<String, u64>,
}

fn secrets(connection: &WalletConnection) -> impl Iterator<Item = &Sealed> {
    std::iter::once(&connection.uri).chain(&connection.refresh_token)
}

impl BoxOffice {
    fn decrypts(&self, connection: &WalletConnection) -> Result<(), WalletCipherError> {
        secrets(connection)
            .try_for_each(|sealed| self.dependencies.wallet_cipher.open(connection.user_id, sealed).map(drop))
    }

    /// Returns an account's wallet connection; one that cannot be decrypted is shown as failed.
    pub async fn wallet_of(&self, user: UserId) -> Result<Option<WalletConnection>, StoreError> {
        let connection = self.store().wallet(user).await?;
        Ok(connection.map(|connection| match self.decrypts(&connection) {
            Ok(()) => connection,
            Err(_) => {
                let at = connection.updated_at;
                connection.failed(UNREADABLE, at)
            }
        }))
    }

    /// Re-encrypts connections of earlier keys with the current key and returns their number. Connections that are being
    /// renewed, or cannot be decrypted, are left unchanged.
    pub async fn reseal_wallets(&self) -> Result<u64, StoreError> {
        let (mut resealed, mut after) = (0_u64, UserId::new(0));
        loop {
            let current = Some(self.dependencies.wallet_cipher.current());
            let page = self.store().wallets(current, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(resealed) };
            after = last.user_id;
            for connection in &page {
                resealed = resealed.saturating_add(u64::from(self.reseal(connection.user_id).await?));
            }
        }
    }

    async fn reseal(&self, user: UserId) -> Result<bool, StoreError> {
        let mut session = self.store().begin().await?;
        let connection = session.wallet_for_update(user).await?;
        // A renewal in progress identifies its connection by the encrypted URI.
        let connection = connection.filter(|connection| connection.refresh_claimed_until.is_none());
        let resealed = connection.and_then(|connection| self.resealed(connection));
        let Some(connection) = resealed else {
            session.rollback().await?;
            return Ok(false);
        };
        session.put_wallet(&connection).await?;
        session.commit().await?;
        Ok(true)
    }

    fn resealed(&self, connection: WalletConnection) -> Option<WalletConnection> {
        let (wallet_cipher, user) = (&self.dependencies.wallet_cipher, connection.user_id);
        let again = |sealed: &Sealed| {
            let secret = wallet_cipher.open(user, sealed)?;
            wallet_cipher.seal(user, secret.expose(), &*self.dependencies.entropy)
        };
        let secrets = again(&connection.uri)
            .and_then(|uri| Ok((uri, connection.refresh_token.as_ref().map(again).transpose()?)));
        match secrets {
            Ok((uri, refresh_token)) => Some(WalletConnection { uri, refresh_token, ..connection }),
            Err(error) => {
                tracing::error!(user.id = %user, key = connection.uri.key(), %error, "wallet connection not resealed");
                None
            }
        }
    }

    /// Counts the keys of stored wallet connections, each of which is decrypted.
    pub async fn wallet_keys(&self) -> Result<WalletKeys, StoreError> {
        let mut keys = WalletKeys {
            current: self.dependencies.wallet_cipher.current().to_owned(),
            ..WalletKeys::default()
        };
        let mut after = UserId::new(0);
        loop {
            let page = self.store().wallets(None, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(keys) };
            after = last.user_id;
            for connection in &page {
                let counts = match self.decrypts(connection) {
                    Ok(()) => &mut keys.opened,
                    Err(_) => &mut keys.unreadable,
                };
                let named: std::collections::BTreeSet<&str> = secrets(connection).map(Sealed::key).collect();
                for key in named {
                    let count = counts.entry(key.to_owned()).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
    }
}
