use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::UmaPayer;
use crate::address::UmaAddress;
use crate::backing::BackingSignature;
use crate::currency::{Currency, CurrencyCode, Multiplier};
use crate::error::{ErrorCode, UmaError};
use crate::payer_data::{COMPLIANCE, IDENTIFIER, null_as_default};
use crate::signing::{PublicKey, SigningKey, Stamp};

/// How an amount was converted. msats = amount × multiplier + fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// Smallest units that arrive; version 0 does not say.
    pub amount: Option<u64>,
    /// Of what.
    pub currency: CurrencyCode,
    /// Digits after the point.
    pub decimals: u8,
    /// Msats per smallest unit.
    pub multiplier: Multiplier,
    /// The receiver's fee, msats.
    pub fee_msats: u64,
}

/// The compliance block of a payee (UMAD-06). Version 0 has no signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayeeCompliance {
    /// Outputs that may be spent.
    pub utxos: Vec<String>,
    /// The payee's Lightning node.
    pub node_pub_key: Option<String>,
    /// Where to tell the payee's VASP about the transaction; empty for nowhere.
    pub utxo_callback: String,
    /// Over payer identifier, payee identifier, nonce, timestamp.
    pub stamp: Option<Stamp>,
    /// Co-signatures.
    pub backing: Vec<BackingSignature>,
}

/// About the payee.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PayeeData {
    /// The payee's address: exactly the one the payer used, since that is what is signed.
    pub identifier: Option<String>,
    /// There when this is UMA.
    pub compliance: Option<PayeeCompliance>,
    /// Further keys.
    pub fields: BTreeMap<String, Value>,
}

/// The answer to a pay request.
#[derive(Debug, Clone, PartialEq)]
pub struct PayResponse {
    /// The bolt11.
    pub pr: String,
    /// How the amount was converted.
    pub converted: Option<Converted>,
    /// About the payee.
    pub payee_data: PayeeData,
    /// Whether the address cannot be paid again by the same data (LUD-11). Absent means true.
    pub disposable: Option<bool>,
    /// What to show after paying (LUD-09).
    pub success_action: Option<BTreeMap<String, String>>,
    /// LUD-21: where to ask whether the bolt11 is settled.
    pub verify: Option<String>,
    /// The major version whose shape it has.
    pub major: u64,
}

/// What a payee decides about its answer before it is signed.
#[derive(Debug, Clone)]
pub struct PayResponseDraft {
    /// The bolt11.
    pub pr: String,
    /// The very string the payer used as receiver: of the LNURL-pay request, or the invoice's receiver.
    pub payee: UmaAddress,
    /// What is received.
    pub currency: Currency,
    /// How many smallest units arrive.
    pub amount: u64,
    /// The receiver's fee, msats.
    pub fee_msats: u64,
    /// Further payee data that was asked for.
    pub fields: BTreeMap<String, Value>,
    /// Our Lightning node, if we tell.
    pub node_pub_key: Option<String>,
    /// Where the payer's VASP may tell about the transaction; empty for nowhere.
    pub utxo_callback: String,
    /// A message to show after paying.
    pub success_message: Option<String>,
    /// The major version of the pay request.
    pub major: u64,
}

impl PayResponseDraft {
    /// Answers `payer` with a signed response. `nonce` must be fresh; `now` is Unix seconds.
    pub fn sign(
        self,
        payer: &UmaPayer<'_>,
        nonce: impl Into<String>,
        now: i64,
        key: &SigningKey,
    ) -> PayResponse {
        let payee = self.payee.as_str();
        let stamp = (self.major != 0).then(|| Stamp::sign(&[payer.address.as_str(), payee], nonce, now, key));
        let message = |text| BTreeMap::from([("tag".into(), "message".into()), ("message".into(), text)]);
        PayResponse {
            pr: self.pr,
            converted: Some(Converted {
                amount: (self.major != 0).then_some(self.amount),
                currency: self.currency.code,
                decimals: self.currency.decimals,
                multiplier: self.currency.multiplier,
                fee_msats: self.fee_msats,
            }),
            payee_data: PayeeData {
                identifier: Some(payee.into()),
                compliance: Some(PayeeCompliance {
                    utxos: Vec::new(),
                    node_pub_key: self.node_pub_key,
                    utxo_callback: self.utxo_callback,
                    stamp,
                    backing: Vec::new(),
                }),
                fields: self.fields,
            },
            disposable: Some(true),
            success_action: self.success_message.map(message),
            verify: None,
            major: self.major,
        }
    }
}

impl PayResponse {
    /// The answer of plain LNURL: a bolt11, and where to ask whether it is settled (LUD-21).
    pub fn plain(pr: String, verify: Option<String>) -> Self {
        Self {
            pr,
            converted: None,
            payee_data: PayeeData::default(),
            disposable: None,
            success_action: None,
            verify,
            major: 1,
        }
    }

    /// Reads an answer of either version, or of plain LNURL.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        let wire: Wire = serde_json::from_str(text).map_err(|e| {
            UmaError::new(ErrorCode::ParsePayreqResponseError, format!("the answer cannot be read: {e}"))
        })?;
        wire.try_into()
    }

    /// Writes the answer in the shape of its version.
    pub fn to_json(&self) -> Result<String, UmaError> {
        let cannot = |_| UmaError::new(ErrorCode::InternalError, "the answer cannot be written");
        serde_json::to_string(&Wire::write(self).map_err(cannot)?).map_err(cannot)
    }

    /// Whether this is UMA.
    pub const fn is_uma(&self) -> bool {
        self.payee_data.compliance.is_some()
    }

    /// Checks, as the payer's VASP, that the payee's VASP signed this for this payer and payee (version 1).
    pub fn verify_signature(
        &self,
        payer: &UmaAddress,
        payee: &UmaAddress,
        key: &PublicKey,
    ) -> Result<(), UmaError> {
        let (stamp, identifier, _) = self.signed_parts(payee)?;
        stamp.verify(&[payer.as_str(), identifier], key)
    }

    /// Checks one co-signature with the key of its domain.
    pub fn verify_backing(
        &self,
        backing: &BackingSignature,
        payer: &UmaAddress,
        payee: &UmaAddress,
        key: &PublicKey,
    ) -> Result<(), UmaError> {
        let (stamp, identifier, _) = self.signed_parts(payee)?;
        backing.verify(&[payer.as_str(), identifier], stamp, key)
    }

    fn signed_parts<'a>(
        &'a self,
        payee: &'a UmaAddress,
    ) -> Result<(&'a Stamp, &'a str, &'a PayeeCompliance), UmaError> {
        let missing = || UmaError::new(ErrorCode::MissingRequiredUmaParameters, "the answer is not signed");
        let compliance = self.payee_data.compliance.as_ref().ok_or_else(missing)?;
        let stamp = compliance.stamp.as_ref().ok_or_else(missing)?;
        let identifier = self.payee_data.identifier.as_deref().unwrap_or(payee.as_str());
        if !identifier.eq_ignore_ascii_case(payee.as_str()) {
            return Err(UmaError::new(ErrorCode::InvalidSignature, "the answer is from another payee"));
        }
        Ok((stamp, identifier, compliance))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    pr: String,
    #[serde(default)]
    routes: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    converted: Option<ConvertedWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payee_data: Option<BTreeMap<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disposable: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    success_action: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verify: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compliance: Option<ComplianceWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment_info: Option<PaymentInfo>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConvertedWire {
    amount: u64,
    currency_code: CurrencyCode,
    decimals: u8,
    multiplier: Multiplier,
    fee: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PaymentInfo {
    currency_code: CurrencyCode,
    #[serde(default)]
    decimals: u8,
    multiplier: Multiplier,
    #[serde(default)]
    exchange_fees_millisatoshi: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComplianceWire {
    #[serde(default, deserialize_with = "null_as_default")]
    utxos: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node_pub_key: Option<String>,
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "String::is_empty")]
    utxo_callback: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature_nonce: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature_timestamp: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backing_signatures: Option<Vec<BackingSignature>>,
}

impl From<&PayeeCompliance> for ComplianceWire {
    fn from(from: &PayeeCompliance) -> Self {
        let stamp = from.stamp.as_ref();
        Self {
            utxos: from.utxos.clone(),
            node_pub_key: from.node_pub_key.clone(),
            utxo_callback: from.utxo_callback.clone(),
            signature: stamp.map(|s| s.signature.clone()),
            signature_nonce: stamp.map(|s| s.nonce.clone()),
            signature_timestamp: stamp.map(|s| s.timestamp),
            backing_signatures: (!from.backing.is_empty()).then(|| from.backing.clone()),
        }
    }
}

impl ComplianceWire {
    fn read(self, signed: bool) -> Result<PayeeCompliance, UmaError> {
        let stamp = match (self.signature, self.signature_nonce, self.signature_timestamp) {
            (Some(signature), Some(nonce), Some(timestamp)) => Some(Stamp { signature, nonce, timestamp }),
            _ if signed => {
                return Err(UmaError::new(
                    ErrorCode::MissingRequiredUmaParameters,
                    "the answer is not signed",
                ));
            }
            _ => None,
        };
        Ok(PayeeCompliance {
            utxos: self.utxos,
            node_pub_key: self.node_pub_key,
            utxo_callback: self.utxo_callback,
            stamp,
            backing: self.backing_signatures.unwrap_or_default(),
        })
    }
}

impl Wire {
    fn write(from: &PayResponse) -> Result<Self, serde_json::Error> {
        let v0 = from.major == 0;
        let mut payee = BTreeMap::new();
        if let Some(identifier) = &from.payee_data.identifier {
            payee.insert(IDENTIFIER.into(), Value::String(identifier.clone()));
        }
        payee.extend(from.payee_data.fields.clone());
        let compliance = from.payee_data.compliance.as_ref().map(ComplianceWire::from);
        let (inner, outer) = if v0 { (None, compliance) } else { (compliance, None) };
        if let Some(compliance) = inner {
            payee.insert(COMPLIANCE.into(), serde_json::to_value(compliance)?);
        }
        let converted = from.converted.clone();
        let info = converted.clone().filter(|_| v0).map(|c| PaymentInfo {
            currency_code: c.currency,
            decimals: c.decimals,
            multiplier: c.multiplier,
            exchange_fees_millisatoshi: c.fee_msats,
        });
        Ok(Self {
            pr: from.pr.clone(),
            routes: Vec::new(),
            converted: converted.filter(|_| !v0).map(|c| ConvertedWire {
                amount: c.amount.unwrap_or_default(),
                currency_code: c.currency,
                decimals: c.decimals,
                multiplier: c.multiplier,
                fee: c.fee_msats,
            }),
            payee_data: (!payee.is_empty()).then_some(payee),
            disposable: from.disposable,
            success_action: from.success_action.clone(),
            verify: from.verify.clone(),
            compliance: outer,
            payment_info: info,
        })
    }
}

impl TryFrom<Wire> for PayResponse {
    type Error = UmaError;

    fn try_from(wire: Wire) -> Result<Self, UmaError> {
        let unreadable = |what| UmaError::new(ErrorCode::ParsePayreqResponseError, what);
        let mut fields = wire.payee_data.unwrap_or_default();
        let inner = fields.remove(COMPLIANCE).filter(|value| !value.is_null());
        let v0 = wire.payment_info.is_some() || (wire.compliance.is_some() && inner.is_none());
        let compliance = match (inner, wire.compliance) {
            (Some(inner), _) => {
                let wire: ComplianceWire = serde_json::from_value(inner)
                    .map_err(|_| unreadable("the payee's compliance cannot be read"))?;
                Some(wire.read(!v0)?)
            }
            (None, Some(outer)) => Some(outer.read(false)?),
            (None, None) => None,
        };
        let identifier = match fields.remove(IDENTIFIER) {
            Some(Value::String(text)) => Some(text),
            None | Some(Value::Null) => None,
            Some(_) => return Err(unreadable("the payee's identifier is not text")),
        };
        fields.retain(|_, value| !value.is_null());
        let converted = wire.converted.map(|c| Converted {
            amount: Some(c.amount),
            currency: c.currency_code,
            decimals: c.decimals,
            multiplier: c.multiplier,
            fee_msats: c.fee,
        });
        let info = wire.payment_info.map(|info| Converted {
            amount: None,
            currency: info.currency_code,
            decimals: info.decimals,
            multiplier: info.multiplier,
            fee_msats: info.exchange_fees_millisatoshi,
        });
        Ok(Self {
            pr: wire.pr,
            converted: converted.or(info),
            payee_data: PayeeData { identifier, compliance, fields },
            disposable: wire.disposable,
            success_action: wire.success_action,
            verify: wire.verify,
            major: u64::from(!v0),
        })
    }
}
