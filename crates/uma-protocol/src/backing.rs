//! Backing signatures: a VASP co-signs a message of a VASP it vouches for. Read, kept, verified when a policy
//! asks for it; never a reason to refuse a message that does not need them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::address::VaspDomain;
use crate::error::{ErrorCode, UmaError};
use crate::signing::{PublicKey, Signature, SigningKey, Stamp, payload};

/// Most backing signatures that are read from one message.
const MAX_BACKING: usize = 16;

/// One co-signature: over the same payload as the message's own signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackingSignature {
    /// Whose signing key it is.
    pub domain: VaspDomain,
    /// DER in hex, as received.
    pub signature: String,
}

impl BackingSignature {
    /// Co-signs `parts|nonce|timestamp`, where the last two come from `stamp`.
    pub fn sign(domain: VaspDomain, parts: &[&str], stamp: &Stamp, key: &SigningKey) -> Self {
        let text = payload(parts, &stamp.nonce, stamp.timestamp);
        Self { domain, signature: key.sign(text.as_bytes()).to_hex() }
    }

    /// Checks it with the signing key of [`Self::domain`].
    pub fn verify(&self, parts: &[&str], stamp: &Stamp, key: &PublicKey) -> Result<(), UmaError> {
        let text = payload(parts, &stamp.nonce, stamp.timestamp);
        key.verify(text.as_bytes(), &Signature::from_hex(&self.signature)?)
    }
}

/// Reads the query form, once decoded: `domain:signature,domain:signature`, each pair escaped once more.
pub(crate) fn from_query(text: &str) -> Result<Vec<BackingSignature>, UmaError> {
    let bad = || UmaError::new(ErrorCode::ParseLnurlpRequestError, "the backing signatures cannot be read");
    let mut found = Vec::new();
    for pair in text.split(',').filter(|pair| !pair.is_empty()) {
        if found.len() == MAX_BACKING {
            return Err(bad());
        }
        let pair = percent_decode_str(pair).decode_utf8().map_err(|_| bad())?;
        let (domain, signature) = pair.rsplit_once(':').ok_or_else(bad)?;
        found.push(BackingSignature {
            domain: VaspDomain::parse(domain).map_err(|_| bad())?,
            signature: signature.into(),
        });
    }
    Ok(found)
}

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes the query form, not yet escaped as a query value.
pub(crate) fn to_query(signatures: &[BackingSignature]) -> String {
    let pair = |backing: &BackingSignature| format!("{}:{}", backing.domain, backing.signature);
    signatures.iter().map(pair).collect::<Vec<_>>().join(",")
}

/// Escapes a query value as all SDKs do.
pub(crate) fn escape(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}
