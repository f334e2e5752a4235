//! Errors as they travel: a code, a reason, an HTTP status (UMAD `errors.json`, LUD-06).

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use crate::version::SUPPORTED_MAJORS;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:literal;)*) => {
        /// The error codes of UMA, each with its HTTP status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
        }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as it is written in an error body.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The HTTP status that belongs to the code.
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The code of that name, if it is a known one.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

codes! {
    /// A public key is not a point of secp256k1, or not hex.
    InvalidPubkeyFormat = "INVALID_PUBKEY_FORMAT", 400;
    /// A certificate chain does not parse, or does not fit its key.
    CertChainInvalid = "CERT_CHAIN_INVALID", 400;
    /// A certificate is outside its validity.
    CertChainExpired = "CERT_CHAIN_EXPIRED", 400;
    /// A timestamp lies in the future, or is no number.
    InvalidTimestamp = "INVALID_TIMESTAMP", 400;
    /// A nonce was used before, or its message is too old to tell.
    InvalidNonce = "INVALID_NONCE", 400;
    /// Some, but not all, of the fields that make a request a UMA request.
    MissingRequiredUmaParameters = "MISSING_REQUIRED_UMA_PARAMETERS", 400;
    /// The LNURL-pay request cannot be read.
    ParseLnurlpRequestError = "PARSE_LNURLP_REQUEST_ERROR", 400;
    /// The pay request cannot be read.
    ParsePayreqRequestError = "PARSE_PAYREQ_REQUEST_ERROR", 400;
    /// The amount is not the requested one.
    AmountOutOfRange = "AMOUNT_OUT_OF_RANGE", 400;
    /// The currency is not one we receive.
    InvalidCurrency = "INVALID_CURRENCY", 400;
    /// This sender may not pay this.
    SenderNotAccepted = "SENDER_NOT_ACCEPTED", 400;
    /// A mandatory field about the payer is missing.
    MissingMandatoryPayerData = "MISSING_MANDATORY_PAYER_DATA", 400;
    /// A mandatory field about the payee cannot be given.
    MissingMandatoryPayeeData = "MISSING_MANDATORY_PAYEE_DATA", 400;
    /// The post-transaction callback cannot be read.
    ParseUtxoCallbackError = "PARSE_UTXO_CALLBACK_ERROR", 400;
    /// The LNURL-pay response cannot be read.
    ParseLnurlpResponseError = "PARSE_LNURLP_RESPONSE_ERROR", 400;
    /// The pay request's response cannot be read.
    ParsePayreqResponseError = "PARSE_PAYREQ_RESPONSE_ERROR", 400;
    /// A UMA Invoice cannot be read.
    InvalidInvoice = "INVALID_INVOICE", 400;
    /// A UMA Invoice, or the order behind it, is over.
    InvoiceExpired = "INVOICE_EXPIRED", 400;
    /// A quoted rate is over.
    QuoteExpired = "QUOTE_EXPIRED", 400;
    /// An input is not what it should be.
    InvalidInput = "INVALID_INPUT", 400;
    /// The request as a whole cannot be read.
    InvalidRequestFormat = "INVALID_REQUEST_FORMAT", 400;
    /// A signature does not verify.
    InvalidSignature = "INVALID_SIGNATURE", 401;
    /// Only UMA is taken here.
    NonUmaLnurlNotSupported = "NON_UMA_LNURL_NOT_SUPPORTED", 403;
    /// A limit on how much or how often.
    VelocityLimitExceeded = "VELOCITY_LIMIT_EXCEEDED", 403;
    /// The user cannot be paid now.
    UserNotReady = "USER_NOT_READY", 403;
    /// The other VASP is not allowed.
    CounterpartyNotAllowed = "COUNTERPARTY_NOT_ALLOWED", 403;
    /// Not allowed.
    Forbidden = "FORBIDDEN", 403;
    /// No such user.
    UserNotFound = "USER_NOT_FOUND", 404;
    /// No such request.
    RequestNotFound = "REQUEST_NOT_FOUND", 404;
    /// No such quote.
    QuoteNotFound = "QUOTE_NOT_FOUND", 404;
    /// The requested major version is not supported.
    UnsupportedUmaVersion = "UNSUPPORTED_UMA_VERSION", 412;
    /// The other VASP's keys could not be fetched.
    CounterpartyPubkeyFetchError = "COUNTERPARTY_PUBKEY_FETCH_ERROR", 424;
    /// The other VASP refused, or did not answer, our LNURL-pay request.
    LnurlpRequestFailed = "LNURLP_REQUEST_FAILED", 424;
    /// The other VASP refused, or did not answer, our pay request.
    PayreqRequestFailed = "PAYREQ_REQUEST_FAILED", 424;
    /// No major version is spoken by both.
    NoCompatibleUmaVersion = "NO_COMPATIBLE_UMA_VERSION", 424;
    /// The other VASP's configuration could not be fetched.
    UmaConfigurationFetchError = "UMA_CONFIGURATION_FETCH_ERROR", 424;
    /// Our fault.
    InternalError = "INTERNAL_ERROR", 500;
    /// Unknown payee data is requested as mandatory.
    UnrecognizedMandatoryPayeeDataKey = "UNRECOGNIZED_MANDATORY_PAYEE_DATA_KEY", 501;
    /// Not done here.
    NotImplemented = "NOT_IMPLEMENTED", 501;
}

/// What went wrong, in the words and numbers of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct UmaError {
    code: ErrorCode,
    reason: Cow<'static, str>,
    asked_version: Option<Box<str>>,
}

impl UmaError {
    /// An error with a sentence for people. The reason is shown to the other side: no secrets in it.
    pub fn new(code: ErrorCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, reason: reason.into(), asked_version: None }
    }

    /// The 412 of UMAD-08, which also lists our major versions.
    pub fn unsupported_version(asked: &str) -> Self {
        let asked: String = asked.chars().take(32).collect();
        Self {
            code: ErrorCode::UnsupportedUmaVersion,
            reason: format!("unsupported version: {asked}").into(),
            asked_version: Some(asked.into()),
        }
    }

    /// The code.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The sentence for people.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The HTTP status that belongs to the code.
    pub const fn http_status(&self) -> u16 {
        self.code.http_status()
    }

    /// The error as a JSON body.
    pub fn body(&self) -> ErrorBody {
        let version = self.code == ErrorCode::UnsupportedUmaVersion;
        ErrorBody {
            status: "ERROR".into(),
            reason: self.reason.clone().into_owned(),
            code: Some(self.code.as_str().into()),
            supported_major_versions: version.then(|| SUPPORTED_MAJORS.to_vec()),
            unsupported_version: self.asked_version.as_deref().map(Into::into),
        }
    }
}

/// The error body of LNURL (LUD-06) with UMA's extra keys. Reads what every known peer sends: any field may be
/// missing, codes unknown to us stay text, and the majors may be an array or a string that holds one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// `ERROR`.
    #[serde(default, deserialize_with = "text_or_nothing")]
    pub status: String,
    /// The sentence for people.
    #[serde(default, deserialize_with = "text_or_nothing")]
    pub reason: String,
    /// The code: see [`ErrorCode::from_name`].
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text")]
    pub code: Option<String>,
    /// With a 412: the major versions that its sender supports.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "majors")]
    pub supported_major_versions: Option<Vec<u64>>,
    /// With a 412: the version that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text")]
    pub unsupported_version: Option<String>,
}

impl ErrorBody {
    /// The LNURL error form without a code, as plain wallets expect it (HTTP 200).
    pub fn lnurl(reason: impl Into<String>) -> Self {
        Self {
            status: "ERROR".into(),
            reason: reason.into(),
            code: None,
            supported_major_versions: None,
            unsupported_version: None,
        }
    }
}

/// Text, or nothing for whatever else a peer puts there: an error must not be overlooked because of its details.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Either::deserialize(from)? {
        Either::Text(text) => Some(text),
        Either::Other(_) => None,
    })
}

fn text_or_nothing<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    text(from).map(Option::unwrap_or_default)
}

fn majors<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u64>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        List(Vec<u64>),
        Text(String),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Option::<Either>::deserialize(from)? {
        Some(Either::List(list)) => Some(list),
        Some(Either::Text(text)) => serde_json::from_str(&text).ok(),
        Some(Either::Other(_)) | None => None,
    })
}
