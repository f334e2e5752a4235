//! Where the money of orders without a buyer's UMA address goes back to.

use crate::{
    collecting::script_answers,
    harness::{BUYER, TestShop},
    receiving::{TestPayreq, payreq, test_payreq},
    refunds::{arrived, run},
};
use box_office::{Links, OrderDraft, OrderReceipt, RefundError};
use chrono::Duration;
use events::Event;
use kernel::PaymentId;
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
