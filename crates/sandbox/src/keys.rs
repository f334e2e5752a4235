use kernel::{Entropy, EntropyError, Timestamp};
use secp256k1::SecretKey;

/// Random bytes.
pub(crate) fn random<const N: usize>(entropy: &dyn Entropy) -> Result<[u8; N], EntropyError> {
    let mut bytes = [0_u8; N];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}

/// A random private key.
pub(crate) fn fresh_key(entropy: &dyn Entropy) -> Result<SecretKey, EntropyError> {
    // One in 2^128 draws is not a valid key.
    for _ in 0..8 {
        if let Ok(key) = SecretKey::from_slice(&random::<32>(entropy)?) {
            return Ok(key);
        }
    }
    Err(EntropyError)
}

/// A UUID that begins with the time (RFC 9562, version 7), like Lightspark's ids: consecutive ids are adjacent in an index.
pub(crate) fn uuid(entropy: &dyn Entropy, now: Timestamp) -> Result<String, EntropyError> {
    let mut value = u128::from_be_bytes(random::<16>(entropy)?) >> 48;
    value |= u128::from(u64::try_from(now.timestamp_millis()).unwrap_or(0)) << 80;
    value = (value & !(0xf << 76)) | (0x7 << 76);
    value = (value & !(0x3 << 62)) | (0x2 << 62);
    let hex = format!("{value:032x}");
    let mut text = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    Ok(text)
}
