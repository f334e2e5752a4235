//! A connected wallet is ordered to pay once, whatever the buyer's VASP answered meanwhile: after restarts, and with two replicas
//! whose clocks differ by more than a lease.

use crate::{
    shop::{Shop, insist},
    stage::{Node, Stage, World},
};
use futures_util::future::join_all;
use reqwest::StatusCode;
use sandbox::{Direction, PushFault, WebhookFault, nostr::WalletFault};
use serde_json::json;
use std::time::Duration;

const ASKING: World = World { approves: false, wallet_timeout_secs: 1, log: "off", node: Node::Lightspark };
const RUNS: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Restart,
    TwoReplicas,
}

async fn until_lookups(stage: &Stage, count: usize) {
    while stage.world().connectable("alice").unwrap().requests("lookup_invoice") < count {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn run(trouble: Trouble) {
    let mut stage = Stage::open(ASKING).await;
    let event = stage.event(1).await;
    let uri = stage.world().connection("alice").unwrap();
    let offer = json!({ "nwc_connection_uri": uri });
    insist(|| stage.post("/api/users/me/nwc-connection", &offer), StatusCode::OK).await;
    stage.world().shop().faults().all_webhooks(WebhookFault::Drop);
    stage.world().vasp().faults().all_pushes(PushFault::Refuse(503));
    let wallet = stage.world().connectable("alice").unwrap();
    wallet.faults().next("pay_invoice", WalletFault::WaitBefore);
    for _ in 0..8 {
        wallet.faults().next("lookup_invoice", WalletFault::Error("INTERNAL"));
    }
    let replica = (trouble == Trouble::TwoReplicas).then(|| {
        let mut settings = stage.settings.clone();
        settings.insert("PORT".to_owned(), testkit::ports::free_ports().to_string());
        settings.insert("TICKETS_CLOCK_SKEW_SECONDS".to_owned(), "200".to_owned());
        Shop::start(&["serve"], &settings)
    });
    let bought = stage.buy(event).await;
    let path = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
    while insist(|| stage.get(&path), StatusCode::OK).await["data"]["collection"]["state"] != "unreachable" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    if trouble == Trouble::Restart {
        stage.kill_and_restart().await;
    }
    let wallet = stage.world().connectable("alice").unwrap();
    until_lookups(&stage, wallet.requests("lookup_invoice") + 2).await;
    assert_eq!(wallet.requests("pay_invoice"), 1, "{trouble:?}");
    wallet.faults().clear();
    wallet.faults().release();
    stage.until_status(&bought, "paid").await;
    let mut sent = stage.world().wallet("alice").unwrap().payments();
    sent.retain(|payment| payment.direction == Direction::Outgoing);
    assert_eq!((sent.len(), wallet.requests("pay_invoice")), (1, 1), "{trouble:?}");
    drop(replica);
    stage.books_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_is_ordered_to_pay_once_whatever_the_vasp_answers() {
    let troubles = [Trouble::Restart, Trouble::TwoReplicas];
    join_all(troubles.into_iter().flat_map(|trouble| (0..RUNS).map(move |_| run(trouble)))).await;
}
