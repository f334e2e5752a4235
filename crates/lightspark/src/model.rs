//! The used part of Lightspark's schema. Enums are open, since Lightspark adds variants.

use chrono::{DateTime, FixedOffset};
use kernel::{
    Msats, Secret, Timestamp,
    time::{is_plausible, readable},
};
use payments::{PaymentHash, Preimage};
use serde::Deserialize;

/// `CurrencyAmount`. The value has no meaning without its unit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Amount {
    original_value: i64,
    original_unit: String,
}

/// An amount that is not in bitcoin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AmountError {
    #[error("an amount in {0}, which is no known unit of bitcoin")]
    Unit(String),
    #[error("an amount out of range")]
    Range,
}

impl Amount {
    /// Millisatoshis; negative where the API reports so.
    fn signed_msats(&self) -> Result<i64, AmountError> {
        let factor = match self.original_unit.as_str() {
            "MILLISATOSHI" => 1,
            "NANOBITCOIN" => 100,
            "SATOSHI" => 1_000,
            "MICROBITCOIN" => 100_000,
            "MILLIBITCOIN" => 100_000_000,
            "BITCOIN" => 100_000_000_000,
            other => return Err(AmountError::Unit(other.chars().take(32).collect())),
        };
        self.original_value.checked_mul(factor).ok_or(AmountError::Range)
    }

    pub(crate) fn msats(&self) -> Result<Msats, AmountError> {
        Msats::try_from(self.signed_msats()?).map_err(|_| AmountError::Range)
    }
}

/// `TransactionStatus` of payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(crate) enum Status {
    Success,
    Failed,
    Cancelled,
    /// In flight or an unknown status: proves nothing.
    Unfinished,
}

impl From<String> for Status {
    fn from(status: String) -> Self {
        match status.as_str() {
            "SUCCESS" => Self::Success,
            "FAILED" => Self::Failed,
            "CANCELLED" => Self::Cancelled,
            _ => Self::Unfinished,
        }
    }
}

/// `InvoiceData`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct InvoiceData {
    pub(crate) encoded_payment_request: String,
    #[serde(deserialize_with = "hash")]
    pub(crate) payment_hash: PaymentHash,
    #[serde(deserialize_with = "time")]
    pub(crate) expires_at: Timestamp,
}

/// `Invoice`. It has no status `PAID`; `CLOSED` alone proves nothing.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) amount_paid: Option<Amount>,
    pub(crate) data: InvoiceData,
}

/// `IncomingPayment`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct IncomingPayment {
    pub(crate) status: Status,
    #[serde(default, deserialize_with = "maybe_time")]
    pub(crate) resolved_at: Option<Timestamp>,
    pub(crate) amount: Amount,
}

/// `OutgoingPayment`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct OutgoingPayment {
    pub(crate) status: Status,
    #[serde(default)]
    pub(crate) failure_reason: Option<String>,
    #[serde(default, deserialize_with = "maybe_preimage")]
    pub(crate) payment_preimage: Option<Preimage>,
    #[serde(default)]
    pub(crate) fees: Option<Amount>,
    #[serde(default)]
    pub(crate) transaction_hash: Option<String>,
    #[serde(default)]
    pub(crate) payment_request_data: Option<ListedRequest>,
}

impl OutgoingPayment {
    /// The payment hash, if present.
    pub(crate) fn hash(&self) -> Option<PaymentHash> {
        hash_of(self.payment_request_data.as_ref(), self.transaction_hash.as_deref())
    }
}

/// The invoice's payment hash, or else the transaction's hash.
fn hash_of(request: Option<&ListedRequest>, transaction: Option<&str>) -> Option<PaymentHash> {
    let asked = request.and_then(|data| data.payment_hash.as_deref());
    [asked, transaction].into_iter().flatten().find_map(|hash| PaymentHash::from_hex(hash).ok())
}

/// `OutgoingPayment` in the account's list of transactions.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ListedPayment {
    pub(crate) id: String,
    #[serde(deserialize_with = "time")]
    pub(crate) created_at: Timestamp,
    pub(crate) status: Status,
    pub(crate) amount: Amount,
    #[serde(default)]
    pub(crate) fees: Option<Amount>,
    #[serde(default)]
    pub(crate) transaction_hash: Option<String>,
    #[serde(default)]
    pub(crate) payment_request_data: Option<ListedRequest>,
}

/// `PaymentRequestData` of an invoice.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ListedRequest {
    #[serde(default)]
    pub(crate) payment_hash: Option<String>,
}

impl ListedPayment {
    /// The payment hash, if present.
    pub(crate) fn hash(&self) -> Option<PaymentHash> {
        hash_of(self.payment_request_data.as_ref(), self.transaction_hash.as_deref())
    }
}

/// `AccountToTransactionsConnection`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TransactionPage {
    pub(crate) page_info: PageInfo,
    pub(crate) entities: Vec<ListedPayment>,
}

/// `PageInfo`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PageInfo {
    #[serde(default)]
    pub(crate) has_next_page: Option<bool>,
    #[serde(default)]
    pub(crate) end_cursor: Option<String>,
}

/// `LightsparkNode` of any type.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) status: Option<String>,
    pub(crate) bitcoin_network: String,
    #[serde(default)]
    pub(crate) balances: Option<Balances>,
}

/// `Balances`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Balances {
    pub(crate) owned_balance: Amount,
    pub(crate) available_to_send_balance: Amount,
}

/// The node's signing key, encrypted with the node password.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SealedKey {
    pub(crate) encrypted_value: String,
    pub(crate) cipher: String,
}

/// Object of a webhook.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "__typename")]
pub(crate) enum WebhookEntity {
    Invoice {
        data: InvoiceData,
    },
    IncomingPayment {
        #[serde(default)]
        transaction_hash: Option<String>,
        #[serde(default)]
        payment_request: Option<PaymentRequest>,
    },
    /// Outgoing payments, deposits, nodes, and future types.
    #[serde(other)]
    Other,
}

/// `PaymentRequest`: an invoice, or an offer without a hash of its own.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PaymentRequest {
    #[serde(default)]
    pub(crate) data: Option<InvoiceData>,
}

fn hash<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<PaymentHash, D::Error> {
    PaymentHash::from_hex(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

fn time<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    // One implausible time must not make the whole response unreadable.
    DateTime::<FixedOffset>::deserialize(deserializer).map(|time| readable(time.to_utc()))
}

fn maybe_time<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Option::<DateTime<FixedOffset>>::deserialize(deserializer)
        .map(|time| time.map(|time| time.to_utc()).filter(|time| is_plausible(*time)))
}

fn maybe_preimage<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Preimage>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.map(Secret::new);
    Ok(text.and_then(|text| Preimage::from_hex(text.expose()).ok()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    pub(crate) fn vectors() -> Value {
        serde_json::from_str(include_str!("../tests/vectors/lightspark-vectors.json")).unwrap()
    }

    #[test]
    fn amounts_are_read_through_their_unit() {
        for case in vectors()["amounts"].as_array().unwrap() {
            let amount: Amount = serde_json::from_value(case.clone()).unwrap();
            match case["msats"].as_i64() {
                Some(expected) => assert_eq!(amount.signed_msats(), Ok(expected), "{case}"),
                None => assert!(matches!(amount.signed_msats(), Err(AmountError::Unit(_))), "{case}"),
            }
        }
        let huge = Amount { original_value: i64::MAX, original_unit: "BITCOIN".to_owned() };
        assert_eq!(huge.msats(), Err(AmountError::Range));
        let negative = Amount { original_value: -5, original_unit: "SATOSHI".to_owned() };
        assert_eq!(negative.msats(), Err(AmountError::Range));
    }

    #[test]
    fn recorded_invoice_matches_its_bolt11() {
        let sample = &vectors()["real_sample"];
        let amount: Amount = serde_json::from_value(sample["amount"].clone()).unwrap();
        let bolt11 = payments::Bolt11::parse(sample["encoded_payment_request"].as_str().unwrap()).unwrap();
        assert_eq!(amount.msats().unwrap().get(), sample["amount_msat_in_bolt11"].as_u64().unwrap());
        assert_eq!(bolt11.amount(), Some(amount.msats().unwrap()));
        assert_eq!(bolt11.payment_hash().to_hex(), sample["payment_hash"].as_str().unwrap());
        assert_eq!(
            hex::encode(bolt11.description_hash().unwrap()),
            sample["description_hash"].as_str().unwrap()
        );
    }

    /// `LightsparkNodeWithOSK` to `lightspark_node_with_o_s_k_`, as the SDKs prefix their aliases.
    fn prefix(typename: &str) -> String {
        let mut words = String::new();
        for letter in typename.chars() {
            if letter.is_uppercase() && !words.is_empty() {
                words.push('_');
            }
            words.extend(letter.to_lowercase());
        }
        words + "_"
    }

    /// The response to an SDK's document, without its aliases.
    fn without_aliases(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let prefix =
                    members.get("__typename").and_then(Value::as_str).map(prefix).unwrap_or_default();
                let plain = |(name, value): (&String, &Value)| {
                    (name.strip_prefix(&prefix).unwrap_or(name).to_owned(), without_aliases(value))
                };
                Value::Object(members.iter().map(plain).collect())
            }
            Value::Array(items) => items.iter().map(without_aliases).collect(),
            other => other.clone(),
        }
    }

    fn read<T: DeserializeOwned>(value: &Value) -> T {
        serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
    }

    #[test]
    fn sdk_responses_are_parsed_alike() {
        for case in vectors()["responses"]["sdk_documents"].as_array().unwrap() {
            let data = without_aliases(&case["response"]["data"]);
            let sdk = &case["js_sdk"]["value"];
            match case["name"].as_str().unwrap() {
                "create_invoice"
                | "create_uma_invoice"
                | "invoice_for_payment_hash"
                | "invoice_entity_paid" => {
                    let (field, answer) = data.as_object().unwrap().iter().next().unwrap();
                    let invoice: Invoice = read(if field == "entity" { answer } else { &answer["invoice"] });
                    assert_eq!(
                        (sdk["id"].as_str(), sdk["status"].as_str()),
                        (Some(&*invoice.id), Some(&*invoice.status))
                    );
                    let bolt11 = payments::Bolt11::parse(&invoice.data.encoded_payment_request).unwrap();
                    assert_eq!(bolt11.payment_hash(), invoice.data.payment_hash);
                    assert_eq!(bolt11.expires_at(), invoice.data.expires_at);
                    assert_eq!(invoice.amount_paid.is_some(), field == "entity");
                }
                "incoming_payment_entity" => {
                    let payment: IncomingPayment = read(&data["entity"]);
                    assert_eq!(payment.status, Status::Success);
                    assert!(payment.resolved_at.is_some());
                    assert_eq!(payment.amount.msats().unwrap().get(), 42_000);
                    assert!(matches!(
                        read(&data["entity"]),
                        WebhookEntity::IncomingPayment { transaction_hash: Some(_), .. }
                    ));
                }
                "node_entity" => {
                    let node: Node = read(&data["entity"]);
                    assert_eq!((node.status.as_deref(), &*node.bitcoin_network), (Some("READY"), "REGTEST"));
                    let balances = node.balances.unwrap();
                    assert!(
                        balances.owned_balance.msats().unwrap()
                            >= balances.available_to_send_balance.msats().unwrap()
                    );
                }
                "outgoing_payment_entity" | "pay_invoice" | "outgoing_payment_failed" => {
                    let (field, answer) = data.as_object().unwrap().iter().next().unwrap();
                    let payment: OutgoingPayment =
                        read(if field == "entity" { answer } else { &answer["payment"] });
                    assert_eq!(
                        payment.status,
                        match sdk["status"].as_str() {
                            Some("SUCCESS") => Status::Success,
                            Some("FAILED") => Status::Failed,
                            // The JS SDK does not query it: the status is in the response only.
                            _ if field == "entity" => Status::Success,
                            _ => Status::Unfinished,
                        }
                    );
                    if field == "entity" {
                        assert!(matches!(read(answer), WebhookEntity::Other));
                    }
                }
                "outgoing_payments_for_invoice" => {
                    let payments: Vec<OutgoingPayment> =
                        read(&data["outgoing_payments_for_invoice"]["payments"]);
                    assert!(!payments.is_empty());
                }
                "recover_node_signing_key" => {
                    let key: SealedKey = read(&data["entity"]["encrypted_signing_private_key"]);
                    assert!(!key.encrypted_value.is_empty() && !key.cipher.is_empty());
                }
                "create_test_mode_payment" => {
                    let payment: IncomingPayment =
                        read(&data["create_test_mode_payment"]["incoming_payment"]);
                    assert_eq!(payment.status, Status::Unfinished);
                }
                "entity_unknown" => assert!(data["entity"].is_null()),
                // A merchant's invoice and a cancelled one: not used by this adapter.
                "create_test_mode_invoice" | "cancel_invoice" => {}
                other => panic!("a new vector: {other}"),
            }
        }
    }

    #[test]
    fn responses_to_plain_documents_are_parsed() {
        for case in vectors()["responses"]["own_documents"].as_array().unwrap() {
            let data = &case["response"]["data"];
            match (case["name"].as_str().unwrap(), case["note"].as_str()) {
                ("create_invoice", _) => {
                    assert_eq!(read::<Invoice>(&data["create_invoice"]["invoice"]).status, "OPEN");
                }
                (_, Some("an incoming payment")) => {
                    // The vector queries less of the invoice: its expiry is missing.
                    let mut entity = data["entity"].clone();
                    entity["payment_request"]["data"]["expires_at"] = "2026-11-22T07:24:31Z".into();
                    assert!(matches!(
                        read(&entity),
                        WebhookEntity::IncomingPayment {
                            payment_request: Some(PaymentRequest { data: Some(_) }),
                            ..
                        }
                    ));
                }
                (_, Some("an outgoing payment")) => {
                    assert!(matches!(read(&data["entity"]), WebhookEntity::Other));
                }
                ("node balances", _) => assert!(read::<Node>(&data["entity"]).balances.is_some()),
                ("invoice by payment hash, unknown", _) => {
                    assert!(read::<Option<Invoice>>(&data["invoice_for_payment_hash"]["invoice"]).is_none());
                }
                (other, _) => panic!("a new vector: {other}"),
            }
        }
    }

    #[test]
    fn unknown_enum_values_prove_nothing() {
        assert_eq!(read::<Status>(&"SETTLED_IN_2027".into()), Status::Unfinished);
        assert!(matches!(read(&serde_json::json!({"__typename": "NewThing", "x": 1})), WebhookEntity::Other));
    }
}
