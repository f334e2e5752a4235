use std::fmt;

use secp256k1::{SECP256K1, SecretKey};
use zeroize::Zeroizing;

use crate::error::{ErrorCode, UmaError};
use crate::signing::PublicKey;

/// A private key of secp256k1, whatever it is for. Wiped on drop, never printed.
pub(crate) struct Scalar(SecretKey);

impl Scalar {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, UmaError> {
        SecretKey::from_slice(bytes)
            .map(Self)
            .map_err(|_| UmaError::new(ErrorCode::InvalidInput, "not a private key"))
    }

    pub(crate) fn from_hex(text: &str) -> Result<Self, UmaError> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        hex::decode_to_slice(text.trim(), bytes.as_mut_slice())
            .map_err(|_| UmaError::new(ErrorCode::InvalidInput, "a private key is 64 hex digits"))?;
        Self::from_bytes(bytes.as_slice())
    }

    /// 32 bytes, big-endian.
    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.secret_bytes())
    }

    pub(crate) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.to_bytes()))
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        PublicKey::from_point(self.0.public_key(SECP256K1))
    }

    pub(crate) const fn secret(&self) -> &SecretKey {
        &self.0
    }
}

impl Drop for Scalar {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}
