//! Payments started by the buyer: to an address, a URL or an invoice.

use crate::shop::{Behaviour, Shop};
use kernel::Msats;
use sandbox::{InvoiceState, RequestState, VaspError};

fn msats(sats: u64) -> Option<Msats> {
    Msats::new(sats * 1_000).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uma_address_is_paid() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    let paid = shop.sandbox.vasp().pay("bob", &shop.uma_address(), msats(2_100), None).await.unwrap();
    assert!(matches!(paid.state, RequestState::Paid { .. }));
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
    assert_eq!(shop.payreqs()[0].uma_payer().unwrap().address.as_str(), shop.sandbox.uma_address("bob"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fixed_amount_needs_no_input() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    shop.sandbox.vasp().pay("bob", &shop.uma_address(), None, None).await.unwrap();
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn amount_out_of_range_sends_no_payreq() {
    let shop = Shop::open(None).await;
    shop.order(2_100);
    let refused = shop.sandbox.vasp().pay("bob", &shop.uma_address(), msats(2_099), None).await;
    assert_eq!(refused.unwrap_err().code().as_deref(), Some("AMOUNT_OUT_OF_RANGE"));
    assert!(shop.payreqs().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lightning_address_and_lnurl_are_paid_without_uma() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    let plain = shop.uma_address().replace('$', "");
    shop.sandbox.vasp().pay("bob", &plain, msats(2_100), None).await.unwrap();
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
    let order = shop.order(2_200);
    let web = format!("http://{}/.well-known/lnurlp/tickets?ticket=abc", plain.split_once('@').unwrap().1);
    shop.sandbox.vasp().pay("bob", &web, None, None).await.unwrap();
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
    assert!(shop.payreqs().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lnurl_error_with_status_200_is_an_error() {
    let shop = Shop::open(None).await;
    shop.order(2_100);
    shop.behave(Behaviour::ServerError);
    let plain = shop.uma_address().replace('$', "");
    let refused = shop.sandbox.vasp().pay("bob", &plain, msats(2_100), None).await.unwrap_err();
    assert!(
        matches!(&refused, VaspError::Refused { status: 200, body } if body.reason == "sold out"),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uma_invoice_and_bolt11_are_paid() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    shop.sandbox.vasp().pay("bob", &order.invoice.bolt11, None, None).await.unwrap();
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
    let order = shop.order(2_200);
    let mut draft = shop.draft("bob", &order);
    draft.sender = None;
    shop.sandbox.vasp().pay("bob", &format!("uma://{}", shop.sign(draft)), None, None).await.unwrap();
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discovery_falls_back_to_the_payees_version() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    shop.behave(Behaviour::OnlyVersionZero);
    shop.sandbox.vasp().pay("bob", &shop.uma_address(), msats(2_100), None).await.unwrap();
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
    assert_eq!(shop.payreqs()[0].major, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mismatched_offer_or_invoice_is_not_paid() {
    let shop = Shop::open(None).await;
    for (behaviour, code) in [
        (Behaviour::BadSignature, "INVALID_SIGNATURE"),
        (Behaviour::NoDescriptionHash, "PARSE_PAYREQ_RESPONSE_ERROR"),
    ] {
        let order = shop.order(2_100);
        shop.behave(behaviour);
        let refused = shop.sandbox.vasp().pay("bob", &shop.uma_address(), msats(2_100), None).await;
        assert_eq!(refused.unwrap_err().code().as_deref(), Some(code));
        assert_eq!(shop.invoice(&order).state, InvoiceState::Open);
    }
    assert!(shop.sandbox.wallet("bob").unwrap().payments().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_target_is_refused_without_a_request() {
    let shop = Shop::open(None).await;
    let vasp = shop.sandbox.vasp();
    assert!(vasp.pay("bob", "hello", msats(1), None).await.is_err());
    assert!(matches!(
        vasp.pay("mallory", &shop.uma_address(), msats(1), None).await,
        Err(VaspError::NoSuchUser)
    ));
    assert!(vasp.requests().is_empty());
}
