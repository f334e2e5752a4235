//! Signature checks, as lenient as the official SDKs require.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Duration};
use kernel::Timestamp;
use num_bigint::BigUint;
use secp256k1::{Message, PublicKey, SECP256K1, ecdsa};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The SDKs sign for an hour.
const MAX_VALIDITY: Duration = Duration::hours(25);
const HASH_LENGTH: usize = 32;

/// Key for verification.
#[derive(Debug, Clone)]
pub(super) enum Verifier {
    Rsa { modulus: BigUint, exponent: BigUint },
    Secp256k1(PublicKey),
}

#[derive(Deserialize)]
struct Header {
    /// A number from most SDKs, a string from the JavaScript one.
    v: Json,
    signature: String,
}

/// Nonces of accepted requests, each valid once.
#[derive(Debug, Default)]
pub(super) struct Nonces(BTreeMap<String, Timestamp>);

impl Nonces {
    /// Checks freshness and records the nonce until the request expires.
    pub(super) fn take(&mut self, envelope: &Map<String, Json>, now: Timestamp) -> Result<(), &'static str> {
        let nonce = envelope
            .get("nonce")
            .filter(|nonce| nonce.is_number())
            .map(ToString::to_string)
            .ok_or("a signed request needs a nonce")?;
        let expires_at = envelope
            .get("expires_at")
            .and_then(Json::as_str)
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .ok_or("a signed request needs an expiry")?
            .to_utc();
        if expires_at <= now {
            return Err("the request has expired");
        }
        if expires_at > now + MAX_VALIDITY {
            return Err("the request expires too late");
        }
        self.0.retain(|_, expiry| *expiry > now);
        match self.0.insert(nonce, expires_at) {
            None => Ok(()),
            Some(_) => Err("the nonce was used before"),
        }
    }
}

impl Verifier {
    /// Checks the header against the bytes that were signed, before compression.
    pub(super) fn verify(&self, header: &str, body: &[u8]) -> Result<(), &'static str> {
        let header: Header =
            serde_json::from_str(header).map_err(|_| "the signature header cannot be read")?;
        if header.v != 1 && header.v != "1" {
            return Err("the signature's version is not known");
        }
        let signature = STANDARD.decode(&header.signature).map_err(|_| "the signature is not base64")?;
        let hash: [u8; HASH_LENGTH] = Sha256::digest(body).into();
        let valid = match self {
            Self::Rsa { modulus, exponent } => verify_pss(modulus, exponent, &signature, &hash).is_some(),
            Self::Secp256k1(key) => ecdsa::Signature::from_der(&signature).is_ok_and(|signature| {
                SECP256K1.verify_ecdsa(&Message::from_digest(hash), &signature, key).is_ok()
            }),
        };
        if valid { Ok(()) } else { Err("the signature is not valid") }
    }
}

/// `Some` for a valid RSASSA-PSS signature with SHA-256, MGF1 (RFC 8017, 8.1.2 and 9.1.2) and a salt of any length. The Go
/// SDK uses the longest salt, other SDKs 32 bytes, the only length that `ring` verifies.
fn verify_pss(
    modulus: &BigUint,
    exponent: &BigUint,
    signature: &[u8],
    hash: &[u8; HASH_LENGTH],
) -> Option<()> {
    let bytes = usize::try_from(modulus.bits().div_ceil(8)).ok()?;
    let number = BigUint::from_bytes_be(signature);
    if signature.len() != bytes || number >= *modulus {
        return None;
    }
    let message_bits = modulus.bits().checked_sub(1)?;
    let length = usize::try_from(message_bits.div_ceil(8)).ok()?;
    let number = number.modpow(exponent, modulus).to_bytes_be();
    let mut message = vec![0; length.checked_sub(number.len())?];
    message.extend(number);

    let (rest, trailer) = message.split_at_checked(length.checked_sub(1)?)?;
    let (masked, digest) = rest.split_at_checked(rest.len().checked_sub(HASH_LENGTH)?)?;
    let unused_bits =
        u32::try_from(length.checked_mul(8)?).ok()?.checked_sub(u32::try_from(message_bits).ok()?)?;
    let used = 0xff_u8.checked_shr(unused_bits)?;
    let mut block: Vec<u8> =
        masked.iter().zip(mask(digest, masked.len())).map(|(byte, mask)| byte ^ mask).collect();
    let first = block.first_mut()?;
    let clear = masked.first()? & !used == 0;
    *first &= used;
    let one = block.iter().position(|byte| *byte != 0)?;
    let (padding, salt) = block.split_at_checked(one.checked_add(1)?)?;
    let expected = Sha256::new_with_prefix([0; 8]).chain_update(hash).chain_update(salt).finalize();
    (trailer == [0xbc] && clear && padding.last() == Some(&1) && expected.as_slice() == digest).then_some(())
}

/// MGF1 with SHA-256 (RFC 8017, B.2.1).
fn mask(seed: &[u8], length: usize) -> impl Iterator<Item = u8> {
    (0_u32..)
        .flat_map(move |counter| Sha256::new_with_prefix(seed).chain_update(counter.to_be_bytes()).finalize())
        .take(length)
}
