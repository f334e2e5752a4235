//! A Lightspark-compatible endpoint over a node of the sandbox: the part of the GraphQL API that receiving and paying need.
//! Its webhooks are those of the [`World`](crate::World).
//!
//! It accepts all variants of the official SDKs: bodies plain or compressed (`zstd`, `deflate`, `gzip`), signatures with a
//! salt of any length, their version as number or text, `nonce` and `expires_at` absent, null or set. Like the real server it
//! requires string ids and numeric amounts, accepts a nonce once, and refuses unknown fields.

mod body;
mod document;
mod entities;
mod execute;
mod operations;
mod seal;
mod serve;
mod signature;

use crate::Node;
use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::{EntropyError, Secret};
use num_bigint::BigUint;
use ring::{rsa::PublicKeyComponents, signature::RsaKeyPair};
use seal::SealedKey;
use secp256k1::PublicKey;
use signature::{Nonces, Verifier};
use std::{
    fmt,
    sync::{Arc, Mutex},
};

/// Path of the endpoint at the sandbox's address.
pub const PATH: &str = "/graphql/server/2023-09-13";

/// Default signing key: RSA, 2048 bits. It is public and protects nothing.
const DEMO_KEY: &str = include_str!("demo_key.txt");

/// Key that signs payment requests.
#[derive(Debug, Clone)]
pub enum NodeKey {
    /// PKCS#8 of an RSA key, which clients fetch and decrypt with the node password.
    Rsa(Secret<Vec<u8>>),
    /// The public key of a remote-signing node.
    RemoteSigning(PublicKey),
}

/// Credentials of a client, and identity of the node.
#[derive(Debug, Clone)]
pub struct LightsparkSettings {
    /// API token id.
    pub client_id: String,
    /// API token secret.
    pub client_secret: Secret<String>,
    /// Node id.
    pub node_id: String,
    /// Decrypts the signing key.
    pub node_password: Secret<String>,
    /// Signing key; `None` for the default one, which is public.
    pub node_key: Option<NodeKey>,
}

impl Default for LightsparkSettings {
    /// Public default settings, since test money needs no secret. The password is that of Lightspark's own test mode.
    fn default() -> Self {
        Self {
            client_id: "sandbox".to_owned(),
            client_secret: Secret::new("sandbox".to_owned()),
            node_id: "LightsparkNodeWithOSKLND:00000000-0000-4000-8000-000000000003".to_owned(),
            node_password: Secret::new("1234!@#$".to_owned()),
            node_key: None,
        }
    }
}

/// Why the endpoint cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The node's key is not RSA of 2048 to 4096 bits.
    #[error("the node's signing key cannot be used")]
    BadKey,
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// The endpoint; see the [module](self).
pub struct Endpoint {
    node: Arc<Node>,
    settings: LightsparkSettings,
    sealed_key: Option<SealedKey>,
    verifier: Verifier,
    nonces: Mutex<Nonces>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("node", &self.node).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Creates an endpoint for the node. Expensive: derives a key from the node password.
    pub fn new(node: Arc<Node>, settings: LightsparkSettings) -> Result<Self, EndpointError> {
        let key = match &settings.node_key {
            Some(key) => key.clone(),
            None => NodeKey::Rsa(Secret::new(
                STANDARD.decode(DEMO_KEY.trim()).map_err(|_| EndpointError::BadKey)?,
            )),
        };
        let (sealed_key, verifier) = match key {
            NodeKey::RemoteSigning(key) => (None, Verifier::Secp256k1(key)),
            NodeKey::Rsa(pkcs8) => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8.expose()).map_err(|_| EndpointError::BadKey)?;
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                let verifier = Verifier::Rsa {
                    modulus: BigUint::from_bytes_be(&public.n),
                    exponent: BigUint::from_bytes_be(&public.e),
                };
                let sealed =
                    seal::seal(pkcs8.expose(), &settings.node_password, node.world().entropy.as_ref())?;
                (Some(sealed), verifier)
            }
        };
        Ok(Self { node, settings, sealed_key, verifier, nonces: Mutex::default() })
    }

    /// Settings that a client needs.
    pub const fn settings(&self) -> &LightsparkSettings {
        &self.settings
    }
}

pub use serve::configure;
