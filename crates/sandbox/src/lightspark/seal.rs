//! The node's signing key as Lightspark stores it: encrypted with the node password (cipher version 4).

use super::EndpointError;
use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::{Entropy, Secret};
use ring::{aead, pbkdf2};
use std::num::NonZeroU32;

/// Lightspark uses 500 000. This key and its password are public, and tests decrypt it often.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();
const SALT_LENGTH: usize = 16;
const KEY_LENGTH: usize = 32;
const NONCE_LENGTH: usize = 12;

/// The schema's `Secret`.
#[derive(Debug)]
pub(super) struct SealedKey {
    /// Base64 of salt, ciphertext and tag.
    pub(super) value: String,
    pub(super) cipher: String,
}

pub(super) fn seal(
    pkcs8: &[u8],
    password: &Secret<String>,
    entropy: &dyn Entropy,
) -> Result<SealedKey, EndpointError> {
    let salt: [u8; SALT_LENGTH] = crate::keys::random(entropy)?;
    let mut derived = [0; KEY_LENGTH + NONCE_LENGTH];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, &salt, password.expose().as_bytes(), &mut derived);
    let (key, nonce) = derived.split_at_checked(KEY_LENGTH).ok_or(EndpointError::BadKey)?;
    let key = aead::UnboundKey::new(&aead::AES_256_GCM, key).map_err(|_| EndpointError::BadKey)?;
    let nonce = aead::Nonce::try_assume_unique_for_key(nonce).map_err(|_| EndpointError::BadKey)?;
    let mut text = pkcs8.to_vec();
    aead::LessSafeKey::new(key)
        .seal_in_place_append_tag(nonce, aead::Aad::empty(), &mut text)
        .map_err(|_| EndpointError::BadKey)?;
    Ok(SealedKey {
        value: STANDARD.encode([&salt[..], &text].concat()),
        cipher: format!(r#"{{"v": 4, "i": {ITERATIONS}}}"#),
    })
}
