//! The buyer starts: an address, a web address or an invoice is typed into the wallet.

use crate::shop::{Behaviour, Shop};
use kernel::Msats;
use sandbox::{InvoiceState, RequestState, VaspError};

fn msats(sats: u64) -> Option<Msats> {
    Msats::new(sats * 1_000).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_uma_address_is_discovered_asked_and_paid() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    let paid = shop.sandbox.vasp().pay("bob", &shop.uma_address(), msats(2_100), None).await.unwrap();
    assert!(matches!(paid.state, RequestState::Paid { .. }));
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
    assert_eq!(shop.payreqs()[0].uma_payer().unwrap().address.as_str(), shop.sandbox.uma_address("bob"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_amount_is_not_needed_where_the_payee_takes_only_one() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    shop.sandbox.vasp().pay("bob", &shop.uma_address(), None, None).await.unwrap();
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_amount_that_the_payee_does_not_take_is_not_even_asked_for() {
    let shop = Shop::open(None).await;
    shop.order(2_100);
    let refused = shop.sandbox.vasp().pay("bob", &shop.uma_address(), msats(2_099), None).await;
    assert_eq!(refused.unwrap_err().code().as_deref(), Some("AMOUNT_OUT_OF_RANGE"));
    assert!(shop.payreqs().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lightning_address_and_its_web_address_are_paid_plainly() {
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
async fn an_error_of_lnurl_comes_with_status_200_and_is_an_error() {
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
async fn a_uma_invoice_or_a_bolt11_can_be_pasted() {
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
async fn a_payee_of_an_older_version_is_asked_again_in_it() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    shop.behave(Behaviour::OnlyVersionZero);
    shop.sandbox.vasp().pay("bob", &shop.uma_address(), msats(2_100), None).await.unwrap();
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
    assert_eq!(shop.payreqs()[0].major, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_or_an_invoice_that_does_not_fit_is_not_paid() {
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
async fn nonsense_is_refused_before_anything_is_noted() {
    let shop = Shop::open(None).await;
    let vasp = shop.sandbox.vasp();
    assert!(vasp.pay("bob", "hello", msats(1), None).await.is_err());
    assert!(matches!(
        vasp.pay("mallory", &shop.uma_address(), msats(1), None).await,
        Err(VaspError::NoSuchUser)
    ));
    assert!(vasp.requests().is_empty());
}
