//! Money comes in over HTTP from a node outside, or over a relay to a wallet that is the shop's node, and is found by the poller when
//! nobody tells of it or nobody is there to be told.

use crate::{
    shop::{insist, tickets},
    stage::{Node, PRICE, Stage, World},
};
use reqwest::StatusCode;
use sandbox::{WebhookFault, nostr::Grant};
use serde_json::Value;

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
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_lightspark_never_told_of_is_found() {
    let stage = Stage::open(asking(Node::Lightspark)).await;
    stage.world().shop().faults().all_webhooks(WebhookFault::Drop);
    let bought = stage.buy(stage.event(1).await).await;
    approve(&stage).await;
    stage.until_status(&bought, "paid").await;
    assert_eq!(stage.world().shop().payments().len(), 1);
    stage.books_agree();
}
