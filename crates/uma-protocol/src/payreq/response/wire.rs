//! The JSON of both versions and of plain LNURL.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::{Converted, PayResponse, PayeeCompliance, PayeeData};
use crate::backing::BackingSignature;
use crate::currency::{CurrencyCode, Multiplier};
use crate::error::{ErrorCode, UmaError};
use crate::payer_data::{COMPLIANCE, DataFields, IDENTIFIER, null_as_default};
use crate::signing::Stamp;

pub(super) fn write(response: &PayResponse) -> Result<String, UmaError> {
    let v0 = response.major == 0;
    let payee = &response.payee_data;
    let converted = response.converted.as_ref();
    let compliance = payee.compliance.as_ref().map(ComplianceOut::from);
    let (inner, outer) = if v0 { (None, compliance) } else { (compliance, None) };
    let nothing = payee.identifier.is_none() && payee.fields.is_empty() && inner.is_none();
    let out = Out {
        pr: &response.pr,
        routes: [],
        converted: converted.filter(|_| !v0).map(|c| ConvertedOut {
            amount: c.amount.unwrap_or_default(),
            currency_code: &c.currency,
            decimals: c.decimals,
            multiplier: c.multiplier,
            fee: c.fee_msats,
        }),
        payee_data: (!nothing).then_some(PayeeOut { payee, compliance: inner }),
        disposable: response.disposable,
        success_action: response.success_action.as_ref(),
        verify: response.verify.as_deref(),
        compliance: outer,
        payment_info: converted.filter(|_| v0).map(|c| PaymentInfoOut {
            currency_code: &c.currency,
            decimals: c.decimals,
            multiplier: c.multiplier,
            exchange_fees_millisatoshi: c.fee_msats,
        }),
    };
    serde_json::to_string(&out)
        .map_err(|_| UmaError::new(ErrorCode::InternalError, "the answer cannot be written"))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Out<'a> {
    pr: &'a str,
    routes: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    converted: Option<ConvertedOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payee_data: Option<PayeeOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disposable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_action: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verify: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compliance: Option<ComplianceOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_info: Option<PaymentInfoOut<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConvertedOut<'a> {
    amount: u64,
    currency_code: &'a CurrencyCode,
    decimals: u8,
    multiplier: Multiplier,
    fee: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentInfoOut<'a> {
    currency_code: &'a CurrencyCode,
    decimals: u8,
    multiplier: Multiplier,
    exchange_fees_millisatoshi: u64,
}

struct PayeeOut<'a> {
    payee: &'a PayeeData,
    compliance: Option<ComplianceOut<'a>>,
}

impl Serialize for PayeeOut<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        if let Some(identifier) = &self.payee.identifier {
            map.serialize_entry(IDENTIFIER, identifier)?;
        }
        // Further fields must not repeat these keys.
        for (key, value) in
            self.payee.fields.iter().filter(|(key, _)| *key != IDENTIFIER && *key != COMPLIANCE)
        {
            map.serialize_entry(key, value)?;
        }
        if let Some(compliance) = &self.compliance {
            map.serialize_entry(COMPLIANCE, compliance)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ComplianceOut<'a> {
    utxos: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    node_pub_key: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    utxo_callback: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_timestamp: Option<i64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    backing_signatures: &'a [BackingSignature],
}

impl<'a> From<&'a PayeeCompliance> for ComplianceOut<'a> {
    fn from(from: &'a PayeeCompliance) -> Self {
        let stamp = from.stamp.as_ref();
        Self {
            utxos: &from.utxos,
            node_pub_key: from.node_pub_key.as_deref(),
            utxo_callback: &from.utxo_callback,
            signature: stamp.map(|s| s.signature.as_str()),
            signature_nonce: stamp.map(|s| s.nonce.as_str()),
            signature_timestamp: stamp.map(|s| s.timestamp),
            backing_signatures: &from.backing,
        }
    }
}

fn unreadable(what: impl Into<std::borrow::Cow<'static, str>>) -> UmaError {
    UmaError::new(ErrorCode::ParsePayreqResponseError, what)
}

pub(super) fn read(text: &str) -> Result<PayResponse, UmaError> {
    let wire: In =
        serde_json::from_str(text).map_err(|e| unreadable(format!("the answer cannot be read: {e}")))?;
    let (identifier, inner, fields) = match wire.payee_data {
        Some(DataFields { identifier, compliance, fields }) => (identifier, compliance, fields),
        None => (None, None, BTreeMap::new()),
    };
    let v0 = wire.payment_info.is_some() || (wire.compliance.is_some() && inner.is_none());
    let compliance = match (inner, wire.compliance) {
        (Some(inner), _) => Some(inner.read(!v0)?),
        (None, Some(outer)) => Some(outer.read(false)?),
        (None, None) => None,
    };
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
    Ok(PayResponse {
        pr: wire.pr,
        converted: converted.or(info),
        payee_data: PayeeData { identifier, compliance, fields },
        disposable: wire.disposable,
        success_action: wire.success_action,
        verify: wire.verify,
        major: u64::from(!v0),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct In {
    pr: String,
    converted: Option<ConvertedIn>,
    payee_data: Option<DataFields<ComplianceIn>>,
    disposable: Option<bool>,
    success_action: Option<BTreeMap<String, String>>,
    verify: Option<String>,
    compliance: Option<ComplianceIn>,
    payment_info: Option<PaymentInfoIn>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConvertedIn {
    amount: u64,
    currency_code: CurrencyCode,
    decimals: u8,
    multiplier: Multiplier,
    fee: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PaymentInfoIn {
    currency_code: CurrencyCode,
    #[serde(default)]
    decimals: u8,
    multiplier: Multiplier,
    #[serde(default)]
    exchange_fees_millisatoshi: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComplianceIn {
    #[serde(default, deserialize_with = "null_as_default")]
    utxos: Vec<String>,
    node_pub_key: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    utxo_callback: String,
    signature: Option<String>,
    signature_nonce: Option<String>,
    signature_timestamp: Option<i64>,
    backing_signatures: Option<Vec<BackingSignature>>,
}

impl ComplianceIn {
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
