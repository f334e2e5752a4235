use crate::arena::{Arena, Store};
use std::collections::BTreeSet;

const PRICE: u64 = 2_100;
const ASKED: u64 = 20;

/// Strangers ask the shop's public LNURL-pay address for exactly the price of another buyer's pending order.
pub(crate) async fn strangers_do_not_replace_a_pending_orders_invoice(store: Store) {
    let arena = Arena::open(store, &[]).await;
    let event = arena.event(9, PRICE).await;
    let bought = arena.organiser().buy(event, arena.admin.id).await.data().clone();
    let current = &bought["uma_request"]["bolt11"];
    let mut extra = BTreeSet::new();
    for number in 1..=ASKED {
        let stranger = arena.from(&format!("203.0.113.{number}"));
        let answer = stranger.get(&format!("/api/lnurl/callback?amount={}", PRICE * 1_000)).await;
        extra.extend(answer.body["pr"].as_str().map(str::to_owned));
    }
    assert!(extra.len() <= 1, "{} invoices for one order beside its own", extra.len());
    let path = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
    let seen = arena.organiser().get(&path).await.data().clone();
    assert_eq!(&seen["payment"]["bolt11"], current, "the order's own invoice is shown");
    arena.books_agree();
}
