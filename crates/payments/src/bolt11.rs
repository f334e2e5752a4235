use crate::hash::PaymentHash;
use kernel::{Msats, Timestamp};
use lightning_invoice::{Bolt11Invoice, Bolt11InvoiceDescriptionRef};
use std::str::FromStr;

/// A Lightning invoice (BOLT 11) whose signature was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bolt11 {
    text: String,
    payment_hash: PaymentHash,
    amount: Option<Msats>,
    description_hash: Option<[u8; 32]>,
    expires_at: Timestamp,
}

/// A text that is no valid invoice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid bolt11 invoice: {0}")]
pub struct Bolt11Error(String);

impl Bolt11 {
    /// Reads an invoice and checks its signature (BOLT 11).
    pub fn parse(text: &str) -> Result<Self, Bolt11Error> {
        let invoice = Bolt11Invoice::from_str(text).map_err(|error| Bolt11Error(error.to_string()))?;
        let amount = invoice
            .amount_milli_satoshis()
            .map(Msats::new)
            .transpose()
            .map_err(|error| Bolt11Error(error.to_string()))?;
        let description_hash = match invoice.description() {
            Bolt11InvoiceDescriptionRef::Hash(hash) => Some(*AsRef::<[u8; 32]>::as_ref(&hash.0)),
            Bolt11InvoiceDescriptionRef::Direct(_) => None,
        };
        let expires_at = invoice
            .expires_at()
            .and_then(|since_epoch| i64::try_from(since_epoch.as_secs()).ok())
            .and_then(|seconds| Timestamp::from_timestamp(seconds, 0))
            .ok_or_else(|| Bolt11Error("expiry out of range".to_owned()))?;
        Ok(Self {
            payment_hash: PaymentHash::new(*AsRef::<[u8; 32]>::as_ref(invoice.payment_hash())),
            amount,
            description_hash,
            expires_at,
            text: text.to_owned(),
        })
    }

    /// The invoice as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it asks for; `None` leaves it to the payer.
    pub const fn amount(&self) -> Option<Msats> {
        self.amount
    }

    /// The payment it asks for.
    pub const fn payment_hash(&self) -> PaymentHash {
        self.payment_hash
    }

    /// SHA-256 of the description (field `h`), when it commits to one (LUD-06).
    pub const fn description_hash(&self) -> Option<[u8; 32]> {
        self.description_hash
    }

    /// When it can no longer be paid.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}
