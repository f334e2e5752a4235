//! Payments to users of the wallet: by each other, and by the shop's refunds.

use crate::shop::{Shop, client, code_of};
use kernel::{Msats, Sats};
use payments::{Bolt11, Lightning, OutgoingState, PayOrder};
use sandbox::SenderFault;
use uma_protocol::{lnurlp::LnurlpResponse, payreq::PayResponse};

async fn text(url: &str) -> (u16, String) {
    let answer = client().get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refund_is_received_by_plain_lnurl() {
    let shop = Shop::open(None).await;
    let alice = shop.sandbox.wallet("alice").unwrap();
    let before = alice.purse().0;
    let (_, offer) = text(&format!("{}/.well-known/lnurlp/alice", shop.sandbox.base_url())).await;
    let offer = LnurlpResponse::parse(&offer).unwrap();
    assert!(offer.compliance.is_none());
    let (_, answer) = text(&format!("{}?amount=2100000", offer.terms.callback)).await;
    let invoice = Bolt11::parse(&PayResponse::parse(&answer).unwrap().pr).unwrap();
    assert_eq!(invoice.description_hash(), Some(offer.terms.metadata.description_hash(None)));
    let order = PayOrder {
        bolt11: invoice.as_str().to_owned(),
        payment_hash: invoice.payment_hash(),
        amount: Msats::new(2_100_000).unwrap(),
        max_fee: Msats::new(10_000).unwrap(),
        idempotency_key: "refund-1".to_owned(),
    };
    let paid = shop.sandbox.shop().pay(&order).await.unwrap();
    assert!(matches!(paid, OutgoingState::Paid { preimage: Some(_), .. }));
    assert_eq!(alice.purse().0.checked_sub(before), Msats::new(2_100_000).ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_pay_each_other_with_payer_data() {
    let shop = Shop::open(None).await;
    let bob = shop.sandbox.wallet("bob").unwrap();
    let before = bob.purse().0;
    let amount = Sats::new(500).unwrap().to_msats();
    let vasp = shop.sandbox.vasp();
    vasp.pay("alice", &shop.sandbox.uma_address("bob"), Some(amount), Some("for the bus")).await.unwrap();
    assert_eq!(bob.purse().0.checked_sub(before), Some(amount));
    let shouted = shop.sandbox.uma_address("BOB");
    vasp.pay("alice", &shouted, Some(amount), None).await.unwrap();
    assert_eq!(bob.purse().0.checked_sub(before), Msats::new(1_000_000).ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payreq_without_a_fresh_signature_is_refused() {
    let shop = Shop::open(None).await;
    let vasp = shop.sandbox.vasp();
    let bob = shop.sandbox.uma_address("bob");
    let amount = Sats::new(500).ok().map(Sats::to_msats);
    for (fault, code) in [
        (SenderFault::BadSignature, "INVALID_SIGNATURE"),
        (SenderFault::ReplayedNonce, "INVALID_NONCE"),
        (SenderFault::StaleTimestamp, "INVALID_NONCE"),
        (SenderFault::FutureTimestamp, "INVALID_TIMESTAMP"),
    ] {
        vasp.faults().next_payment(fault);
        let refused = vasp.pay("alice", &bob, amount, None).await;
        assert_eq!(refused.unwrap_err().code().as_deref(), Some(code), "payreq, {fault:?}");
        vasp.faults().next_discovery(fault);
        let refused = vasp.pay("alice", &bob, amount, None).await;
        assert_eq!(refused.unwrap_err().code().as_deref(), Some(code), "lnurlp, {fault:?}");
    }
    assert!(shop.sandbox.wallet("alice").unwrap().payments().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_users_amounts_and_currencies_are_refused_with_protocol_codes() {
    let shop = Shop::open(None).await;
    let base = shop.sandbox.base_url();
    let (status, body) = text(&format!("{base}/.well-known/lnurlp/mallory")).await;
    assert_eq!((status, code_of(&body).as_str()), (404, "USER_NOT_FOUND"));
    let (status, body) = text(&format!("{base}/.well-known/lnurlp/$alice?umaVersion=1.0&nonce=1")).await;
    assert_eq!((status, code_of(&body).as_str()), (400, "MISSING_REQUIRED_UMA_PARAMETERS"));
    let (status, body) = text(&format!("{base}/.well-known/lnurlp/$alice?umaVersion=7.0")).await;
    assert_eq!((status, code_of(&body).as_str()), (412, "UNSUPPORTED_UMA_VERSION"));
    for query in ["", "?amount=0", "?amount=-5", "?amount=1e9", "?amount=100000000001000", "?amount=100.USD"]
    {
        let (status, body) = text(&format!("{base}/lnurl/alice{query}")).await;
        assert_eq!(status, 200, "{query}");
        assert!(body.contains(r#""status":"ERROR""#), "{query}: {body}");
    }
}
