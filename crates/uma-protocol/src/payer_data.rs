//! Data that payer and payee exchange about each other (LUD-18, LUD-22, UMAD-04 to 06).

mod data_fields;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::backing::BackingSignature;
use crate::error::{ErrorCode, UmaError};
use crate::signing::{MAX_NONCE, Stamp};

pub(crate) use data_fields::DataFields;

/// Key of the address in payer and payee data.
pub const IDENTIFIER: &str = "identifier";
/// Key of the compliance block in payer and payee data.
pub const COMPLIANCE: &str = "compliance";

/// Keys that some SDK knows; another one, asked for as mandatory, is answered with
/// `UNRECOGNIZED_MANDATORY_PAYEE_DATA_KEY`.
const KNOWN_KEYS: &[&str] = &[
    IDENTIFIER,
    COMPLIANCE,
    "name",
    "email",
    "birthDate",
    "nationality",
    "countryOfResidence",
    "countryCode",
    "phoneNumber",
    "postalAddress",
    "accountIdentifier",
    "accountNumber",
    "financialInstitutionLei",
    "fiLegalEntityName",
];

/// How far a VASP has identified its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KycStatus {
    /// Nothing is said; also any word unknown to us.
    Unknown,
    /// Not identified.
    NotVerified,
    /// Under way.
    Pending,
    /// Identified.
    Verified,
}

impl KycStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::NotVerified => "NOT_VERIFIED",
            Self::Pending => "PENDING",
            Self::Verified => "VERIFIED",
        }
    }

    /// Reads a word; unknown ones mean nothing.
    pub fn from_word(word: &str) -> Self {
        match word {
            "VERIFIED" => Self::Verified,
            "PENDING" => Self::Pending,
            "NOT_VERIFIED" => Self::NotVerified,
            _ => Self::Unknown,
        }
    }
}

impl Serialize for KycStatus {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for KycStatus {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::from_word(&String::deserialize(from)?))
    }
}

/// Which data one side asks of the other: key → whether it must be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataOptions(BTreeMap<String, bool>);

impl DataOptions {
    /// What UMA always asks: identifier and compliance.
    pub fn uma() -> Self {
        Self::default().with(IDENTIFIER, true).with(COMPLIANCE, true)
    }

    /// Adds or changes a key.
    #[must_use]
    pub fn with(mut self, key: &str, mandatory: bool) -> Self {
        self.0.insert(key.into(), mandatory);
        self
    }

    /// All keys, in order, with whether they are mandatory.
    pub fn iter(&self) -> impl Iterator<Item = (&str, bool)> {
        self.0.iter().map(|(key, mandatory)| (key.as_str(), *mandatory))
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the object of a plain LNURL answer (LUD-18). What cannot be read is not mandatory.
    pub(crate) fn lenient(value: &Value) -> Self {
        let keys = value.as_object().into_iter().flatten();
        let mandatory = |option: &Value| option.get("mandatory").and_then(Value::as_bool).unwrap_or_default();
        Self(keys.map(|(key, option)| (key.clone(), mandatory(option))).collect())
    }

    /// As payee: can we give all that is mandatory? `available` are the keys we have besides identifier and
    /// compliance.
    pub fn check_payee(&self, available: &[&str]) -> Result<(), UmaError> {
        for (key, mandatory) in self.iter() {
            if !mandatory || key == IDENTIFIER || key == COMPLIANCE || available.contains(&key) {
                continue;
            }
            let code = if KNOWN_KEYS.contains(&key) {
                ErrorCode::MissingMandatoryPayeeData
            } else {
                ErrorCode::UnrecognizedMandatoryPayeeDataKey
            };
            return Err(UmaError::new(code, "asked for payee data that we do not give"));
        }
        Ok(())
    }

    /// The form of a UMA Invoice: `key:1,key:0`, sorted as whole pairs.
    pub(crate) fn to_invoice_text(&self) -> String {
        let mut pairs: Vec<String> =
            self.iter().map(|(key, mandatory)| format!("{key}:{}", u8::from(mandatory))).collect();
        pairs.sort_unstable();
        pairs.join(",")
    }

    pub(crate) fn from_invoice_text(text: &str) -> Option<Self> {
        let mut options = Self::default();
        for pair in text.split(',').filter(|_| !text.is_empty()) {
            let (key, mandatory) = pair.trim().rsplit_once(':')?;
            let mandatory = match mandatory {
                "0" => false,
                "1" => true,
                _ => return None,
            };
            if key.is_empty() || options.0.insert(key.into(), mandatory).is_some() {
                return None;
            }
        }
        Some(options)
    }
}

#[derive(Serialize, Deserialize)]
struct DataOption {
    #[serde(default)]
    mandatory: bool,
}

impl Serialize for DataOptions {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(key, mandatory)| (key, DataOption { mandatory: *mandatory })))
    }
}

impl<'de> Deserialize<'de> for DataOptions {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let map = data_fields::unique::<D, Option<DataOption>>(from)?;
        Ok(Self(map.into_iter().filter_map(|(key, option)| Some((key, option?.mandatory))).collect()))
    }
}

/// The compliance block of a payer (UMAD-05).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayerCompliance {
    /// How far the payer is identified.
    pub kyc_status: KycStatus,
    /// Outputs that may be spent, `txid:index`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub utxos: Vec<String>,
    /// The payer's Lightning node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_pub_key: Option<String>,
    /// Sealed to the receiver's encryption key: hex of ECIES.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted_travel_rule_info: Option<String>,
    /// `protocol@version` of what is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub travel_rule_format: Option<String>,
    /// DER in hex over payer identifier, nonce, timestamp.
    pub signature: String,
    /// Used once.
    pub signature_nonce: String,
    /// Unix seconds.
    pub signature_timestamp: i64,
    /// Where to tell the payer's VASP about the transaction; empty means nowhere.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "String::is_empty")]
    pub utxo_callback: String,
    /// Co-signatures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backing_signatures: Option<Vec<BackingSignature>>,
}

impl PayerCompliance {
    /// The signed fields together.
    pub fn stamp(&self) -> Stamp {
        Stamp {
            signature: self.signature.clone(),
            nonce: self.signature_nonce.clone(),
            timestamp: self.signature_timestamp,
        }
    }
}

pub(crate) fn null_as_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Payer data: the address, the compliance block of UMA, and any further keys. Remembers its JSON text exactly,
/// because LUD-18 hashes it as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct PayerData {
    text: Box<str>,
    identifier: Option<String>,
    compliance: Option<PayerCompliance>,
    fields: BTreeMap<String, Value>,
}

impl PayerData {
    /// Makes the data of a payer; the text is written canonically.
    pub fn new(
        identifier: impl Into<String>,
        fields: BTreeMap<String, Value>,
        compliance: Option<PayerCompliance>,
    ) -> Result<Self, UmaError> {
        let identifier = identifier.into();
        let mut map = serde_json::Map::new();
        map.insert(IDENTIFIER.into(), Value::String(identifier.clone()));
        for (key, value) in &fields {
            map.insert(key.clone(), value.clone());
        }
        let bad = |_| UmaError::new(ErrorCode::InvalidInput, "the payer data cannot be written");
        if let Some(compliance) = &compliance {
            map.insert(COMPLIANCE.into(), serde_json::to_value(compliance).map_err(bad)?);
        }
        let text = serde_json::to_string(&map).map_err(bad)?.into();
        Ok(Self { text, identifier: Some(identifier), compliance, fields })
    }

    /// Reads the JSON object. Keys whose value is null count as absent; a key twice is an error.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        let unreadable = |why| {
            UmaError::new(ErrorCode::ParsePayreqRequestError, format!("the payer data cannot be read: {why}"))
        };
        let parts: DataFields<PayerCompliance> =
            serde_json::from_str(text).map_err(|e| unreadable(e.to_string()))?;
        if parts.compliance.as_ref().is_some_and(|c| c.signature_nonce.len() > MAX_NONCE) {
            return Err(unreadable("the nonce is too long".into()));
        }
        Ok(Self {
            text: text.into(),
            identifier: parts.identifier,
            compliance: parts.compliance,
            fields: parts.fields,
        })
    }

    /// The mandatory part of what a payee asks (LUD-18), from the payer's known values; `None` if nothing is mandatory. Optional
    /// data is not given out.
    pub fn mandatory(asked: &DataOptions, known: &BTreeMap<&str, String>) -> Result<Option<Self>, UmaError> {
        let mut fields = serde_json::Map::new();
        for (key, _) in asked.iter().filter(|(_, mandatory)| *mandatory) {
            let value = known.get(key).ok_or_else(|| {
                let reason = format!("the address demands payer data that the shop does not have: {key}");
                UmaError::new(ErrorCode::MissingMandatoryPayerData, reason)
            })?;
            fields.insert(key.to_owned(), Value::String(value.clone()));
        }
        if fields.is_empty() { Ok(None) } else { Self::parse(&Value::Object(fields).to_string()).map(Some) }
    }

    /// The JSON text, byte for byte as received.
    pub fn as_json(&self) -> &str {
        &self.text
    }

    /// The payer's address as written; for UMA it is what is signed.
    pub fn identifier(&self) -> Option<&str> {
        self.identifier.as_deref()
    }

    /// The compliance block: there exactly when this is UMA.
    pub const fn compliance(&self) -> Option<&PayerCompliance> {
        self.compliance.as_ref()
    }

    /// A further value, if it is text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key).and_then(Value::as_str)
    }

    /// All further values.
    pub const fn fields(&self) -> &BTreeMap<String, Value> {
        &self.fields
    }

    fn has(&self, key: &str) -> bool {
        match key {
            IDENTIFIER => self.identifier.is_some(),
            COMPLIANCE => self.compliance.is_some(),
            _ => self.fields.contains_key(key),
        }
    }

    /// Whether everything mandatory is there.
    pub fn check(&self, asked: &DataOptions) -> Result<(), UmaError> {
        match asked.iter().find(|(key, mandatory)| *mandatory && !self.has(key)) {
            Some((key, _)) => Err(UmaError::new(
                ErrorCode::MissingMandatoryPayerData,
                format!("payer data lacks the mandatory field {key}"),
            )),
            None => Ok(()),
        }
    }
}
