use chrono::Datelike;
use kernel::{Secret, Timestamp};
use sha2::{Digest, Sha256};

/// The `receiver_hash` or `sender_hash` by which Lightspark counts users without learning who they are: it changes every month
/// (UTC) and cannot be computed without the UMA signing key.
pub fn identifier_hash(identifier: &str, at: Timestamp, uma_signing_key: &Secret<Vec<u8>>) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("{identifier}{}-{}", at.month(), at.year()));
    hasher.update(Secret::new(hex::encode(uma_signing_key.expose())).expose());
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::vectors;

    #[test]
    fn identifiers_hash_as_the_sdks_hash_them() {
        for case in vectors()["uma_identifier_hash"]["cases"].as_array().unwrap() {
            let key = Secret::new(hex::decode(case["key_hex"].as_str().unwrap()).unwrap());
            let hash = identifier_hash(
                case["identifier"].as_str().unwrap(),
                case["at"].as_str().unwrap().parse().unwrap(),
                &key,
            );
            assert_eq!(hash, case["hash"].as_str().unwrap());
        }
    }
}
