use zeroize::Zeroizing;

use super::{CertificateChain, CertificateDraft, PublicKeyResponse};
use crate::address::VaspDomain;
use crate::encryption::EncryptionKey;
use crate::error::{ErrorCode, UmaError};
use crate::signing::SigningKey;

/// One set of a VASP's own keys with their certificates. The certificates are always those of the keys.
#[derive(Debug)]
pub struct VaspKeys {
    signing: SigningKey,
    encryption: EncryptionKey,
    signing_chain: CertificateChain,
    encryption_chain: CertificateChain,
}

impl VaspKeys {
    /// Puts keys and chains together, if they fit.
    pub fn new(
        signing: SigningKey,
        signing_chain: CertificateChain,
        encryption: EncryptionKey,
        encryption_chain: CertificateChain,
    ) -> Result<Self, UmaError> {
        let fits = *signing_chain.public_key() == signing.public_key();
        if !fits {
            let reason = "the signing certificate is for another key than the signing key";
            return Err(UmaError::new(ErrorCode::CertChainInvalid, reason));
        }
        if *encryption_chain.public_key() != encryption.public_key() {
            let reason = "the encryption certificate is for another key than the encryption key";
            return Err(UmaError::new(ErrorCode::CertChainInvalid, reason));
        }
        Ok(Self { signing, encryption, signing_chain, encryption_chain })
    }

    /// Reads what configuration holds: private keys in hex, chains in PEM.
    pub fn from_config(
        signing_hex: &str,
        signing_pem: &str,
        encryption_hex: &str,
        encryption_pem: &str,
    ) -> Result<Self, UmaError> {
        Self::new(
            SigningKey::from_hex(signing_hex)?,
            CertificateChain::from_pem(signing_pem)?,
            EncryptionKey::from_hex(encryption_hex)?,
            CertificateChain::from_pem(encryption_pem)?,
        )
    }

    /// Makes the certificates for new keys. `serials` are random bytes; times are Unix seconds.
    pub fn issue(
        domain: &VaspDomain,
        signing: SigningKey,
        encryption: EncryptionKey,
        serials: [[u8; 16]; 2],
        not_before: i64,
        not_after: i64,
    ) -> Result<Self, UmaError> {
        let [first, second] = serials;
        let draft = CertificateDraft { domain, serial: first, not_before, not_after };
        let signing_chain = draft.sign(&signing)?;
        let encryption_chain =
            CertificateDraft { serial: second, ..draft }.sign_scalar(encryption.scalar())?;
        Self::new(signing, signing_chain, encryption, encryption_chain)
    }

    /// The private signing key.
    pub const fn signing_key(&self) -> &SigningKey {
        &self.signing
    }

    /// The private encryption key.
    pub const fn encryption_key(&self) -> &EncryptionKey {
        &self.encryption
    }

    /// The certificates of the signing key.
    pub const fn signing_chain(&self) -> &CertificateChain {
        &self.signing_chain
    }

    /// The certificates of the encryption key.
    pub const fn encryption_chain(&self) -> &CertificateChain {
        &self.encryption_chain
    }

    /// Whether both chains are valid at `now` (Unix seconds).
    pub fn check(&self, now: i64) -> Result<(), UmaError> {
        self.signing_chain.check(&self.signing.public_key(), now)?;
        self.encryption_chain.check(&self.encryption.public_key(), now)
    }

    /// What to publish; peers may cache it until `expires_at`.
    pub fn publish(&self, expires_at: i64) -> PublicKeyResponse {
        PublicKeyResponse::new(self.signing_chain.clone(), self.encryption_chain.clone(), expires_at)
    }
}

/// Our keys over time, for rotation without downtime; old encryption keys still decrypt.
///
/// The document holds one signing key, and peers cache it until its expiry. New keys therefore become current at least one
/// expiry ahead, and until then the old ones sign and are published, never with an expiry past that date.
#[derive(Debug)]
pub struct KeyRing {
    current: VaspKeys,
    next: Option<(i64, VaspKeys)>,
    retired: Vec<EncryptionKey>,
}

impl KeyRing {
    /// With one set of keys.
    pub const fn new(current: VaspKeys) -> Self {
        Self { current, next: None, retired: Vec::new() }
    }

    /// Adds keys that count from `since` (Unix seconds).
    #[must_use]
    pub fn with_next(mut self, since: i64, next: VaspKeys) -> Self {
        self.next = Some((since, next));
        self
    }

    /// Adds an encryption key that is no longer published.
    #[must_use]
    pub fn with_retired(mut self, key: EncryptionKey) -> Self {
        self.retired.push(key);
        self
    }

    /// The keys that count at `now`.
    pub fn active(&self, now: i64) -> &VaspKeys {
        match &self.next {
            Some((since, next)) if now >= *since => next,
            _ => &self.current,
        }
    }

    /// What to publish at `now`, to be cached for at most `max_age` seconds.
    pub fn publish(&self, now: i64, max_age: i64) -> PublicKeyResponse {
        let expiry = now.saturating_add(max_age);
        let expiry = match &self.next {
            Some((since, _)) if now < *since => expiry.min(*since),
            _ => expiry,
        };
        self.active(now).publish(expiry)
    }

    /// Opens what was sealed to any of our keys.
    pub fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, UmaError> {
        let next = self.next.iter().map(|(_, keys)| &keys.encryption);
        let others = next.chain(&self.retired);
        let first = self.current.encryption.decrypt(sealed);
        if first.is_ok() {
            first
        } else {
            others.map(|key| key.decrypt(sealed)).find(Result::is_ok).unwrap_or(first)
        }
    }
}
