//! The adapter with wrong settings, a misbehaving node and network faults.
#![expect(clippy::unwrap_used, reason = "tests")]

#[expect(dead_code, reason = "each test binary uses its own part")]
mod support;

use actix_web::{App, HttpResponse, HttpServer, http::StatusCode, web};
use kernel::{Msats, Secret};
use lightspark::{HealthProblem, Lightspark, LightsparkConfig};
use payments::{
    Bolt11, IncomingState, InvoiceOrder, Lightning, LightningError, OutgoingState, PayOrder, PaymentHash,
    TestPayments,
};
use sandbox::{Call, Fault, lightspark::NodeKey};
use std::net::TcpListener;
use support::Rig;

fn order() -> InvoiceOrder {
    InvoiceOrder { amount: Msats::new(21_000).unwrap(), metadata: "[]".to_owned(), expiry_secs: 900 }
}

fn pay_order(bolt11: String) -> PayOrder {
    let parsed = Bolt11::parse(&bolt11).unwrap();
    PayOrder {
        bolt11,
        payment_hash: parsed.payment_hash(),
        amount: parsed.amount().unwrap(),
        max_fee: Msats::new(5_000).unwrap(),
        idempotency_key: parsed.payment_hash().to_hex(),
    }
}

async fn health(
    rig: &Rig,
    change: impl FnOnce(&mut LightsparkConfig),
) -> Result<lightspark::NodeReport, HealthProblem> {
    let mut config = rig.config();
    change(&mut config);
    rig.adapter(config).health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_are_distinguished() {
    let rig = Rig::start().await;
    let report = health(&rig, |_| {}).await.unwrap();
    assert_eq!((report.status.as_str(), report.network.as_str(), report.can_pay), ("READY", "REGTEST", true));
    let report = health(&rig, |config| config.node_password = None).await.unwrap();
    assert!(!report.can_pay);
    let wrong = |text: &str| Secret::new(text.to_owned());
    let outcome = health(&rig, |config| config.client_secret = wrong("wrong")).await;
    assert!(matches!(outcome, Err(HealthProblem::WrongCredentials)), "{outcome:?}");
    let outcome = health(&rig, |config| config.node_password = Some(wrong("wrong"))).await;
    assert!(matches!(outcome, Err(HealthProblem::WrongPassword)), "{outcome:?}");
    for id in ["LightsparkNodeWithOSKLND:00000000-0000-4000-8000-000000000009", "nonsense", "Ünicode:1"] {
        let outcome = health(&rig, |config| config.node_id = id.to_owned()).await;
        assert!(matches!(outcome, Err(HealthProblem::WrongNode)), "{id}: {outcome:?}");
    }
    let outcome =
        health(&rig, |config| config.base_url = config.base_url.replace("graphql", "elsewhere")).await;
    assert!(matches!(outcome, Err(HealthProblem::Unreachable(_))), "{outcome:?}");
    let invoice = rig.adapter(rig.config()).create_invoice(&order()).await.unwrap();
    let outcome = health(&rig, |config| config.node_id = invoice.invoice_id).await;
    assert!(matches!(outcome, Err(HealthProblem::WrongNode)), "an invoice id is no node id: {outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn node_without_a_password_receives_only() {
    let rig = Rig::start().await;
    let mut config = rig.config();
    config.node_password = None;
    let node = rig.adapter(config);
    node.create_invoice(&order()).await.unwrap();
    let outcome = node.pay(&pay_order(rig.foreign_invoice(Msats::new(9_000).unwrap(), 600))).await;
    assert!(
        matches!(&outcome, Err(LightningError::Refused { reason }) if reason.contains("password")),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_payment_with_the_same_key_proves_nothing() {
    let rig = Rig::start().await;
    let node = rig.adapter(rig.config());
    let first = pay_order(rig.foreign_invoice(Msats::new(9_000).unwrap(), 600));
    node.pay(&first).await.unwrap();
    let second = PayOrder {
        idempotency_key: first.idempotency_key.clone(),
        ..pay_order(rig.foreign_invoice(Msats::new(9_000).unwrap(), 600))
    };
    for outcome in [node.resend(&second).await, node.pay(&second).await] {
        assert!(outcome.is_err(), "{outcome:?}");
    }
    let outcome = node.resend(&second).await;
    assert!(matches!(outcome, Err(LightningError::Unknown(_))), "{outcome:?}");
    assert_eq!(node.outgoing(second.payment_hash).await.unwrap(), OutgoingState::Unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn remote_signing_node_pays_with_its_master_seed() {
    let seed = Secret::new((0_u8..32).collect::<Vec<_>>());
    let public = "025ca56a06b2a174f7d017b2cd64db0ae07e0f95dc5b4d25fce322a39924d051e4".parse().unwrap();
    let settings = sandbox::lightspark::LightsparkSettings {
        node_key: Some(NodeKey::RemoteSigning(public)),
        ..sandbox::lightspark::LightsparkSettings::default()
    };
    let rig = Rig::start_with(settings, "2026-11-22T07:24:51Z".parse().unwrap()).await;
    let order = pay_order(rig.foreign_invoice(Msats::new(9_000).unwrap(), 600));
    let keyless = rig.adapter(rig.config());
    assert!(matches!(keyless.health().await, Err(HealthProblem::NoSigningKey(_))));
    assert!(matches!(keyless.pay(&order).await, Err(LightningError::Refused { .. })));
    let node = rig.adapter(rig.config()).with_master_seed(&seed).unwrap();
    assert!(node.health().await.unwrap().can_pay);
    node.pay(&order).await.unwrap();
    assert!(matches!(node.outgoing(order.payment_hash).await.unwrap(), OutgoingState::Paid { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn test_money_pays_own_test_invoices_only() {
    let rig = Rig::start().await;
    let node = rig.adapter(rig.config());
    let made = node.create_invoice(&order()).await.unwrap();
    node.simulate_incoming(&made.bolt11).await.unwrap();
    let state = node.incoming(&made.invoice_id, made.payment_hash).await.unwrap();
    assert!(
        matches!(state, IncomingState::Settled { amount, at: Some(_) } if amount == order().amount),
        "{state:?}"
    );
    // Found by its payment hash as well: the invoice id may be invalid.
    assert_eq!(node.incoming("not an id", made.payment_hash).await.unwrap(), state);
    let foreign = rig.foreign_invoice(order().amount, 600);
    assert!(matches!(node.simulate_incoming(&foreign).await, Err(LightningError::Refused { .. })));
    let live = made.bolt11.replacen("lnbcrt", "lnbc", 1);
    assert!(matches!(node.simulate_incoming(&live).await, Err(LightningError::Refused { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn invoice_id_of_another_payment_is_refused() {
    let rig = Rig::start().await;
    let node = rig.adapter(rig.config());
    let (one, other) =
        (node.create_invoice(&order()).await.unwrap(), node.create_invoice(&order()).await.unwrap());
    node.simulate_incoming(&one.bolt11).await.unwrap();
    let crossed = node.incoming(&one.invoice_id, other.payment_hash).await;
    assert!(matches!(crossed, Err(LightningError::Refused { .. })), "{crossed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn order_must_match_its_invoice() {
    let rig = Rig::start().await;
    let node = rig.adapter(rig.config());
    let good = pay_order(rig.foreign_invoice(Msats::new(9_000).unwrap(), 600));
    for bad in [
        PayOrder { amount: Msats::new(9_001).unwrap(), ..good.clone() },
        PayOrder { payment_hash: PaymentHash::new([1; 32]), ..good.clone() },
        PayOrder { bolt11: "lnbcrt1nonsense".to_owned(), ..good.clone() },
    ] {
        assert!(matches!(node.pay(&bad).await, Err(LightningError::Refused { .. })));
    }
    assert!(rig.sandbox.shop().payments().is_empty());
    assert!(matches!(
        node.create_invoice(&InvoiceOrder { amount: Msats::ZERO, ..order() }).await,
        Err(LightningError::Refused { .. })
    ));
    assert!(rig.sandbox.shop().invoices().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn error_states_whether_the_operation_may_have_run() {
    let rig = Rig::start().await;
    let node = rig.adapter(rig.config());
    let made = node.create_invoice(&order()).await.unwrap();
    let faults = rig.sandbox.shop().faults();

    faults.next(Call::Pay, Fault::LostRequest);
    let order = pay_order(rig.foreign_invoice(Msats::new(9_000).unwrap(), 600));
    assert!(matches!(node.pay(&order).await, Err(LightningError::Unknown(_))));
    assert_eq!(node.outgoing(order.payment_hash).await.unwrap(), OutgoingState::Unknown);

    faults.next(Call::Incoming, Fault::LostAnswer);
    let lost = node.incoming(&made.invoice_id, made.payment_hash).await;
    assert!(matches!(lost, Err(LightningError::Unavailable(_))), "{lost:?}");

    faults.next(Call::Balance, Fault::Refuse("not today".to_owned()));
    let refused = node.balance().await;
    assert!(
        matches!(&refused, Err(LightningError::Refused { reason }) if reason.contains("not today")),
        "{refused:?}"
    );

    let mut nowhere = rig.config();
    nowhere.base_url =
        format!("http://{}/", TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap());
    let nobody = rig.adapter(nowhere).pay(&order).await;
    assert!(matches!(nobody, Err(LightningError::Unavailable(_))), "{nobody:?}");
}

/// Three responses that once caused double refunds: each came after the payment had begun.
#[tokio::test(flavor = "multi_thread")]
async fn response_after_the_work_is_no_refusal() {
    let rig = Rig::start().await;
    let node = rig.adapter(rig.config());
    let faults = [
        Fault::ErrorBeside("InvalidInputException"),
        Fault::ErrorBeside("SomethingNewException"),
        Fault::StatusAfter(408),
        Fault::StatusAfter(400),
        Fault::StatusAfter(502),
        Fault::ErrorAfter("NodeOfflineException"),
        Fault::ErrorAfter("PaymentTimeoutException"),
    ];
    for fault in faults {
        let order = pay_order(rig.foreign_invoice(Msats::new(9_000).unwrap(), 600));
        rig.sandbox.shop().faults().next(Call::Pay, fault.clone());
        let said = node.pay(&order).await;
        match fault {
            Fault::ErrorBeside(_) => assert_eq!(said.unwrap(), OutgoingState::InFlight, "{fault:?}"),
            _ => assert!(matches!(said, Err(LightningError::Unknown(_))), "{fault:?}: {said:?}"),
        }
        let known = node.resend(&order).await.unwrap();
        assert!(matches!(known, OutgoingState::Paid { .. }), "{fault:?}: {known:?}");
        assert_eq!(rig.sandbox.shop().payments_of(order.payment_hash).len(), 1, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undelivered_payment_is_resent_with_the_same_key() {
    let rig = Rig::start().await;
    let node = rig.adapter(rig.config());
    let order = pay_order(rig.foreign_invoice(Msats::new(9_000).unwrap(), 600));
    rig.sandbox.shop().faults().next(Call::Pay, Fault::LostRequest);
    node.pay(&order).await.unwrap_err();
    // Resent only if neither hash nor key is known.
    assert_eq!(node.resend(&order).await.unwrap(), OutgoingState::InFlight);
    let paid = rig.sandbox.shop().payments_of(order.payment_hash);
    assert_eq!(
        paid.iter().map(|one| one.idempotency_key.clone()).collect::<Vec<_>>(),
        [Some(order.idempotency_key.clone())]
    );
    // A failed lookup sends nothing.
    let other = pay_order(rig.foreign_invoice(Msats::new(9_000).unwrap(), 600));
    for fault in [Fault::Unavailable, Fault::LostAnswer, Fault::StatusAfter(408), Fault::ErrorBeside("X")] {
        rig.sandbox.shop().faults().next(Call::Outgoing, fault);
        assert!(matches!(node.resend(&other).await, Err(LightningError::Unknown(_))));
    }
    assert!(rig.sandbox.shop().payments_of(other.payment_hash).is_empty());
    // A refusal of the second request proves nothing about the first.
    rig.sandbox.shop().faults().next(Call::Pay, Fault::Refuse("no".to_owned()));
    assert!(matches!(node.resend(&other).await, Err(LightningError::Unknown(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn known_key_is_not_resent_when_the_hash_is_not_found() {
    let rig = Rig::start().await;
    let node = rig.adapter(rig.config());
    let order = pay_order(rig.foreign_invoice(Msats::new(9_000).unwrap(), 600));
    node.pay(&order).await.unwrap();
    rig.sandbox.shop().faults().next(Call::Outgoing, Fault::NotFound);
    assert!(matches!(node.resend(&order).await.unwrap(), OutgoingState::Paid { .. }));
    assert_eq!(rig.sandbox.shop().payments_of(order.payment_hash).len(), 1);
}

/// A node with a fixed response to every request.
fn stub(rig: &Rig, status: u16, body: &'static str) -> Lightspark {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut config = rig.config();
    config.base_url = format!("http://{}/", listener.local_addr().unwrap());
    let status = StatusCode::from_u16(status).unwrap();
    let server = HttpServer::new(move || {
        App::new().default_service(web::to(move || async move { HttpResponse::build(status).body(body) }))
    });
    tokio::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
    rig.adapter(config)
}

#[tokio::test(flavor = "multi_thread")]
async fn invoice_that_does_not_match_the_order_is_refused() {
    let rig = Rig::start().await;
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("vectors/lightspark-vectors.json")).unwrap();
    let made = vectors
        .pointer("/responses/own_documents/0/response/data/create_invoice")
        .map(|made| serde_json::json!({"data": {"create_uma_invoice": made}}).to_string());
    // Amount and hash match, but it has a memo instead of the description hash.
    let node = stub(&rig, 200, Box::leak(made.unwrap().into_boxed_str()));
    let outcome = node.create_invoice(&order()).await;
    assert!(
        matches!(&outcome, Err(LightningError::Refused { reason }) if reason.contains("description hash")),
        "{outcome:?}"
    );
    let outcome = node.create_invoice(&InvoiceOrder { amount: Msats::new(21_001).unwrap(), ..order() }).await;
    assert!(
        matches!(&outcome, Err(LightningError::Refused { reason }) if reason.contains("amount")),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn server_error_leaves_mutations_unknown_and_queries_retryable() {
    let rig = Rig::start().await;
    for (status, body) in
        [(500, ""), (502, "<html>"), (200, r#"{"data":null,"errors":[{"message":"Something went wrong."}]}"#)]
    {
        let node = stub(&rig, status, body);
        assert!(
            matches!(node.create_invoice(&order()).await, Err(LightningError::Unknown(_))),
            "{status} {body}"
        );
        assert!(matches!(node.balance().await, Err(LightningError::Unavailable(_))), "{status} {body}");
    }
    let busy = stub(&rig, 429, "");
    assert!(matches!(busy.create_invoice(&order()).await, Err(LightningError::Unavailable(_))));
    let garbage = stub(&rig, 200, "<html>");
    assert!(matches!(garbage.create_invoice(&order()).await, Err(LightningError::Unknown(_))));
    assert!(matches!(garbage.balance().await, Err(LightningError::Refused { .. })));
    let redirect = stub(&rig, 307, "");
    assert!(matches!(redirect.balance().await, Err(LightningError::Refused { .. })));
    // A node that is not ready has no balances, which is not a balance of zero.
    let starting = stub(
        &rig,
        200,
        r#"{"data":{"entity":{"__typename":"LightsparkNodeWithOSK","id":"x","status":"SYNCING","bitcoin_network":"MAINNET","balances":null}}}"#,
    );
    assert!(matches!(starting.balance().await, Err(LightningError::Unavailable(_))));
    let Err(LightningError::Refused { .. }) = starting.simulate_incoming("lnbcrt1x").await else {
        panic!("test money for a live node");
    };
}
