//! JSON of NIP-47, parsed leniently: fields are optional, `""` and 0 are null, unknown fields are ignored, numbers may be text.

use kernel::{Msats, Secret, Timestamp};
use payments::{PaymentHash, Preimage};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::code::WalletError;

/// Plaintext of a request.
#[derive(Serialize)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) params: &'a Value,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    error: Option<ErrorReply>,
}

#[derive(Deserialize)]
struct ErrorReply {
    #[serde(default, deserialize_with = "text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "text")]
    message: Option<String>,
}

#[derive(Deserialize)]
struct Success<T> {
    #[serde(default = "Option::default")]
    result: Option<T>,
}

/// Content of a response.
pub(crate) enum Answer<T> {
    Result(T),
    Error(WalletError),
}

/// Parses a response; an error takes precedence over a result. Two passes, so that no untyped copy of a preimage is made.
pub(crate) fn read_answer<T: DeserializeOwned>(plain: &str) -> Option<Answer<T>> {
    let failure: Failure = serde_json::from_str(plain).ok()?;
    if let Some(complaint) = failure.error {
        let (code, message) = (complaint.code.unwrap_or_default(), complaint.message.unwrap_or_default());
        return Some(Answer::Error(WalletError::new(&code, &message)));
    }
    let success: Success<T> = serde_json::from_str(plain).ok()?;
    success.result.map(Answer::Result)
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn hidden<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret<String>>, D::Error> {
    Ok(text(from)?.map(Secret::new))
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let value = match Value::deserialize(from)? {
        Value::Number(number) => {
            number.as_i64().or_else(|| number.to_string().strip_suffix(".0")?.parse().ok())
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(value.filter(|number| *number != 0))
}

fn words<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Array(items) => {
            items.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        // An early wallet sends one text.
        Value::String(text) => split_words(&text),
        _ => Vec::new(),
    })
}

/// Splits at white space, or at commas as an early wallet writes.
pub(crate) fn split_words(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Result of `pay_invoice`.
#[derive(Deserialize)]
pub(crate) struct Paid {
    #[serde(default, deserialize_with = "hidden")]
    preimage: Option<Secret<String>>,
    #[serde(default, deserialize_with = "number")]
    fees_paid: Option<i64>,
}

impl Paid {
    /// The preimage, if it is valid and proves this payment.
    pub(crate) fn proof(&self, hash: PaymentHash) -> Option<Preimage> {
        proof(self.preimage.as_ref(), hash)
    }

    pub(crate) fn fee(&self) -> Msats {
        amount(self.fees_paid).unwrap_or(Msats::ZERO)
    }
}

fn proof(preimage: Option<&Secret<String>>, hash: PaymentHash) -> Option<Preimage> {
    Preimage::from_hex(preimage?.expose().trim()).ok().filter(|preimage| preimage.proves(hash))
}

fn amount(number: Option<i64>) -> Option<Msats> {
    number.and_then(|number| Msats::try_from(number).ok())
}

fn timestamp(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.and_then(kernel::time::from_seconds)
}

/// A transaction: result of `make_invoice` and `lookup_invoice`, and content of a notification.
#[derive(Deserialize)]
pub(crate) struct Transaction {
    #[serde(default, rename = "type", deserialize_with = "text")]
    direction: Option<String>,
    #[serde(default, deserialize_with = "text")]
    state: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) invoice: Option<String>,
    #[serde(default, deserialize_with = "hidden")]
    preimage: Option<Secret<String>>,
    #[serde(default, deserialize_with = "text")]
    payment_hash: Option<String>,
    #[serde(default, deserialize_with = "number")]
    amount: Option<i64>,
    #[serde(default, deserialize_with = "number")]
    fees_paid: Option<i64>,
    #[serde(default, deserialize_with = "number")]
    created_at: Option<i64>,
    #[serde(default, deserialize_with = "number")]
    expires_at: Option<i64>,
    #[serde(default, deserialize_with = "number")]
    settled_at: Option<i64>,
}

impl Transaction {
    /// Direction of the payment, if reported.
    pub(crate) fn is_incoming(&self) -> Option<bool> {
        match self.direction.as_deref() {
            Some("incoming") => Some(true),
            Some("outgoing") => Some(false),
            _ => None,
        }
    }

    fn state_is(&self, word: &str) -> bool {
        self.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case(word))
    }

    /// Settled by its state; without one, by the settlement time.
    pub(crate) fn is_settled(&self) -> bool {
        if self.state.is_some() { self.state_is("settled") } else { self.settled_at.is_some() }
    }

    pub(crate) fn is_failed(&self) -> bool {
        self.state_is("failed")
    }

    /// An outgoing payment in flight: no longer part of the spendable balance.
    pub(crate) fn is_in_flight(&self) -> bool {
        self.is_incoming() == Some(false) && self.state_is("pending")
    }

    /// `expired` or `failed`: an own invoice received nothing. Proves nothing about outgoing payments.
    pub(crate) fn is_over(&self) -> bool {
        self.state_is("expired") || self.is_failed()
    }

    /// An HTLC is held (hold invoice).
    pub(crate) fn is_held(&self) -> bool {
        self.state_is("accepted")
    }

    pub(crate) fn proof(&self, hash: PaymentHash) -> Option<Preimage> {
        proof(self.preimage.as_ref(), hash)
    }

    pub(crate) fn hash(&self) -> Option<PaymentHash> {
        PaymentHash::from_hex(self.payment_hash.as_deref()?.trim()).ok()
    }

    pub(crate) fn amount(&self) -> Option<Msats> {
        amount(self.amount)
    }

    pub(crate) fn fee(&self) -> Msats {
        amount(self.fees_paid).unwrap_or(Msats::ZERO)
    }

    pub(crate) fn created_at(&self) -> Option<Timestamp> {
        timestamp(self.created_at)
    }

    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        timestamp(self.expires_at)
    }

    pub(crate) fn settled_at(&self) -> Option<Timestamp> {
        timestamp(self.settled_at)
    }
}

/// Result of `get_balance`.
#[derive(Deserialize)]
pub(crate) struct Balance {
    #[serde(default, deserialize_with = "number")]
    balance: Option<i64>,
}

impl Balance {
    pub(crate) fn msats(&self) -> Msats {
        amount(self.balance).unwrap_or(Msats::ZERO)
    }
}

/// Result of `list_transactions`.
#[derive(Deserialize)]
pub(crate) struct Transactions {
    #[serde(default = "Vec::new")]
    pub(crate) transactions: Vec<Transaction>,
}

/// Result of `get_info`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct WalletInfo {
    #[serde(default, deserialize_with = "text")]
    pub(crate) alias: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) pubkey: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) network: Option<String>,
    #[serde(default, deserialize_with = "words")]
    pub(crate) methods: Vec<String>,
    #[serde(default, deserialize_with = "words")]
    pub(crate) notifications: Vec<String>,
}

/// Plaintext of a notification.
#[derive(Deserialize)]
pub(crate) struct Notification {
    #[serde(default, deserialize_with = "text")]
    pub(crate) notification_type: Option<String>,
    #[serde(default = "Option::default")]
    pub(crate) notification: Option<Transaction>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Meaning;

    fn transaction(json: &str) -> Transaction {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn error_takes_precedence_over_a_result() {
        for plain in [
            r#"{"result_type":"","error":{"code":"UNSUPPORTED_ENCRYPTION","message":"x"},"result":{}}"#,
            r#"{"error":{"code":"UNSUPPORTED_ENCRYPTION"}}"#,
        ] {
            let Some(Answer::Error(error)) = read_answer::<Paid>(plain) else { panic!("{plain}") };
            assert_eq!(error.meaning(), Meaning::WrongEncryption);
        }
        let Some(Answer::Error(error)) =
            read_answer::<Paid>(r#"{"error":{"code":17},"result":{"preimage":"00"}}"#)
        else {
            panic!("an error")
        };
        assert_eq!(error.code, "17");
    }

    #[test]
    fn null_errors_and_unusual_types_are_parsed() {
        let plain = r#"{"result_type":"pay_invoice","error":null,"result":{"preimage":"","fees_paid":"3000","x":[]}}"#;
        let Some(Answer::Result(paid)) = read_answer::<Paid>(plain) else { panic!("a result") };
        assert_eq!(paid.fee().get(), 3_000);
        assert!(paid.proof(PaymentHash::new([0; 32])).is_none());
        assert!(read_answer::<Paid>("[]").is_none());
        assert!(read_answer::<Paid>(r#"{"result":null}"#).is_none());
    }

    proptest::proptest! {
        #[test]
        fn fields_of_any_type_are_read_or_left_out(value in "(null|true|-?[1-9][0-9]{0,19}(\\.[0-9]{1,3})?|\"[a-z0-9]{0,70}\"|\\[\\]|\\{\\})") {
            let names = ["type", "state", "invoice", "preimage", "payment_hash", "amount", "fees_paid", "expires_at", "settled_at"];
            let fields: Vec<String> = names.iter().map(|name| format!("\"{name}\":{value}")).collect();
            let plain = format!("{{\"result\":{{{}}}}}", fields.join(","));
            assert!(matches!(read_answer::<Transaction>(&plain), Some(Answer::Result(_))), "{plain}");
        }
    }

    #[test]
    fn empty_preimage_is_no_proof() {
        // SHA-256 of the empty text, which is valid hexadecimal.
        let hash = PaymentHash::from_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
            .unwrap();
        let paid: Paid = serde_json::from_str(r#"{"preimage":""}"#).unwrap();
        assert!(paid.proof(hash).is_none());
    }

    #[test]
    fn settled_is_read_from_state_or_else_time() {
        assert!(transaction(r#"{"settled_at":1700000000}"#).is_settled());
        assert!(!transaction(r#"{"settled_at":0}"#).is_settled());
        assert!(!transaction(r#"{"state":"pending","settled_at":1700000000}"#).is_settled());
        assert!(transaction(r#"{"state":"SETTLED"}"#).is_settled());
        assert!(!transaction("{}").is_settled());
    }

    #[test]
    fn methods_are_a_list_or_one_text() {
        for json in [r#"{"methods":["get_info","pay_invoice"]}"#, r#"{"methods":"get_info, pay_invoice"}"#] {
            let info: WalletInfo = serde_json::from_str(json).unwrap();
            assert_eq!(info.methods, ["get_info", "pay_invoice"]);
        }
    }

    #[test]
    fn preimage_may_be_upper_or_lower_case() {
        let preimage = Preimage::new([0xab; 32]);
        let json = format!(r#"{{"preimage":"{}","type":"outgoing"}}"#, preimage.expose_hex().to_uppercase());
        let found = transaction(&json);
        assert_eq!(found.proof(preimage.payment_hash()), Some(preimage));
        assert_eq!(found.is_incoming(), Some(false));
    }
}
