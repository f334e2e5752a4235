use kernel::Secret;
use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 of a preimage: the name of a Lightning payment (BOLT 11, field `p`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaymentHash([u8; 32]);

/// Not 32 bytes of hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits")]
pub struct HashError;

fn from_hex(text: &str) -> Result<[u8; 32], HashError> {
    let mut bytes = [0_u8; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| HashError)?;
    Ok(bytes)
}

impl PaymentHash {
    /// Wraps the 32 bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads hexadecimal digits of either case.
    pub fn from_hex(text: &str) -> Result<Self, HashError> {
        from_hex(text).map(Self)
    }

    /// Lower-case hexadecimal digits.
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for PaymentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Display for PaymentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// Proof of a payment: only payer and payee know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preimage(Secret<[u8; 32]>);

impl Preimage {
    /// Wraps the 32 bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Reads hexadecimal digits of either case.
    pub fn from_hex(text: &str) -> Result<Self, HashError> {
        from_hex(text).map(Self::new)
    }

    /// Lower-case hexadecimal digits, for the node or the wallet that asked.
    pub fn expose_hex(&self) -> String {
        hex::encode(self.0.expose())
    }

    /// The payment it proves.
    pub fn payment_hash(&self) -> PaymentHash {
        PaymentHash(Sha256::digest(self.0.expose()).into())
    }

    /// Whether it proves that payment.
    pub fn proves(&self, hash: PaymentHash) -> bool {
        self.payment_hash() == hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_preimage_proves_a_payment() {
        let preimage = Preimage::new([1; 32]);
        assert!(preimage.proves(preimage.payment_hash()));
        assert!(!preimage.proves(Preimage::new([2; 32]).payment_hash()));
        assert_eq!(Preimage::from_hex("00"), Err(HashError));
        assert!(!format!("{preimage:?}").contains("0101"));
    }
}
