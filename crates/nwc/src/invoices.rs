//! Invoices of a wallet that is the shop's node.

use crate::{
    client::CallError,
    code::Meaning,
    node::{NwcNode, failure, refused},
    wire::Transaction,
};
use chrono::TimeDelta;
use payments::{Bolt11, InvoiceOrder, LightningError, NodeInvoice};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering;

/// Size limit of `metadata` in bytes (NIP-47).
const MAX_METADATA: usize = 4_096;
/// Size limit of a bolt11's description in bytes (BOLT 11). Some wallets refuse a longer one beside a hash too.
const MAX_DESCRIPTION: usize = 639;
/// Tolerated excess of an invoice's lifetime, for clocks that differ.
const EXPIRY_SLACK: TimeDelta = TimeDelta::minutes(5);

/// Why an invoice was not made.
enum Rejection {
    /// The wallet used another description.
    NoHash(LightningError),
    /// The wallet answered with an error of this request.
    Answer(LightningError),
    Other(LightningError),
}

impl Rejection {
    fn into_error(self) -> LightningError {
        match self {
            Self::NoHash(error) | Self::Answer(error) | Self::Other(error) => error,
        }
    }
}

impl NwcNode {
    /// Sends the description beside its hash: wallets on Core Lightning require it, others use the hash alone.
    pub(crate) async fn issue(&self, order: &InvoiceOrder) -> Result<NodeInvoice, LightningError> {
        let hash: [u8; 32] = Sha256::digest(order.metadata.as_bytes()).into();
        if self.hash_alone.load(Ordering::Relaxed) {
            return self.make_invoice(order, hash, false).await.map_err(Rejection::into_error);
        }
        match self.make_invoice(order, hash, true).await {
            Ok(made) => Ok(made),
            Err(Rejection::NoHash(_)) => {
                let made = self.make_invoice(order, hash, false).await.map_err(Rejection::into_error)?;
                self.hash_alone.store(true, Ordering::Relaxed);
                Ok(made)
            }
            // Its reason is kept: without a description, a wallet may refuse for another one.
            Err(Rejection::Answer(error)) if order.metadata.len() > MAX_DESCRIPTION => {
                self.make_invoice(order, hash, false).await.map_err(|_| error)
            }
            Err(other) => Err(other.into_error()),
        }
    }

    async fn make_invoice(
        &self,
        order: &InvoiceOrder,
        hash: [u8; 32],
        described: bool,
    ) -> Result<NodeInvoice, Rejection> {
        let mut params = json!({
            "amount": order.amount.get(),
            "description_hash": hex::encode(hash),
            "expiry": order.expiry_secs,
        });
        let metadata = json!({ "lnurl_metadata": order.metadata });
        if let Some(fields) = params.as_object_mut() {
            if metadata.to_string().len() <= MAX_METADATA {
                fields.insert("metadata".to_owned(), metadata);
            }
            if described {
                fields.insert("description".to_owned(), order.metadata.clone().into());
            }
        }
        let made: Transaction =
            self.client.query("make_invoice", &params).await.map_err(|error| match error {
                CallError::Wallet(error)
                    if !matches!(error.meaning(), Meaning::Later | Meaning::DeadConnection) =>
                {
                    Rejection::Answer(failure(CallError::Wallet(error)))
                }
                other => Rejection::Other(failure(other)),
            })?;
        let text = made
            .invoice
            .as_deref()
            .ok_or_else(|| Rejection::Other(refused("the wallet's response has no invoice")))?;
        let invoice = self.check_invoice(order, text).map_err(Rejection::Other)?;
        if invoice.description_hash() != Some(hash) {
            return Err(Rejection::NoHash(refused(
                "the wallet's invoice does not carry the description hash; it cannot serve LNURL or UMA",
            )));
        }
        Ok(NodeInvoice {
            invoice_id: invoice.payment_hash().to_hex(),
            payment_hash: invoice.payment_hash(),
            bolt11: invoice.as_str().to_owned(),
            expires_at: invoice.expires_at(),
        })
    }

    fn check_invoice(&self, order: &InvoiceOrder, text: &str) -> Result<Bolt11, LightningError> {
        let invoice =
            Bolt11::parse(text).map_err(|error| refused(format!("the wallet's invoice is {error}")))?;
        let latest = self.clock.now() + TimeDelta::seconds(order.expiry_secs.into()) + EXPIRY_SLACK;
        if invoice.amount() != Some(order.amount) {
            return Err(refused("the wallet's invoice asks for another amount"));
        }
        if invoice.expires_at() <= self.clock.now() || invoice.expires_at() > latest {
            return Err(refused("the wallet's invoice does not expire when it should"));
        }
        Ok(invoice)
    }
}
