//! Travel-rule encryption: ECIES (UMAD-02) with the defaults of the `ecies` crate, which `eciespy`, `eciesjs` and `ecies/go` share.
//!
//! Wire: ephemeral public key (65 bytes, uncompressed) ‖ nonce (16) ‖ tag (16) ‖ ciphertext. The key is HKDF-SHA256 of ephemeral
//! key ‖ shared point, both uncompressed; the cipher AES-256-GCM without further data.

use zeroize::Zeroizing;

use crate::error::{ErrorCode, UmaError};
use crate::scalar::Scalar;
use crate::signing::PublicKey;

/// A VASP's private encryption key. Wiped on drop, never printed.
#[derive(Debug)]
pub struct EncryptionKey(Scalar);

impl EncryptionKey {
    /// From 32 bytes, big-endian.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UmaError> {
        Scalar::from_bytes(bytes).map(Self)
    }

    /// From 64 hex digits.
    pub fn from_hex(text: &str) -> Result<Self, UmaError> {
        Scalar::from_hex(text).map(Self)
    }

    /// The key in hex, for the operator who makes new ones.
    pub fn to_hex(&self) -> Zeroizing<String> {
        self.0.to_hex()
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }

    /// Decrypts a ciphertext made for this key's public half.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT` when it is too short, damaged or made for another key.
    pub fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, UmaError> {
        ecies::decrypt(self.0.to_bytes().as_slice(), ciphertext)
            .map(Zeroizing::new)
            .map_err(|_| UmaError::new(ErrorCode::InvalidInput, "decryption failed"))
    }

    pub(crate) const fn scalar(&self) -> &Scalar {
        &self.0
    }
}
