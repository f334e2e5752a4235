//! Who gets an email about a change: the buyer of an order once, and each named holder of its tickets.

use crate::{
    harness::{BUYER, TestShop, register},
    refund_addresses::{guest, pay, place},
    refunds::run,
};
use box_office::OrderReceipt;
use chrono::Duration;
use events::{Event, EventPatch};
use kernel::Page;
use tickets::{Buyer, Holder, OrderStatus};

fn holders(names: &[&str]) -> Vec<Holder> {
    let email = |name: &&str| (!name.is_empty()).then(|| format!("{name}@people.example"));
    names.iter().map(|name| Holder { name: None, email: email(name) }).collect()
}

fn account(shop: &TestShop) -> Buyer {
    Buyer { user_id: Some(shop.buyer.id()), payer_address: Some(BUYER.into()), ..Buyer::default() }
}

fn ann() -> Buyer {
    guest("ann@people.example")
}

async fn paid(shop: &TestShop, event: &Event, buyer: Buyer, names: &[&str]) -> OrderReceipt {
    let receipt = place(shop, event, buyer, holders(names)).await;
    pay(shop, &receipt).await;
    receipt
}

/// Sends all emails and returns them.
async fn sent(shop: &TestShop) -> Vec<String> {
    run(shop).await;
    shop.emails.take_log()
}

async fn refund(shop: &TestShop, receipt: &OrderReceipt, tickets: &[usize]) {
    let ids = tickets.iter().map(|index| receipt.view.tickets[*index].ticket.id).collect();
    shop.office.refund_tickets(&shop.admin, ids, Some(BUYER)).await.unwrap();
}

#[tokio::test]
async fn event_change_is_one_email_per_order_and_one_per_named_holder() {
    let shop = TestShop::open().await;
    let event = shop.event(50, 2_100).await;
    paid(&shop, &event, account(&shop), &["", "mina", ""]).await;
    paid(&shop, &event, ann(), &["jun", "ann", ""]).await;
    let part = paid(&shop, &event, guest("part@people.example"), &["", "", "kim"]).await;
    refund(&shop, &part, &[0, 2]).await;
    let whole = paid(&shop, &event, guest("gone@people.example"), &["lee", ""]).await;
    refund(&shop, &whole, &[0, 1]).await;
    place(&shop, &event, guest("waiting@people.example"), holders(&["eve"])).await;
    sent(&shop).await;
    let patch = EventPatch { title: Some("Later Show".into()), ..EventPatch::default() };
    shop.office.update_event(&shop.admin, event.id, &patch).await.unwrap();
    let expected = [
        "alice@mail.example: event_changed",
        "ann@people.example: event_changed",
        "jun@people.example: holder event_changed",
        "mina@people.example: holder event_changed",
        "part@people.example: event_changed",
    ];
    assert_eq!(sent(&shop).await, expected);
    assert_eq!(sent(&shop).await, Vec::<String>::new(), "a repetition");
}

#[tokio::test]
async fn holders_are_notified_when_their_ticket_is_revoked() {
    let shop = TestShop::open().await;
    let event = shop.event(50, 2_100).await;
    let order = paid(&shop, &event, account(&shop), &["mina", "jun", ""]).await;
    let own = paid(&shop, &event, ann(), &["ann"]).await;
    sent(&shop).await;
    refund(&shop, &order, &[0]).await;
    let one = [
        "alice@mail.example: refunded",
        "alice@mail.example: ticket_revoked",
        "mina@people.example: holder revoked",
    ];
    assert_eq!(sent(&shop).await, one);
    let payment = order.view.payment.as_ref().unwrap().id;
    shop.office.request_refund(Some(&shop.admin), payment, None, true).await.unwrap();
    let rest = [
        "alice@mail.example: refunded",
        "alice@mail.example: ticket_revoked",
        "jun@people.example: holder revoked",
    ];
    assert_eq!(sent(&shop).await, rest);
    refund(&shop, &own, &[0]).await;
    assert_eq!(sent(&shop).await, ["ann@people.example: refunded", "ann@people.example: ticket_revoked"]);
}

#[tokio::test]
async fn holders_are_notified_when_the_event_is_cancelled() {
    let shop = TestShop::open().await;
    let (event, free) = (shop.event(50, 2_100).await, shop.event(50, 0).await);
    paid(&shop, &event, account(&shop), &["mina", ""]).await;
    place(&shop, &event, account(&shop), holders(&["eve"])).await;
    place(&shop, &free, account(&shop), holders(&["jun", ""])).await;
    sent(&shop).await;
    for event in [&event, &free] {
        shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    }
    let expected = [
        "alice@mail.example: cancelled",
        "alice@mail.example: cancelled",
        "alice@mail.example: event_cancelled",
        "alice@mail.example: refunded",
        "jun@people.example: holder event_cancelled",
        "mina@people.example: holder event_cancelled",
    ];
    assert_eq!(sent(&shop).await, expected);
}

#[tokio::test]
async fn holder_is_notified_when_the_buyer_gives_the_ticket_back() {
    let shop = TestShop::open().await;
    let event = shop.event(50, 0).await;
    let order = place(&shop, &event, account(&shop), holders(&["mina", "jun", ""])).await;
    // Not confirmed, so its holder never had a ticket.
    let unconfirmed = place(&shop, &event, ann(), holders(&["eve"])).await;
    sent(&shop).await;
    let (id, first) = (order.view.order.id, order.view.tickets[0].ticket.id);
    shop.office.give_ticket_back(id, first, Some(&shop.buyer), None).await.unwrap();
    assert_eq!(sent(&shop).await, ["mina@people.example: holder given_back"]);
    shop.office.cancel_order(id, Some(&shop.buyer), None).await.unwrap();
    shop.office.cancel_order(unconfirmed.view.order.id, Some(&shop.admin), None).await.unwrap();
    assert_eq!(sent(&shop).await, ["jun@people.example: holder given_back"]);
}

#[tokio::test]
async fn guest_order_issued_after_the_proof_of_its_address_belongs_to_the_account() {
    let shop = TestShop::open().await;
    let event = shop.event(50, 2_100).await;
    let ann_account = register(&shop.office, "ann@people.example").await;
    let unproved = register(&shop.office, "bob@people.example").await;
    shop.office.run_due_jobs().await.unwrap();
    let links = shop.emails.links.lock().unwrap().clone();
    for link in links {
        // Each account has its own link.
        drop(shop.office.verify_email(&ann_account, link.split("token=").nth(1).unwrap()).await);
    }
    let user = shop.office.store().user(ann_account.id()).await.unwrap().unwrap();
    assert!(user.email_verified_at.is_some());
    let orders = async |caller: &box_office::Caller| {
        let orders = shop.office.store().orders_of(caller.id(), Page::default()).await.unwrap();
        orders.iter().map(|view| view.order.id).collect::<Vec<_>>()
    };
    let placed = place(&shop, &event, ann(), holders(&["mina"])).await;
    place(&shop, &event, ann(), holders(&[""])).await;
    paid(&shop, &event, guest("bob@people.example"), &[""]).await;
    run(&shop).await;
    // An order that is not paid for proves nothing.
    assert_eq!(orders(&ann_account).await, []);
    pay(&shop, &placed).await;
    let jobs = shop.office.claim_jobs(50).await.unwrap();
    for job in jobs {
        // Both replicas run the same job.
        let (one, two) = tokio::join!(shop.office.run_job(&job), shop.replica.run_job(&job));
        one.and(two).unwrap();
    }
    run(&shop).await;
    assert_eq!(orders(&ann_account).await, [placed.view.order.id]);
    assert_eq!(orders(&unproved).await, []);
    let view = shop.office.store().order(placed.view.order.id).await.unwrap().unwrap();
    assert_eq!((view.order.status, view.order.buyer.email), (OrderStatus::Paid, None));
    assert!(view.tickets.iter().all(|one| one.ticket.user_id == Some(ann_account.id())));
    shop.clock.advance(Duration::seconds(1));
    shop.audit().await;
}
