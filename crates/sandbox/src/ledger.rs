use crate::bolt11::InvoiceText;
use kernel::{Msats, Timestamp};
use payments::{PaymentHash, Preimage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One node's purse.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) name: String,
    /// The node's key, 32 bytes of hex: test money, kept in the open.
    pub(crate) key: String,
    pub(crate) available: Msats,
    /// Left the purse, but has not arrived.
    pub(crate) in_flight: Msats,
}

/// How an invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvoiceState {
    /// Not paid; whether it can still be paid is a matter of time.
    Open,
    /// Paid.
    Settled {
        /// What came in.
        amount: Msats,
        /// When.
        at: Timestamp,
    },
    /// Withdrawn by its node.
    Cancelled,
}

/// An invoice that some node of the sandbox made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRecord {
    /// The node's name for it, `Invoice:<uuid>`.
    pub id: String,
    /// Whose it is: the node's name in the [`World`](crate::World).
    pub node: String,
    /// The invoice itself.
    pub bolt11: String,
    /// The payment it asks for.
    #[serde(with = "hash_hex")]
    pub payment_hash: PaymentHash,
    /// The proof that is given to whoever pays.
    #[serde(with = "preimage_hex")]
    pub preimage: Preimage,
    /// What it asks for; `None` leaves it to the payer.
    pub amount: Option<Msats>,
    /// What it says it is for, in words (BOLT 11, field `d`).
    pub description: Option<String>,
    /// SHA-256 of a description given elsewhere (BOLT 11, field `h`), hexadecimal.
    pub description_hash: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When no new payment is taken any more.
    pub expires_at: Timestamp,
    /// How it stands.
    pub state: InvoiceState,
}

/// Which way the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// To the node that keeps the record.
    Incoming,
    /// Away from it.
    Outgoing,
}

/// How a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// Under way.
    InFlight,
    /// Arrived.
    Settled,
    /// Failed for certain; the money is back.
    Failed(PayFailure),
}

/// Why a payment failed. The words are those of Lightspark's `PaymentFailureReason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum PayFailure {
    /// Nobody in the sandbox made this invoice, or routing would cost more than allowed.
    #[error("NO_ROUTE")]
    NoRoute,
    /// The purse is too small.
    #[error("INSUFFICIENT_BALANCE")]
    InsufficientBalance,
    /// The invoice was paid already.
    #[error("INVOICE_ALREADY_PAID")]
    AlreadyPaid,
    /// A node cannot pay itself.
    #[error("SELF_PAYMENT")]
    SelfPayment,
    /// The invoice's time is over.
    #[error("INVOICE_EXPIRED")]
    InvoiceExpired,
    /// The invoice was withdrawn.
    #[error("INVOICE_CANCELLED")]
    InvoiceCancelled,
    /// The amount is not what the invoice asks for.
    #[error("INCORRECT_PAYMENT_DETAILS")]
    WrongDetails,
    /// The payment did not get through in time.
    #[error("TIMEOUT")]
    Timeout,
}

/// A payment as one of its two nodes sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRecord {
    /// The node's name for it, `IncomingPayment:<uuid>` or `OutgoingPayment:<uuid>`.
    pub id: String,
    /// The node that keeps this record.
    pub node: String,
    /// Which way the money went.
    pub direction: Direction,
    /// The payment.
    #[serde(with = "hash_hex")]
    pub payment_hash: PaymentHash,
    /// The invoice that was paid.
    pub bolt11: String,
    /// What arrives.
    pub amount: Msats,
    /// What routing costs the payer; nothing on incoming payments.
    pub fee: Msats,
    /// How it stands.
    pub progress: Progress,
    /// The key that the payer's order carried.
    pub idempotency_key: Option<String>,
    /// When it set out.
    pub created_at: Timestamp,
    /// When it arrived or failed.
    pub resolved_at: Option<Timestamp>,
}

/// A webhook on its way to the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Webhook {
    pub(crate) event_id: String,
    pub(crate) body: String,
}

/// What changes together.
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
    /// Webhooks that need not be sent any more.
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

/// Everything the sandbox's Lightning network knows.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) invoices: BTreeMap<PaymentHash, InvoiceRecord>,
    invoice_ids: BTreeMap<String, PaymentHash>,
    payments: BTreeMap<String, PaymentRecord>,
    by_hash: BTreeMap<PaymentHash, Vec<String>>,
    /// In the order in which they were made.
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

    /// Everything as one change, for a fresh journal.
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

    /// The payments of one hash, as all nodes see them, oldest first.
    pub(crate) fn payments_of(&self, hash: PaymentHash) -> impl DoubleEndedIterator<Item = &PaymentRecord> {
        self.by_hash.get(&hash).into_iter().flatten().filter_map(|id| self.payments.get(id))
    }

    /// All payments, oldest first.
    pub(crate) fn all_payments(&self) -> impl DoubleEndedIterator<Item = &PaymentRecord> {
        self.order.iter().filter_map(|id| self.payments.get(id))
    }

    /// Whether money for this invoice is under way.
    pub(crate) fn is_in_flight(&self, hash: PaymentHash) -> bool {
        self.payments_of(hash).any(|payment| payment.progress == Progress::InFlight)
    }
}

impl InvoiceRecord {
    /// Whether a new payment is taken at `now`, were it not for its state.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    pub(crate) fn described(mut self, text: &InvoiceText) -> Self {
        match text {
            InvoiceText::Description(words) => self.description = Some(words.clone()),
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
