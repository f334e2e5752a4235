use crate::bolt11::InvoiceText;
use kernel::{Msats, Timestamp};
use payments::{PaymentHash, Preimage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Balance of a node.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) name: String,
    /// The node's key, 32 bytes of hex. Unencrypted, since it protects test money only.
    pub(crate) key: String,
    pub(crate) available: Msats,
    /// Deducted from the balance, but not received.
    pub(crate) in_flight: Msats,
}

/// State of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvoiceState {
    /// Unpaid; whether it is payable depends on its expiry.
    Open,
    /// Paid.
    Settled {
        /// Received amount.
        amount: Msats,
        /// Time of the settlement.
        at: Timestamp,
    },
    /// Cancelled by its node.
    Cancelled,
}

/// An invoice of a node of the sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRecord {
    /// Id of the node, `Invoice:<uuid>`.
    pub id: String,
    /// Name of the node in the [`World`](crate::World).
    pub node: String,
    /// The BOLT 11 text.
    pub bolt11: String,
    /// Payment hash.
    #[serde(with = "hash_hex")]
    pub payment_hash: PaymentHash,
    /// Preimage, revealed to the payer.
    #[serde(with = "preimage_hex")]
    pub preimage: Preimage,
    /// Requested amount; `None` leaves it to the payer.
    pub amount: Option<Msats>,
    /// Description (BOLT 11, field `d`).
    pub description: Option<String>,
    /// SHA-256 of a description published elsewhere (BOLT 11, field `h`), hexadecimal.
    pub description_hash: Option<String>,
    /// Creation time.
    pub created_at: Timestamp,
    /// Time after which new payments are refused.
    pub expires_at: Timestamp,
    /// State.
    pub state: InvoiceState,
}

/// Direction of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// To the record's node.
    Incoming,
    /// From the record's node.
    Outgoing,
}

/// State of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// In flight.
    InFlight,
    /// Settled.
    Settled,
    /// Failed; the money was returned.
    Failed(PayFailure),
}

/// Why a payment failed, in terms of Lightspark's `PaymentFailureReason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum PayFailure {
    /// The invoice is of no node of the sandbox, or the routing fee exceeds its limit.
    #[error("NO_ROUTE")]
    NoRoute,
    /// The balance is insufficient.
    #[error("INSUFFICIENT_BALANCE")]
    InsufficientBalance,
    /// The invoice was paid already.
    #[error("INVOICE_ALREADY_PAID")]
    AlreadyPaid,
    /// A node cannot pay itself.
    #[error("SELF_PAYMENT")]
    SelfPayment,
    /// The invoice has expired.
    #[error("INVOICE_EXPIRED")]
    InvoiceExpired,
    /// The invoice was cancelled.
    #[error("INVOICE_CANCELLED")]
    InvoiceCancelled,
    /// The amount differs from the invoice's.
    #[error("INCORRECT_PAYMENT_DETAILS")]
    WrongDetails,
    /// The payment timed out.
    #[error("TIMEOUT")]
    Timeout,
}

/// A payment, as one of its two nodes records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRecord {
    /// Id of the node, `IncomingPayment:<uuid>` or `OutgoingPayment:<uuid>`.
    pub id: String,
    /// The record's node.
    pub node: String,
    /// Direction.
    pub direction: Direction,
    /// Payment hash.
    #[serde(with = "hash_hex")]
    pub payment_hash: PaymentHash,
    /// The paid invoice.
    pub bolt11: String,
    /// Received amount.
    pub amount: Msats,
    /// Routing fee of the payer; zero for incoming payments.
    pub fee: Msats,
    /// State.
    pub progress: Progress,
    /// Idempotency key of the payer's request.
    pub idempotency_key: Option<String>,
    /// Time of the request.
    pub created_at: Timestamp,
    /// Time of the settlement or failure.
    pub resolved_at: Option<Timestamp>,
}

/// An undelivered webhook of the shop's node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Webhook {
    pub(crate) event_id: String,
    pub(crate) body: String,
}

/// An atomic change.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Change {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) accounts: Vec<Account>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) invoices: Vec<InvoiceRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) payments: Vec<PaymentRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) webhooks: Vec<Webhook>,
    /// Webhooks that are delivered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) delivered: Vec<String>,
}

impl Change {
    pub(crate) const fn is_empty(&self) -> bool {
        self.accounts.is_empty()
            && self.invoices.is_empty()
            && self.payments.is_empty()
            && self.webhooks.is_empty()
            && self.delivered.is_empty()
    }
}

/// State of the sandbox's Lightning network.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) invoices: BTreeMap<PaymentHash, InvoiceRecord>,
    invoice_ids: BTreeMap<String, PaymentHash>,
    payments: BTreeMap<String, PaymentRecord>,
    by_hash: BTreeMap<PaymentHash, Vec<String>>,
    /// In order of creation.
    order: Vec<String>,
    pub(crate) webhooks: Vec<Webhook>,
}

impl Ledger {
    pub(crate) fn apply(&mut self, change: Change) {
        for account in change.accounts {
            self.accounts.insert(account.name.clone(), account);
        }
        for invoice in change.invoices {
            self.invoice_ids.insert(invoice.id.clone(), invoice.payment_hash);
            self.invoices.insert(invoice.payment_hash, invoice);
        }
        for payment in change.payments {
            if !self.payments.contains_key(&payment.id) {
                self.by_hash.entry(payment.payment_hash).or_default().push(payment.id.clone());
                self.order.push(payment.id.clone());
            }
            self.payments.insert(payment.id.clone(), payment);
        }
        self.webhooks.extend(change.webhooks);
        self.webhooks.retain(|webhook| !change.delivered.contains(&webhook.event_id));
    }

    /// The whole state as one change, for a new journal.
    pub(crate) fn whole(&self) -> Change {
        Change {
            accounts: self.accounts.values().cloned().collect(),
            invoices: self.invoices.values().cloned().collect(),
            payments: self.order.iter().filter_map(|id| self.payments.get(id)).cloned().collect(),
            webhooks: self.webhooks.clone(),
            delivered: Vec::new(),
        }
    }

    pub(crate) fn invoice_by_id(&self, id: &str) -> Option<&InvoiceRecord> {
        self.invoice_ids.get(id).and_then(|hash| self.invoices.get(hash))
    }

    pub(crate) fn payment(&self, id: &str) -> Option<&PaymentRecord> {
        self.payments.get(id)
    }

    /// The payments of a hash at all nodes, oldest first.
    pub(crate) fn payments_of(&self, hash: PaymentHash) -> impl DoubleEndedIterator<Item = &PaymentRecord> {
        self.by_hash.get(&hash).into_iter().flatten().filter_map(|id| self.payments.get(id))
    }

    /// All payments, oldest first.
    pub(crate) fn all_payments(&self) -> impl DoubleEndedIterator<Item = &PaymentRecord> {
        self.order.iter().filter_map(|id| self.payments.get(id))
    }

    /// Whether a payment of this invoice is in flight.
    pub(crate) fn is_in_flight(&self, hash: PaymentHash) -> bool {
        self.payments_of(hash).any(|payment| payment.progress == Progress::InFlight)
    }
}

impl InvoiceRecord {
    /// Whether the invoice has expired at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    pub(crate) fn described(mut self, text: &InvoiceText) -> Self {
        match text {
            InvoiceText::Description(text) => self.description = Some(text.clone()),
            InvoiceText::Hash(hash) => self.description_hash = Some(hex::encode(hash)),
        }
        self
    }
}

mod hash_hex {
    use payments::PaymentHash;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(hash: &PaymentHash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hash.to_hex())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PaymentHash, D::Error> {
        PaymentHash::from_hex(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

mod preimage_hex {
    use payments::Preimage;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(preimage: &Preimage, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&preimage.expose_hex())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Preimage, D::Error> {
        Preimage::from_hex(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
