//! A UMA Invoice is pushed to the buyer's wallet, and the wallet pays it (UMAD-09, UMAD-11).

use crate::shop::{Behaviour, Shop};
use kernel::Msats;
use sandbox::{InvoiceState, PushFault, RequestState, SenderFault, VaspError};
use uma_protocol::{UmaAddress, invoice::InvoiceCurrency, payreq::PayRequestAmount};

type Outcome = Result<sandbox::PaymentRequest, VaspError>;

async fn approved_with(shop: &Shop, price: u64) -> (crate::shop::Order, Outcome) {
    let order = shop.order(price);
    shop.push(&shop.uma_invoice("alice", &order)).await.unwrap();
    let id = shop.sandbox.pending()[0].id.clone();
    let outcome = shop.sandbox.approve(&id).await;
    (order, outcome)
}

fn refusal(outcome: Outcome) -> (u16, String) {
    match outcome {
        Err(VaspError::Refused { status, body }) => (status, body.code.unwrap_or_default()),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approved_invoice_is_checked_and_paid() {
    let shop = Shop::open(None).await;
    let alice = shop.sandbox.wallet("alice").unwrap();
    let (node, before) = (shop.sandbox.shop().purse().0, alice.purse().0);
    let order = shop.order(2_100);
    shop.push(&shop.uma_invoice("alice", &order)).await.unwrap();
    let waiting = shop.sandbox.pending();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].payee, shop.uma_address());
    assert_eq!(waiting[0].amount, Msats::new(2_100_000).ok());
    assert!(shop.payreqs().is_empty(), "no payreq before the approval");

    let paid = shop.sandbox.approve(&waiting[0].id).await.unwrap();
    let RequestState::Paid { fee, preimage } = &paid.state else { panic!("not paid: {paid:?}") };
    let invoice = shop.invoice(&order);
    assert_eq!(*preimage, invoice.preimage.expose_hex());
    assert!(matches!(invoice.state, InvoiceState::Settled { .. }));
    assert_eq!(shop.sandbox.shop().purse().0.checked_sub(node), Msats::new(2_100_000).ok());
    let cost = Msats::new(2_100_000).unwrap().checked_add(*fee).unwrap();
    assert_eq!(before.checked_sub(alice.purse().0), Some(cost));

    let asked = shop.payreqs().remove(0);
    assert_eq!(asked.amount, PayRequestAmount::Currency { amount: 2_100, code: "SAT".parse_code() });
    assert_eq!(asked.uma_payer().unwrap().address.as_str(), shop.sandbox.uma_address("alice"));
    assert_eq!(asked.invoice_uuid.as_deref(), Some("00000000-0000-4000-8000-000000000000"));
    let heard = shop.next_webhook(0).await;
    assert!(heard.entity.starts_with("IncomingPayment:"));
}

trait ParseCode {
    fn parse_code(&self) -> uma_protocol::currency::CurrencyCode;
}

impl ParseCode for str {
    fn parse_code(&self) -> uma_protocol::currency::CurrencyCode {
        uma_protocol::currency::CurrencyCode::parse(self).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn automatic_approval_pays() {
    let shop = Shop::open(None).await;
    shop.sandbox.vasp().set_auto_approve("alice", true).unwrap();
    let order = shop.order(2_100);
    shop.push(&shop.uma_invoice("alice", &order)).await.unwrap();
    shop.sandbox
        .until(|_| matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declined_invoice_sends_no_payreq() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    shop.push(&shop.uma_invoice("alice", &order)).await.unwrap();
    let id = shop.sandbox.pending()[0].id.clone();
    assert_eq!(shop.sandbox.decline(&id).unwrap().state, RequestState::Declined);
    assert!(matches!(shop.sandbox.approve(&id).await, Err(VaspError::Decided)));
    assert!(matches!(shop.sandbox.decline(&id), Err(VaspError::Decided)));
    assert!(shop.payreqs().is_empty());
    assert_eq!(shop.invoice(&order).state, InvoiceState::Open);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_approvals_pay_once() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    shop.push(&shop.uma_invoice("alice", &order)).await.unwrap();
    let id = shop.sandbox.pending()[0].id.clone();
    let (one, other) = tokio::join!(shop.sandbox.approve(&id), shop.sandbox.approve(&id));
    assert_eq!([&one, &other].iter().filter(|outcome| outcome.is_ok()).count(), 1, "{one:?} {other:?}");
    assert_eq!(shop.payreqs().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_pushed_invoice_is_refused() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    let good = shop.uma_invoice("alice", &order);
    let code = |pushed: Result<(), (u16, String)>| pushed.unwrap_err();

    assert_eq!(code(shop.push("uma1garbage").await), (400, "INVALID_INVOICE".to_owned()));
    let (other, signed) = (shop.order(2_101), uma_protocol::invoice::UmaInvoice::parse(&good).unwrap());
    let forged = {
        let cheaper = uma_protocol::invoice::UmaInvoice::parse(&shop.uma_invoice("alice", &other)).unwrap();
        let mut bytes = cheaper.signed_bytes().to_vec();
        let tlv = signed.to_tlv();
        bytes.extend_from_slice(&tlv[signed.signed_bytes().len()..]);
        uma_protocol::invoice::UmaInvoice::from_tlv(&bytes).unwrap().to_bech32().unwrap()
    };
    assert_eq!(code(shop.push(&forged).await), (401, "INVALID_SIGNATURE".to_owned()));

    let nobody = shop.sign(shop.draft("mallory", &order));
    assert_eq!(code(shop.push(&nobody).await), (404, "USER_NOT_FOUND".to_owned()));
    let mut elsewhere = shop.draft("alice", &order);
    elsewhere.sender = UmaAddress::parse("$alice@localhost:1").ok();
    assert_eq!(code(shop.push(&shop.sign(elsewhere)).await), (404, "USER_NOT_FOUND".to_owned()));
    let mut nameless = shop.draft("alice", &order);
    nameless.sender = None;
    assert_eq!(code(shop.push(&shop.sign(nameless)).await), (400, "INVALID_INVOICE".to_owned()));
    let mut dollars = shop.draft("alice", &order);
    dollars.currency = InvoiceCurrency { code: "USD".parse_code(), decimals: 2, ..InvoiceCurrency::sat() };
    assert_eq!(code(shop.push(&shop.sign(dollars)).await), (400, "INVALID_CURRENCY".to_owned()));
    let mut foreign_callback = shop.draft("alice", &order);
    foreign_callback.callback = "http://localhost:1/uma/payreq/0".to_owned();
    assert_eq!(code(shop.push(&shop.sign(foreign_callback)).await), (400, "INVALID_INVOICE".to_owned()));
    let mut unreachable = shop.draft("alice", &order);
    unreachable.receiver = UmaAddress::parse("$tickets@localhost:1").unwrap();
    assert_eq!(
        code(shop.push(&shop.sign(unreachable)).await),
        (424, "COUNTERPARTY_PUBKEY_FETCH_ERROR".to_owned())
    );
    shop.advance(900);
    assert_eq!(code(shop.push(&good).await), (400, "INVOICE_EXPIRED".to_owned()));
    assert!(shop.sandbox.vasp().requests().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn go_sdk_push_format_is_accepted() {
    let shop = Shop::open(None).await;
    let invoice = shop.uma_invoice("alice", &shop.order(2_100));
    let url = format!("{}/uma/request?invoice={invoice}", shop.sandbox.base_url());
    let answer = crate::shop::client().post(url).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(shop.sandbox.pending().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_invoice_is_not_paid() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    shop.push(&shop.uma_invoice("alice", &order)).await.unwrap();
    let id = shop.sandbox.pending()[0].id.clone();
    shop.advance(900);
    assert!(shop.sandbox.pending().is_empty());
    let outcome = shop.sandbox.approve(&id).await;
    assert_eq!(outcome.unwrap_err().code().as_deref(), Some("INVOICE_EXPIRED"));
    assert!(shop.payreqs().is_empty());
}

/// Every misbehaviour of the shop; nothing is paid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_response_is_not_paid() {
    let shop = Shop::open(None).await;
    for (behaviour, code) in [
        (Behaviour::BadSignature, Some("INVALID_SIGNATURE")),
        (Behaviour::OtherPayee, Some("INVALID_SIGNATURE")),
        (Behaviour::WrongAmount, Some("PARSE_PAYREQ_RESPONSE_ERROR")),
        (Behaviour::NoDescriptionHash, Some("PARSE_PAYREQ_RESPONSE_ERROR")),
        (Behaviour::StaleAnswer, Some("INVALID_NONCE")),
        (Behaviour::Redirects, None),
        (Behaviour::HugeAnswer, None),
    ] {
        shop.behave(behaviour);
        let (order, outcome) = approved_with(&shop, 2_100).await;
        assert_eq!(outcome.unwrap_err().code().as_deref(), code, "{behaviour:?}");
        assert_eq!(shop.invoice(&order).state, InvoiceState::Open, "{behaviour:?}");
        assert!(
            matches!(shop.sandbox.vasp().requests()[0].state, RequestState::Failed { .. }),
            "{behaviour:?}"
        );
    }
    assert!(shop.sandbox.wallet("alice").unwrap().payments().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn response_with_a_reused_nonce_is_not_paid() {
    let shop = Shop::open(None).await;
    shop.behave(Behaviour::SameNonce);
    approved_with(&shop, 2_100).await.1.unwrap();
    let (order, outcome) = approved_with(&shop, 2_100).await;
    assert_eq!(outcome.unwrap_err().code().as_deref(), Some("INVALID_NONCE"));
    assert_eq!(shop.invoice(&order).state, InvoiceState::Open);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transient_error_allows_a_later_payment() {
    let shop = Shop::open(None).await;
    shop.behave(Behaviour::ServerError);
    let (order, outcome) = approved_with(&shop, 2_100).await;
    assert!(outcome.unwrap_err().is_transient());
    let waiting = shop.sandbox.pending();
    assert!(matches!(&waiting[0].state, RequestState::Pending { trouble: Some(_) }));
    shop.behave(Behaviour::Honest);
    shop.sandbox.approve(&waiting[0].id).await.unwrap();
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planned_sender_faults_are_sent() {
    let shop = Shop::open(None).await;
    for (fault, status, code) in [
        (SenderFault::WrongAmount, 400, "AMOUNT_OUT_OF_RANGE"),
        (SenderFault::BareMsats, 400, "AMOUNT_OUT_OF_RANGE"),
        (SenderFault::WrongCurrency, 400, "INVALID_CURRENCY"),
        (SenderFault::UnknownTicket, 404, ""),
        (SenderFault::NoCompliance, 400, "MISSING_REQUIRED_UMA_PARAMETERS"),
    ] {
        shop.sandbox.vasp().faults().next_payment(fault);
        let (order, outcome) = approved_with(&shop, 2_100).await;
        let (said, named) = refusal(outcome);
        assert_eq!(said, status, "{fault:?}");
        assert!(code.is_empty() || named == code, "{fault:?}: {named}");
        assert_eq!(shop.invoice(&order).state, InvoiceState::Open, "{fault:?}");
    }
    let key = uma_protocol::keys::PublicKeyResponse::parse(
        &crate::shop::client()
            .get(format!("{}/.well-known/lnurlpubkey", shop.sandbox.base_url()))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
    )
    .unwrap();
    let now = kernel::Clock::now(shop.clock.as_ref()).timestamp();
    let last = |shop: &Shop| shop.payreqs().pop().unwrap();
    for fault in [SenderFault::BadSignature, SenderFault::StaleTimestamp, SenderFault::FutureTimestamp] {
        shop.sandbox.vasp().faults().next_payment(fault);
        approved_with(&shop, 2_100).await.1.unwrap();
        let sent = last(&shop);
        let payer = sent.uma_payer().unwrap();
        assert_eq!(payer.verify(key.signing_key()).is_ok(), fault != SenderFault::BadSignature);
        let age = now - payer.stamp().timestamp;
        match fault {
            SenderFault::StaleTimestamp => assert!(age > 7 * 86_400),
            SenderFault::FutureTimestamp => assert!(age < -7 * 86_400),
            _ => assert_eq!(age, 0),
        }
    }
    shop.sandbox.vasp().faults().next_payment(SenderFault::OtherPayer);
    approved_with(&shop, 2_100).await.1.unwrap();
    assert_ne!(last(&shop).uma_payer().unwrap().address.user(), "alice");
    let before = shop.payreqs().len();
    shop.sandbox.vasp().faults().next_payment(SenderFault::ReplayedNonce);
    approved_with(&shop, 2_100).await.1.unwrap();
    let sent = shop.payreqs().split_off(before);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planned_push_faults_are_applied() {
    let shop = Shop::open(None).await;
    let invoice = shop.uma_invoice("alice", &shop.order(2_100));
    let faults = shop.sandbox.vasp().faults();
    faults.next_push(PushFault::Refuse(503));
    assert_eq!(shop.push(&invoice).await.unwrap_err().0, 503);
    assert!(shop.sandbox.pending().is_empty());
    faults.next_push(PushFault::TakeAndFail);
    assert_eq!(shop.push(&invoice).await.unwrap_err().0, 500);
    assert_eq!(shop.sandbox.pending().len(), 1);
    shop.push(&invoice).await.unwrap();
    assert_eq!(shop.sandbox.pending().len(), 1);
}
