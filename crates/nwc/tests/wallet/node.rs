//! A wallet as the shop's node: diagnosis, notifications, and invoices that differ from the order.

use crate::setup::{PRICE, Setup, guard, limits, msats};
use futures_util::StreamExt;
use kernel::Secret;
use nwc_wallet::{NodeUriError, NwcNode, PublicRelays, RelayGuard};
use payments::{Bolt11, IncomingState, InvoiceOrder, Lightning, LightningError, OutgoingState, PayOrder};
use sandbox::{
    PayInvoice,
    nostr::{DescriptionRule, Grant, Schemes, WalletFault, WalletOptions, WalletService},
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

async fn shop(setup: &Setup, options: WalletOptions, grant: Grant) -> (WalletService, NwcNode) {
    let wallet = WalletService::start(setup.shop.clone(), vec![setup.relay.url()], options).unwrap();
    wallet.listens().await;
    let uri = Secret::new(wallet.connect("shop", grant).unwrap());
    let node = NwcNode::new(&uri, &guard(), setup.clock.clone(), limits()).unwrap();
    (wallet, node)
}

fn order() -> InvoiceOrder {
    InvoiceOrder { amount: msats(PRICE), metadata: "[]".to_owned(), expiry_secs: 900 }
}

#[tokio::test]
async fn doctor_lists_missing_methods() {
    let setup = Setup::new().await;
    let grant = Grant::receiving().without("lookup_invoice").without("get_balance");
    let (_wallet, node) = shop(&setup, WalletOptions::default(), grant).await;
    let found = node.doctor().await.unwrap();
    assert_eq!(
        (found.missing_required, found.missing_optional),
        (vec!["lookup_invoice"], vec!["get_balance"])
    );
    assert!(!found.can_spend && found.announces_payments && found.modern_encryption);
    assert_eq!(found.network.as_deref(), Some("regtest"));
}

#[tokio::test]
async fn doctor_falls_back_on_announced_methods() {
    let setup = Setup::new().await;
    let (_wallet, node) = shop(&setup, WalletOptions::default(), Grant::all().without("get_info")).await;
    assert!(node.doctor().await.unwrap().is_fit());
}

#[tokio::test]
async fn payment_notification_sent_in_both_schemes_arrives_once() {
    for schemes in [Schemes::Both, Schemes::Nip04, Schemes::Nip44] {
        let setup = Setup::new().await;
        let (_wallet, node) =
            shop(&setup, WalletOptions { schemes, ..WalletOptions::default() }, Grant::receiving()).await;
        let notifications = node.notifications();
        tokio::pin!(notifications);
        let (first, second) =
            (node.create_invoice(&order()).await.unwrap(), node.create_invoice(&order()).await.unwrap());
        let pay = |bolt11: &str| {
            let order = PayInvoice { bolt11: bolt11.to_owned(), ..PayInvoice::default() };
            setup.buyer.pay_invoice(&order).unwrap()
        };
        // Notifications reach live subscriptions only: pay until the first one arrives, then once more.
        let notified = loop {
            let extra = node.create_invoice(&order()).await.unwrap();
            pay(&extra.bolt11);
            let soon = std::time::Duration::from_millis(200);
            if let Ok(hash) = tokio::time::timeout(soon, notifications.next()).await {
                break hash.unwrap();
            }
        };
        assert!(matches!(node.incoming("", notified).await.unwrap(), IncomingState::Settled { .. }));
        pay(&first.bolt11);
        pay(&second.bolt11);
        let mut received = Vec::new();
        while received.len() < 2 {
            let hash = notifications.next().await.unwrap();
            if hash == first.payment_hash || hash == second.payment_hash {
                received.push(hash);
            }
        }
        assert_eq!(received, [first.payment_hash, second.payment_hash], "{schemes:?}");
    }
}

#[tokio::test]
async fn settled_invoice_has_the_received_amount() {
    let setup = Setup::new().await;
    let (_wallet, node) = shop(&setup, WalletOptions::default(), Grant::receiving()).await;
    let made = node.create_invoice(&order()).await.unwrap();
    setup.shop.receive_without_payer(&made.bolt11, Some(msats(PRICE + 5))).unwrap();
    let state = node.incoming(&made.invoice_id, made.payment_hash).await.unwrap();
    assert!(matches!(state, IncomingState::Settled { amount, at: Some(_) } if amount == msats(PRICE + 5)));
}

#[tokio::test]
async fn unresponsive_wallet_leaves_the_outcome_unknown() {
    let setup = Setup::new().await;
    let (wallet, _) = shop(&setup, WalletOptions::default(), Grant::all()).await;
    let uri = Secret::new(wallet.connect("shop", Grant::all()).unwrap());
    let hasty = nwc_wallet::Limits { answer: std::time::Duration::from_secs(1), ..limits() };
    let node = NwcNode::new(&uri, &guard(), setup.clock.clone(), hasty).unwrap();
    let made = node.create_invoice(&order()).await.unwrap();
    wallet.faults().next("make_invoice", WalletFault::Silence);
    assert!(matches!(node.create_invoice(&order()).await, Err(LightningError::Unknown(_))));
    wallet.faults().next("lookup_invoice", WalletFault::Silence);
    let outcome = node.incoming(&made.invoice_id, made.payment_hash).await;
    assert!(matches!(outcome, Err(LightningError::Unavailable(_))), "a lookup can be retried: {outcome:?}");
    wallet.faults().next("make_invoice", WalletFault::Error("RESTRICTED"));
    assert!(matches!(node.create_invoice(&order()).await, Err(LightningError::Refused { .. })));
}

#[tokio::test]
async fn invoice_must_match_the_order() {
    let setup = Setup::new().await;
    let (_wallet, node) = shop(&setup, WalletOptions::default(), Grant::receiving()).await;
    let made = node.create_invoice(&order()).await.unwrap();
    let parsed = Bolt11::parse(&made.bolt11).unwrap();
    assert_eq!((parsed.amount(), parsed.payment_hash()), (Some(msats(PRICE)), made.payment_hash));
    assert_eq!(parsed.expires_at(), made.expires_at);
}

#[tokio::test]
async fn invoices_carry_the_description_hash_at_wallets_that_need_the_description_or_prefer_it() {
    let long = format!(r#"[["text/plain","{}"]]"#, "a".repeat(1_100));
    for (descriptions, metadata, requests) in [
        (DescriptionRule::Ignored, "[]", [1, 2]),
        (DescriptionRule::Required, "[]", [1, 2]),
        (DescriptionRule::Required, &long, [1, 2]),
        // Found out once.
        (DescriptionRule::Preferred, "[]", [2, 3]),
        (DescriptionRule::Short, "[]", [1, 2]),
        (DescriptionRule::Short, &long, [2, 4]),
    ] {
        let setup = Setup::new().await;
        let options = WalletOptions { descriptions, ..WalletOptions::default() };
        let (wallet, node) = shop(&setup, options, Grant::receiving()).await;
        for requests in requests {
            let made = node.create_invoice(&InvoiceOrder { metadata: metadata.to_owned(), ..order() }).await;
            let hash = Bolt11::parse(&made.unwrap().bolt11).unwrap().description_hash();
            assert_eq!(hash, Some(Sha256::digest(metadata).into()), "{descriptions:?}");
            assert_eq!(wallet.requests("make_invoice"), requests, "{descriptions:?}");
        }
    }
}

#[tokio::test]
async fn node_with_a_forbidden_relay_is_refused_at_construction() {
    let setup = Setup::new().await;
    let strict: Arc<dyn RelayGuard> = Arc::new(PublicRelays::new());
    let refused = NwcNode::new(&setup.uri, &strict, setup.clock.clone(), limits());
    assert!(matches!(refused, Err(NodeUriError::Relay(_))));
}

/// The buyer's wallet as a node that pays a refund to the shop.
fn payer(setup: &Setup) -> NwcNode {
    NwcNode::new(&setup.uri, &guard(), setup.clock.clone(), limits()).unwrap()
}

fn refund(setup: &Setup) -> PayOrder {
    let invoice = setup.invoice();
    PayOrder {
        bolt11: invoice.as_str().to_owned(),
        payment_hash: invoice.payment_hash(),
        amount: msats(PRICE),
        max_fee: msats(PRICE / 100),
        idempotency_key: "refund-1".to_owned(),
    }
}

#[tokio::test]
async fn payment_missing_from_the_lookup_is_found_in_the_list() {
    let setup = Setup::new().await;
    let (node, order) = (payer(&setup), refund(&setup));
    let faults = setup.wallet.faults();
    faults.next("lookup_invoice", WalletFault::Error("NOT_FOUND"));
    faults.next("pay_invoice", WalletFault::ErrorAfter("INTERNAL"));
    faults.next("lookup_invoice", WalletFault::Error("NOT_FOUND"));
    let said = node.pay(&order).await.unwrap();
    assert!(matches!(said, OutgoingState::Paid { .. }), "{said:?}");
    faults.next("lookup_invoice", WalletFault::Error("NOT_FOUND"));
    assert!(matches!(node.outgoing(order.payment_hash).await.unwrap(), OutgoingState::Paid { .. }));
}

#[tokio::test]
async fn incomplete_list_does_not_prove_a_payment_absent() {
    let setup = Setup::new().await;
    let node = payer(&setup);
    let unknown = refund(&setup).payment_hash;
    assert_eq!(node.outgoing(unknown).await.unwrap(), OutgoingState::Unknown, "the list was read to its end");
    let faults = setup.wallet.faults();
    for code in ["RESTRICTED", "NOT_IMPLEMENTED", "INTERNAL", "NOT_FOUND"] {
        faults.next("list_transactions", WalletFault::Error(code));
        let said = node.outgoing(unknown).await;
        assert!(matches!(said, Err(LightningError::Unavailable(_))), "{code}: {said:?}");
    }
    // The page with the payment fails; an empty one would follow.
    let order = refund(&setup);
    node.pay(&order).await.unwrap();
    faults.next("lookup_invoice", WalletFault::Error("NOT_FOUND"));
    faults.next("list_transactions", WalletFault::Error("INTERNAL"));
    assert!(matches!(node.outgoing(order.payment_hash).await, Err(LightningError::Unavailable(_))));
    faults.next("lookup_invoice", WalletFault::Error("NOT_FOUND"));
    assert!(matches!(node.outgoing(order.payment_hash).await.unwrap(), OutgoingState::Paid { .. }));
}

#[tokio::test]
async fn missing_list_permission_does_not_prove_a_payment_absent() {
    let setup = Setup::with(WalletOptions::default(), Grant::all().without("list_transactions")).await;
    let (node, order) = (payer(&setup), refund(&setup));
    let said = node.outgoing(order.payment_hash).await;
    assert!(matches!(said, Err(LightningError::Unavailable(_))), "{said:?}");
    setup.wallet.faults().next("pay_invoice", WalletFault::ErrorAfter("INTERNAL"));
    setup.wallet.faults().next("lookup_invoice", WalletFault::Error("NOT_FOUND"));
    assert!(node.pay(&order).await.is_ok(), "the lookup finds it");
}

/// More payments than five pages of the list, the refund among the oldest.
#[tokio::test]
async fn payment_is_found_behind_a_hundred_newer_ones() {
    let setup = Setup::new().await;
    let (node, order) = (payer(&setup), refund(&setup));
    node.pay(&order).await.unwrap();
    for _ in 0..105 {
        setup.clock.advance(chrono::TimeDelta::seconds(1));
        let made =
            setup.shop.make_invoice(Some(msats(1_000)), &sandbox::InvoiceText::Description("x".into()), 900);
        let pay = PayInvoice { bolt11: made.unwrap().bolt11, ..PayInvoice::default() };
        setup.buyer.pay_invoice(&pay).unwrap();
    }
    setup.wallet.faults().next("lookup_invoice", WalletFault::Error("NOT_FOUND"));
    assert!(matches!(node.outgoing(order.payment_hash).await.unwrap(), OutgoingState::Paid { .. }));
}

#[tokio::test]
async fn only_listed_codes_refuse_a_payment() {
    let setup = Setup::new().await;
    let node = payer(&setup);
    let said = async |code: &'static str| {
        setup.wallet.faults().next("pay_invoice", WalletFault::Error(code));
        node.pay(&refund(&setup)).await
    };
    for code in ["PAYMENT_FAILED", "INTERNAL", "OTHER", "NOT_FOUND", "NEW_CODE"] {
        assert!(matches!(said(code).await, Err(LightningError::Unknown(_))), "{code}");
    }
    for code in ["INSUFFICIENT_BALANCE", "QUOTA_EXCEEDED", "RESTRICTED", "UNAUTHORIZED"] {
        assert!(matches!(said(code).await, Err(LightningError::Refused { .. })), "{code}");
    }
}
