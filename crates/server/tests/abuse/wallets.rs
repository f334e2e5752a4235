use crate::deployment::{Deployment, Store};
use sandbox::{PaymentRequest, Sandbox};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

const PRICE: u64 = 2_100;
const ORDERS: usize = 12;
/// Limit of unanswered UMA Requests per payer address.
const MAX_UNANSWERED: usize = 2;

/// Returns the wallet's pending requests and asserts the limit.
fn unanswered(sandbox: &Sandbox) -> Vec<PaymentRequest> {
    let pending = sandbox.pending();
    assert!(pending.len() <= MAX_UNANSWERED, "{} unanswered requests in one wallet", pending.len());
    pending
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Approves all pending requests and returns the paid invoices.
async fn approve_all(sandbox: &Sandbox) -> BTreeSet<String> {
    let mut paid = BTreeSet::new();
    for request in unanswered(sandbox) {
        paid.extend(sandbox.approve(&request.id).await.unwrap().bolt11);
    }
    paid
}

/// Guests of many networks order with the same payer address.
pub(crate) async fn a_payers_wallet_has_two_unanswered_requests_at_most(store: Store) {
    let deployment = Deployment::open(store, &[]).await;
    let event = deployment.event(50, PRICE).await;
    let mut orders = Vec::new();
    for number in 1..=ORDERS {
        let guest = deployment.from(&format!("203.0.113.{number}"));
        orders.push(guest.buy(event, deployment.admin.id).await.data().clone());
        unanswered(&deployment.sandbox);
    }
    let (first, rest) = orders.split_at(MAX_UNANSWERED);
    for order in rest {
        let path = format!(
            "/api/tickets/{}/status?token={}",
            order["ticket"]["id"],
            order["status_token"].as_str().unwrap()
        );
        // The status says that the request is queued and that the QR code can be paid.
        loop {
            let status = deployment.from("192.0.2.9").get(&path).await.data().clone();
            if status["collection"]["detail"].as_str().is_some_and(|text| text.contains("QR code")) {
                break;
            }
            unanswered(&deployment.sandbox);
            pause().await;
        }
    }
    let invoices = |orders: &[Value]| -> BTreeSet<String> {
        orders.iter().map(|order| order["uma_request"]["bolt11"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(unanswered(&deployment.sandbox).len(), MAX_UNANSWERED);
    assert_eq!(approve_all(&deployment.sandbox).await, invoices(first), "the oldest orders are pushed first");
    while unanswered(&deployment.sandbox).len() < MAX_UNANSWERED {
        pause().await;
    }
    assert_eq!(
        approve_all(&deployment.sandbox).await,
        invoices(&rest[..MAX_UNANSWERED]),
        "then the next orders"
    );
    deployment.assert_audit_passes();
}
