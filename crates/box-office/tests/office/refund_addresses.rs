//! Where the money of orders without a buyer's UMA address goes back to.

use crate::{
    collecting::script_answers,
    harness::{BUYER, TestShop},
    receiving::{TestPayreq, payreq, test_payreq},
    refunds::{arrived, run},
};
use box_office::{Links, OrderDraft, OrderReceipt, Proof, RefundError};
use chrono::Duration;
use events::Event;
use kernel::{Msats, PaymentId};
use payments::{KnownPayer, Notice, Payment, Refund, WalletAnswer};
use tickets::{Buyer, GuestEmail, Holder, LineRequest, OrderKind, OrderStatus};

const CAROL: &str = "$carol@vasp.example";

/// An order of one ticket.
async fn order_without_address(shop: &TestShop, event: &Event, buyer: Buyer) -> OrderReceipt {
    place(shop, event, buyer, vec![Holder::default()]).await
}

/// An order of a ticket for each holder.
pub(crate) async fn place(
    shop: &TestShop,
    event: &Event,
    buyer: Buyer,
    holders: Vec<Holder>,
) -> OrderReceipt {
    let types = shop.office.store().ticket_types(event.id).await.unwrap();
    let line = LineRequest {
        ticket_type_id: types[0].id,
        quantity: u32::try_from(holders.len()).unwrap(),
        chosen: None,
    };
    let draft = OrderDraft {
        event_id: event.id,
        kind: OrderKind::Sale,
        organiser: None,
        lines: vec![line],
        promo_code: None,
        shown: None,
        buyer,
        holders,
        email_proved: true,
        network: None,
        key: None,
    };
    shop.office.place_order(draft).await.unwrap()
}

pub(crate) fn guest(address: &str) -> Buyer {
    let email = GuestEmail { address: address.into(), confirmed_at: None };
    Buyer { email: Some(email), ..Buyer::default() }
}

async fn ask(shop: &TestShop, receipt: &OrderReceipt, payer: &'static str, nonce: &'static str) {
    let ticket = &receipt.view.tickets[0].ticket;
    let tag = Links::new(&[3; 32]).payreq_tag(ticket);
    let answer = payreq(shop, ticket.id, &tag, &TestPayreq { payer, nonce, ..test_payreq() }).await.unwrap();
    assert_eq!(answer.pr, receipt.invoice.as_ref().unwrap().bolt11);
}

pub(crate) async fn pay(shop: &TestShop, receipt: &OrderReceipt) -> PaymentId {
    shop.pay(receipt.invoice.as_ref().unwrap());
    shop.poll().await;
    let order = shop.office.store().order(receipt.view.order.id).await.unwrap().unwrap();
    assert_eq!(order.order.status, OrderStatus::Paid);
    order.payment.unwrap().id
}

async fn payment(shop: &TestShop, receipt: &OrderReceipt) -> Payment {
    let id = receipt.view.payment.as_ref().unwrap().id;
    shop.office.store().payment(id).await.unwrap().unwrap()
}

async fn refunds(shop: &TestShop, id: PaymentId) -> Vec<Refund> {
    shop.office.store().refunds_of(id).await.unwrap()
}

#[tokio::test]
async fn uma_payer_of_an_order_without_an_address_gets_the_refund() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = order_without_address(&shop, &event, guest("guest@people.example")).await;
    ask(&shop, &receipt, BUYER, "1").await;
    ask(&shop, &receipt, "$ALICE@vasp.example", "2").await;
    let id = pay(&shop, &receipt).await;
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    run(&shop).await;
    assert_eq!(refunds(&shop, id).await[0].destination, BUYER);
    assert_eq!(arrived(&shop), 2_100_000);
    shop.audit().await;
}

#[tokio::test]
async fn refund_of_an_unknown_payer_waits_until_an_admin_names_an_address() {
    let shop = TestShop::open().await;
    for asked in [&[][..], &[(BUYER, "1"), (CAROL, "2"), (BUYER, "3")]] {
        let event = shop.event(10, 2_100).await;
        let receipt = order_without_address(&shop, &event, guest("guest@people.example")).await;
        for (payer, nonce) in asked {
            ask(&shop, &receipt, payer, nonce).await;
        }
        let id = pay(&shop, &receipt).await;
        shop.emails.sent.lock().unwrap().clear();
        let refused = shop.office.request_refund(Some(&shop.admin), id, None, true).await;
        assert!(matches!(refused, Err(RefundError::DestinationMissing)), "{refused:?}");
        shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
        run(&shop).await;
        assert_eq!(refunds(&shop, id).await, []);
        let waits = Notice::RefundNeedsAddress { amount: payment(&shop, &receipt).await.state.received() };
        assert_eq!(shop.emails.sent.lock().unwrap().iter().filter(|sent| **sent == waits).count(), 1);
        let order = receipt.view.order.id;
        let seen = shop.office.order_status(order, Some(&shop.admin), None).await.unwrap();
        assert!(seen.needs_refund_address());
        let refused = shop.office.request_refund(Some(&shop.admin), id, None, false).await;
        assert!(matches!(refused, Err(RefundError::DestinationMissing)), "{refused:?}");
        shop.office.request_refund(Some(&shop.admin), id, Some(CAROL), false).await.unwrap();
        let seen = shop.office.order_status(order, Some(&shop.admin), None).await.unwrap();
        assert!(!seen.needs_refund_address());
        run(&shop).await;
        assert_eq!(refunds(&shop, id).await[0].destination, CAROL);
        shop.audit().await;
    }
}

#[tokio::test]
async fn address_that_the_buyer_gave_is_never_replaced() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let buyer = Buyer { payer_address: Some(BUYER.into()), ..guest("guest@people.example") };
    let receipt = order_without_address(&shop, &event, buyer).await;
    ask(&shop, &receipt, BUYER, "1").await;
    let ticket = &receipt.view.tickets[0].ticket;
    let tag = Links::new(&[3; 32]).payreq_tag(ticket);
    let other = TestPayreq { payer: CAROL, nonce: "2", ..test_payreq() };
    payreq(&shop, ticket.id, &tag, &other).await.unwrap_err();
    let id = pay(&shop, &receipt).await;
    assert_eq!(payment(&shop, &receipt).await.payer, KnownPayer::None);
    shop.office.request_refund(Some(&shop.admin), id, None, true).await.unwrap();
    assert_eq!(refunds(&shop, id).await[0].destination, BUYER);
}

#[tokio::test]
async fn refund_goes_to_the_address_of_the_connected_wallet_that_paid() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let mut offer = crate::harness::offer();
    offer.uma_address = Some(CAROL.into());
    shop.office.connect_wallet(&shop.buyer, offer).await.unwrap();
    // An hour after the price was set, an order without a shown price may use the wallet.
    shop.clock.advance(Duration::minutes(61));
    let buyer = Buyer { user_id: Some(shop.buyer.id()), ..Buyer::default() };
    let event = shop.office.event(event.id).await.unwrap().unwrap();
    let receipt = order_without_address(&shop, &event, buyer).await;
    let invoice = receipt.invoice.clone().unwrap();
    shop.pay(&invoice);
    script_answers(&shop, [WalletAnswer::Paid(shop.payer.preimage_of(invoice.payment_hash).unwrap())]);
    shop.office.run_due_jobs().await.unwrap();
    let id = payment(&shop, &receipt).await.id;
    shop.office.request_refund(Some(&shop.admin), id, None, true).await.unwrap();
    assert_eq!(refunds(&shop, id).await[0].destination, CAROL);
}

#[tokio::test]
async fn underpaid_order_needs_no_refund_address_before_it_ends() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = order_without_address(&shop, &event, guest("guest@people.example")).await;
    let (order, token) = (receipt.view.order.id, shop.office.order_token(&receipt.view));
    let invoice = receipt.invoice.clone().unwrap();
    let proof = Proof::Node { amount: Msats::new(2_099_999).unwrap(), at: None };
    shop.office.settle(invoice.payment_hash, proof).await.unwrap();
    assert!(!payment(&shop, &receipt).await.state.refundable().is_zero());
    let refused = shop.office.refund_to_address(order, BUYER, None, Some(&token)).await;
    assert!(matches!(refused, Err(RefundError::AddressNotNeeded)), "{refused:?}");
}

#[tokio::test]
async fn buyer_names_the_address_of_a_refund_once() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = order_without_address(&shop, &event, guest("guest@people.example")).await;
    let order = receipt.view.order.id;
    let token = shop.office.order_token(&receipt.view);
    let id = pay(&shop, &receipt).await;
    let name = async |destination: &str, token: Option<&str>| {
        shop.office.refund_to_address(order, destination, None, token).await
    };
    let early = name(BUYER, Some(&token)).await;
    assert!(matches!(early, Err(RefundError::AddressNotNeeded)), "nothing is refundable: {early:?}");
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    run(&shop).await;
    for foreign in [None, Some("00000000000000000000000000000000")] {
        assert!(matches!(name(CAROL, foreign).await, Err(RefundError::UnknownOrder)));
    }
    assert!(matches!(name("nowhere", Some(&token)).await, Err(RefundError::BadDestination)));
    let requests = (0..6).map(|number| {
        let office = if number % 2 == 0 { &shop.office } else { &shop.replica };
        let (office, token) = (office.clone(), token.clone());
        tokio::spawn(async move { office.refund_to_address(order, BUYER, None, Some(&token)).await.is_ok() })
    });
    let mut begun = 0;
    for request in requests.collect::<Vec<_>>() {
        begun += i32::from(request.await.unwrap());
    }
    assert_eq!(begun, 1);
    run(&shop).await;
    let refunds = refunds(&shop, id).await;
    assert_eq!((refunds.len(), refunds[0].destination.as_str()), (1, BUYER));
    assert_eq!(arrived(&shop), 2_100_000);
    let late = name(CAROL, Some(&token)).await;
    assert!(matches!(late, Err(RefundError::AddressNotNeeded)), "{late:?}");
    shop.audit().await;
}

#[tokio::test]
async fn buyer_replaces_the_address_of_a_failed_refund_a_few_times() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let buyer = Buyer { payer_address: Some(BUYER.into()), ..guest("guest@people.example") };
    let receipt = order_without_address(&shop, &event, buyer).await;
    let order = receipt.view.order.id;
    let token = shop.office.order_token(&receipt.view);
    let id = pay(&shop, &receipt).await;
    *shop.vasp.wrong_amount.lock().unwrap() = Some(9_999_000);
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    run(&shop).await;
    for failures in 1..5 {
        assert_eq!(refunds(&shop, id).await.len(), failures);
        shop.office.refund_to_address(order, CAROL, None, Some(&token)).await.unwrap();
        let open = shop.office.refund_to_address(order, CAROL, None, Some(&token)).await;
        assert!(matches!(open, Err(RefundError::AddressNotNeeded)), "{open:?}");
        run(&shop).await;
    }
    let often = shop.office.refund_to_address(order, CAROL, None, Some(&token)).await;
    assert!(matches!(often, Err(RefundError::AddressNotNeeded)), "{often:?}");
    *shop.vasp.wrong_amount.lock().unwrap() = None;
    shop.office.request_refund(Some(&shop.admin), id, Some(CAROL), false).await.unwrap();
    run(&shop).await;
    assert_eq!(arrived(&shop), 2_100_000);
    shop.audit().await;
}
