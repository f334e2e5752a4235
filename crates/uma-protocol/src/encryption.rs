//! Travel-rule encryption: ECIES as `eciespy`, `eciesjs`, `ecies/go` and the `ecies` crate do it by default.
//!
//! Wire: ephemeral public key (65 bytes, uncompressed) ‖ nonce (16) ‖ tag (16) ‖ ciphertext. The key is
//! HKDF-SHA256 of ephemeral key ‖ shared point, both uncompressed; the cipher AES-256-GCM without further data.

use aes_gcm::aead::consts::U16;
use aes_gcm::aes::Aes256;
use aes_gcm::{AeadInOut, AesGcm, KeyInit, Nonce, Tag};
use hkdf::Hkdf;
use secp256k1::{SecretKey, ecdh};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{ErrorCode, UmaError};
use crate::scalar::Scalar;
use crate::signing::PublicKey;

const KEY: usize = 65;
const NONCE: usize = 16;
const TAG: usize = 16;

type Cipher = AesGcm<Aes256, U16>;

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

    /// Opens what was sealed to this key.
    pub fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, UmaError> {
        open(self.0.secret(), sealed)
            .ok_or_else(|| UmaError::new(ErrorCode::InvalidInput, "decryption failed"))
    }

    pub(crate) const fn scalar(&self) -> &Scalar {
        &self.0
    }
}

/// Seals `plaintext` to `recipient`. `ephemeral` (32 bytes) and `nonce` must be fresh random bytes every time.
pub fn encrypt(
    recipient: &PublicKey,
    plaintext: &[u8],
    ephemeral: &[u8; 32],
    nonce: [u8; NONCE],
) -> Result<Vec<u8>, UmaError> {
    let ephemeral = Scalar::from_bytes(ephemeral)?;
    let sender = ephemeral.public_key().to_uncompressed();
    let cipher = cipher(&sender, recipient, ephemeral.secret());

    let mut body = plaintext.to_vec();
    let failed = || UmaError::new(ErrorCode::InvalidInput, "encryption failed");
    let tag = cipher
        .and_then(|cipher| {
            cipher.encrypt_inout_detached(&Nonce::from(nonce), &[], body.as_mut_slice().into()).ok()
        })
        .ok_or_else(failed)?;

    let mut sealed = Vec::with_capacity(KEY + NONCE + TAG + body.len());
    sealed.extend_from_slice(&sender);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&tag);
    sealed.extend_from_slice(&body);
    Ok(sealed)
}

fn open(key: &SecretKey, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (sender, rest) = sealed.split_first_chunk::<KEY>()?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
    let (tag, body) = rest.split_first_chunk::<TAG>()?;
    let peer = PublicKey::from_bytes(sender).ok()?;
    let cipher = cipher(sender, &peer, key)?;
    let mut body = Zeroizing::new(body.to_vec());
    cipher
        .decrypt_inout_detached(&Nonce::from(*nonce), &[], body.as_mut_slice().into(), &Tag::from(*tag))
        .ok()?;
    Some(body)
}

fn cipher(ephemeral: &[u8; KEY], point: &PublicKey, scalar: &SecretKey) -> Option<Cipher> {
    let mut material = Zeroizing::new([0_u8; 2 * KEY]);
    let shared = Zeroizing::new(ecdh::shared_secret_point(point.point(), scalar));
    let (first, second) = material.split_at_mut(KEY);
    first.copy_from_slice(ephemeral);
    let (format, coordinates) = second.split_first_mut()?;
    *format = 4;
    coordinates.copy_from_slice(shared.as_slice());
    let mut key = Zeroizing::new([0_u8; 32]);
    Hkdf::<Sha256>::new(None, material.as_slice()).expand(&[], key.as_mut_slice()).ok()?;
    Cipher::new_from_slice(key.as_slice()).ok()
}
