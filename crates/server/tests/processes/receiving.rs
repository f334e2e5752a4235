//! Incoming payments at a Lightspark node over HTTP and at a wallet over NWC. The poller finds those without a webhook or notification.

use crate::{
    process::{retry_until, run_cli},
    test_server::{Node, PRICE, TestOptions, TestServer},
};
use reqwest::StatusCode;
use sandbox::{Call, Fault, WebhookFault, nostr::Grant};
use serde_json::Value;
use std::time::Duration;

/// Payers approve only when a test calls [`approve`].
const fn manual_approval(node: Node) -> TestOptions {
    TestOptions { auto_approve: false, wallet_timeout_secs: 60, log: "off", node }
}

/// Approves Alice's newest pending request.
async fn approve(server: &TestServer) {
    let request = server.sandbox().until(|sandbox| sandbox.pending().pop()).await;
    server.sandbox().approve(&request.id).await.unwrap();
}

/// Available balance of the node as the admin API reports it, in satoshis.
async fn available_sats(server: &TestServer) -> Value {
    retry_until(|| server.get("/api/admin/node/balance"), StatusCode::OK).await["data"]["available_balance_sats"]
        .clone()
}

fn run_doctor(server: &TestServer) -> (bool, String) {
    let output = run_cli(&["doctor"], &server.settings);
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_wallet_receives_payments_as_the_node() {
    let mut server = TestServer::open(manual_approval(Node::Wallet)).await;
    let event = server.event(3).await;
    let before = available_sats(&server).await.as_u64().unwrap();
    let notified = server.buy(event).await;
    approve(&server).await;
    server.until_status(&notified, "paid").await;
    assert_eq!(available_sats(&server).await, before + PRICE);
    // Paid while the server is down: the wallet does not repeat its notification.
    let missed = server.buy(event).await;
    server.sandbox().until(|sandbox| (!sandbox.pending().is_empty()).then_some(())).await;
    let bolt11 = text(&missed["uma_request"]["bolt11"]);
    server.kill();
    let order = sandbox::PayInvoice { bolt11, amount: None, max_fee: None, idempotency_key: None };
    server.sandbox().wallet("alice").unwrap().pay_invoice(&order).unwrap();
    server.kill_and_restart().await;
    server.until_status(&missed, "paid").await;
    assert_eq!(server.sandbox().wallet("carol").unwrap().payments().len(), 2);
    server.assert_audit_passes();
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_names_the_methods_that_a_wallet_does_not_grant() {
    let mut server = TestServer::open(manual_approval(Node::Wallet)).await;
    let (success, output) = run_doctor(&server);
    assert!(success && output.contains("can be the shop's node; cannot spend (no refunds)"), "{output}");
    assert!(output.contains("ok     invoice: made and found again"), "{output}");
    assert!(output.contains("ok     clock: agrees with the clock of the node"), "{output}");
    let carol = server.sandbox().connectable("carol").unwrap();
    let grant = Grant::receiving().without("lookup_invoice").without("get_balance");
    let limited = carol.connect("limited", grant).unwrap();
    server.settings.insert("NWC_URI".to_owned(), limited);
    let (success, output) = run_doctor(&server);
    assert!(!success);
    for method in ["lookup_invoice", "get_balance"] {
        assert!(output.contains(method), "{output}");
    }
    assert!(!output.contains("make_invoice"), "{output}");
    for (grant, warns) in [(Grant::all(), false), (Grant::all().without("list_transactions"), true)] {
        let refunding = server.sandbox().connectable("carol").unwrap().connect("refunding", grant).unwrap();
        server.settings.insert("NWC_URI".to_owned(), refunding);
        let (success, output) = run_doctor(&server);
        assert!(success && output.contains("can spend (refunds)"), "{output}");
        assert_eq!(
            output.contains("note   Lightning node: the wallet does not grant list_transactions"),
            warns,
            "{output}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_fails_when_the_node_makes_no_invoice_or_its_clock_differs() {
    let mut server = TestServer::open(manual_approval(Node::Lightspark)).await;
    let (success, output) = run_doctor(&server);
    assert!(success && output.contains("ok     invoice: made and found again"), "{output}");
    assert!(output.contains("ok     clock: agrees with the clock of the node"), "{output}");
    let faults = server.sandbox().shop().faults();
    faults.always(Call::CreateInvoice, Fault::Refuse("no channel".to_owned()));
    let (success, output) = run_doctor(&server);
    assert!(!success && output.contains("ERROR  invoice: nothing can be sold: "), "{output}");
    faults.clear();
    server.settings.insert("TICKETS_CLOCK_SKEW_SECONDS".to_owned(), "-240".to_owned());
    let (success, output) = run_doctor(&server);
    assert!(!success && output.contains("ERROR  clock: the clock of the node is "), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_without_a_lightspark_webhook_is_found() {
    let server = TestServer::open_with_max_backoff(manual_approval(Node::Lightspark), 1).await;
    server.sandbox().shop().faults().all_webhooks(WebhookFault::Drop);
    let bought = server.buy(server.event(1).await).await;
    approve(&server).await;
    server.until_status(&bought, "paid").await;
    assert_eq!(server.sandbox().shop().payments().len(), 1);
    server.assert_audit_passes();
}

/// Restores a database copy from before some sales, then pays for these.
async fn assert_lost_sale_is_logged(node: Node) {
    let mut server = TestServer::open(TestOptions { log: "warn", ..manual_approval(node) }).await;
    let event = server.event(9).await;
    let files = ["", "-wal", "-shm"].map(|end| format!("{}{end}", server.database().display()));
    server.kill();
    let copy = files.clone().map(|file| std::fs::read(file).ok());
    server.kill_and_restart().await;
    let mut lost = Vec::new();
    for _ in 0..6 {
        lost.push(server.buy(event).await["uma_request"].clone());
    }
    server.kill();
    for (file, bytes) in files.iter().zip(copy) {
        match bytes {
            Some(bytes) => std::fs::write(file, bytes).unwrap(),
            None => drop(std::fs::remove_file(file)),
        }
    }
    server.kill_and_restart().await;
    let amount = format!("amount_msats={}", PRICE * 1_000);
    let logged = async |hash: &str| {
        let parts = [hash, "unknown invoice", &amount];
        while !std::fs::read_to_string(server.log())
            .unwrap()
            .lines()
            .any(|line| parts.iter().all(|part| line.contains(part)))
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    // A wallet notifies once, to current subscribers: the first payments may precede the subscription.
    let mut found = false;
    for request in lost {
        let bolt11 = text(&request["bolt11"]);
        let order = sandbox::PayInvoice { bolt11, amount: None, max_fee: None, idempotency_key: None };
        server.sandbox().wallet("alice").unwrap().pay_invoice(&order).unwrap();
        let hash = text(&request["payment_hash"]);
        found = tokio::time::timeout(Duration::from_secs(10), logged(&hash)).await.is_ok();
        if found {
            break;
        }
    }
    assert!(found, "{}", std::fs::read_to_string(server.log()).unwrap());
    server.assert_audit_passes();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_missing_in_a_restored_database_is_logged_with_its_amount_for_lightspark() {
    assert_lost_sale_is_logged(Node::Lightspark).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_missing_in_a_restored_database_is_logged_with_its_amount_for_a_wallet() {
    assert_lost_sale_is_logged(Node::Wallet).await;
}
