use serde::{Deserialize, Serialize};

use super::CertificateChain;
use crate::error::{ErrorCode, UmaError};
use crate::signing::PublicKey;

/// The answer of `/.well-known/lnurlpubkey`: a VASP's public keys, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeyResponse {
    signing: PublicKey,
    encryption: Option<PublicKey>,
    signing_chain: Option<CertificateChain>,
    encryption_chain: Option<CertificateChain>,
    expires_at: Option<i64>,
}

impl PublicKeyResponse {
    /// Path of the document below a VASP's domain.
    pub const PATH: &'static str = "/.well-known/lnurlpubkey";

    pub(super) const fn new(
        signing: CertificateChain,
        encryption: CertificateChain,
        expires_at: i64,
    ) -> Self {
        Self {
            signing: *signing.public_key(),
            encryption: Some(*encryption.public_key()),
            signing_chain: Some(signing),
            encryption_chain: Some(encryption),
            expires_at: Some(expires_at),
        }
    }

    /// Only the two bare keys, as version 0 has it.
    pub const fn bare(signing: PublicKey, encryption: PublicKey, expires_at: Option<i64>) -> Self {
        Self {
            signing,
            encryption: Some(encryption),
            signing_chain: None,
            encryption_chain: None,
            expires_at,
        }
    }

    /// Reads the document; chains win over bare keys, and empty chains count as none. A bare encryption key that contradicts
    /// its chain wins, because the JavaScript SDK publishes its signing chain as encryption chain.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        let wire: Wire = serde_json::from_str(text).map_err(|e| {
            UmaError::new(ErrorCode::InvalidPubkeyFormat, format!("the public keys cannot be read: {e}"))
        })?;
        let chain = |hex: Option<Vec<String>>| {
            hex.filter(|list| !list.is_empty()).map(|list| CertificateChain::from_hex(&list)).transpose()
        };
        let bare = |hex: Option<String>| {
            hex.filter(|text| !text.is_empty()).map(|text| PublicKey::from_hex(&text)).transpose()
        };
        let (signing_chain, encryption_chain) =
            (chain(wire.signing_cert_chain)?, chain(wire.encryption_cert_chain)?);
        let signing = match &signing_chain {
            Some(chain) => Some(*chain.public_key()),
            None => bare(wire.signing_pub_key)?,
        };
        let encryption = match bare(wire.encryption_pub_key)? {
            Some(key) => Some(key),
            None => encryption_chain.as_ref().map(|chain| *chain.public_key()),
        };
        Ok(Self {
            signing: signing
                .ok_or_else(|| UmaError::new(ErrorCode::InvalidPubkeyFormat, "there is no signing key"))?,
            encryption,
            signing_chain,
            encryption_chain,
            expires_at: wire.expiration_timestamp,
        })
    }

    /// Writes the document: chains and bare keys both, never an empty list.
    pub fn to_json(&self) -> Result<String, UmaError> {
        serde_json::to_string(&Wire {
            signing_cert_chain: self.signing_chain.as_ref().map(CertificateChain::to_hex),
            encryption_cert_chain: self.encryption_chain.as_ref().map(CertificateChain::to_hex),
            signing_pub_key: Some(self.signing.to_hex()),
            encryption_pub_key: self.encryption.as_ref().map(PublicKey::to_hex),
            expiration_timestamp: self.expires_at,
        })
        .map_err(|_| UmaError::new(ErrorCode::InternalError, "the public keys cannot be written"))
    }

    /// The key that verifies the VASP's signatures.
    pub const fn signing_key(&self) -> &PublicKey {
        &self.signing
    }

    /// The key to seal travel-rule data to.
    pub fn encryption_key(&self) -> Result<&PublicKey, UmaError> {
        self.encryption
            .as_ref()
            .ok_or_else(|| UmaError::new(ErrorCode::InvalidPubkeyFormat, "there is no encryption key"))
    }

    /// The certificates of the signing key.
    pub const fn signing_chain(&self) -> Option<&CertificateChain> {
        self.signing_chain.as_ref()
    }

    /// The certificates of the encryption key.
    pub const fn encryption_chain(&self) -> Option<&CertificateChain> {
        self.encryption_chain.as_ref()
    }

    /// Until when the keys may be cached, Unix seconds. Without it: not at all (UMAD-02).
    pub const fn expires_at(&self) -> Option<i64> {
        self.expires_at
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signing_cert_chain: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encryption_cert_chain: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signing_pub_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encryption_pub_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expiration_timestamp: Option<i64>,
}
