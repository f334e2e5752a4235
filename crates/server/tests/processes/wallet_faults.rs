//! A buyer's connected wallet fails in every way at every moment of a purchase, and the shop's process is killed meanwhile: in the
//! end the ticket is paid, once, or the buyer's VASP has been asked, and the money adds up.

use crate::{
    shop::insist,
    stage::{Node, PRICE, Stage, World},
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

/// The shop's patience with a wallet, in seconds: enough for all that is not meant to be late.
const PATIENCE_SECS: u32 = 3;
/// Buyers say yes in their connected wallet alone.
const ASKING: World =
    World { approves: false, wallet_timeout_secs: PATIENCE_SECS, log: "off", node: Node::Lightspark };
/// Shops that run at the same time.
const AT_ONCE: usize = 8;

/// When the fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    BeforePublish,
    /// The wallet was told, and has not paid.
    AfterPublish,
    /// It has paid, and the shop has not heard of it.
    AfterPay,
    /// It has paid and answered, and the shop cannot write that down for a while.
    BeforeCommit,
    /// As before, and the process is killed before it can.
    BeforeCommitKilled,
    /// The process is killed while the wallet is paying.
    Killed,
}

/// What goes wrong.
#[derive(Debug, Clone)]
enum Plan {
    /// The relay lets nobody in.
    TurnAway,
    Request(RequestFault),
    Wallet(WalletFault),
    Answer(AnswerFault),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// By the connected wallet; nobody asked the VASP.
    Paid,
    /// The wallet did not pay, and the VASP was asked.
    Asked,
}

type Case = (&'static str, Moment, Plan, End);

fn cases() -> Vec<Case> {
    use Moment::{AfterPay, AfterPublish, BeforeCommit, BeforeCommitKilled, BeforePublish, Killed};
    let mut cases = vec![
        ("relay is gone", BeforePublish, Plan::TurnAway, End::Asked),
        (
            "relay refuses",
            BeforePublish,
            Plan::Request(RequestFault::Refuse("blocked: not you".into())),
            End::Asked,
        ),
        ("silence", AfterPublish, Plan::Wallet(WalletFault::Silence), End::Asked),
        ("delay beyond our patience", AfterPublish, Plan::Wallet(WalletFault::WaitBefore), End::Paid),
        ("duplicate", AfterPublish, Plan::Request(RequestFault::Duplicate), End::Paid),
        ("wrong author", AfterPublish, Plan::Answer(AnswerFault::ForgeFirst), End::Paid),
        ("relay loses it", AfterPublish, Plan::Request(RequestFault::Lose), End::Asked),
        ("relay drops", AfterPublish, Plan::Request(RequestFault::CutBefore), End::Asked),
        ("silence", Killed, Plan::Wallet(WalletFault::Silence), End::Asked),
    ];
    let answers = [
        ("silence", Plan::Wallet(WalletFault::SilentAfter)),
        ("late answer", Plan::Wallet(WalletFault::WaitAfter)),
        ("duplicate", Plan::Wallet(WalletFault::Duplicate)),
        ("wrong author", Plan::Wallet(WalletFault::WrongAuthor)),
        ("wrong preimage", Plan::Wallet(WalletFault::WrongPreimage)),
        ("error after paying", Plan::Wallet(WalletFault::ErrorAfter("INTERNAL"))),
        ("relay drops", Plan::Answer(AnswerFault::Cut)),
        ("relay delays", Plan::Answer(AnswerFault::Hold)),
    ];
    for moment in [AfterPay, BeforeCommit, BeforeCommitKilled, Killed] {
        cases.extend(answers.iter().cloned().map(|(name, plan)| (name, moment, plan, End::Paid)));
    }
    cases
}

/// What the buyer's wallet sent.
fn sent(stage: &Stage) -> Vec<PaymentRecord> {
    let mut sent = stage.world().wallet("alice").unwrap().payments();
    sent.retain(|payment| payment.direction == Direction::Outgoing);
    sent
}

fn plan(stage: &Stage, plan: &Plan) {
    let relay = stage.world().relay().unwrap();
    match plan {
        Plan::TurnAway => {
            relay.faults().refuse_connections(true);
            relay.cut_all();
        }
        Plan::Request(fault) => relay.faults().next_request(fault.clone()),
        Plan::Answer(fault) => relay.faults().next_answer(*fault),
        Plan::Wallet(fault) => {
            stage.world().connectable("alice").unwrap().faults().next("pay_invoice", fault.clone());
        }
    }
}

async fn collection(stage: &Stage, bought: &Value) -> Value {
    let path = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
    insist(|| stage.get(&path), StatusCode::OK).await["data"].clone()
}

/// Waits until the wallet's payment is like this.
async fn until_sent(stage: &Stage, progress: Progress) {
    let there = |world: &sandbox::Sandbox| {
        let payments = world.wallet("alice").unwrap().payments();
        let mut sent = payments.iter().filter(|payment| payment.direction == Direction::Outgoing);
        sent.any(|payment| payment.progress == progress).then_some(())
    };
    stage.world().until(there).await;
}

/// Buys while everything goes wrong that the case has in store, up to the moment at which it is mended.
async fn strike(stage: &mut Stage, moment: Moment, fault: &Plan) -> Value {
    let event = stage.event(1).await;
    let uri = stage.world().connection("alice").unwrap();
    let body = json!({ "nwc_connection_uri": uri });
    insist(|| stage.post("/api/users/me/nwc-connection", &body), StatusCode::OK).await;
    // The node's own notices would hide what becomes of the wallet's answer.
    stage.world().shop().faults().all_webhooks(WebhookFault::Drop);
    let pays = !matches!(fault, Plan::Wallet(WalletFault::Silence));
    if matches!(moment, Moment::BeforeCommit | Moment::BeforeCommitKilled | Moment::Killed) {
        stage.world().shop().faults().hold_incoming(true);
    }
    plan(stage, fault);
    let bought = stage.buy(event).await;
    match moment {
        Moment::BeforePublish | Moment::AfterPay | Moment::AfterPublish => {
            if matches!(fault, Plan::Wallet(WalletFault::WaitBefore | WalletFault::WaitAfter)) {
                tokio::time::sleep(Duration::from_secs(u64::from(PATIENCE_SECS) + 1)).await;
            }
        }
        Moment::BeforeCommit | Moment::BeforeCommitKilled => {
            until_sent(stage, Progress::InFlight).await;
            // Somebody else's transaction keeps the process from writing.
            let other = Sqlite::open(stage.database()).await.unwrap();
            let session = other.begin().await.unwrap();
            stage.world().shop().release_held().unwrap();
            until_sent(stage, Progress::Settled).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
            let status = collection(stage, &bought).await["ticket"]["payment_status"].clone();
            assert_eq!(status, "pending", "nothing can be written");
            if moment == Moment::BeforeCommitKilled {
                stage.kill();
            }
            drop(session);
        }
        Moment::Killed => {
            if pays {
                until_sent(stage, Progress::InFlight).await;
            } else {
                while collection(stage, &bought).await["collection"]["state"] != "wallet_paying" {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            stage.kill();
            stage.world().shop().release_held().unwrap();
        }
    }
    if matches!(moment, Moment::BeforeCommitKilled | Moment::Killed) {
        stage.kill_and_restart().await;
    }
    bought
}

async fn run((name, moment, fault, end): Case) -> String {
    let mut stage = Stage::open(ASKING).await;
    let bought = strike(&mut stage, moment, &fault).await;
    stage.world().relay().unwrap().faults().release();
    stage.world().connectable("alice").unwrap().faults().release();
    let asked = loop {
        let seen = collection(&stage, &bought).await;
        let asked = stage.world().pending();
        if seen["ticket"]["payment_status"] == "paid" || !asked.is_empty() {
            break asked;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    match end {
        End::Paid => assert!(asked.is_empty(), "{name}, {moment:?}: the VASP was asked"),
        End::Asked => {
            assert_eq!((asked.len(), sent(&stage).len()), (1, 0), "{name}, {moment:?}");
            stage.world().shop().faults().clear();
            stage.world().approve(&asked[0].id).await.unwrap();
        }
    }
    stage.until_status(&bought, "paid").await;
    let sent = sent(&stage);
    let arrived: Vec<_> = sent.iter().filter(|payment| payment.progress == Progress::Settled).collect();
    assert_eq!(arrived.len(), 1, "{name}, {moment:?}: {sent:?}");
    assert_eq!(arrived[0].amount.get(), PRICE * 1_000, "{name}, {moment:?}");
    let received = stage.world().shop().payments();
    assert_eq!(received.len(), 1, "{name}, {moment:?}: {received:?}");
    stage.books_agree();
    format!("| {name} | {moment:?} | {end:?} |")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_connected_wallet_at_every_moment_ends_well() {
    let lines: Vec<String> = stream::iter(cases()).map(run).buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(lines.len(), cases().len());
    println!("| fault | moment | end |\n| --- | --- | --- |\n{}", lines.join("\n"));
}
