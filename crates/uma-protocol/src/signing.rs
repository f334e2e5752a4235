//! Signatures (UMAD-02): ECDSA over secp256k1, one SHA-256 of the payload, DER.

use secp256k1::{Message, SECP256K1, ecdsa};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{ErrorCode, UmaError};
use crate::scalar::Scalar;

/// A VASP's private signing key. Wiped on drop, never printed.
#[derive(Debug)]
pub struct SigningKey(Scalar);

impl SigningKey {
    /// From 32 bytes, big-endian. Zero and numbers above the order of the curve are refused.
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

    /// Signs. The nonce is that of RFC 6979, S is the low one: the same payload gives the same bytes.
    pub fn sign(&self, payload: &[u8]) -> Signature {
        Signature(SECP256K1.sign_ecdsa(&digest(payload), self.0.secret()))
    }

    pub(crate) const fn scalar(&self) -> &Scalar {
        &self.0
    }
}

/// A public key of secp256k1, parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(secp256k1::PublicKey);

impl PublicKey {
    /// From 33 (compressed) or 65 (uncompressed) bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UmaError> {
        secp256k1::PublicKey::from_slice(bytes)
            .map(Self)
            .map_err(|_| UmaError::new(ErrorCode::InvalidPubkeyFormat, "not a public key of secp256k1"))
    }

    /// From hex.
    pub fn from_hex(text: &str) -> Result<Self, UmaError> {
        if text.len() > 130 {
            return Err(UmaError::new(ErrorCode::InvalidPubkeyFormat, "a public key is too long"));
        }
        let bytes = hex::decode(text)
            .map_err(|_| UmaError::new(ErrorCode::InvalidPubkeyFormat, "a public key is not hex"))?;
        Self::from_bytes(&bytes)
    }

    /// 65 bytes, beginning with 04: the form UMA puts on the wire.
    pub fn to_uncompressed(&self) -> [u8; 65] {
        self.0.serialize_uncompressed()
    }

    /// The uncompressed form in hex.
    pub fn to_hex(&self) -> String {
        hex::encode(self.to_uncompressed())
    }

    /// Checks a signature over `payload`.
    pub fn verify(&self, payload: &[u8], signature: &Signature) -> Result<(), UmaError> {
        SECP256K1
            .verify_ecdsa(&digest(payload), &signature.0, &self.0)
            .map_err(|_| UmaError::new(ErrorCode::InvalidSignature, "the signature does not verify"))
    }

    pub(crate) const fn from_point(point: secp256k1::PublicKey) -> Self {
        Self(point)
    }
}

fn digest(payload: &[u8]) -> Message {
    Message::from_digest(Sha256::digest(payload).into())
}

/// A signature, with S always in its lower form (Go's SDK sends either; libsecp256k1 takes only the low one).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature(ecdsa::Signature);

impl Signature {
    /// From DER.
    pub fn from_der(bytes: &[u8]) -> Result<Self, UmaError> {
        let mut signature = ecdsa::Signature::from_der(bytes)
            .map_err(|_| UmaError::new(ErrorCode::InvalidSignature, "the signature is not DER"))?;
        signature.normalize_s();
        Ok(Self(signature))
    }

    /// From DER in hex.
    pub fn from_hex(text: &str) -> Result<Self, UmaError> {
        let mut buffer = [0_u8; 80];
        let not_hex = || UmaError::new(ErrorCode::InvalidSignature, "the signature is not hex");
        let bytes = buffer.get_mut(..text.len() / 2).ok_or_else(not_hex)?;
        hex::decode_to_slice(text, bytes).map_err(|_| not_hex())?;
        Self::from_der(bytes)
    }

    /// As DER.
    pub fn to_der(&self) -> Vec<u8> {
        self.0.serialize_der().to_vec()
    }

    /// As DER in lower-case hex: the form of JSON and URLs.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0.serialize_der())
    }
}

/// The three fields that every `|`-signed message carries. The signature stays as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// DER in hex.
    pub signature: String,
    /// Opaque, used once per VASP.
    pub nonce: String,
    /// Unix seconds.
    pub timestamp: i64,
}

/// Longest nonce that is read.
pub(crate) const MAX_NONCE: usize = 64;

impl Stamp {
    /// Signs `parts|nonce|timestamp`.
    pub fn sign(parts: &[&str], nonce: impl Into<String>, timestamp: i64, key: &SigningKey) -> Self {
        let nonce = nonce.into();
        let signature = key.sign(payload(parts, &nonce, timestamp).as_bytes()).to_hex();
        Self { signature, nonce, timestamp }
    }

    /// Checks the signature over `parts|nonce|timestamp`.
    pub fn verify(&self, parts: &[&str], key: &PublicKey) -> Result<(), UmaError> {
        let signature = Signature::from_hex(&self.signature)?;
        key.verify(payload(parts, &self.nonce, self.timestamp).as_bytes(), &signature)
    }
}

/// What is signed: the UMADs write `a + b + c`, every SDK joins with `|`.
pub(crate) fn payload(parts: &[&str], nonce: &str, timestamp: i64) -> String {
    let mut text = String::with_capacity(parts.iter().map(|p| p.len() + 1).sum::<usize>() + nonce.len() + 21);
    for part in parts {
        text.push_str(part);
        text.push('|');
    }
    text.push_str(nonce);
    text.push('|');
    text.push_str(&timestamp.to_string());
    text
}
