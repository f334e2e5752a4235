//! Money comes in over HTTP from a node outside, or over a relay to a wallet that is the shop's node, and is found by the poller when
//! nobody tells of it or nobody is there to be told.

use crate::{
    shop::{insist, tickets},
    stage::{Node, PRICE, Stage, World},
};
use reqwest::StatusCode;
use sandbox::{WebhookFault, nostr::Grant};
use serde_json::Value;
use std::time::Duration;

/// People are asked, and say yes when a test wants them to.
const fn asking(node: Node) -> World {
    World { approves: false, wallet_timeout_secs: 60, log: "off", node }
}

/// Alice says yes to what she is asked for.
async fn approve(stage: &Stage) {
    let asked = stage.world().until(|world| world.pending().pop()).await;
    stage.world().approve(&asked.id).await.unwrap();
}

/// What the node has, as organisers see it.
async fn available_sats(stage: &Stage) -> Value {
    insist(|| stage.get("/api/admin/node/balance"), StatusCode::OK).await["data"]["available_balance_sats"]
        .clone()
}

fn doctor(stage: &Stage) -> (bool, String) {
    let doctor = tickets(&["doctor"], &stage.settings);
    (doctor.status.success(), String::from_utf8(doctor.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_is_the_shops_node() {
    let mut stage = Stage::open(asking(Node::Wallet)).await;
    let event = stage.event(3).await;
    let before = available_sats(&stage).await.as_u64().unwrap();
    let told = stage.buy(event).await;
    approve(&stage).await;
    stage.until_status(&told, "paid").await;
    assert_eq!(available_sats(&stage).await, before + PRICE);
    // Paid while nobody listens: the wallet does not say it again.
    let untold = stage.buy(event).await;
    stage.world().until(|world| (!world.pending().is_empty()).then_some(())).await;
    let bolt11 = text(&untold["uma_request"]["bolt11"]);
    stage.kill();
    let order = sandbox::PayInvoice { bolt11, amount: None, max_fee: None, idempotency_key: None };
    stage.world().wallet("alice").unwrap().pay_invoice(&order).unwrap();
    stage.kill_and_restart().await;
    stage.until_status(&untold, "paid").await;
    assert_eq!(stage.world().wallet("carol").unwrap().payments().len(), 2);
    stage.books_agree();
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_what_a_wallet_does_not_grant() {
    let mut stage = Stage::open(asking(Node::Wallet)).await;
    let (well, said) = doctor(&stage);
    assert!(well && said.contains("can be the shop's node; cannot spend (no refunds)"), "{said}");
    let carol = stage.world().connectable("carol").unwrap();
    let grant = Grant::receiving().without("lookup_invoice").without("get_balance");
    let poor = carol.connect("poor", grant).unwrap();
    stage.settings.insert("NWC_URI".to_owned(), poor);
    let (well, said) = doctor(&stage);
    assert!(!well);
    for method in ["lookup_invoice", "get_balance"] {
        assert!(said.contains(method), "{said}");
    }
    assert!(!said.contains("make_invoice"), "{said}");
    for (grant, warns) in [(Grant::all(), false), (Grant::all().without("list_transactions"), true)] {
        let refunding = stage.world().connectable("carol").unwrap().connect("refunding", grant).unwrap();
        stage.settings.insert("NWC_URI".to_owned(), refunding);
        let (well, said) = doctor(&stage);
        assert!(well && said.contains("can spend (refunds)"), "{said}");
        assert_eq!(
            said.contains("note   Lightning node: the wallet does not grant list_transactions"),
            warns,
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_lightspark_never_told_of_is_found() {
    let stage = Stage::open_hasty(asking(Node::Lightspark), 1).await;
    stage.world().shop().faults().all_webhooks(WebhookFault::Drop);
    let bought = stage.buy(stage.event(1).await).await;
    approve(&stage).await;
    stage.until_status(&bought, "paid").await;
    assert_eq!(stage.world().shop().payments().len(), 1);
    stage.books_agree();
}

/// The database is put back to a copy from before some sales; then their buyers pay.
async fn a_lost_sale_is_logged(node: Node) {
    let mut stage = Stage::open(World { log: "warn", ..asking(node) }).await;
    let event = stage.event(9).await;
    let files = ["", "-wal", "-shm"].map(|end| format!("{}{end}", stage.database().display()));
    stage.kill();
    let copy = files.clone().map(|file| std::fs::read(file).ok());
    stage.kill_and_restart().await;
    let mut lost = Vec::new();
    for _ in 0..6 {
        lost.push(stage.buy(event).await["uma_request"].clone());
    }
    stage.kill();
    for (file, bytes) in files.iter().zip(copy) {
        match bytes {
            Some(bytes) => std::fs::write(file, bytes).unwrap(),
            None => drop(std::fs::remove_file(file)),
        }
    }
    stage.kill_and_restart().await;
    let amount = format!("amount_msats={}", PRICE * 1_000);
    let logged = async |hash: &str| {
        let all = [hash, "unknown invoice", &amount];
        while !std::fs::read_to_string(stage.log())
            .unwrap()
            .lines()
            .any(|line| all.iter().all(|part| line.contains(part)))
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    // A wallet announces a payment once, to those who listen by then: the first ones may be too early.
    let mut found = false;
    for request in lost {
        let bolt11 = text(&request["bolt11"]);
        let order = sandbox::PayInvoice { bolt11, amount: None, max_fee: None, idempotency_key: None };
        stage.world().wallet("alice").unwrap().pay_invoice(&order).unwrap();
        let hash = text(&request["payment_hash"]);
        found = tokio::time::timeout(Duration::from_secs(10), logged(&hash)).await.is_ok();
        if found {
            break;
        }
    }
    assert!(found, "{}", std::fs::read_to_string(stage.log()).unwrap());
    stage.books_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_that_a_restored_database_lost_is_logged_with_its_amount_at_lightspark() {
    a_lost_sale_is_logged(Node::Lightspark).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_that_a_restored_database_lost_is_logged_with_its_amount_at_a_wallet() {
    a_lost_sale_is_logged(Node::Wallet).await;
}
