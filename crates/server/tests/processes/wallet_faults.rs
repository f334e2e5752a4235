//! Faults of a connected wallet and crashes of the server, at each phase of a purchase. Either the wallet pays exactly once, or the
//! payment is requested from the buyer's VASP; the ledger stays consistent.

use crate::{
    process::retry_until,
    test_server::{Node, PRICE, TestOptions, TestServer},
};
use box_office::Store;
use futures_util::{StreamExt, stream};
use reqwest::StatusCode;
use sandbox::{
    Direction, PaymentRecord, Progress, WebhookFault,
    nostr::{AnswerFault, RequestFault, WalletFault},
};
use serde_json::{Value, json};
use std::time::Duration;
use store_sqlite::Sqlite;

/// Wallet timeout of the server in seconds: only deliberate delays exceed it.
const WALLET_TIMEOUT_SECS: u32 = 3;
/// Payers approve no UMA Request automatically.
const MANUAL_APPROVAL: TestOptions = TestOptions {
    auto_approve: false,
    wallet_timeout_secs: WALLET_TIMEOUT_SECS,
    log: "off",
    node: Node::Lightspark,
};
/// Servers that run concurrently.
const MAX_CONCURRENT_CASES: usize = 8;

/// Phase of the payment in which the fault occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    BeforePublish,
    /// The wallet has the order and has not paid.
    AfterPublish,
    /// The wallet has paid; its response has not arrived.
    AfterPay,
    /// The response has arrived; a database lock delays the commit.
    BeforeCommit,
    /// As `BeforeCommit`, and the process is killed before the commit.
    BeforeCommitKilled,
    /// The process is killed while the wallet is paying.
    Killed,
}

/// Fault to inject.
#[derive(Debug, Clone)]
enum Fault {
    /// The relay refuses connections.
    RefuseConnections,
    Request(RequestFault),
    Wallet(WalletFault),
    Answer(AnswerFault),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Paid by the connected wallet, without a UMA Request.
    PaidByWallet,
    /// Not paid by the wallet; a UMA Request was sent to the VASP.
    VaspRequested,
}

type Case = (&'static str, Phase, Fault, Outcome);

fn cases() -> Vec<Case> {
    use Phase::{AfterPay, AfterPublish, BeforeCommit, BeforeCommitKilled, BeforePublish, Killed};
    let mut cases = vec![
        ("relay is unreachable", BeforePublish, Fault::RefuseConnections, Outcome::VaspRequested),
        (
            "relay refuses",
            BeforePublish,
            Fault::Request(RequestFault::Refuse("blocked: not you".into())),
            Outcome::VaspRequested,
        ),
        ("no response", AfterPublish, Fault::Wallet(WalletFault::Silence), Outcome::VaspRequested),
        (
            "response after the timeout",
            AfterPublish,
            Fault::Wallet(WalletFault::WaitBefore),
            Outcome::PaidByWallet,
        ),
        ("duplicate", AfterPublish, Fault::Request(RequestFault::Duplicate), Outcome::PaidByWallet),
        ("wrong author", AfterPublish, Fault::Answer(AnswerFault::ForgeFirst), Outcome::PaidByWallet),
        ("relay loses it", AfterPublish, Fault::Request(RequestFault::Lose), Outcome::VaspRequested),
        ("relay drops", AfterPublish, Fault::Request(RequestFault::CutBefore), Outcome::VaspRequested),
        ("no response", Killed, Fault::Wallet(WalletFault::Silence), Outcome::VaspRequested),
    ];
    let answers = [
        ("no response", Fault::Wallet(WalletFault::SilentAfter)),
        ("late response", Fault::Wallet(WalletFault::WaitAfter)),
        ("duplicate", Fault::Wallet(WalletFault::Duplicate)),
        ("wrong author", Fault::Wallet(WalletFault::WrongAuthor)),
        ("wrong preimage", Fault::Wallet(WalletFault::WrongPreimage)),
        ("error after paying", Fault::Wallet(WalletFault::ErrorAfter("INTERNAL"))),
        ("relay drops", Fault::Answer(AnswerFault::Cut)),
        ("relay delays", Fault::Answer(AnswerFault::Hold)),
    ];
    for phase in [AfterPay, BeforeCommit, BeforeCommitKilled, Killed] {
        cases
            .extend(answers.iter().cloned().map(|(name, fault)| (name, phase, fault, Outcome::PaidByWallet)));
    }
    cases
}

/// Outgoing payments of the buyer's wallet.
fn sent(server: &TestServer) -> Vec<PaymentRecord> {
    let mut sent = server.sandbox().wallet("alice").unwrap().payments();
    sent.retain(|payment| payment.direction == Direction::Outgoing);
    sent
}

fn inject(server: &TestServer, fault: &Fault) {
    let relay = server.sandbox().relay().unwrap();
    match fault {
        Fault::RefuseConnections => {
            relay.faults().refuse_connections(true);
            relay.cut_all();
        }
        Fault::Request(fault) => relay.faults().next_request(fault.clone()),
        Fault::Answer(fault) => relay.faults().next_answer(*fault),
        Fault::Wallet(fault) => {
            server.sandbox().connectable("alice").unwrap().faults().next("pay_invoice", fault.clone());
        }
    }
}

async fn collection(server: &TestServer, bought: &Value) -> Value {
    let path = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
    retry_until(|| server.get(&path), StatusCode::OK).await["data"].clone()
}

/// Waits until an outgoing payment of the wallet has this progress.
async fn until_sent(server: &TestServer, progress: Progress) {
    let found = |sandbox: &sandbox::Sandbox| {
        let payments = sandbox.wallet("alice").unwrap().payments();
        let mut sent = payments.iter().filter(|payment| payment.direction == Direction::Outgoing);
        sent.any(|payment| payment.progress == progress).then_some(())
    };
    server.sandbox().until(found).await;
}

/// Buys a ticket with the fault injected, and returns when the fault has had its effect.
async fn buy_with_fault(server: &mut TestServer, phase: Phase, fault: &Fault) -> Value {
    let event = server.event(1).await;
    let uri = server.sandbox().connection("alice").unwrap();
    let body = json!({ "nwc_connection_uri": uri });
    retry_until(|| server.post("/api/users/me/nwc-connection", &body), StatusCode::OK).await;
    // Without webhooks, because they would settle the payment regardless of the wallet's response.
    server.sandbox().shop().faults().all_webhooks(WebhookFault::Drop);
    let pays = !matches!(fault, Fault::Wallet(WalletFault::Silence));
    if matches!(phase, Phase::BeforeCommit | Phase::BeforeCommitKilled | Phase::Killed) {
        server.sandbox().shop().faults().hold_incoming(true);
    }
    inject(server, fault);
    let bought = server.buy(event).await;
    match phase {
        Phase::BeforePublish | Phase::AfterPay | Phase::AfterPublish => {
            if matches!(fault, Fault::Wallet(WalletFault::WaitBefore | WalletFault::WaitAfter)) {
                tokio::time::sleep(Duration::from_secs(u64::from(WALLET_TIMEOUT_SECS) + 1)).await;
            }
        }
        Phase::BeforeCommit | Phase::BeforeCommitKilled => {
            until_sent(server, Progress::InFlight).await;
            // An open transaction blocks writes of the process.
            let other = Sqlite::open(server.database()).await.unwrap();
            let session = other.begin().await.unwrap();
            server.sandbox().shop().release_held().unwrap();
            until_sent(server, Progress::Settled).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
            let status = collection(server, &bought).await["ticket"]["payment_status"].clone();
            assert_eq!(status, "pending", "the write is blocked");
            if phase == Phase::BeforeCommitKilled {
                server.kill();
            }
            drop(session);
        }
        Phase::Killed => {
            if pays {
                until_sent(server, Progress::InFlight).await;
            } else {
                while collection(server, &bought).await["collection"]["state"] != "wallet_paying" {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            server.kill();
            server.sandbox().shop().release_held().unwrap();
        }
    }
    if matches!(phase, Phase::BeforeCommitKilled | Phase::Killed) {
        server.kill_and_restart().await;
    }
    bought
}

async fn run((name, phase, fault, outcome): Case) -> String {
    let mut server = TestServer::open(MANUAL_APPROVAL).await;
    let bought = buy_with_fault(&mut server, phase, &fault).await;
    server.sandbox().relay().unwrap().faults().release();
    server.sandbox().connectable("alice").unwrap().faults().release();
    let requests = loop {
        let seen = collection(&server, &bought).await;
        let requests = server.sandbox().pending();
        if seen["ticket"]["payment_status"] == "paid" || !requests.is_empty() {
            break requests;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    match outcome {
        Outcome::PaidByWallet => assert!(requests.is_empty(), "{name}, {phase:?}: a UMA Request was sent"),
        Outcome::VaspRequested => {
            assert_eq!((requests.len(), sent(&server).len()), (1, 0), "{name}, {phase:?}");
            server.sandbox().shop().faults().clear();
            server.sandbox().approve(&requests[0].id).await.unwrap();
        }
    }
    server.until_status(&bought, "paid").await;
    let sent = sent(&server);
    let arrived: Vec<_> = sent.iter().filter(|payment| payment.progress == Progress::Settled).collect();
    assert_eq!(arrived.len(), 1, "{name}, {phase:?}: {sent:?}");
    assert_eq!(arrived[0].amount.get(), PRICE * 1_000, "{name}, {phase:?}");
    let received = server.sandbox().shop().payments();
    assert_eq!(received.len(), 1, "{name}, {phase:?}: {received:?}");
    server.assert_audit_passes();
    format!("| {name} | {phase:?} | {outcome:?} |")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_made_once_despite_any_wallet_fault_in_any_phase() {
    let lines: Vec<String> =
        stream::iter(cases()).map(run).buffer_unordered(MAX_CONCURRENT_CASES).collect().await;
    assert_eq!(lines.len(), cases().len());
    println!("| fault | phase | outcome |\n| --- | --- | --- |\n{}", lines.join("\n"));
}
