//! States of invoices and payments, derived from Lightspark's responses.

use crate::model::{Amount, IncomingPayment, Invoice, ListedPayment, OutgoingPayment, Status};
use chrono::Duration;
use kernel::{Msats, Timestamp};
use payments::{IncomingState, LightningError, NodePayment, NodePaymentStatus, OutgoingState, PaymentHash};

/// An open invoice is checked until this long after its expiry. The clocks may differ by minutes, and a payment in time by the
/// node's clock must be found even if its webhook was lost.
const EXPIRY_MARGIN: Duration = Duration::hours(1);

/// Only successful payments count as money; anything inconclusive keeps the invoice open.
pub(crate) fn incoming_state(
    invoice: &Invoice,
    payments: &[IncomingPayment],
    now: Timestamp,
) -> Result<IncomingState, LightningError> {
    let mut settled = Msats::ZERO;
    let mut at = None;
    let mut unfinished = false;
    for payment in payments {
        match payment.status {
            Status::Success => {
                settled = settled.saturating_add(msats(&payment.amount)?);
                at = at.max(payment.resolved_at);
            }
            Status::Unfinished => unfinished = true,
            Status::Failed | Status::Cancelled => {}
        }
    }
    Ok(if !settled.is_zero() {
        IncomingState::Settled { amount: settled, at }
    } else if unfinished || invoice.amount_paid.is_some() {
        IncomingState::Open
    } else if invoice.status == "CLOSED" || now >= invoice.data.expires_at + EXPIRY_MARGIN {
        IncomingState::Unpayable
    } else {
        IncomingState::Open
    })
}

pub(crate) fn outgoing_state(
    payment: OutgoingPayment,
    hash: PaymentHash,
) -> Result<OutgoingState, LightningError> {
    Ok(match payment.status {
        Status::Success => OutgoingState::Paid {
            // Paid; only its fee is unknown.
            fee: payment
                .fees
                .map_or(Ok(Msats::ZERO), |fees| fees.msats())
                .map_err(|error| LightningError::Unknown(Box::new(error)))?,
            preimage: payment.payment_preimage.filter(|preimage| preimage.proves(hash)),
        },
        Status::Failed | Status::Cancelled => {
            OutgoingState::Failed { reason: payment.failure_reason.unwrap_or_else(|| "FAILED".to_owned()) }
        }
        Status::Unfinished => OutgoingState::InFlight,
    })
}

/// State of a payment found by its idempotency key. The key may belong to another payment, for example after the database was
/// restored from a backup; such a payment proves nothing about this hash.
pub(crate) fn ordered_state(
    payment: OutgoingPayment,
    hash: PaymentHash,
) -> Result<OutgoingState, LightningError> {
    if payment.hash().is_some_and(|other| other != hash) {
        return Err(LightningError::Unknown("the idempotency key belongs to another payment".into()));
    }
    outgoing_state(payment, hash)
}

/// An entry of the node's list of payments.
pub(crate) fn listed_payment(payment: ListedPayment) -> Result<NodePayment, LightningError> {
    Ok(NodePayment {
        payment_hash: payment.hash(),
        amount: msats(&payment.amount)?,
        fee: payment.fees.as_ref().map_or(Ok(Msats::ZERO), msats)?,
        status: match payment.status {
            Status::Success => NodePaymentStatus::Paid,
            Status::Failed | Status::Cancelled => NodePaymentStatus::Failed,
            Status::Unfinished => NodePaymentStatus::InFlight,
        },
        created_at: payment.created_at,
        id: payment.id,
    })
}

/// Rank by evidence: of several payments for one hash, the highest counts.
pub(crate) const fn rank(state: &OutgoingState) -> u8 {
    match state {
        OutgoingState::Unknown => 0,
        OutgoingState::Failed { .. } => 1,
        OutgoingState::InFlight => 2,
        OutgoingState::Paid { .. } => 3,
    }
}

pub(crate) fn msats(amount: &Amount) -> Result<Msats, LightningError> {
    amount.msats().map_err(|error| LightningError::Unavailable(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn state(invoice: &Value, payments: Value, now: &str) -> IncomingState {
        let mut whole = json!({
            "id": "Invoice:1", "status": "OPEN", "amount_paid": null,
            "data": {"encoded_payment_request": "", "payment_hash": "00".repeat(32), "expires_at": "2026-11-22T07:34:33+00:00"},
        });
        for (name, value) in invoice.as_object().unwrap() {
            whole[name] = value.clone();
        }
        let payments: Vec<IncomingPayment> = serde_json::from_value(payments).unwrap();
        incoming_state(&serde_json::from_value(whole).unwrap(), &payments, now.parse().unwrap()).unwrap()
    }

    const EARLY: &str = "2026-11-22T07:30:00Z";
    const LATE: &str = "2026-11-22T08:34:33Z";

    fn payment(status: &str, value: i64, unit: &str) -> Value {
        let resolved_at = "2026-11-22T07:31:00.123456+00:00";
        json!({"status": status, "resolved_at": resolved_at, "amount": {"original_value": value, "original_unit": unit}})
    }

    #[test]
    fn only_successful_payments_count() {
        let paid =
            json!({"status": "CLOSED", "amount_paid": {"original_value": 42, "original_unit": "SATOSHI"}});
        for status in ["PENDING", "SOMETHING_NEW"] {
            assert_eq!(state(&json!({}), json!([payment(status, 42, "SATOSHI")]), LATE), IncomingState::Open);
        }
        for status in ["FAILED", "CANCELLED"] {
            assert_eq!(
                state(&json!({}), json!([payment(status, 42, "SATOSHI")]), EARLY),
                IncomingState::Open
            );
        }
        // The invoice reports a payment that is not in the list yet.
        assert_eq!(state(&paid, json!([]), LATE), IncomingState::Open);
        let twice = json!([
            payment("SUCCESS", 42, "SATOSHI"),
            payment("FAILED", 9, "BITCOIN"),
            payment("SUCCESS", 1_500, "MILLISATOSHI")
        ]);
        let IncomingState::Settled { amount, at } = state(&paid, twice, LATE) else { panic!("not settled") };
        assert_eq!(amount.get(), 43_500);
        assert_eq!(at, Some("2026-11-22T07:31:00.123456Z".parse().unwrap()));
    }

    #[test]
    fn invoice_is_unpayable_only_after_every_possible_payment() {
        assert_eq!(state(&json!({}), json!([]), EARLY), IncomingState::Open);
        assert_eq!(state(&json!({}), json!([]), "2026-11-22T08:34:32Z"), IncomingState::Open);
        assert_eq!(state(&json!({}), json!([]), LATE), IncomingState::Unpayable);
        assert_eq!(state(&json!({"status": "CLOSED"}), json!([]), EARLY), IncomingState::Unpayable);
        assert_eq!(
            state(&json!({"status": "CLOSED"}), json!([payment("PENDING", 1, "SATOSHI")]), LATE),
            IncomingState::Open
        );
        assert_eq!(state(&json!({"status": "SOMETHING_NEW"}), json!([]), EARLY), IncomingState::Open);
    }

    #[test]
    fn unknown_currency_unit_is_inconclusive() {
        let invoice: Invoice = serde_json::from_value(json!({
            "id": "Invoice:1", "status": "CLOSED",
            "data": {"encoded_payment_request": "", "payment_hash": "00".repeat(32), "expires_at": "2026-11-22T07:34:33Z"},
        }))
        .unwrap();
        let dollars: IncomingPayment = serde_json::from_value(payment("SUCCESS", 1, "USD")).unwrap();
        assert!(incoming_state(&invoice, &[dollars], LATE.parse().unwrap()).is_err());
    }

    #[test]
    fn unknown_fee_does_not_fail_a_settled_payment() {
        let payment =
            |fees: Value| serde_json::from_value(json!({"status": "SUCCESS", "fees": fees})).unwrap();
        let hash = PaymentHash::new([0; 32]);
        let unknown = outgoing_state(payment(json!({"original_value": 1, "original_unit": "USD"})), hash);
        assert!(matches!(unknown, Err(LightningError::Unknown(_))));
        let free = outgoing_state(payment(Value::Null), hash).unwrap();
        assert_eq!(free, OutgoingState::Paid { fee: Msats::ZERO, preimage: None });
    }
}
