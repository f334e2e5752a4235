use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{LnurlpRequest, Metadata};
use crate::address::PaymentAddress;
use crate::backing::BackingSignature;
use crate::currency::{Currency, CurrencyWire};
use crate::error::{ErrorCode, UmaError};
use crate::payer_data::{DataOptions, KycStatus};
use crate::signing::{PublicKey, SigningKey, Stamp};
use crate::version::UmaVersion;

fn unreadable(reason: &'static str) -> UmaError {
    UmaError::new(ErrorCode::ParseLnurlpResponseError, reason)
}

/// What a receiver says in its answer, whether or not it is UMA.
#[derive(Debug, Clone, PartialEq)]
pub struct LnurlpTerms {
    /// Where to send the pay request.
    pub callback: String,
    /// Least amount, msats.
    pub min_sendable_msats: u64,
    /// Most, msats.
    pub max_sendable_msats: u64,
    /// What is paid for.
    pub metadata: Metadata,
    /// What can be received.
    pub currencies: Vec<Currency>,
    /// What the payer shall tell. For UMA, identifier and compliance are added by themselves.
    pub payer_data: DataOptions,
    /// Longest comment, characters (LUD-12); none if absent.
    pub comment_allowed: Option<u32>,
    /// Key that signs zap receipts (NIP-57).
    pub nostr_pubkey: Option<String>,
    /// Whether zaps are taken (NIP-57).
    pub allows_nostr: Option<bool>,
    /// Settlement layers besides Lightning, unread.
    pub settlement_options: Option<Value>,
}

/// What makes an answer a UMA one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LnurlpCompliance {
    /// How far the receiver is identified.
    pub kyc_status: KycStatus,
    /// Over receiver identifier, nonce, timestamp, by the receiver's VASP.
    pub stamp: Stamp,
    /// Whether the receiver falls under the travel rule.
    pub is_subject_to_travel_rule: bool,
    /// The receiver's address exactly as requested.
    pub receiver_identifier: String,
    /// Co-signatures.
    pub backing: Vec<BackingSignature>,
    /// The version of this answer and of what follows.
    pub version: UmaVersion,
}

/// The answer to an LNURL-pay request.
#[derive(Debug, Clone, PartialEq)]
pub struct LnurlpResponse {
    /// Fields for all senders.
    pub terms: LnurlpTerms,
    /// There when this is UMA.
    pub compliance: Option<LnurlpCompliance>,
}

impl LnurlpResponse {
    /// A plain LNURL-pay answer.
    pub const fn plain(terms: LnurlpTerms) -> Self {
        Self { terms, compliance: None }
    }

    /// A signed answer to a UMA request. `nonce` must be fresh; `now` is Unix seconds.
    pub fn signed(
        request: &LnurlpRequest,
        mut terms: LnurlpTerms,
        kyc_status: KycStatus,
        nonce: impl Into<String>,
        now: i64,
        key: &SigningKey,
    ) -> Result<Self, UmaError> {
        let uma = request
            .uma
            .as_ref()
            .ok_or_else(|| UmaError::new(ErrorCode::MissingRequiredUmaParameters, "not a UMA request"))?;
        let receiver = request.receiver.as_str();
        terms.payer_data = terms.payer_data.with("identifier", true).with("compliance", true);
        Ok(Self {
            terms,
            compliance: Some(LnurlpCompliance {
                kyc_status,
                stamp: Stamp::sign(&[receiver], nonce, now, key),
                is_subject_to_travel_rule: false,
                receiver_identifier: receiver.into(),
                backing: Vec::new(),
                version: uma.negotiated(),
            }),
        })
    }

    /// Parses a response. The tag is ignored: Go's SDK writes a wrong one.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        let wire: Wire = serde_json::from_str(text).map_err(|e| {
            UmaError::new(ErrorCode::ParseLnurlpResponseError, format!("the answer cannot be read: {e}"))
        })?;
        wire.try_into()
    }

    /// Writes the answer in the shape of its version.
    pub fn to_json(&self) -> Result<String, UmaError> {
        serde_json::to_string(&Wire::from(self))
            .map_err(|_| UmaError::new(ErrorCode::InternalError, "the answer cannot be written"))
    }

    /// Checks, as the payer's VASP, that this is signed by the receiver's VASP and for the requested address.
    pub fn verify(&self, asked: &PaymentAddress, key: &PublicKey) -> Result<(), UmaError> {
        let compliance = self.compliance.as_ref().ok_or_else(|| {
            UmaError::new(ErrorCode::MissingRequiredUmaParameters, "the answer is not a UMA one")
        })?;
        compliance.stamp.verify(&[&compliance.receiver_identifier], key)?;
        if compliance.receiver_identifier.eq_ignore_ascii_case(asked.as_str()) {
            Ok(())
        } else {
            Err(UmaError::new(ErrorCode::InvalidSignature, "the answer is about another receiver"))
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    tag: String,
    callback: String,
    min_sendable: u64,
    max_sendable: u64,
    metadata: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currencies: Option<Vec<CurrencyWire>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payer_data: Option<DataOptions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compliance: Option<ComplianceWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uma_version: Option<UmaVersion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment_allowed: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nostr_pubkey: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    allows_nostr: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settlement_options: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComplianceWire {
    kyc_status: KycStatus,
    signature: String,
    signature_nonce: String,
    signature_timestamp: i64,
    #[serde(default, deserialize_with = "crate::payer_data::null_as_default")]
    is_subject_to_travel_rule: bool,
    receiver_identifier: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backing_signatures: Option<Vec<BackingSignature>>,
}

impl TryFrom<Wire> for LnurlpResponse {
    type Error = UmaError;

    fn try_from(wire: Wire) -> Result<Self, UmaError> {
        if wire.min_sendable > wire.max_sendable {
            return Err(unreadable("minSendable is above maxSendable"));
        }
        if wire.uma_version.is_some_and(|version| UmaVersion::own(version.major).is_none()) {
            return Err(UmaError::new(
                ErrorCode::NoCompatibleUmaVersion,
                "answered in a version we do not speak",
            ));
        }
        let compliance = match (wire.compliance, wire.uma_version) {
            (Some(c), Some(version)) => Some(LnurlpCompliance {
                kyc_status: c.kyc_status,
                stamp: Stamp {
                    signature: c.signature,
                    nonce: c.signature_nonce,
                    timestamp: c.signature_timestamp,
                },
                is_subject_to_travel_rule: c.is_subject_to_travel_rule,
                receiver_identifier: c.receiver_identifier,
                backing: c.backing_signatures.unwrap_or_default(),
                version,
            }),
            (None, None) => None,
            _ => {
                return Err(UmaError::new(
                    ErrorCode::MissingRequiredUmaParameters,
                    "compliance and umaVersion belong together",
                ));
            }
        };
        let currencies = wire.currencies.unwrap_or_default().into_iter().map(TryInto::try_into);
        Ok(Self {
            terms: LnurlpTerms {
                callback: wire.callback,
                min_sendable_msats: wire.min_sendable,
                max_sendable_msats: wire.max_sendable,
                metadata: Metadata::parse(&wire.metadata)?,
                currencies: currencies.collect::<Result<_, _>>()?,
                payer_data: wire.payer_data.unwrap_or_default(),
                comment_allowed: wire.comment_allowed,
                nostr_pubkey: wire.nostr_pubkey,
                allows_nostr: wire.allows_nostr,
                settlement_options: wire.settlement_options,
            },
            compliance,
        })
    }
}

impl From<&LnurlpResponse> for Wire {
    fn from(response: &LnurlpResponse) -> Self {
        let LnurlpResponse { terms, compliance } = response;
        let major = compliance.as_ref().map_or(1, |c| c.version.major);
        let currencies: Vec<_> = terms.currencies.iter().map(|c| c.to_wire(major)).collect();
        Self {
            tag: "payRequest".into(),
            callback: terms.callback.clone(),
            min_sendable: terms.min_sendable_msats,
            max_sendable: terms.max_sendable_msats,
            metadata: terms.metadata.as_str().into(),
            currencies: (!currencies.is_empty()).then_some(currencies),
            payer_data: (!terms.payer_data.is_empty()).then(|| terms.payer_data.clone()),
            compliance: compliance.as_ref().map(|c| ComplianceWire {
                kyc_status: c.kyc_status,
                signature: c.stamp.signature.clone(),
                signature_nonce: c.stamp.nonce.clone(),
                signature_timestamp: c.stamp.timestamp,
                is_subject_to_travel_rule: c.is_subject_to_travel_rule,
                receiver_identifier: c.receiver_identifier.clone(),
                backing_signatures: (!c.backing.is_empty()).then(|| c.backing.clone()),
            }),
            uma_version: compliance.as_ref().map(|c| c.version),
            comment_allowed: terms.comment_allowed,
            nostr_pubkey: terms.nostr_pubkey.clone(),
            allows_nostr: terms.allows_nostr,
            settlement_options: terms.settlement_options.clone(),
        }
    }
}
