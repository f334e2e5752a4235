//! Decrypts the node's signing key with the node password. Lightspark's SDKs have used five formats.

use aes::Aes256;
use aes_gcm::{
    AesGcm, KeyInit, Nonce,
    aead::{
        Aead,
        array::ArraySize,
        consts::{U12, U16},
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use cbc::cipher::{BlockDecryptMut, KeyIvInit, block_padding::Pkcs7};
use ring::pbkdf2;
use serde::Deserialize;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// The SDKs use 500 000. The header is untrusted: an unbounded count would allow denial of service.
const MAX_ITERATIONS: u32 = 5_000_000;
const V0_CIPHER: &str = "AES_256_CBC_PBKDF2_5000_SHA256";
const V0_ITERATIONS: u32 = 5_000;
const V0_PREFIX: &[u8] = b"Salted__";

/// Decryption error. Contains nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CipherError {
    #[error("the node password is wrong")]
    WrongPassword,
    #[error("the node's signing key is encrypted in an unknown format")]
    UnknownCipher,
    #[error("the node's encrypted signing key is malformed")]
    Malformed,
}

#[derive(Deserialize)]
struct Header {
    v: i64,
    i: u32,
    #[serde(default)]
    lsv: Option<i64>,
}

#[derive(Clone, Copy)]
enum Form {
    /// Salt 16, AES-256-GCM; key and 12-byte nonce derived.
    V4,
    /// Nonce 12, AES-256-GCM, salt 8; key derived.
    V3,
    /// Salt 8, AES-256-GCM; key and 16-byte nonce derived.
    V2,
    /// Salt 8, AES-256-CBC; key and IV derived.
    V1,
}

/// Decrypts `sealed` (standard base64) in the format that `cipher` describes.
pub(crate) fn open(sealed: &str, cipher: &str, password: &str) -> Result<Zeroizing<Vec<u8>>, CipherError> {
    let sealed = STANDARD.decode(sealed).map_err(|_| CipherError::Malformed)?;
    if cipher == V0_CIPHER {
        let salted = sealed.strip_prefix(V0_PREFIX).ok_or(CipherError::Malformed)?;
        return open_form(Form::V1, salted, iterations(V0_ITERATIONS)?, password);
    }
    let header: Header = serde_json::from_str(cipher).map_err(|_| CipherError::UnknownCipher)?;
    let form = match (header.v, header.lsv) {
        (3, _) | (_, Some(2)) => Form::V3,
        (4, None) => Form::V4,
        (2, None) => Form::V2,
        (1, None) => Form::V1,
        _ => return Err(CipherError::UnknownCipher),
    };
    open_form(form, &sealed, iterations(header.i)?, password)
}

fn iterations(count: u32) -> Result<NonZeroU32, CipherError> {
    NonZeroU32::new(count).filter(|count| count.get() <= MAX_ITERATIONS).ok_or(CipherError::UnknownCipher)
}

fn open_form(
    form: Form,
    sealed: &[u8],
    rounds: NonZeroU32,
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, CipherError> {
    let split = |at: usize| sealed.split_at_checked(at).ok_or(CipherError::Malformed);
    let derived = |salt: &[u8], length: usize| {
        let mut bytes = Zeroizing::new(vec![0; length]);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, password.as_bytes(), &mut bytes);
        bytes
    };
    match form {
        Form::V4 => {
            let (salt, text) = split(16)?;
            let derived = derived(salt, 44);
            let (key, nonce) = derived.split_at_checked(32).ok_or(CipherError::Malformed)?;
            gcm::<U12>(key, nonce, text)
        }
        Form::V3 => {
            let (nonce, rest) = split(12)?;
            let (text, salt) = rest
                .len()
                .checked_sub(8)
                .and_then(|at| rest.split_at_checked(at))
                .ok_or(CipherError::Malformed)?;
            gcm::<U12>(&derived(salt, 32), nonce, text)
        }
        Form::V2 => {
            let (salt, text) = split(8)?;
            let derived = derived(salt, 48);
            let (key, nonce) = derived.split_at_checked(32).ok_or(CipherError::Malformed)?;
            gcm::<U16>(key, nonce, text)
        }
        Form::V1 => {
            let (salt, text) = split(8)?;
            let derived = derived(salt, 48);
            let (key, vector) = derived.split_at_checked(32).ok_or(CipherError::Malformed)?;
            let cipher =
                cbc::Decryptor::<Aes256>::new_from_slices(key, vector).map_err(|_| CipherError::Malformed)?;
            cipher
                .decrypt_padded_vec_mut::<Pkcs7>(text)
                .map(Zeroizing::new)
                .map_err(|_| CipherError::WrongPassword)
        }
    }
}

fn gcm<N: ArraySize>(key: &[u8], nonce: &[u8], text: &[u8]) -> Result<Zeroizing<Vec<u8>>, CipherError> {
    let cipher =
        AesGcm::<aes_gcm::aes::Aes256, N>::new_from_slice(key).map_err(|_| CipherError::Malformed)?;
    let nonce = Nonce::<N>::try_from(nonce).map_err(|_| CipherError::Malformed)?;
    cipher.decrypt(&nonce, text).map(Zeroizing::new).map_err(|_| CipherError::WrongPassword)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::tests::vectors, signing::SigningKey};
    use serde_json::Value;

    fn open_case(case: &Value) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        let text = |name: &str| case[name].as_str().unwrap();
        open(text("encrypted_value"), text("cipher"), text("password"))
    }

    #[test]
    fn every_format_is_decrypted() {
        for case in vectors()["node_keys"]["cases"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let opened = open_case(case).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(STANDARD.encode(&*opened), case["plaintext_b64"].as_str().unwrap(), "{name}");
            let is_key =
                case.get("plaintext_form").and_then(Value::as_str).is_some_and(|form| form != "none");
            assert_eq!(SigningKey::from_opened(&opened).is_ok(), is_key, "{name}");
        }
    }

    #[test]
    fn errors_name_the_cause_without_key_material() {
        for case in vectors()["node_keys"]["refused"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let expected = match name {
                "wrong password" | "tag changed" => CipherError::WrongPassword,
                _ => CipherError::UnknownCipher,
            };
            assert_eq!(open_case(case).err(), Some(expected), "{name}");
        }
    }

    #[test]
    fn wrong_password_never_decrypts() {
        for case in vectors()["node_keys"]["cases"].as_array().unwrap() {
            let mut case = case.clone();
            if case["cipher"].as_str().unwrap().contains("500000") {
                case["cipher"] = case["cipher"].as_str().unwrap().replace("500000", "1000").into();
            }
            case["password"] = "another".into();
            let opened = open_case(&case);
            // CBC has no tag: one garbage plaintext in 256 has valid padding, and then is no key.
            let is_key = opened.as_ref().is_ok_and(|text| SigningKey::from_opened(text).is_ok());
            assert!(!is_key, "{}", case["name"]);
            if !case["cipher"].as_str().unwrap().contains("CBC")
                && !case["name"].as_str().unwrap().starts_with("v1")
            {
                assert_eq!(opened.err(), Some(CipherError::WrongPassword));
            }
        }
    }

    #[test]
    fn excessive_iterations_and_short_input_are_rejected() {
        assert_eq!(open("AAAA", r#"{"v":4,"i":4000000000}"#, "x"), Err(CipherError::UnknownCipher));
        assert_eq!(open("AAAA", r#"{"v":4,"i":0}"#, "x"), Err(CipherError::UnknownCipher));
        for version in 1..=4 {
            for sealed in ["", "AAAA", "AAAAAAAAAAAAAAAA"] {
                assert!(
                    open(sealed, &format!(r#"{{"v":{version},"i":1}}"#), "x").is_err(),
                    "{version} {sealed}"
                );
            }
        }
        assert_eq!(open("AAAA", V0_CIPHER, "x"), Err(CipherError::Malformed));
        assert_eq!(open("not base64", V0_CIPHER, "x"), Err(CipherError::Malformed));
    }
}
