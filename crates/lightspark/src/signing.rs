//! Request signatures. Operations that move money are signed with the node's key.

use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::Secret;
use ring::{hmac, rand::SystemRandom, signature};
use secp256k1::{Message, PublicKey, SECP256K1, Scalar, SecretKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Error of a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// Not a PKCS#8 RSA key of 2048 to 4096 bits.
    #[error("the node's signing key is not an RSA key of 2048 to 4096 bits")]
    NotRsa,
    /// Not a BIP 32 seed.
    #[error("the master seed cannot be used")]
    BadSeed,
    /// Signing failed.
    #[error("the request could not be signed")]
    Failed,
}

/// Signing key of a node: RSA if Lightspark stores the encrypted key, secp256k1 for remote signing.
pub(crate) enum SigningKey {
    Rsa(Box<signature::RsaKeyPair>),
    Secp256k1(WipedKey),
}

/// Zeroed when dropped, which the inner key is not.
pub(crate) struct WipedKey(SecretKey);

impl Drop for WipedKey {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

impl SigningKey {
    /// Parses a decrypted node key: PKCS#8 DER, its base64, or PEM.
    pub(crate) fn from_opened(opened: &[u8]) -> Result<Self, SigningKeyError> {
        let from_der = |der: &[u8]| {
            signature::RsaKeyPair::from_pkcs8(der)
                .map(|pair| Self::Rsa(Box::new(pair)))
                .map_err(|_| SigningKeyError::NotRsa)
        };
        if opened.first() == Some(&0x30) {
            return from_der(opened);
        }
        let text = std::str::from_utf8(opened).map_err(|_| SigningKeyError::NotRsa)?;
        let mut base64 = Zeroizing::new(String::with_capacity(text.len()));
        for line in text.lines().filter(|line| !line.starts_with("-----")) {
            base64.push_str(line.trim());
        }
        let der =
            STANDARD.decode(base64.as_bytes()).map(Zeroizing::new).map_err(|_| SigningKeyError::NotRsa)?;
        from_der(&der)
    }

    /// The key of a remote-signing node: BIP 32 at `m/5` of the master seed.
    pub(crate) fn from_master_seed(seed: &Secret<Vec<u8>>) -> Result<Self, SigningKeyError> {
        if !(16..=64).contains(&seed.expose().len()) {
            return Err(SigningKeyError::BadSeed);
        }
        let (mut master, chain) = halves(b"Bitcoin seed", seed.expose())?;
        let mut data = PublicKey::from_secret_key(SECP256K1, &master).serialize().to_vec();
        data.extend(5_u32.to_be_bytes());
        let (mut tweak, _) = halves(&chain, &data)?;
        let child = master.add_tweak(&Scalar::from(tweak)).map_err(|_| SigningKeyError::BadSeed);
        master.non_secure_erase();
        tweak.non_secure_erase();
        child.map(|key| Self::Secp256k1(WipedKey(key)))
    }

    /// Value of `X-Lightspark-Signing` for the body.
    pub(crate) fn header(&self, body: &[u8]) -> Result<String, SigningKeyError> {
        let signature = match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                // The salt cannot use the `Entropy` port: ring accepts its own generators only.
                pair.sign(&signature::RSA_PSS_SHA256, &SystemRandom::new(), body, &mut signature)
                    .map_err(|_| SigningKeyError::Failed)?;
                signature
            }
            Self::Secp256k1(key) => {
                let message = Message::from_digest(Sha256::digest(body).into());
                SECP256K1.sign_ecdsa(&message, &key.0).serialize_der().to_vec()
            }
        };
        Ok(format!(r#"{{"v":1,"signature":"{}"}}"#, STANDARD.encode(signature)))
    }
}

/// The halves of BIP 32's HMAC-SHA512: key and chain code.
fn halves(key: &[u8], data: &[u8]) -> Result<(SecretKey, Zeroizing<Vec<u8>>), SigningKeyError> {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, key), data);
    let (left, right) = tag.as_ref().split_at_checked(32).ok_or(SigningKeyError::BadSeed)?;
    let key = SecretKey::from_slice(left).map_err(|_| SigningKeyError::BadSeed)?;
    Ok((key, Zeroizing::new(right.to_vec())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::vectors;
    use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::Value;

    fn bytes(value: &Value) -> Vec<u8> {
        STANDARD.decode(value.as_str().unwrap()).unwrap()
    }

    fn signature(header: &str) -> Vec<u8> {
        let header: Value = serde_json::from_str(header).unwrap();
        assert_eq!(header["v"], 1);
        bytes(&header["signature"])
    }

    /// PKCS#1 from `SubjectPublicKeyInfo`: both vectors have a header of 24 bytes.
    fn public_key(spki: &Value) -> Vec<u8> {
        bytes(spki)[24..].to_vec()
    }

    #[test]
    fn rsa_signature_verifies_like_the_sdks() {
        let vectors = vectors();
        for name in ["rsa2048", "rsa4096"] {
            let keys = &vectors["signed_requests"]["keys"][name];
            let verifier = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public_key(&keys["spki_b64"]));
            // The SDKs' signature proves the verifier.
            for case in vectors["signed_requests"]["cases"].as_array().unwrap() {
                if case["key"] == name && case["salt_length"] == 32 {
                    let body = case["body"].as_str().unwrap();
                    verifier.verify(body.as_bytes(), &signature_of(case)).unwrap();
                }
            }
            let key = SigningKey::from_opened(&bytes(&keys["pkcs8_b64"])).unwrap();
            let ours = signature(&key.header(b"body").unwrap());
            verifier.verify(b"body", &ours).unwrap();
            assert!(verifier.verify(b"Body", &ours).is_err());
        }
    }

    fn signature_of(case: &Value) -> Vec<u8> {
        let header: Value = serde_json::from_str(case["header"].as_str().unwrap()).unwrap();
        bytes(&header["signature"])
    }

    #[test]
    fn remote_signing_matches_the_sdks_byte_for_byte() {
        let vectors = vectors();
        let keys = &vectors["signed_requests"]["keys"]["secp256k1"];
        let seed = Secret::new(hex::decode(keys["master_seed_hex"].as_str().unwrap()).unwrap());
        let key = SigningKey::from_master_seed(&seed).unwrap();
        let SigningKey::Secp256k1(inner) = &key else { panic!("not secp256k1") };
        assert_eq!(hex::encode(inner.0.secret_bytes()), keys["private_key_hex"].as_str().unwrap());
        let case = vectors["signed_requests"]["cases"]
            .as_array()
            .unwrap()
            .iter()
            .find(|case| case["key"] == "secp256k1")
            .unwrap();
        let header = key.header(case["body"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(signature(&header), signature_of(case));
    }

    #[test]
    fn invalid_keys_are_refused() {
        for garbage in [&b""[..], b"0", b"0\x82\xff\xff", b"\xff\xfe", b"bm90IGEga2V5"] {
            assert_eq!(SigningKey::from_opened(garbage).err(), Some(SigningKeyError::NotRsa));
        }
        let short = Secret::new(vec![1; 15]);
        assert_eq!(SigningKey::from_master_seed(&short).err(), Some(SigningKeyError::BadSeed));
    }
}
