//! Differences between wallets: encryption, relays, permissions.

use crate::stage::{PRICE, Stage, guard, limits, msats, relay};
use chrono::TimeDelta;
use kernel::{Clock, Secret};
use nwc_wallet::{NwcBuyerWallet, PublicRelays};
use payments::{BuyerWallet, WalletAnswer, WalletUri};
use sandbox::nostr::{Grant, RequestFault, Schemes, WalletFault, WalletOptions, WalletService};
use std::sync::Arc;

async fn pay(stage: &Stage) -> WalletAnswer {
    let invoice = stage.invoice();
    let deadline = stage.within(20_000);
    stage.adapter.pay(&stage.uri, invoice.as_str(), invoice.payment_hash(), msats(PRICE), deadline).await
}

async fn code_of(stage: &Stage) -> (String, bool) {
    match pay(stage).await {
        WalletAnswer::Refused { code, connection_dead, .. } => (code, connection_dead),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_kind_of_wallet_pays() {
    let uma = Some("$ann@vasp.example".to_owned());
    for options in [
        WalletOptions { schemes: Schemes::Nip44, ..WalletOptions::default() },
        WalletOptions { schemes: Schemes::Nip04, ..WalletOptions::default() },
        WalletOptions { schemes: Schemes::Nip04, announces: false, ..WalletOptions::default() },
        // NIP-44 only, without announcing it: the error response reveals it.
        WalletOptions { schemes: Schemes::Nip44, announces: false, ..WalletOptions::default() },
        // uma-nwc-server: no info event, its own key in `p`.
        WalletOptions {
            schemes: Schemes::Nip44,
            announces: false,
            own_key_in_p: true,
            lud16: uma,
            ..WalletOptions::default()
        },
    ] {
        let stage = Stage::with(options.clone(), Grant::all()).await;
        let answer = pay(&stage).await;
        assert!(matches!(answer, WalletAnswer::Paid(_)), "{options:?}: {answer:?}");
    }
}

#[tokio::test]
async fn relay_that_requires_authentication_gets_it() {
    let stage = Stage::new().await;
    stage.relay.faults().demand_auth(true);
    stage.relay.cut_all();
    stage.answers().await;
    assert!(matches!(pay(&stage).await, WalletAnswer::Paid(_)));
}

#[tokio::test]
async fn one_live_relay_of_several_is_enough() {
    let stage = Stage::new().await;
    let dead = {
        let gone = relay().await;
        gone.url()
    };
    let deaf = relay().await;
    let wallet = WalletService::start(
        Arc::clone(&stage.shop.world().node("other", msats(1_000_000_000)).unwrap()),
        vec![stage.relay.url()],
        WalletOptions::default(),
    )
    .unwrap();
    wallet.listens().await;
    let uri = wallet.connect("several", Grant::all()).unwrap();
    let several: WalletUri = Secret::new(format!("{uri}&relay={dead}&relay={}", deaf.url()));
    let invoice = stage.invoice();
    let answer = stage
        .adapter
        .pay(&several, invoice.as_str(), invoice.payment_hash(), msats(PRICE), stage.within(20_000))
        .await;
    assert!(matches!(answer, WalletAnswer::Paid(_)), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reconnect_receives_the_response_without_a_second_request() {
    let stage = Arc::new(Stage::new().await);
    let invoice = stage.invoice();
    let hash = invoice.payment_hash();
    assert!(matches!(stage.adapter.lookup(&stage.uri, hash).await, WalletAnswer::Unknown { .. }));
    stage.relay.faults().next_request(RequestFault::CutAfter);
    stage.wallet.faults().next("pay_invoice", WalletFault::WaitAfter);
    let paying = tokio::spawn({
        let (stage, invoice) = (Arc::clone(&stage), invoice.clone());
        async move {
            let deadline = stage.within(20_000);
            stage.adapter.pay(&stage.uri, invoice.as_str(), hash, msats(PRICE), deadline).await
        }
    });
    stage.has_paid(hash).await;
    // Once this is answered, the connection is up again with all its subscriptions.
    while !matches!(stage.adapter.lookup(&stage.uri, hash).await, WalletAnswer::Paid(_)) {}
    stage.wallet.faults().release();
    assert!(matches!(paying.await.unwrap(), WalletAnswer::Paid(_)));
    stage.adds_up(hash, true);
}

#[tokio::test]
async fn refusal_states_whether_the_connection_is_dead() {
    let spender = |grant| Stage::with(WalletOptions::default(), grant);
    assert_eq!(code_of(&spender(Grant::receiving()).await).await, ("RESTRICTED".to_owned(), true));
    let stage = spender(Grant::all().within(msats(PRICE - 1))).await;
    assert_eq!(code_of(&stage).await, ("QUOTA_EXCEEDED".to_owned(), false));
    let stage = spender(Grant::all()).await;
    stage.wallet.disconnect("test").unwrap();
    assert_eq!(code_of(&stage).await, ("UNAUTHORIZED".to_owned(), true));
    let stage = spender(Grant::all()).await;
    stage.wallet.connect("test", Grant::all().until(stage.clock.now())).unwrap();
    assert_eq!(code_of(&stage).await, ("EXPIRED".to_owned(), true));
    let stage = spender(Grant::all()).await;
    let poor = stage.shop.world().node("poor", msats(1_000)).unwrap();
    let wallet = WalletService::start(poor, vec![stage.relay.url()], WalletOptions::default()).unwrap();
    wallet.listens().await;
    let stage = Stage { uri: Secret::new(wallet.connect("test", Grant::all()).unwrap()), ..stage };
    assert_eq!(code_of(&stage).await, ("INSUFFICIENT_BALANCE".to_owned(), false));
}

#[tokio::test]
async fn missing_lookup_permission_leaves_the_payment_open() {
    let stage = Stage::with(WalletOptions::default(), Grant::all().without("lookup_invoice")).await;
    stage.wallet.faults().next("pay_invoice", WalletFault::ErrorAfter("INTERNAL"));
    assert!(matches!(pay(&stage).await, WalletAnswer::Unknown { .. }));
    stage.wallet.faults().next("pay_invoice", WalletFault::ErrorAfter("PAYMENT_FAILED"));
    assert!(matches!(pay(&stage).await, WalletAnswer::Unknown { .. }));
}

/// `PAYMENT_FAILED` is final only with a lookup that was answered from the wallet's records.
#[tokio::test]
async fn payment_failed_is_final_only_if_the_lookup_was_answered() {
    let stage = Stage::new().await;
    for code in ["RESTRICTED", "NOT_IMPLEMENTED", "UNAUTHORIZED", "EXPIRED", "INTERNAL", "NEW_CODE"] {
        stage.wallet.faults().next("pay_invoice", WalletFault::Error("PAYMENT_FAILED"));
        stage.wallet.faults().next("lookup_invoice", WalletFault::Error(code));
        let answer = pay(&stage).await;
        assert!(matches!(answer, WalletAnswer::Unknown { .. }), "{code}: {answer:?}");
    }
    stage.wallet.faults().next("pay_invoice", WalletFault::Error("PAYMENT_FAILED"));
    assert_eq!(code_of(&stage).await, ("PAYMENT_FAILED".to_owned(), false), "the lookup finds nothing");
}

#[tokio::test]
async fn invoices_of_other_payments_are_not_paid() {
    let stage = Stage::new().await;
    let (one, other) = (stage.invoice(), stage.invoice());
    let deadline = stage.within(20_000);
    for (text, hash, amount) in [
        ("lnbc1nonsense", one.payment_hash(), PRICE),
        (one.as_str(), other.payment_hash(), PRICE),
        (one.as_str(), one.payment_hash(), PRICE + 1),
    ] {
        let answer = stage.adapter.pay(&stage.uri, text, hash, msats(amount), deadline).await;
        assert!(matches!(&answer, WalletAnswer::Refused { code, .. } if code == "BAD_INVOICE"), "{answer:?}");
    }
    stage.clock.advance(TimeDelta::seconds(900));
    let late =
        stage.adapter.pay(&stage.uri, one.as_str(), one.payment_hash(), msats(PRICE), stage.within(20_000));
    assert!(matches!(late.await, WalletAnswer::Refused { .. }));
    assert!(stage.buyer.payments().is_empty());
}

#[tokio::test]
async fn relays_at_private_addresses_are_not_connected_to() {
    let stage = Stage::new().await;
    let live = NwcBuyerWallet::new(Arc::new(PublicRelays::new()), stage.clock.clone(), limits());
    assert!(live.check(&stage.uri).unwrap_err().contains("not a public address"));
    let invoice = stage.invoice();
    let answer = live
        .pay(&stage.uri, invoice.as_str(), invoice.payment_hash(), msats(PRICE), stage.within(20_000))
        .await;
    assert!(matches!(answer, WalletAnswer::Refused { connection_dead: true, .. }));
    let sandboxed = NwcBuyerWallet::new(guard(), stage.clock.clone(), limits());
    sandboxed.check(&stage.uri).unwrap();
    assert!(sandboxed.check(&Secret::new("nonsense".to_owned())).is_err());
    assert!(stage.clock.now() < stage.within(1));
}

#[tokio::test]
async fn sandbox_connection_pays_after_a_restart() {
    let Stage { clock, shop, buyer, relay, wallet, uri, adapter } = Stage::new().await;
    drop(wallet);
    relay.cut_all();
    let wallet = WalletService::start(buyer.clone(), vec![relay.url()], WalletOptions::default()).unwrap();
    wallet.listens().await;
    assert_eq!(&wallet.connect("test", Grant::all()).unwrap(), uri.expose());
    let stage = Stage { clock, shop, buyer, relay, wallet, uri, adapter };
    stage.answers().await;
    assert!(matches!(pay(&stage).await, WalletAnswer::Paid(_)));
}

#[tokio::test]
async fn payment_in_flight_is_pending() {
    let stage = Stage::new().await;
    let invoice = stage.invoice();
    stage.shop.faults().hold_incoming(true);
    stage.wallet.faults().next("pay_invoice", WalletFault::WaitAfter);
    let hash = invoice.payment_hash();
    let answer = stage.adapter.pay(&stage.uri, invoice.as_str(), hash, msats(PRICE), stage.within(300)).await;
    assert!(matches!(answer, WalletAnswer::Unknown { silent: true, .. }), "{answer:?}");
    assert_eq!(stage.adapter.lookup(&stage.uri, hash).await, WalletAnswer::Pending);
    stage.shop.release_held().unwrap();
    stage.has_paid(hash).await;
    assert!(matches!(stage.adapter.lookup(&stage.uri, hash).await, WalletAnswer::Paid(_)));
}

#[tokio::test]
async fn probed_connection_reports_its_network_and_leaves_no_socket() {
    let stage = Stage::new().await;
    for network in ["mainnet", "regtest", "something new"] {
        stage.wallet.say_network(network);
        let facts = stage.adapter.probe(&stage.uri).await.unwrap();
        assert_eq!(facts.network, payments::Network::parse(network));
    }
    // The wallet's own connection is the only one left.
    while stage.relay.sockets() > 1 {
        tokio::task::yield_now().await;
    }
}
