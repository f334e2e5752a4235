use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::form_urlencoded;

use super::PayRequestAmount;
use crate::address::UmaAddress;
use crate::backing::BackingSignature;
use crate::currency::CurrencyCode;
use crate::error::{ErrorCode, UmaError};
use crate::payer_data::{DataOptions, PayerCompliance, PayerData};
use crate::signing::{PublicKey, Stamp};
use crate::version::UmaVersion;

/// Longest body or query that is read, bytes.
const MAX_BODY: usize = 64 * 1024;

fn unreadable(reason: impl Into<std::borrow::Cow<'static, str>>) -> UmaError {
    UmaError::new(ErrorCode::ParsePayreqRequestError, reason)
}

/// Over what the payment shall run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settlement {
    /// `ln` for Lightning.
    pub layer: String,
    /// `BTC` for bitcoin.
    pub asset_identifier: String,
}

/// A pay request. Over UMA it is the body of a POST, over plain LNURL the query of a GET.
#[derive(Debug, Clone, PartialEq)]
pub struct PayRequest {
    /// How much.
    pub amount: PayRequestAmount,
    /// The currency that shall arrive.
    pub convert: Option<CurrencyCode>,
    /// About the payer.
    pub payer_data: Option<PayerData>,
    /// What the payer wants to know about the payee.
    pub payee_data: DataOptions,
    /// A message (LUD-12).
    pub comment: Option<String>,
    /// The UMA Invoice that is paid. Python's and Go's SDK lose it: never rely on it.
    pub invoice_uuid: Option<String>,
    /// Absent: bitcoin over Lightning.
    pub settlement: Option<Settlement>,
    /// The major version whose shape it has.
    pub major: u64,
}

/// Who pays, when the request is UMA.
#[derive(Debug, Clone)]
pub struct UmaPayer<'a> {
    /// The payer's address; its domain's signing key verifies the request.
    pub address: UmaAddress,
    /// The compliance block.
    pub compliance: &'a PayerCompliance,
    stamp: Stamp,
}

impl UmaPayer<'_> {
    /// The signed fields.
    pub const fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Checks the signature with the key of the payer's VASP. It covers payer, nonce and time, not the amount.
    pub fn verify(&self, key: &PublicKey) -> Result<(), UmaError> {
        self.stamp.verify(&[self.address.as_str()], key)
    }

    /// Checks one co-signature with the key of its domain.
    pub fn verify_backing(&self, backing: &BackingSignature, key: &PublicKey) -> Result<(), UmaError> {
        backing.verify(&[self.address.as_str()], &self.stamp, key)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    convert: Option<String>,
    currency: Option<String>,
    #[serde(borrow)]
    payer_data: Option<&'a RawValue>,
    payee_data: Option<DataOptions>,
    requested_payee_data: Option<DataOptions>,
    comment: Option<String>,
    #[serde(rename = "invoiceUUID")]
    invoice_uuid: Option<String>,
    settlement: Option<Settlement>,
}

impl PayRequest {
    /// Reads the body of a POST, of either major version.
    pub fn parse(body: &str) -> Result<Self, UmaError> {
        if body.len() > MAX_BODY {
            return Err(unreadable("the body is too long"));
        }
        let wire: Wire =
            serde_json::from_str(body).map_err(|_| unreadable("the body is not a pay request"))?;
        let amount = wire.amount.ok_or_else(|| unreadable("the amount is missing"))?.get();
        let code = |text: Option<String>| {
            text.filter(|t| !t.is_empty()).map(|t| CurrencyCode::parse(&t)).transpose()
        };
        let (convert, currency) = (code(wire.convert)?, code(wire.currency)?);
        let (amount, convert, major) = if amount.starts_with('"') {
            let text: String =
                serde_json::from_str(amount).map_err(|_| unreadable("the amount is not text"))?;
            (text.parse()?, convert.or(currency), 1)
        } else {
            let number = PayRequestAmount::number(amount)?;
            match (convert, currency) {
                (None, Some(code)) => {
                    (PayRequestAmount::Currency { amount: number, code: code.clone() }, Some(code), 0)
                }
                (convert, _) => (PayRequestAmount::Msats(number), convert, 1),
            }
        };
        Ok(Self {
            amount,
            convert,
            payer_data: wire.payer_data.map(|raw| PayerData::parse(raw.get())).transpose()?,
            payee_data: wire.payee_data.or(wire.requested_payee_data).unwrap_or_default(),
            comment: wire.comment,
            invoice_uuid: wire.invoice_uuid.filter(|uuid| !uuid.is_empty()),
            settlement: wire.settlement,
            major,
        })
    }

    /// Reads the query of a plain LNURL GET.
    pub fn parse_query(query: &str) -> Result<Self, UmaError> {
        if query.len() > MAX_BODY {
            return Err(unreadable("the query is too long"));
        }
        let (mut amount, mut convert, mut payer, mut payee, mut comment) = (None, None, None, None, None);
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match key.as_ref() {
                "amount" => &mut amount,
                "convert" | "currency" => &mut convert,
                "payerData" | "payerdata" => &mut payer,
                "payeeData" => &mut payee,
                "comment" => &mut comment,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return Err(unreadable("a parameter is there twice"));
            }
        }
        let payee = payee.map(|text| serde_json::from_str(&text)).transpose();
        Ok(Self {
            amount: amount.ok_or_else(|| unreadable("the amount is missing"))?.parse()?,
            convert: convert.filter(|c| !c.is_empty()).map(|c| CurrencyCode::parse(&c)).transpose()?,
            payer_data: payer.map(|text| PayerData::parse(&text)).transpose()?,
            payee_data: payee.map_err(|_| unreadable("the payee data cannot be read"))?.unwrap_or_default(),
            comment,
            invoice_uuid: None,
            settlement: None,
            major: 1,
        })
    }

    /// The payer, if this is UMA; `MISSING_REQUIRED_UMA_PARAMETERS` if it is not.
    pub fn uma_payer(&self) -> Result<UmaPayer<'_>, UmaError> {
        let missing = |what| UmaError::new(ErrorCode::MissingRequiredUmaParameters, what);
        let data = self.payer_data.as_ref().ok_or_else(|| missing("the payer data is missing"))?;
        let compliance =
            data.compliance().ok_or_else(|| missing("the payer's compliance data is missing"))?;
        let identifier = data.identifier().ok_or_else(|| missing("the payer's identifier is missing"))?;
        let address = UmaAddress::parse(identifier)
            .map_err(|_| unreadable("the payer's identifier is not a UMA address"))?;
        Ok(UmaPayer { address, compliance, stamp: compliance.stamp() })
    }

    /// Refuses settlement over anything but bitcoin on Lightning.
    pub fn check_settlement(&self) -> Result<(), UmaError> {
        match &self.settlement {
            Some(s) if s.layer != "ln" || s.asset_identifier != "BTC" => {
                Err(UmaError::new(ErrorCode::NotImplemented, "only bitcoin over Lightning is taken"))
            }
            _ => Ok(()),
        }
    }

    /// Writes the body of a POST, in the shape of [`Self::major`].
    pub fn to_json(&self) -> Result<String, UmaError> {
        let payer =
            self.payer_data.as_ref().map(|data| RawValue::from_string(data.as_json().into())).transpose();
        let payee = (!self.payee_data.is_empty()).then_some(&self.payee_data);
        let cannot = |_| UmaError::new(ErrorCode::InternalError, "the pay request cannot be written");
        let v0 = match (&self.amount, self.major) {
            (PayRequestAmount::Currency { amount, code }, 0) => Some((*amount, code)),
            (PayRequestAmount::Msats(_), 0) => {
                return Err(UmaError::new(
                    ErrorCode::InvalidInput,
                    "version 0 has no amounts without currency",
                ));
            }
            _ => None,
        };
        serde_json::to_string(&Out {
            currency: v0.map(|(_, code)| code),
            amount: v0
                .map_or_else(|| Amount::Text(self.amount.to_string()), |(amount, _)| Amount::Number(amount)),
            payer_data: payer.map_err(cannot)?,
            convert: if self.major == 0 { None } else { self.convert.as_ref() },
            payee_data: payee,
            comment: self.comment.as_deref(),
            invoice_uuid: self.invoice_uuid.as_deref(),
            settlement: self.settlement.as_ref(),
        })
        .map_err(cannot)
    }

    /// Writes the query of a plain LNURL GET.
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("amount", &self.amount.to_string());
        if let Some(code) = &self.convert {
            query.append_pair("convert", code.as_str());
        }
        if let Some(data) = &self.payer_data {
            query.append_pair("payerData", data.as_json());
        }
        if let Some(comment) = &self.comment {
            query.append_pair("comment", comment);
        }
        query.finish()
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Amount {
    Text(String),
    Number(u64),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Out<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a CurrencyCode>,
    amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer_data: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    convert: Option<&'a CurrencyCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payee_data: Option<&'a DataOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(rename = "invoiceUUID", skip_serializing_if = "Option::is_none")]
    invoice_uuid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement: Option<&'a Settlement>,
}

/// What the payer's VASP decides about a pay request before it is signed.
#[derive(Debug, Clone)]
pub struct PayRequestDraft {
    /// How much.
    pub amount: PayRequestAmount,
    /// The currency that shall arrive.
    pub convert: CurrencyCode,
    /// The payer.
    pub payer: UmaAddress,
    /// Further payer data, such as `name`.
    pub fields: std::collections::BTreeMap<String, serde_json::Value>,
    /// How far the payer is identified.
    pub kyc_status: crate::payer_data::KycStatus,
    /// ECIES ciphertext for the receiver's encryption key, see [`crate::encryption`].
    pub encrypted_travel_rule_info: Option<Vec<u8>>,
    /// What is wanted about the payee.
    pub payee_data: DataOptions,
    /// A message.
    pub comment: Option<String>,
    /// The UMA Invoice that is paid.
    pub invoice_uuid: Option<String>,
    /// URL to which the payee's VASP reports the transaction; empty for none.
    pub utxo_callback: String,
    /// The version negotiated, or 1.0 for an invoice.
    pub version: UmaVersion,
}

impl PayRequestDraft {
    /// The least that can be asked: `amount` smallest units of `convert`, receiver-locked.
    pub fn new(payer: UmaAddress, amount: u64, convert: CurrencyCode) -> Self {
        Self {
            amount: PayRequestAmount::Currency { amount, code: convert.clone() },
            convert,
            payer,
            fields: std::collections::BTreeMap::new(),
            kyc_status: crate::payer_data::KycStatus::Verified,
            encrypted_travel_rule_info: None,
            payee_data: DataOptions::uma(),
            comment: None,
            invoice_uuid: None,
            utxo_callback: String::new(),
            version: UmaVersion::V1,
        }
    }

    /// Signs. `nonce` must be fresh; `now` is Unix seconds.
    pub fn sign(
        self,
        nonce: impl Into<String>,
        now: i64,
        key: &crate::signing::SigningKey,
    ) -> Result<PayRequest, UmaError> {
        let Stamp { signature, nonce, timestamp } = Stamp::sign(&[self.payer.as_str()], nonce, now, key);
        let compliance = PayerCompliance {
            kyc_status: self.kyc_status,
            utxos: Vec::new(),
            node_pub_key: None,
            encrypted_travel_rule_info: self.encrypted_travel_rule_info.map(hex::encode),
            travel_rule_format: None,
            signature,
            signature_nonce: nonce,
            signature_timestamp: timestamp,
            utxo_callback: self.utxo_callback,
            backing_signatures: None,
        };
        Ok(PayRequest {
            amount: self.amount,
            convert: Some(self.convert),
            payer_data: Some(PayerData::new(self.payer.as_str(), self.fields, Some(compliance))?),
            payee_data: self.payee_data,
            comment: self.comment,
            invoice_uuid: self.invoice_uuid,
            settlement: None,
            major: self.version.major,
        })
    }
}
