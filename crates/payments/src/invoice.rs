use crate::hash::PaymentHash;
use kernel::{EventId, InvoiceRowId, Msats, PaymentId, Timestamp};

/// State of an invoice at our node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvoiceStatus {
    /// Payable, or not known to be otherwise.
    Open,
    /// Paid.
    Settled,
    /// The node said after its expiry that nothing came.
    Unpaid,
}

impl InvoiceStatus {
    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Settled => "settled",
            Self::Unpaid => "unpaid",
        }
    }

    /// Reads [`InvoiceStatus::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Settled, Self::Unpaid].into_iter().find(|status| status.as_str() == word)
    }
}

/// The part an invoice plays for its payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvoiceRole {
    /// The order's own: shown, pushed and collected. A payment has at most one; only its purchase and a retry set it.
    Current,
    /// Replaced by a retry or a newer extra invoice; no longer offered, but still checked.
    Earlier,
    /// Given to an LNURL payer who named no order. Settles the order when paid, but is never shown, pushed or collected.
    Extra,
}

impl InvoiceRole {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Earlier => "earlier",
            Self::Extra => "extra",
        }
    }

    /// Reads [`InvoiceRole::as_str`] back. Releases before this column wrote none: their invoices for an order name its UMA
    /// Invoice in the metadata, those for unnamed orders do not.
    pub fn parse(word: Option<&str>, metadata: &str) -> Option<Self> {
        match word {
            Some(word) => {
                [Self::Current, Self::Earlier, Self::Extra].into_iter().find(|role| role.as_str() == word)
            }
            None if metadata.contains("\"text/uma-invoice\"") => Some(Self::Current),
            None => Some(Self::Extra),
        }
    }
}

/// One bolt11 invoice that we handed out, with the UMA Invoice around it. A payment may have several, see [`InvoiceRole`]; each
/// stays watched until it is settled or known unpaid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its number.
    pub id: InvoiceRowId,
    /// What it collects for; `None` for an event-level invoice.
    pub payment_id: Option<PaymentId>,
    /// The event.
    pub event_id: EventId,
    /// Its part among the invoices of its payment; of no meaning for an event-level invoice.
    pub role: InvoiceRole,
    /// Invoice id of the node.
    pub invoice_id: String,
    /// Its payment hash.
    pub payment_hash: PaymentHash,
    /// The invoice itself.
    pub bolt11: String,
    /// Amount to pay.
    pub amount: Msats,
    /// The LNURL metadata whose SHA-256 is the bolt11's description hash (LUD-06).
    pub metadata: String,
    /// The buyer's UMA address; ours for an event-level invoice.
    pub uma_address: String,
    /// The signed UMA Invoice (UMAD-09, bech32), when one was made.
    pub uma_invoice: Option<String>,
    /// Its state at the node.
    pub status: InvoiceStatus,
    /// Amount received, msats.
    pub settled: Msats,
    /// Time of the settlement, if known.
    pub settled_at: Option<Timestamp>,
    /// When it can no longer be paid.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Invoice {
    /// The current one of a payment's invoices.
    pub fn current(invoices: impl IntoIterator<Item = Self>) -> Option<Self> {
        // Only a release without roles writes a second current one: its retry.
        let current = invoices.into_iter().filter(|invoice| invoice.role == InvoiceRole::Current);
        current.max_by_key(|invoice| invoice.id)
    }

    /// Whether it can still be paid, as far as we know.
    pub fn is_payable(&self, now: Timestamp) -> bool {
        self.status == InvoiceStatus::Open && now < self.expires_at
    }
}

/// An invoice to store; see [`Invoice`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvoice {
    /// See [`Invoice::payment_id`].
    pub payment_id: Option<PaymentId>,
    /// See [`Invoice::event_id`].
    pub event_id: EventId,
    /// See [`Invoice::role`].
    pub role: InvoiceRole,
    /// See [`Invoice::invoice_id`].
    pub invoice_id: String,
    /// See [`Invoice::payment_hash`].
    pub payment_hash: PaymentHash,
    /// See [`Invoice::bolt11`].
    pub bolt11: String,
    /// See [`Invoice::amount`].
    pub amount: Msats,
    /// See [`Invoice::metadata`].
    pub metadata: String,
    /// See [`Invoice::uma_address`].
    pub uma_address: String,
    /// See [`Invoice::uma_invoice`].
    pub uma_invoice: Option<String>,
    /// See [`Invoice::expires_at`].
    pub expires_at: Timestamp,
    /// See [`Invoice::created_at`].
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::InvoiceRole::{self, Current, Earlier, Extra};

    #[test]
    fn every_role_word_reads_back() {
        for role in [Current, Earlier, Extra] {
            assert_eq!(InvoiceRole::parse(Some(role.as_str()), ""), Some(role));
        }
        assert_eq!(InvoiceRole::parse(Some("CURRENT"), ""), None);
    }

    #[test]
    fn rows_without_a_role_are_distinguished_by_their_metadata() {
        assert_eq!(
            InvoiceRole::parse(None, r#"[["text/plain","T"],["text/uma-invoice","u"]]"#),
            Some(Current)
        );
        assert_eq!(InvoiceRole::parse(None, r#"[["text/plain","A ticket"]]"#), Some(Extra));
    }
}
