//! The sandbox's records as Lightspark's types, with every field that the official SDKs query.

use super::Endpoint;
use crate::{Direction, InvoiceRecord, InvoiceState, PaymentRecord, Progress};
use kernel::{Msats, Timestamp};
use lightning_invoice::Bolt11Invoice;
use payments::Bolt11;
use serde_json::{Value as Json, json};
use std::str::FromStr;

/// All nodes other than the shop's, represented as one.
const OTHER_NODE: &str = "GraphNode:00000000-0000-4000-8000-000000000002";
const ACCOUNT: &str = "Account:00000000-0000-4000-8000-000000000001";
/// A satoshi in hundred-thousandths of a US cent; an arbitrary rate.
const EXCHANGE_RATE: u64 = 6_500;
/// The sandbox's network.
const NETWORK: &str = "REGTEST";

/// A time with an offset, since the Rust SDK does not parse `Z`.
fn time(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

fn seconds(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// `CurrencyAmount`; its unit varies like the real server's.
pub(super) fn amount(amount: Msats) -> Json {
    let (value, unit) = match amount.to_sats_exact() {
        Some(sats) if !sats.is_zero() => (sats.get(), "SATOSHI"),
        _ => (amount.get(), "MILLISATOSHI"),
    };
    let hundred_millionths = u128::from(amount.get()) * u128::from(EXCHANGE_RATE);
    let (cents, rest) = (hundred_millionths / 100_000_000, hundred_millionths % 100_000_000);
    json!({
        "__typename": "CurrencyAmount",
        "original_value": value,
        "original_unit": unit,
        "preferred_currency_unit": "USD",
        "preferred_currency_value_rounded": u64::try_from(cents + u128::from(rest >= 50_000_000)).unwrap_or(u64::MAX),
        "preferred_currency_value_approx": format!("{cents}.{rest:08}").parse::<f64>().unwrap_or_default(),
    })
}

fn other_node() -> Json {
    json!({
        "__typename": "GraphNode",
        "id": OTHER_NODE,
        "created_at": "2026-01-01T00:00:00.000000+00:00",
        "updated_at": "2026-01-01T00:00:00.000000+00:00",
        "alias": "elsewhere",
        "bitcoin_network": NETWORK,
        "color": "#3399ff",
        "conductivity": null,
        "display_name": "elsewhere",
        "public_key": null,
    })
}

impl Endpoint {
    /// `LightsparkNodeWithOSK`, or the type without a stored key.
    pub(super) fn node_entity(&self) -> Json {
        let (available, in_flight) = self.node.purse();
        let (owned, available) = (amount(available.saturating_add(in_flight)), amount(available));
        let mut node = json!({
            "__typename": "LightsparkNodeWithRemoteSigning",
            "id": self.settings.node_id,
            "created_at": "2026-01-01T00:00:00.000000+00:00",
            "updated_at": time(self.node.now()),
            "alias": self.node.name(),
            "bitcoin_network": NETWORK,
            "color": null,
            "conductivity": null,
            "display_name": self.node.name(),
            "public_key": self.node.public_key(),
            "owner": {"__typename": "Account", "id": ACCOUNT},
            "status": "READY",
            "total_balance": owned,
            "total_local_balance": owned,
            "local_balance": available,
            "remote_balance": amount(Msats::ZERO),
            "blockchain_balance": null,
            "uma_prescreening_utxos": [],
            "balances": {
                "__typename": "Balances",
                "owned_balance": owned,
                "available_to_send_balance": available,
                "available_to_withdraw_balance": available,
            },
        });
        if let (Some(sealed), Json::Object(fields)) = (&self.sealed_key, &mut node) {
            fields.insert("__typename".to_owned(), "LightsparkNodeWithOSK".into());
            fields.insert(
                "encrypted_signing_private_key".to_owned(),
                json!({"__typename": "Secret", "encrypted_value": sealed.value, "cipher": sealed.cipher}),
            );
        }
        node
    }

    /// The only `Account`.
    pub(super) fn account_entity(&self, transactions: &Json) -> Json {
        json!({
            "__typename": "Account",
            "id": ACCOUNT,
            "created_at": "2026-01-01T00:00:00.000000+00:00",
            "updated_at": "2026-01-01T00:00:00.000000+00:00",
            "name": "Sandbox",
            "transactions": transactions,
            "nodes": {
                "__typename": "AccountToNodesConnection",
                "count": 1,
                "page_info": {
                    "__typename": "PageInfo", "has_next_page": false, "has_previous_page": false,
                    "start_cursor": null, "end_cursor": null,
                },
                "entities": [self.node_entity()],
            },
        })
    }

    /// `Invoice`: `OPEN` or `CLOSED`, nothing else.
    pub(super) fn invoice(&self, invoice: &InvoiceRecord) -> Json {
        let (paid, touched) = match invoice.state {
            InvoiceState::Settled { amount, at } => (Some(amount), at),
            InvoiceState::Open | InvoiceState::Cancelled => (None, invoice.created_at),
        };
        let closed = paid.is_some() || self.node.is_dead(invoice);
        json!({
            "__typename": "Invoice",
            "id": invoice.id,
            "created_at": time(invoice.created_at),
            "updated_at": time(touched),
            "status": if closed { "CLOSED" } else { "OPEN" },
            "amount_paid": paid.map(amount),
            "is_uma": invoice.description_hash.is_some(),
            "is_lnurl": invoice.description_hash.is_some(),
            "data": self.invoice_data(&invoice.bolt11),
        })
    }

    /// `InvoiceData` of any BOLT 11 invoice; null for other text.
    pub(super) fn invoice_data(&self, bolt11: &str) -> Json {
        let (Ok(parsed), Ok(invoice)) = (Bolt11::parse(bolt11), Bolt11Invoice::from_str(bolt11)) else {
            return Json::Null;
        };
        let created = i64::try_from(invoice.duration_since_epoch().as_secs())
            .ok()
            .and_then(|seconds| Timestamp::from_timestamp(seconds, 0))
            .unwrap_or_default();
        let ours = self.node.invoice_of(parsed.payment_hash());
        json!({
            "__typename": "InvoiceData",
            "encoded_payment_request": bolt11,
            "bitcoin_network": NETWORK,
            "payment_hash": parsed.payment_hash().to_hex(),
            "amount": amount(parsed.amount().unwrap_or_default()),
            "created_at": seconds(created),
            "expires_at": seconds(parsed.expires_at()),
            "memo": ours.as_ref().and_then(|invoice| invoice.description.clone()).or_else(|| words(&invoice)),
            "destination": if ours.is_some() { self.node_entity() } else { other_node() },
        })
    }

    /// `IncomingPayment` or `OutgoingPayment`.
    pub(super) fn payment(&self, payment: &PaymentRecord) -> Json {
        let (status, failure) = match payment.progress {
            Progress::InFlight => ("PENDING", None),
            Progress::Settled => ("SUCCESS", None),
            Progress::Failed(reason) => ("FAILED", Some(reason.to_string())),
        };
        let mut entity = json!({
            "__typename": "IncomingPayment",
            "id": payment.id,
            "created_at": time(payment.created_at),
            "updated_at": time(payment.resolved_at.unwrap_or(payment.created_at)),
            "status": status,
            "resolved_at": payment.resolved_at.map(time),
            "amount": amount(payment.amount),
            "transaction_hash": payment.payment_hash.to_hex(),
            "is_uma": false,
            "uma_post_transaction_data": null,
            "is_internal_payment": false,
        });
        let Json::Object(fields) = &mut entity else { return entity };
        match payment.direction {
            Direction::Incoming => {
                let invoice = self.node.invoice_of(payment.payment_hash);
                fields.insert("destination".to_owned(), self.node_entity());
                fields.insert(
                    "payment_request".to_owned(),
                    invoice.map(|invoice| self.invoice(&invoice)).into(),
                );
            }
            Direction::Outgoing => {
                let settled = payment.progress == Progress::Settled;
                let preimage = self.node.preimage_of(payment.payment_hash).filter(|_| settled);
                let message = failure.as_ref().map(|reason| {
                    json!({"__typename": "RichText", "text": format!("The payment failed: {reason}.")})
                });
                for (name, value) in [
                    ("__typename", "OutgoingPayment".into()),
                    ("origin", self.node_entity()),
                    ("destination", other_node()),
                    ("fees", settled.then(|| amount(payment.fee)).into()),
                    ("payment_request_data", self.invoice_data(&payment.bolt11)),
                    ("failure_reason", failure.into()),
                    ("failure_message", message.into()),
                    ("payment_preimage", preimage.map(|preimage| preimage.expose_hex()).into()),
                    ("idempotency_key", payment.idempotency_key.clone().into()),
                ] {
                    fields.insert(name.to_owned(), value);
                }
            }
        }
        entity
    }
}

fn words(invoice: &Bolt11Invoice) -> Option<String> {
    match invoice.description() {
        lightning_invoice::Bolt11InvoiceDescriptionRef::Direct(words) => Some(words.to_string()),
        lightning_invoice::Bolt11InvoiceDescriptionRef::Hash(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_has_the_unit_that_fits() {
        let of = |msats: u64| {
            let json = amount(Msats::new(msats).unwrap());
            (
                json["original_value"].as_u64().unwrap(),
                json["original_unit"].as_str().unwrap().to_owned(),
                json["preferred_currency_value_rounded"].as_u64().unwrap(),
            )
        };
        assert_eq!(of(42_000), (42, "SATOSHI".to_owned(), 3));
        assert_eq!(of(12_345), (12_345, "MILLISATOSHI".to_owned(), 1));
        assert_eq!(of(0), (0, "MILLISATOSHI".to_owned(), 0));
        assert_eq!(amount(Msats::new(42_000).unwrap())["preferred_currency_value_approx"], 2.73);
    }
}
