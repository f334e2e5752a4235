use crate::arena::{Arena, Store};
use sandbox::{PaymentRequest, Sandbox};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

const PRICE: u64 = 2_100;
const ORDERS: usize = 12;
/// UMA Requests that one payer address may have unanswered.
const PUSHED: usize = 2;

/// The requests in the payer's wallet that wait for an answer, at most [`PUSHED`].
fn unanswered(world: &Sandbox) -> Vec<PaymentRequest> {
    let pending = world.pending();
    assert!(pending.len() <= PUSHED, "{} requests at once in one wallet", pending.len());
    pending
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Pays what waits in the wallet; the invoices that were paid.
async fn answer_all(world: &Sandbox) -> BTreeSet<String> {
    let mut paid = BTreeSet::new();
    for request in unanswered(world) {
        paid.extend(world.approve(&request.id).await.unwrap().bolt11);
    }
    paid
}

/// Guests of many networks order with the address of another person.
pub(crate) async fn a_payers_wallet_is_asked_for_two_payments_at_a_time(store: Store) {
    let arena = Arena::open(store, &[]).await;
    let event = arena.event(50, PRICE).await;
    let mut orders = Vec::new();
    for number in 1..=ORDERS {
        let guest = arena.from(&format!("203.0.113.{number}"));
        orders.push(guest.buy(event, arena.admin.id).await.data().clone());
        unanswered(&arena.world);
    }
    let (first, rest) = orders.split_at(PUSHED);
    for order in rest {
        let path = format!(
            "/api/tickets/{}/status?token={}",
            order["ticket"]["id"],
            order["status_token"].as_str().unwrap()
        );
        // The buyer sees that the request waits, and pays with the QR code meanwhile.
        loop {
            let status = arena.from("192.0.2.9").get(&path).await.data().clone();
            if status["collection"]["detail"].as_str().is_some_and(|text| text.contains("QR code")) {
                break;
            }
            unanswered(&arena.world);
            pause().await;
        }
    }
    let invoices = |orders: &[Value]| -> BTreeSet<String> {
        orders.iter().map(|order| order["uma_request"]["bolt11"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(unanswered(&arena.world).len(), PUSHED);
    assert_eq!(answer_all(&arena.world).await, invoices(first), "the oldest orders are pushed first");
    while unanswered(&arena.world).len() < PUSHED {
        pause().await;
    }
    assert_eq!(answer_all(&arena.world).await, invoices(&rest[..PUSHED]), "then the next ones");
    arena.books_agree();
}
