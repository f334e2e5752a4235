//! NIP-47 methods of a wallet, on a node of the sandbox.

use super::grant::DescriptionRule;
use crate::{
    InvoiceText, Node, NodeError, PayInvoice,
    ledger::{Direction, InvoiceRecord, InvoiceState, PayFailure, PaymentRecord, Progress},
};
use kernel::Msats;
use payments::{Bolt11, PaymentHash};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{fmt::Display, time::Duration};

/// Lightning nodes report a timeout about then, although the payment may still settle.
const HTLC_TIMEOUT: Duration = Duration::from_secs(50);
const PAGE: usize = 20;
/// LND's limit, bytes.
const MAX_MEMO: usize = 1_024;

/// Code and message of a NIP-47 error.
pub(super) type ErrorReply = (String, String);

pub(super) fn error_reply(code: &str, message: impl Display) -> ErrorReply {
    (code.to_owned(), format!("{message}"))
}

fn bad(message: &str) -> ErrorReply {
    error_reply("BAD_REQUEST", message)
}

fn failed(reason: PayFailure) -> ErrorReply {
    match reason {
        PayFailure::InsufficientBalance => error_reply("INSUFFICIENT_BALANCE", "the balance is insufficient"),
        other => error_reply("PAYMENT_FAILED", other),
    }
}

fn msats(params: &Value, name: &str) -> Option<Msats> {
    params.get(name).and_then(Value::as_u64).and_then(|amount| Msats::new(amount).ok())
}

fn text<'a>(params: &'a Value, name: &str) -> Option<&'a str> {
    params.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Amount of a payment, for the budget.
pub(super) fn price(params: &Value) -> Option<Msats> {
    let invoice = Bolt11::parse(text(params, "invoice")?).ok()?;
    invoice.amount().or_else(|| msats(params, "amount"))
}

pub(super) async fn pay_invoice(node: &Node, params: &Value) -> Result<Value, ErrorReply> {
    let order = PayInvoice {
        bolt11: text(params, "invoice").ok_or_else(|| bad("no invoice"))?.to_owned(),
        amount: msats(params, "amount"),
        max_fee: None,
        idempotency_key: None,
    };
    let mut changes = node.world().changes();
    let mut payment = node.pay_invoice(&order).map_err(|error| match error {
        NodeError::World(error) => error_reply("INTERNAL", error),
        error => bad(&error.to_string()),
    })?;
    let patience = tokio::time::sleep(HTLC_TIMEOUT);
    tokio::pin!(patience);
    loop {
        match payment.progress {
            Progress::Failed(reason) => return Err(failed(reason)),
            Progress::Settled => {
                let preimage = node.preimage_of(payment.payment_hash).map(|preimage| preimage.expose_hex());
                return Ok(json!({ "preimage": preimage, "fees_paid": payment.fee.get() }));
            }
            Progress::InFlight => {}
        }
        tokio::select! {
            () = &mut patience => return Err(error_reply("INTERNAL", "the payment takes too long")),
            changed = changes.changed() => if changed.is_err() {
                return Err(error_reply("INTERNAL", "the wallet shuts down"));
            },
        }
        if let Some(known) = node.payment(&payment.id) {
            payment = known;
        }
    }
}

pub(super) fn make_invoice(node: &Node, rule: DescriptionRule, params: &Value) -> Result<Value, ErrorReply> {
    let (hash, description) = (text(params, "description_hash"), text(params, "description"));
    match (rule, hash, description) {
        (DescriptionRule::Required, Some(_), None) => {
            return Err(error_reply("OTHER", "Must have description when using description_hash"));
        }
        (DescriptionRule::Required, Some(hash), Some(text)) if hex::encode(Sha256::digest(text)) != hash => {
            return Err(error_reply("OTHER", "description_hash not matching description"));
        }
        (DescriptionRule::Short, _, Some(text)) if text.len() > MAX_MEMO => {
            return Err(error_reply("INTERNAL", "memo too large"));
        }
        _ => {}
    }
    let described = match hash.filter(|_| rule != DescriptionRule::Preferred || description.is_none()) {
        Some(hash) => {
            let mut bytes = [0; 32];
            hex::decode_to_slice(hash, &mut bytes).map_err(|_| bad("description_hash"))?;
            InvoiceText::Hash(bytes)
        }
        None => InvoiceText::Description(description.unwrap_or_default().to_owned()),
    };
    let expiry = params.get("expiry").and_then(Value::as_u64).and_then(|secs| u32::try_from(secs).ok());
    let amount = msats(params, "amount").filter(|amount| !amount.is_zero()).ok_or_else(|| bad("amount"))?;
    let made = node
        .make_invoice(Some(amount), &described, expiry.unwrap_or(3_600))
        .map_err(|error| error_reply("INTERNAL", error))?;
    Ok(incoming(node, &made))
}

pub(super) fn lookup_invoice(node: &Node, params: &Value) -> Result<Value, ErrorReply> {
    let hash = match (text(params, "payment_hash"), text(params, "invoice")) {
        (Some(hash), None) => PaymentHash::from_hex(hash).map_err(|_| bad("payment_hash"))?,
        (None, Some(invoice)) => Bolt11::parse(invoice).map_err(|_| bad("invoice"))?.payment_hash(),
        _ => return Err(bad("one of payment_hash and invoice")),
    };
    let paid = node.payments_of(hash);
    let outgoing_one = paid.iter().rev().find(|payment| payment.direction == Direction::Outgoing);
    match (outgoing_one, node.invoice_of(hash)) {
        (Some(payment), _) => Ok(outgoing(node, payment)),
        (None, Some(invoice)) => Ok(incoming(node, &invoice)),
        (None, None) => Err(error_reply("NOT_FOUND", "no such invoice")),
    }
}

pub(super) fn list_transactions(node: &Node, params: &Value) -> Value {
    let wanted = text(params, "type");
    let unpaid = params.get("unpaid").and_then(Value::as_bool).unwrap_or(false);
    let number = |name: &str| params.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let (limit, offset) = (number("limit"), number("offset"));
    let time = |name: &str| params.get(name).and_then(Value::as_i64);
    let (from, until) = (time("from").unwrap_or(i64::MIN), time("until").unwrap_or(i64::MAX));
    let mut found: Vec<Value> = Vec::new();
    if wanted != Some("incoming") {
        let own = node.payments().into_iter().filter(|payment| payment.direction == Direction::Outgoing);
        found.extend(own.map(|payment| outgoing(node, &payment)));
    }
    if wanted != Some("outgoing") {
        found.extend(node.invoices().iter().map(|invoice| incoming(node, invoice)));
    }
    found.retain(|one| unpaid || one.get("state").and_then(Value::as_str) == Some("settled"));
    let created_at = |one: &Value| one.get("created_at").and_then(Value::as_i64);
    found.retain(|one| created_at(one).is_some_and(|at| (from..=until).contains(&at)));
    found.sort_by_key(|one| std::cmp::Reverse(created_at(one)));
    let page = found.into_iter().skip(offset.unwrap_or(0)).take(limit.unwrap_or(PAGE).min(PAGE));
    json!({ "transactions": page.collect::<Vec<Value>>() })
}

pub(super) fn get_balance(node: &Node) -> Value {
    json!({ "balance": node.purse().0.get() })
}

/// A payment made by the wallet.
fn outgoing(node: &Node, payment: &PaymentRecord) -> Value {
    let settled = payment.progress == Progress::Settled;
    json!({
        "type": "outgoing",
        "state": match payment.progress {
            Progress::InFlight => "pending",
            Progress::Settled => "settled",
            Progress::Failed(_) => "failed",
        },
        "invoice": payment.bolt11,
        "payment_hash": payment.payment_hash.to_hex(),
        "preimage": settled.then(|| node.preimage_of(payment.payment_hash).map(|one| one.expose_hex())).flatten(),
        "amount": payment.amount.get(),
        "fees_paid": payment.fee.get(),
        "created_at": payment.created_at.timestamp(),
        "settled_at": payment.resolved_at.filter(|_| settled).map(|at| at.timestamp()),
    })
}

/// An invoice of the wallet. Like in real wallets, the preimage is included from the start.
pub(super) fn incoming(node: &Node, invoice: &InvoiceRecord) -> Value {
    let (state, amount, settled_at) = match invoice.state {
        InvoiceState::Settled { amount, at } => ("settled", Some(amount), Some(at.timestamp())),
        _ if node.is_in_flight(invoice.payment_hash) => ("accepted", invoice.amount, None),
        _ if node.is_dead(invoice) => ("expired", invoice.amount, None),
        InvoiceState::Open | InvoiceState::Cancelled => ("pending", invoice.amount, None),
    };
    json!({
        "type": "incoming",
        "state": state,
        "invoice": invoice.bolt11,
        "description": invoice.description,
        "description_hash": invoice.description_hash,
        "payment_hash": invoice.payment_hash.to_hex(),
        "preimage": invoice.preimage.expose_hex(),
        "amount": amount.map(Msats::get),
        "created_at": invoice.created_at.timestamp(),
        "expires_at": invoice.expires_at.timestamp(),
        "settled_at": settled_at,
    })
}
