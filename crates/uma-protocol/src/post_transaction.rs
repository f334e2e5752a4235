//! The post-transaction callback (UMAD-07). Its signature covers nonce and time only, not the body: nothing about
//! money or tickets may follow from it.

use serde::{Deserialize, Serialize};

use crate::address::VaspDomain;
use crate::error::{ErrorCode, UmaError};
use crate::signing::{MAX_NONCE, PublicKey, SigningKey, Stamp};

/// One output of the payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UtxoWithAmount {
    /// `txid:index`.
    pub utxo: String,
    /// Msats.
    #[serde(rename = "amountMsats")]
    pub amount_msats: u64,
}

/// `POST {utxoCallback}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostTransactionCallback {
    /// The outputs.
    pub utxos: Vec<UtxoWithAmount>,
    /// Who sends it and the signed fields; absent in version 0.
    pub sender: Option<(VaspDomain, Stamp)>,
    /// `COMPLETED`, `FAILED`, or unsaid.
    pub transaction_status: Option<String>,
    /// With a failure.
    pub error_code: Option<String>,
    /// With a failure.
    pub error_reason: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    utxos: Vec<UtxoWithAmount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vasp_domain: Option<VaspDomain>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature_nonce: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature_timestamp: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transaction_status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_reason: Option<String>,
}

impl PostTransactionCallback {
    /// A signed callback. `nonce` must be fresh; `now` is Unix seconds.
    pub fn signed(
        utxos: Vec<UtxoWithAmount>,
        vasp_domain: VaspDomain,
        nonce: impl Into<String>,
        now: i64,
        key: &SigningKey,
    ) -> Self {
        let stamp = Stamp::sign(&[], nonce, now, key);
        Self {
            utxos,
            sender: Some((vasp_domain, stamp)),
            transaction_status: None,
            error_code: None,
            error_reason: None,
        }
    }

    /// Reads a callback of either version.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        let wrong = |what| UmaError::new(ErrorCode::ParseUtxoCallbackError, what);
        let wire: Wire = serde_json::from_str(text).map_err(|_| wrong("the callback cannot be read"))?;
        let sender = match (wire.vasp_domain, wire.signature, wire.signature_nonce, wire.signature_timestamp)
        {
            (Some(domain), Some(signature), Some(nonce), Some(timestamp)) if nonce.len() <= MAX_NONCE => {
                Some((domain, Stamp { signature, nonce, timestamp }))
            }
            (None, None, None, None) => None,
            _ => {
                return Err(UmaError::new(
                    ErrorCode::MissingRequiredUmaParameters,
                    "vaspDomain, signature, signatureNonce and signatureTimestamp belong together",
                ));
            }
        };
        Ok(Self {
            utxos: wire.utxos,
            sender,
            transaction_status: wire.transaction_status,
            error_code: wire.error_code,
            error_reason: wire.error_reason,
        })
    }

    /// Writes the callback.
    pub fn to_json(&self) -> Result<String, UmaError> {
        let (domain, stamp) = self.sender.clone().unzip();
        serde_json::to_string(&Wire {
            utxos: self.utxos.clone(),
            vasp_domain: domain,
            signature: stamp.as_ref().map(|s| s.signature.clone()),
            signature_nonce: stamp.as_ref().map(|s| s.nonce.clone()),
            signature_timestamp: stamp.as_ref().map(|s| s.timestamp),
            transaction_status: self.transaction_status.clone(),
            error_code: self.error_code.clone(),
            error_reason: self.error_reason.clone(),
        })
        .map_err(|_| UmaError::new(ErrorCode::InternalError, "the callback cannot be written"))
    }

    /// Checks the signature with the key of the sending VASP.
    pub fn verify(&self, key: &PublicKey) -> Result<(), UmaError> {
        let (_, stamp) = self.sender.as_ref().ok_or_else(|| {
            UmaError::new(ErrorCode::MissingRequiredUmaParameters, "the callback is not signed")
        })?;
        stamp.verify(&[], key)
    }
}
