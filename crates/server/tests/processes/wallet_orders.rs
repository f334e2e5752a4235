//! A connected wallet receives one order to pay per purchase, independent of the VASP's response: after restarts, and with two
//! replicas whose clocks differ by more than a lease.

use crate::{
    process::{ServerProcess, retry_until},
    test_server::{BEYOND_THE_LEASE_SECS, Node, TestOptions, TestServer},
};
use futures_util::future::join_all;
use reqwest::StatusCode;
use sandbox::{Direction, PushFault, WebhookFault, nostr::WalletFault};
use serde_json::json;
use std::time::Duration;

/// A long wallet timeout, so that orders arrive in time on a loaded machine.
const MANUAL_APPROVAL: TestOptions =
    TestOptions { auto_approve: false, wallet_timeout_secs: 60, log: "off", node: Node::Lightspark };
const RUNS: usize = 3;
/// Longer than the interval between wallet lookups and than a lease that is not renewed.
const STEP_SECS: u64 = 70;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disruption {
    Restart,
    TwoReplicas,
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A server whose processes are killed.
struct DisruptedServer {
    server: TestServer,
    disruption: Disruption,
    replica: Option<ServerProcess>,
    skew_secs: u64,
}

impl DisruptedServer {
    /// Kills the process, or the second replica, and restarts it with a clock past its predecessor's leases.
    async fn restart(&mut self) {
        if self.disruption == Disruption::Restart {
            self.server.kill_and_restart_ahead(self.skew_secs).await;
        } else {
            drop(self.replica.take());
            let mut settings = self.server.settings.clone();
            settings.insert("PORT".to_owned(), testkit::ports::free_ports().to_string());
            settings.insert("TICKETS_CLOCK_SKEW_SECONDS".to_owned(), self.skew_secs.to_string());
            self.replica = Some(ServerProcess::start(&["serve"], &settings));
        }
        self.skew_secs += STEP_SECS;
    }

    /// Restarts and waits for another lookup at the wallet.
    async fn restart_until_lookup(&mut self) {
        let before = self.requests("lookup_invoice");
        self.restart().await;
        until(|| self.requests("lookup_invoice") > before).await;
        assert_eq!(self.requests("pay_invoice"), 1, "{:?}", self.disruption);
    }

    fn requests(&self, method: &str) -> usize {
        self.server.sandbox().connectable("alice").unwrap().requests(method)
    }

    fn sent(&self) -> usize {
        let payments = self.server.sandbox().wallet("alice").unwrap().payments();
        payments.iter().filter(|payment| payment.direction == Direction::Outgoing).count()
    }
}

async fn run(disruption: Disruption) {
    let server = TestServer::open_with_max_backoff(MANUAL_APPROVAL, 1).await;
    let event = server.event(1).await;
    let uri = server.sandbox().connection("alice").unwrap();
    let offer = json!({ "nwc_connection_uri": uri });
    retry_until(|| server.post("/api/users/me/nwc-connection", &offer), StatusCode::OK).await;
    server.sandbox().shop().faults().all_webhooks(WebhookFault::Drop);
    server.sandbox().vasp().faults().all_pushes(PushFault::Refuse(503));
    let wallet = server.sandbox().connectable("alice").unwrap();
    wallet.faults().next("pay_invoice", WalletFault::WaitBefore);
    for _ in 0..20 {
        wallet.faults().next("lookup_invoice", WalletFault::Error("INTERNAL"));
    }
    let bought = server.buy(event).await;
    let mut disrupted =
        DisruptedServer { server, disruption, replica: None, skew_secs: BEYOND_THE_LEASE_SECS };
    until(|| disrupted.requests("pay_invoice") == 1).await;
    let path = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
    let collection = async |server: &TestServer| {
        retry_until(|| server.get(&path), StatusCode::OK).await["data"]["collection"].clone()
    };
    // While the order is in progress.
    disrupted.restart_until_lookup().await;
    while collection(&disrupted.server).await["state"] != "unreachable" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // After the VASP's response.
    disrupted.restart_until_lookup().await;
    assert_eq!(disrupted.sent(), 0, "{disruption:?}");
    let wallet = disrupted.server.sandbox().connectable("alice").unwrap();
    wallet.faults().clear();
    wallet.faults().release();
    disrupted.server.until_status(&bought, "paid").await;
    assert_eq!((disrupted.sent(), disrupted.requests("pay_invoice")), (1, 1), "{disruption:?}");
    drop(disrupted.replica.take());
    disrupted.server.assert_audit_passes();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_is_ordered_to_pay_once_for_any_response_of_the_vasp() {
    let disruptions = [Disruption::Restart, Disruption::TwoReplicas];
    join_all(disruptions.into_iter().flat_map(|disruption| (0..RUNS).map(move |_| run(disruption)))).await;
}
