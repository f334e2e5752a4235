//! Extra invoices for LNURL payers that name no order.

use crate::{
    collecting::{buy_authenticated, connect},
    harness::{BUYER, TestShop, invoice_of, keys},
    receiving::test_payreq,
};
use box_office::{Receipt, ReceiveUmaError};
use chrono::Duration;
use payments::{CollectionState, InvoiceRole, PaymentAnomaly};
use sandbox::PayInvoice;
use tickets::TicketStatus;
use uma_protocol::{ErrorCode, UmaAddress, invoice::UmaInvoice};

const PRICE_SATS: i64 = 21_000;
const BY_AMOUNT: &str = "amount=21000000";

async fn bought(shop: &TestShop) -> Receipt {
    let event = shop.event(10, PRICE_SATS).await;
    shop.buy(&event).await
}

fn pay(shop: &TestShop, bolt11: &str) {
    let order = PayInvoice { bolt11: bolt11.to_owned(), ..PayInvoice::default() };
    shop.payer.pay_invoice(&order).unwrap();
}

#[tokio::test]
async fn extra_invoice_does_not_replace_the_orders_own_invoice() {
    let shop = TestShop::open().await;
    let receipt = bought(&shop).await;
    let own = invoice_of(&receipt.view);
    let extra = shop.office.lnurl_callback(BY_AMOUNT, None, None).await.unwrap();
    assert_ne!(extra.pr, own.bolt11);
    assert_eq!(invoice_of(&shop.view(receipt.view.ticket.id).await), own);
    shop.office.run_due_jobs().await.unwrap();
    let pushed = shop.vasp.pushed.lock().unwrap().clone();
    assert_eq!(pushed.len(), 1, "the UMA Request is still sent");
    assert_eq!(pushed[0], own.uma_invoice.unwrap());
    let view = shop.view(receipt.view.ticket.id).await;
    assert_eq!(view.payment.unwrap().collection.state, CollectionState::RequestSent);
}

#[tokio::test]
async fn connected_wallet_is_checked_for_the_orders_own_payment() {
    let shop = TestShop::open().await;
    connect(&shop).await;
    let event = shop.event(10, PRICE_SATS).await;
    let receipt = buy_authenticated(&shop, &event).await;
    shop.office.run_due_jobs().await.unwrap();
    shop.office.lnurl_callback(BY_AMOUNT, None, None).await.unwrap();
    shop.clock.advance(Duration::seconds(5));
    shop.office.run_due_jobs().await.unwrap();
    let own = invoice_of(&receipt.view).payment_hash;
    assert_eq!(*shop.wallet.paid.lock().unwrap(), [own]);
    let lookups = shop.wallet.lookups.lock().unwrap().clone();
    assert!(!lookups.is_empty() && lookups.iter().all(|hash| *hash == own), "{lookups:?}");
}

#[tokio::test]
async fn order_has_one_extra_invoice_across_two_replicas() {
    let shop = TestShop::open().await;
    let receipt = bought(&shop).await;
    let calls = (0..10).map(|number| {
        let office = if number % 2 == 0 { &shop.office } else { &shop.replica };
        office.lnurl_callback(BY_AMOUNT, None, None)
    });
    let answers = futures_util::future::join_all(calls).await;
    let mut bolt11s: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().pr).collect();
    bolt11s.dedup();
    assert_eq!(bolt11s.len(), 1, "{bolt11s:?}");
    let payment = receipt.view.payment.unwrap().id;
    let invoices = shop.office.store().invoices_of(payment).await.unwrap();
    let roles: Vec<_> = invoices.iter().map(|invoice| invoice.role).collect();
    assert_eq!(roles, [InvoiceRole::Extra, InvoiceRole::Current]);
    let hold_end = receipt.view.ticket.hold_expires_at.unwrap();
    assert!(invoices[0].expires_at <= hold_end + Duration::seconds(1) && invoices[0].uma_invoice.is_none());
}

#[tokio::test]
async fn extra_invoice_pays_its_order() {
    let shop = TestShop::open().await;
    let receipt = bought(&shop).await;
    let extra = shop.office.lnurl_callback(BY_AMOUNT, None, None).await.unwrap();
    pay(&shop, &extra.pr);
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    shop.audit().await;
}

#[tokio::test]
async fn payments_of_both_invoices_are_a_refundable_duplicate() {
    let shop = TestShop::open().await;
    let receipt = bought(&shop).await;
    let extra = shop.office.lnurl_callback(BY_AMOUNT, None, None).await.unwrap();
    shop.pay(&invoice_of(&receipt.view));
    shop.poll().await;
    pay(&shop, &extra.pr);
    shop.poll().await;
    let state = shop.view(receipt.view.ticket.id).await.payment.unwrap().state;
    assert_eq!(state.received().get(), 42_000_000);
    assert_eq!((state.anomaly(), state.refundable().get()), (PaymentAnomaly::Duplicate, 21_000_000));
    shop.audit().await;
}

#[tokio::test]
async fn verified_payer_without_a_reference_gets_the_orders_own_bolt11() {
    let shop = TestShop::open().await;
    let receipt = bought(&shop).await;
    let other = shop.office.purchase(box_office::Order {
        uma_address: "$bob@vasp.example".into(),
        ..shop.order(&receipt.view.event)
    });
    other.await.unwrap();
    let extra = shop.office.lnurl_callback(BY_AMOUNT, None, None).await;
    assert!(extra.is_err(), "two orders have this price");
    let own = invoice_of(&receipt.view);
    let mut draft = test_payreq();
    draft.sats = 21_000;
    let answer = shop.office.general_payreq(&draft.body(&shop), None).await.unwrap();
    assert_eq!(answer.pr, own.bolt11);
    let ours = UmaAddress::parse("$tickets@shop.example").unwrap();
    let payer = UmaAddress::parse(BUYER).unwrap();
    answer.verify_signature(&payer, &ours, shop.office.public_keys().signing_key()).unwrap();
    // The same request as a query (LUD-18).
    draft.nonce = "2";
    let query = draft.request(&shop).to_query();
    assert_eq!(shop.office.lnurl_callback(&query, None, None).await.unwrap().pr, own.bolt11);
    draft.nonce = "3";
    draft.keys = keys("vasp.example", 8);
    let forged = shop.office.lnurl_callback(&draft.request(&shop).to_query(), None, None).await;
    assert!(
        matches!(forged, Err(ReceiveUmaError::Protocol(error)) if error.code() == ErrorCode::InvalidSignature)
    );
    assert_eq!(shop.office.store().invoices_of(receipt.view.payment.unwrap().id).await.unwrap(), [own]);
}

#[tokio::test]
async fn ambiguous_amount_is_refused_with_a_pointer_to_the_payment_link() {
    let shop = TestShop::open().await;
    for _ in 0..2 {
        let Err(ReceiveUmaError::Protocol(error)) = shop.office.lnurl_callback(BY_AMOUNT, None, None).await
        else {
            panic!("an invoice without an order")
        };
        assert!(error.to_string().contains("https://shop.example/tickets"), "{error}");
        let event = shop.event(10, PRICE_SATS).await;
        shop.buy(&event).await;
        shop.buy(&event).await;
    }
}

#[tokio::test]
async fn payment_link_returns_the_orders_own_bolt11() {
    let shop = TestShop::open().await;
    let receipt = bought(&shop).await;
    shop.buy(&receipt.view.event).await;
    let link = receipt.payment_link.clone().unwrap();
    assert!(link.lnurl.starts_with("LNURL1"), "{link:?}");
    let (path, query) = link.url.strip_prefix("https://shop.example").unwrap().split_once('?').unwrap();
    let reference = query.strip_prefix("ticket=").unwrap();
    let discovery = shop.office.lnurlp(path, "", Some(reference)).await.unwrap();
    let callback = discovery.to_json().unwrap();
    assert!(
        callback.contains(&format!("https://shop.example/api/lnurl/callback?ref={reference}")),
        "{callback}"
    );
    let answer = shop.office.lnurl_callback(BY_AMOUNT, Some(reference), None).await.unwrap();
    assert_eq!(answer.pr, invoice_of(&receipt.view).bolt11);
    let seen =
        shop.office.ticket_status(receipt.view.ticket.id, None, Some(&receipt.status_token)).await.unwrap();
    assert_eq!(seen.payment_link, receipt.payment_link);
    let public = shop.office.ticket_status(receipt.view.ticket.id, None, None).await.unwrap();
    assert_eq!(public.payment_link, None);
}

#[tokio::test]
async fn retry_creates_a_current_invoice_and_keeps_earlier_ones_polled() {
    let shop = TestShop::open().await;
    let receipt = bought(&shop).await;
    let old_extra = shop.office.lnurl_callback(BY_AMOUNT, None, None).await.unwrap();
    shop.lapse().await;
    let payment = receipt.view.payment.as_ref().unwrap().id;
    let retried = shop.office.retry(&shop.admin, payment).await.unwrap().invoice.unwrap();
    assert_eq!(invoice_of(&shop.view(receipt.view.ticket.id).await), retried);
    let extra = shop.office.lnurl_callback(BY_AMOUNT, None, None).await.unwrap();
    assert!(extra.pr != old_extra.pr && extra.pr != retried.bolt11);
    let invoices = shop.office.store().invoices_of(payment).await.unwrap();
    let mut roles: Vec<_> = invoices.iter().map(|invoice| invoice.role.as_str()).collect();
    roles.sort_unstable();
    assert_eq!(roles, ["current", "earlier", "earlier", "extra"]);
    shop.office.run_due_jobs().await.unwrap();
    let pushed = shop.vasp.pushed.lock().unwrap().last().cloned().unwrap();
    assert_eq!(Some(&pushed), retried.uma_invoice.as_ref());
    UmaInvoice::parse(&pushed).unwrap();
}
