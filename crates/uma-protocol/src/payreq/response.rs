mod wire;

use std::collections::BTreeMap;

use serde_json::Value;

use super::UmaPayer;
use crate::address::UmaAddress;
use crate::backing::BackingSignature;
use crate::currency::{Currency, CurrencyCode, Multiplier};
use crate::error::{ErrorCode, UmaError};
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
    /// Further requested payee data.
    pub fields: BTreeMap<String, Value>,
    /// Public key of our Lightning node, if disclosed.
    pub node_pub_key: Option<String>,
    /// URL to which the payer's VASP may report the transaction; empty for none.
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

    /// Reads the bolt11 of a plain LNURL answer (LUD-06). Nothing else is needed to pay, so nothing else can break it.
    pub fn parse_plain(text: &str) -> Result<Self, UmaError> {
        let unreadable = |reason| UmaError::new(ErrorCode::ParsePayreqResponseError, reason);
        let answer: Value = serde_json::from_str(text).map_err(|_| unreadable("the answer is not JSON"))?;
        let pr = answer.get("pr").and_then(Value::as_str);
        let pr = pr.ok_or_else(|| unreadable("the answer has no invoice"))?.trim();
        // QR codes and links write it so.
        let pr = pr
            .get(..10)
            .filter(|head| head.eq_ignore_ascii_case("lightning:"))
            .map_or(pr, |head| pr.get(head.len()..).unwrap_or_default());
        Ok(Self::plain(pr.to_owned(), None))
    }

    /// Reads an answer of either version, or of plain LNURL.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        wire::read(text)
    }

    /// Writes the answer in the shape of its version.
    pub fn to_json(&self) -> Result<String, UmaError> {
        wire::write(self)
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
