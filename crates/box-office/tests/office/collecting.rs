use crate::harness::{BUYER, TestShop, invoice_of, payment_of, unreachable};
use box_office::{BudgetChange, IdempotencyKey, Order, Receipt, WalletOffer};
use chrono::Duration;
use events::Event;
use kernel::Secret;
use payments::{CollectionState, Preimage, WalletAnswer};
use std::sync::atomic::{AtomicU64, Ordering};
use tickets::TicketStatus;
use uma_protocol::{ErrorCode, UmaError, counterparty::CounterpartyError, invoice::UmaInvoice};

pub(crate) async fn connect(shop: &TestShop) {
    let offer = WalletOffer {
        uri: Secret::new("nostr+walletconnect://wallet".into()),
        expires_at: None,
        refresh_token: None,
        client_id: None,
        token_endpoint: None,
        uma_address: None,
        budget: BudgetChange::default(),
    };
    shop.office.connect_wallet(&shop.buyer, offer).await.unwrap();
}

pub(crate) async fn buy_authenticated(shop: &TestShop, event: &Event) -> Receipt {
    // A new key, so that the purchase is not a repetition of an earlier one.
    static KEYS: AtomicU64 = AtomicU64::new(0);
    let number = KEYS.fetch_add(1, Ordering::Relaxed);
    let key = IdempotencyKey { scope: "alice".into(), key: number.to_string(), fingerprint: [0; 32] };
    let order = Order { authenticated: true, key: Some(key), ..shop.order(event) };
    shop.office.purchase(order).await.unwrap()
}

pub(crate) async fn collection(shop: &TestShop, receipt: &Receipt) -> CollectionState {
    payment_of(&shop.view(receipt.view.ticket.id).await).collection.state
}

pub(crate) fn script_answers(shop: &TestShop, answers: impl IntoIterator<Item = WalletAnswer>) {
    shop.wallet.answers.lock().unwrap().extend(answers);
}

pub(crate) fn refused(dead: bool) -> WalletAnswer {
    WalletAnswer::Refused { code: "QUOTA_EXCEEDED".into(), message: "budget".into(), connection_dead: dead }
}

pub(crate) fn unknown() -> WalletAnswer {
    WalletAnswer::Unknown { reason: "silence".into(), silent: true }
}

/// Pays from the buyer's node and returns the preimage that the wallet would report.
pub(crate) fn preimage(shop: &TestShop, receipt: &Receipt) -> Preimage {
    let invoice = invoice_of(&receipt.view);
    shop.pay(&invoice);
    shop.payer.preimage_of(invoice.payment_hash).unwrap()
}

#[tokio::test]
async fn vasp_receives_a_signed_uma_invoice_once() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    shop.office.run_due_jobs().await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    let pushed = shop.vasp.pushed.lock().unwrap().clone();
    assert_eq!(pushed.len(), 1);
    let invoice = UmaInvoice::parse(&pushed[0]).unwrap();
    invoice.verify(shop.office.public_keys().signing_key()).unwrap();
    assert_eq!(invoice.terms().amount, 2_100);
    assert_eq!(invoice.terms().sender.as_ref().unwrap().as_str(), BUYER);
    assert!(invoice.terms().callback.contains(&format!("/uma/payreq/{}?t=", receipt.view.ticket.id)));
    assert_eq!(collection(&shop, &receipt).await, CollectionState::RequestSent);
}

#[tokio::test]
async fn payment_during_the_vasp_request_is_not_lost() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    *shop.vasp.paid_meanwhile.lock().unwrap() = Some((shop.office.clone(), invoice_of(&receipt.view)));
    shop.office.run_due_jobs().await.unwrap();
    let view = shop.view(receipt.view.ticket.id).await;
    assert_eq!(view.ticket.status, TicketStatus::Paid);
    assert_eq!(invoice_of(&view).settled.get(), 2_100_000);
    shop.audit().await;
}

#[tokio::test]
async fn unreachable_vasp_is_retried_and_the_state_is_shown() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    shop.vasp.refusals.lock().unwrap().push_back(unreachable());
    let receipt = shop.buy(&event).await;
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(collection(&shop, &receipt).await, CollectionState::Unreachable);
    shop.clock.advance(Duration::minutes(1));
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(collection(&shop, &receipt).await, CollectionState::RequestSent);
    assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn refusal_by_the_vasp_leaves_the_ticket_payable() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let no = CounterpartyError::Malformed(UmaError::new(ErrorCode::UserNotFound, "no such user"));
    shop.vasp.refusals.lock().unwrap().push_back(no);
    let receipt = shop.buy(&event).await;
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(collection(&shop, &receipt).await, CollectionState::Refused);
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Pending);
}

#[tokio::test]
async fn vasp_of_another_uma_version_gets_no_request() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    *shop.vasp.majors.lock().unwrap() = Some(vec![0, 2]);
    let receipt = shop.buy(&event).await;
    shop.office.run_due_jobs().await.unwrap();
    let collection = payment_of(&shop.view(receipt.view.ticket.id).await).collection;
    assert_eq!(collection.state, CollectionState::Refused);
    assert_eq!(collection.detail, "vasp.example does not take payment requests.");
    assert!(shop.vasp.pushed.lock().unwrap().is_empty());
}

#[tokio::test]
async fn connected_wallet_pays_without_a_uma_request() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, [WalletAnswer::Paid(preimage(&shop, &receipt))]);
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    assert!(shop.vasp.pushed.lock().unwrap().is_empty());
    assert_eq!(shop.wallet.paid.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn guest_purchase_never_charges_the_named_accounts_wallet() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let order = Order { authenticated: false, ..shop.order(&event) };
    shop.office.purchase(order).await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    assert!(shop.wallet.paid.lock().unwrap().is_empty());
    assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn unresponsive_wallet_is_checked_but_not_ordered_again() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, [unknown(), unknown()]);
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(collection(&shop, &receipt).await, CollectionState::WalletPaying);
    shop.clock.advance(Duration::seconds(10));
    shop.office.run_due_jobs().await.unwrap();
    script_answers(&shop, [WalletAnswer::Paid(preimage(&shop, &receipt))]);
    shop.clock.advance(Duration::seconds(10));
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    assert_eq!(shop.wallet.paid.lock().unwrap().len(), 1);
    shop.audit().await;
}

#[tokio::test]
async fn unresponsive_wallet_falls_back_to_the_vasp_with_the_same_bolt11() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    for _ in 0..6 {
        shop.office.run_due_jobs().await.unwrap();
        shop.clock.advance(Duration::seconds(10));
    }
    assert_eq!(shop.wallet.paid.lock().unwrap().len(), 1);
    assert_eq!(collection(&shop, &receipt).await, CollectionState::RequestSent);
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Pending);
}

#[tokio::test]
async fn refusing_wallet_falls_back_and_a_rejected_connection_is_not_used_again() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let first = buy_authenticated(&shop, &event).await;
    script_answers(&shop, [refused(true)]);
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(collection(&shop, &first).await, CollectionState::RequestSent);
    buy_authenticated(&shop, &event).await;
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.wallet.paid.lock().unwrap().len(), 1);
    assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn expired_connection_is_not_used() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let offer = WalletOffer {
        uri: Secret::new("nostr+walletconnect://wallet".into()),
        expires_at: Some(shop.office.now() + Duration::minutes(5)),
        refresh_token: None,
        client_id: None,
        token_endpoint: None,
        uma_address: None,
        budget: BudgetChange::default(),
    };
    shop.office.connect_wallet(&shop.buyer, offer).await.unwrap();
    shop.clock.advance(Duration::minutes(6));
    buy_authenticated(&shop, &event).await;
    shop.office.run_due_jobs().await.unwrap();
    assert!(shop.wallet.paid.lock().unwrap().is_empty());
}
