//! A connected wallet is ordered to pay once, whatever the buyer's VASP answered meanwhile: after restarts, and with two replicas
//! whose clocks differ by more than a lease.

use crate::{
    shop::{Shop, insist},
    stage::{BEYOND_THE_LEASE_SECS, Node, Stage, World},
};
use futures_util::future::join_all;
use reqwest::StatusCode;
use sandbox::{Direction, PushFault, WebhookFault, nostr::WalletFault};
use serde_json::json;
use std::time::Duration;

/// The order reaches the wallet in time also on a busy machine.
const ASKING: World = World { approves: false, wallet_timeout_secs: 60, log: "off", node: Node::Lightspark };
const RUNS: usize = 3;
/// Longer than the pauses between questions to a wallet, and than a lease that was not renewed.
const STEP_SECS: u64 = 70;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Restart,
    TwoReplicas,
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A shop whose processes end without notice.
struct Troubled {
    stage: Stage,
    trouble: Trouble,
    replica: Option<Shop>,
    skew_secs: u64,
}

impl Troubled {
    /// Kills the process, or the second replica, and starts it with a clock that is ahead: the jobs of its predecessor are due.
    async fn restart(&mut self) {
        if self.trouble == Trouble::Restart {
            self.stage.kill_and_restart_ahead(self.skew_secs).await;
        } else {
            drop(self.replica.take());
            let mut settings = self.stage.settings.clone();
            settings.insert("PORT".to_owned(), testkit::ports::free_ports().to_string());
            settings.insert("TICKETS_CLOCK_SKEW_SECONDS".to_owned(), self.skew_secs.to_string());
            self.replica = Some(Shop::start(&["serve"], &settings));
        }
        self.skew_secs += STEP_SECS;
    }

    /// Restarts, and waits until the wallet was asked once more.
    async fn ask_again(&mut self) {
        let asked = self.requests("lookup_invoice");
        self.restart().await;
        until(|| self.requests("lookup_invoice") > asked).await;
        assert_eq!(self.requests("pay_invoice"), 1, "{:?}", self.trouble);
    }

    fn requests(&self, method: &str) -> usize {
        self.stage.world().connectable("alice").unwrap().requests(method)
    }

    fn sent(&self) -> usize {
        let payments = self.stage.world().wallet("alice").unwrap().payments();
        payments.iter().filter(|payment| payment.direction == Direction::Outgoing).count()
    }
}

async fn run(trouble: Trouble) {
    let stage = Stage::open_hasty(ASKING, 1).await;
    let event = stage.event(1).await;
    let uri = stage.world().connection("alice").unwrap();
    let offer = json!({ "nwc_connection_uri": uri });
    insist(|| stage.post("/api/users/me/nwc-connection", &offer), StatusCode::OK).await;
    stage.world().shop().faults().all_webhooks(WebhookFault::Drop);
    stage.world().vasp().faults().all_pushes(PushFault::Refuse(503));
    let wallet = stage.world().connectable("alice").unwrap();
    wallet.faults().next("pay_invoice", WalletFault::WaitBefore);
    for _ in 0..20 {
        wallet.faults().next("lookup_invoice", WalletFault::Error("INTERNAL"));
    }
    let bought = stage.buy(event).await;
    let mut shop = Troubled { stage, trouble, replica: None, skew_secs: BEYOND_THE_LEASE_SECS };
    until(|| shop.requests("pay_invoice") == 1).await;
    let path = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
    let collection =
        async |stage: &Stage| insist(|| stage.get(&path), StatusCode::OK).await["data"]["collection"].clone();
    // In the middle of the order.
    shop.ask_again().await;
    while collection(&shop.stage).await["state"] != "unreachable" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // After the VASP's answer.
    shop.ask_again().await;
    assert_eq!(shop.sent(), 0, "{trouble:?}");
    let wallet = shop.stage.world().connectable("alice").unwrap();
    wallet.faults().clear();
    wallet.faults().release();
    shop.stage.until_status(&bought, "paid").await;
    assert_eq!((shop.sent(), shop.requests("pay_invoice")), (1, 1), "{trouble:?}");
    drop(shop.replica.take());
    shop.stage.books_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_is_ordered_to_pay_once_whatever_the_vasp_answers() {
    let troubles = [Trouble::Restart, Trouble::TwoReplicas];
    join_all(troubles.into_iter().flat_map(|trouble| (0..RUNS).map(move |_| run(trouble)))).await;
}
