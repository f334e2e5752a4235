use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use kernel::{Entropy, Secret, UserId};
use std::{collections::BTreeMap, fmt};

const NONCE_BYTES: usize = 24;

/// A secret as the database keeps it: key id, nonce and XChaCha20-Poly1305 ciphertext, as `id:base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(String);

impl Sealed {
    /// As read from the database.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// For the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the key that sealed it.
    pub fn key(&self) -> &str {
        self.0.split_once(':').map_or("", |(key, _)| key)
    }
}

/// Why a secret could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WalletCipherError {
    /// No randomness.
    #[error("no randomness to seal a secret with")]
    NoEntropy,
    /// The key with this id is not configured any more.
    #[error("the key that sealed this secret is not configured")]
    UnknownKey,
    /// Altered, moved to another account, or not sealed by us.
    #[error("a sealed secret does not open")]
    Damaged,
    /// A key must have 32 bytes, and its id must be a short word.
    #[error("an encryption key must have 32 bytes and a short id")]
    BadKey,
}

/// Seals wallet secrets with keys that are not in the database. The first key seals, all keys open, so that keys can be rotated.
pub struct WalletCipher {
    current: String,
    keys: BTreeMap<String, Secret<[u8; 32]>>,
}

impl fmt::Debug for WalletCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WalletCipher(current: {})", self.current)
    }
}

impl WalletCipher {
    /// Keys as `(id, 32 bytes)`, the current one first.
    pub fn new(keys: Vec<(String, Secret<[u8; 32]>)>) -> Result<Self, WalletCipherError> {
        let word =
            |id: &str| !id.is_empty() && id.len() <= 16 && id.chars().all(|c| c.is_ascii_alphanumeric());
        match keys.first() {
            Some((current, _)) if keys.iter().all(|(id, _)| word(id)) => {
                Ok(Self { current: current.clone(), keys: keys.into_iter().collect() })
            }
            _ => Err(WalletCipherError::BadKey),
        }
    }

    /// The id of the key that seals.
    pub fn current(&self) -> &str {
        &self.current
    }

    fn cipher(&self, id: &str) -> Result<XChaCha20Poly1305, WalletCipherError> {
        let key = self.keys.get(id).ok_or(WalletCipherError::UnknownKey)?;
        XChaCha20Poly1305::new_from_slice(key.expose()).map_err(|_| WalletCipherError::BadKey)
    }

    /// Seals a secret of this person: it opens for no other account.
    pub fn seal(
        &self,
        owner: UserId,
        secret: &str,
        entropy: &dyn Entropy,
    ) -> Result<Sealed, WalletCipherError> {
        let mut bytes = [0_u8; NONCE_BYTES];
        entropy.fill(&mut bytes).map_err(|_| WalletCipherError::NoEntropy)?;
        let payload = Payload { msg: secret.as_bytes(), aad: &binding(owner) };
        let ciphertext = self
            .cipher(&self.current)?
            .encrypt(XNonce::from_slice(&bytes), payload)
            .map_err(|_| WalletCipherError::Damaged)?;
        Ok(Sealed(format!("{}:{}", self.current, STANDARD.encode([&bytes, ciphertext.as_slice()].concat()))))
    }

    /// Opens a secret of this person.
    pub fn open(&self, owner: UserId, sealed: &Sealed) -> Result<Secret<String>, WalletCipherError> {
        let (id, text) = sealed.0.split_once(':').ok_or(WalletCipherError::Damaged)?;
        let bytes = STANDARD.decode(text).map_err(|_| WalletCipherError::Damaged)?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE_BYTES).ok_or(WalletCipherError::Damaged)?;
        let plain = self
            .cipher(id)?
            .decrypt(XNonce::from_slice(nonce), Payload { msg: ciphertext, aad: &binding(owner) })
            .map_err(|_| WalletCipherError::Damaged)?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| WalletCipherError::Damaged)
    }
}

fn binding(owner: UserId) -> Vec<u8> {
    [b"wallet-connection/".as_slice(), &owner.get().to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::EntropyError;

    struct ConstantEntropy;
    impl Entropy for ConstantEntropy {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(7);
            Ok(())
        }
    }

    fn key(id: &str, byte: u8) -> (String, Secret<[u8; 32]>) {
        (id.to_owned(), Secret::new([byte; 32]))
    }

    #[test]
    fn a_secret_opens_for_its_owner_only() {
        let wallet_cipher = WalletCipher::new(vec![key("a", 1)]).unwrap();
        let sealed = wallet_cipher.seal(UserId::new(1), "nostr+walletconnect://x", &ConstantEntropy).unwrap();
        assert!(!sealed.as_str().contains("nostr"));
        assert_eq!(wallet_cipher.open(UserId::new(1), &sealed).unwrap().expose(), "nostr+walletconnect://x");
        assert_eq!(wallet_cipher.open(UserId::new(2), &sealed), Err(WalletCipherError::Damaged));
    }

    #[test]
    fn a_rotated_key_still_opens_what_it_sealed() {
        let old = WalletCipher::new(vec![key("a", 1)])
            .unwrap()
            .seal(UserId::new(1), "s", &ConstantEntropy)
            .unwrap();
        let rotated = WalletCipher::new(vec![key("b", 2), key("a", 1)]).unwrap();
        assert_eq!(rotated.open(UserId::new(1), &old).unwrap().expose(), "s");
        assert!(rotated.seal(UserId::new(1), "s", &ConstantEntropy).unwrap().as_str().starts_with("b:"));
        let without = WalletCipher::new(vec![key("b", 2)]).unwrap();
        assert_eq!(without.open(UserId::new(1), &old), Err(WalletCipherError::UnknownKey));
    }
}
