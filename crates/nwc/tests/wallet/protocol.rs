//! Differences between wallets: encryption, relays, permissions.

use crate::setup::{PRICE, Setup, guard, limits, msats, relay};
use chrono::TimeDelta;
use kernel::{Clock, Secret};
use nwc_wallet::{NwcBuyerWallet, PublicRelays};
use payments::{BuyerWallet, WalletAnswer, WalletUri};
use sandbox::nostr::{Grant, RequestFault, Schemes, WalletFault, WalletOptions, WalletService};
use std::sync::Arc;

async fn pay(setup: &Setup) -> WalletAnswer {
    let invoice = setup.invoice();
    let deadline = setup.within(20_000);
    setup.adapter.pay(&setup.uri, invoice.as_str(), invoice.payment_hash(), msats(PRICE), deadline).await
}

async fn code_of(setup: &Setup) -> (String, bool) {
    match pay(setup).await {
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
        let setup = Setup::with(options.clone(), Grant::all()).await;
        let answer = pay(&setup).await;
        assert!(matches!(answer, WalletAnswer::Paid(_)), "{options:?}: {answer:?}");
    }
}

#[tokio::test]
async fn relay_that_requires_authentication_gets_it() {
    let setup = Setup::new().await;
    setup.relay.faults().demand_auth(true);
    setup.relay.cut_all();
    setup.answers().await;
    assert!(matches!(pay(&setup).await, WalletAnswer::Paid(_)));
}

#[tokio::test]
async fn one_live_relay_of_several_is_enough() {
    let setup = Setup::new().await;
    let dead = {
        let gone = relay().await;
        gone.url()
    };
    let deaf = relay().await;
    let wallet = WalletService::start(
        Arc::clone(&setup.shop.world().node("other", msats(1_000_000_000)).unwrap()),
        vec![setup.relay.url()],
        WalletOptions::default(),
    )
    .unwrap();
    wallet.listens().await;
    let uri = wallet.connect("several", Grant::all()).unwrap();
    let several: WalletUri = Secret::new(format!("{uri}&relay={dead}&relay={}", deaf.url()));
    let invoice = setup.invoice();
    let answer = setup
        .adapter
        .pay(&several, invoice.as_str(), invoice.payment_hash(), msats(PRICE), setup.within(20_000))
        .await;
    assert!(matches!(answer, WalletAnswer::Paid(_)), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reconnect_receives_the_response_without_a_second_request() {
    let setup = Arc::new(Setup::new().await);
    let invoice = setup.invoice();
    let hash = invoice.payment_hash();
    assert!(matches!(setup.adapter.lookup(&setup.uri, hash).await, WalletAnswer::Unknown { .. }));
    setup.relay.faults().next_request(RequestFault::CutAfter);
    setup.wallet.faults().next("pay_invoice", WalletFault::WaitAfter);
    let paying = tokio::spawn({
        let (setup, invoice) = (Arc::clone(&setup), invoice.clone());
        async move {
            let deadline = setup.within(20_000);
            setup.adapter.pay(&setup.uri, invoice.as_str(), hash, msats(PRICE), deadline).await
        }
    });
    setup.has_paid(hash).await;
    // Once this is answered, the connection is up again with all its subscriptions.
    while !matches!(setup.adapter.lookup(&setup.uri, hash).await, WalletAnswer::Paid(_)) {}
    setup.wallet.faults().release();
    assert!(matches!(paying.await.unwrap(), WalletAnswer::Paid(_)));
    setup.adds_up(hash, true);
}

#[tokio::test]
async fn refusal_states_whether_the_connection_is_dead() {
    let spender = |grant| Setup::with(WalletOptions::default(), grant);
    assert_eq!(code_of(&spender(Grant::receiving()).await).await, ("RESTRICTED".to_owned(), true));
    let setup = spender(Grant::all().within(msats(PRICE - 1))).await;
    assert_eq!(code_of(&setup).await, ("QUOTA_EXCEEDED".to_owned(), false));
    let setup = spender(Grant::all()).await;
    setup.wallet.disconnect("test").unwrap();
    assert_eq!(code_of(&setup).await, ("UNAUTHORIZED".to_owned(), true));
    let setup = spender(Grant::all()).await;
    setup.wallet.connect("test", Grant::all().until(setup.clock.now())).unwrap();
    assert_eq!(code_of(&setup).await, ("EXPIRED".to_owned(), true));
    let setup = spender(Grant::all()).await;
    let poor = setup.shop.world().node("poor", msats(1_000)).unwrap();
    let wallet = WalletService::start(poor, vec![setup.relay.url()], WalletOptions::default()).unwrap();
    wallet.listens().await;
    let setup = Setup { uri: Secret::new(wallet.connect("test", Grant::all()).unwrap()), ..setup };
    assert_eq!(code_of(&setup).await, ("INSUFFICIENT_BALANCE".to_owned(), false));
}

#[tokio::test]
async fn missing_lookup_permission_leaves_the_payment_open() {
    let setup = Setup::with(WalletOptions::default(), Grant::all().without("lookup_invoice")).await;
    setup.wallet.faults().next("pay_invoice", WalletFault::ErrorAfter("INTERNAL"));
    assert!(matches!(pay(&setup).await, WalletAnswer::Unknown { .. }));
    setup.wallet.faults().next("pay_invoice", WalletFault::ErrorAfter("PAYMENT_FAILED"));
    assert!(matches!(pay(&setup).await, WalletAnswer::Unknown { .. }));
}

/// `PAYMENT_FAILED` is final only with a lookup that was answered from the wallet's records.
#[tokio::test]
async fn payment_failed_is_final_only_if_the_lookup_was_answered() {
    let setup = Setup::new().await;
    for code in ["RESTRICTED", "NOT_IMPLEMENTED", "UNAUTHORIZED", "EXPIRED", "INTERNAL", "NEW_CODE"] {
        setup.wallet.faults().next("pay_invoice", WalletFault::Error("PAYMENT_FAILED"));
        setup.wallet.faults().next("lookup_invoice", WalletFault::Error(code));
        let answer = pay(&setup).await;
        assert!(matches!(answer, WalletAnswer::Unknown { .. }), "{code}: {answer:?}");
    }
    setup.wallet.faults().next("pay_invoice", WalletFault::Error("PAYMENT_FAILED"));
    assert_eq!(code_of(&setup).await, ("PAYMENT_FAILED".to_owned(), false), "the lookup finds nothing");
}

#[tokio::test]
async fn invoices_of_other_payments_are_not_paid() {
    let setup = Setup::new().await;
    let (one, other) = (setup.invoice(), setup.invoice());
    let deadline = setup.within(20_000);
    for (text, hash, amount) in [
        ("lnbc1nonsense", one.payment_hash(), PRICE),
        (one.as_str(), other.payment_hash(), PRICE),
        (one.as_str(), one.payment_hash(), PRICE + 1),
    ] {
        let answer = setup.adapter.pay(&setup.uri, text, hash, msats(amount), deadline).await;
        assert!(matches!(&answer, WalletAnswer::Refused { code, .. } if code == "BAD_INVOICE"), "{answer:?}");
    }
    setup.clock.advance(TimeDelta::seconds(900));
    let late =
        setup.adapter.pay(&setup.uri, one.as_str(), one.payment_hash(), msats(PRICE), setup.within(20_000));
    assert!(matches!(late.await, WalletAnswer::Refused { .. }));
    assert!(setup.buyer.payments().is_empty());
}

#[tokio::test]
async fn relays_at_private_addresses_are_not_connected_to() {
    let setup = Setup::new().await;
    let live = NwcBuyerWallet::new(Arc::new(PublicRelays::new()), setup.clock.clone(), limits());
    assert!(live.check(&setup.uri).unwrap_err().contains("not a public address"));
    let invoice = setup.invoice();
    let answer = live
        .pay(&setup.uri, invoice.as_str(), invoice.payment_hash(), msats(PRICE), setup.within(20_000))
        .await;
    assert!(matches!(answer, WalletAnswer::Refused { connection_dead: true, .. }));
    let sandboxed = NwcBuyerWallet::new(guard(), setup.clock.clone(), limits());
    sandboxed.check(&setup.uri).unwrap();
    assert!(sandboxed.check(&Secret::new("nonsense".to_owned())).is_err());
    assert!(setup.clock.now() < setup.within(1));
}

#[tokio::test]
async fn sandbox_connection_pays_after_a_restart() {
    let Setup { clock, shop, buyer, relay, wallet, uri, adapter } = Setup::new().await;
    drop(wallet);
    relay.cut_all();
    let wallet = WalletService::start(buyer.clone(), vec![relay.url()], WalletOptions::default()).unwrap();
    wallet.listens().await;
    assert_eq!(&wallet.connect("test", Grant::all()).unwrap(), uri.expose());
    let setup = Setup { clock, shop, buyer, relay, wallet, uri, adapter };
    setup.answers().await;
    assert!(matches!(pay(&setup).await, WalletAnswer::Paid(_)));
}

#[tokio::test]
async fn payment_in_flight_is_pending() {
    let setup = Setup::new().await;
    let invoice = setup.invoice();
    setup.shop.faults().hold_incoming(true);
    setup.wallet.faults().next("pay_invoice", WalletFault::WaitAfter);
    let hash = invoice.payment_hash();
    let answer = setup.adapter.pay(&setup.uri, invoice.as_str(), hash, msats(PRICE), setup.within(300)).await;
    assert!(matches!(answer, WalletAnswer::Unknown { silent: true, .. }), "{answer:?}");
    assert_eq!(setup.adapter.lookup(&setup.uri, hash).await, WalletAnswer::Pending);
    setup.shop.release_held().unwrap();
    setup.has_paid(hash).await;
    assert!(matches!(setup.adapter.lookup(&setup.uri, hash).await, WalletAnswer::Paid(_)));
}

#[tokio::test]
async fn probed_connection_reports_its_network_and_leaves_no_socket() {
    let setup = Setup::new().await;
    for network in ["mainnet", "regtest", "something new"] {
        setup.wallet.set_network(network);
        let facts = setup.adapter.probe(&setup.uri).await.unwrap();
        assert_eq!(facts.network, payments::Network::parse(network));
    }
    // The wallet's own connection is the only one left.
    while setup.relay.sockets() > 1 {
        tokio::task::yield_now().await;
    }
}
