//! Refunds of a server process through the Lightspark adapter to the sandbox's endpoint, over HTTP. Each refund is paid exactly once,
//! despite faults of the node and crashes of the process.

use crate::{
    process::retry_until,
    test_server::{Node, PRICE, TestOptions, TestServer},
};
use futures_util::future::join_all;
use kernel::{Msats, Secret};
use reqwest::{RequestBuilder, StatusCode};
use sandbox::{Call, Direction, Fault, InvoiceText, PayInvoice, PaymentRecord, Progress};
use serde_json::json;
use server::{config, wiring::Database};
use std::time::Duration;
use testkit::postgres::TestDatabase;

/// Longer than any timeout.
const NEVER: Duration = Duration::from_hours(1);
/// Payers approve automatically.
const AUTO_APPROVE: TestOptions =
    TestOptions { auto_approve: true, wallet_timeout_secs: 60, log: "off", node: Node::Lightspark };

impl TestServer {
    /// Sells tickets of a new event and returns their payment ids.
    async fn sell(&self, count: u32) -> Vec<i64> {
        let event = self.event(count).await;
        for _ in 0..count {
            self.buy(event).await;
        }
        let path = format!("/api/admin/payments?status=paid&event_id={event}");
        loop {
            let paid = retry_until(|| self.get(&path), StatusCode::OK).await["data"].clone();
            let ids: Vec<i64> =
                paid.as_array().unwrap().iter().map(|payment| payment["id"].as_i64().unwrap()).collect();
            if ids.len() == usize::try_from(count).unwrap() {
                return ids;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn refund(&self, payment: i64) -> RequestBuilder {
        self.post(&format!("/api/admin/payments/{payment}/refund"), &json!({ "revoke": true }))
    }

    /// Waits until the payment's only refund has this status.
    async fn until_refund(&self, payment: i64, status: &str) {
        loop {
            let detail = self.detail(payment).await;
            assert_eq!(detail["refunds"].as_array().unwrap().len(), 1, "{detail}");
            if detail["refunds"][0]["status"] == status {
                return;
            }
            assert_ne!(detail["refunds"][0]["status"], "failed", "{detail}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Outgoing payments of the shop's node.
    fn sent(&self) -> Vec<PaymentRecord> {
        let mut sent = self.sandbox().shop().payments();
        sent.retain(|payment| payment.direction == Direction::Outgoing);
        sent
    }

    /// Asserts that each payment was refunded exactly once, on the node and in the ledger.
    async fn assert_refunded_once(&self, payments: &[i64]) {
        for payment in payments {
            self.until_refund(*payment, "paid").await;
            let detail = self.detail(*payment).await["payment"].clone();
            assert_eq!(detail["status"], "refunded", "{detail}");
            assert_eq!(detail["refunded_msats"], PRICE * 1_000, "{detail}");
            assert_eq!(detail["refundable_msats"], 0, "{detail}");
            assert_eq!(detail["ticket"]["payment_status"], "refunded", "{detail}");
        }
        let sent = self.sent();
        assert!(sent.iter().all(|payment| payment.progress == Progress::Settled), "{sent:?}");
        assert_eq!(sent.len(), payments.len(), "each is sent once: {sent:?}");
        assert!(sent.iter().all(|payment| payment.amount.get() == PRICE * 1_000), "{sent:?}");
        self.assert_audit_passes();
        let audit = self.audit_node();
        assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_after_the_payment_and_before_its_commit_does_not_pay_again() {
    kill_after_payment(TestServer::open_with_max_backoff(AUTO_APPROVE, 1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_after_the_payment_on_postgres_does_not_pay_again() {
    let database = TestDatabase::create(async |url| {
        let config =
            config::Database::Postgres { url: Secret::new(url), pool_size: 2, ca: None, migrate: false };
        Database::migrate(&config, false).await.unwrap();
    })
    .await;
    kill_after_payment(TestServer::open_on(AUTO_APPROVE, tempfile::tempdir().unwrap(), database.url()).await)
        .await;
}

async fn kill_after_payment(mut server: TestServer) {
    let payments = server.sell(1).await;
    server.sandbox().shop().faults().next(Call::Pay, Fault::SlowAnswer(NEVER));
    retry_until(|| server.refund(payments[0]), StatusCode::CREATED).await;
    let is_sent = |payment: &PaymentRecord| {
        payment.direction == Direction::Outgoing && payment.progress == Progress::Settled
    };
    server.sandbox().until(|sandbox| sandbox.shop().payments().iter().any(is_sent).then_some(())).await;
    assert_eq!(
        server.detail(payments[0]).await["refunds"][0]["status"],
        "sending",
        "the response is outstanding"
    );
    server.kill_and_restart().await;
    server.assert_refunded_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_the_node_receives_the_order_pays_after_its_restart() {
    let mut server = TestServer::open_with_max_backoff(AUTO_APPROVE, 1).await;
    let payments = server.sell(1).await;
    server.sandbox().shop().faults().next(Call::Outgoing, Fault::Slow(NEVER));
    retry_until(|| server.refund(payments[0]), StatusCode::CREATED).await;
    server.until_refund(payments[0], "sending").await;
    assert!(server.sent().is_empty(), "no order has been sent");
    server.kill_and_restart().await;
    server.assert_refunded_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refund_arrives_once_despite_faults_of_the_node() {
    let server = TestServer::open_with_max_backoff(AUTO_APPROVE, 1).await;
    let faults = [
        (Call::Pay, Fault::Unavailable),
        (Call::Pay, Fault::LostRequest),
        (Call::Pay, Fault::LostAnswer),
        // Errors that arrive after the payment was made must not count as proof that it failed.
        (Call::Pay, Fault::ErrorBeside("InvalidInputException")),
        (Call::Pay, Fault::StatusAfter(408)),
        (Call::Pay, Fault::ErrorAfter("InvalidInputException")),
        (Call::Pay, Fault::ErrorAfter("NodeOfflineException")),
        // The adapter times out before this response.
        (Call::Pay, Fault::SlowAnswer(NEVER)),
        (Call::Outgoing, Fault::Unavailable),
        (Call::Outgoing, Fault::LostAnswer),
    ];
    let payments = server.sell(u32::try_from(faults.len()).unwrap()).await;
    for (call, fault) in faults {
        server.sandbox().shop().faults().next(call, fault);
    }
    for payment in &payments {
        retry_until(|| server.refund(*payment), StatusCode::CREATED).await;
    }
    server.assert_refunded_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_paid_once_the_node_is_available_again() {
    // The destination is resolved eight times: it has to be available before the last attempt.
    let mut server = TestServer::open_with_max_backoff(AUTO_APPROVE, 4).await;
    let payments = server.sell(1).await;
    server.stop_sandbox().await;
    retry_until(|| server.refund(payments[0]), StatusCode::CREATED).await;
    loop {
        let refund = server.detail(payments[0]).await["refunds"][0].clone();
        assert_eq!(refund["status"], "requested", "{refund}");
        if refund["error"].is_string() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.restart_sandbox().await;
    server.assert_refunded_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_reports_a_payment_that_is_missing_in_the_ledger() {
    let server = TestServer::open_with_max_backoff(AUTO_APPROVE, 1).await;
    let payments = server.sell(1).await;
    retry_until(|| server.refund(payments[0]), StatusCode::CREATED).await;
    server.assert_refunded_once(&payments).await;
    // Simulates a second payment of the refund, outside the ledger.
    let amount = Some(Msats::new(PRICE * 1_000).unwrap());
    let alice = server.sandbox().wallet("alice").unwrap();
    let invoice = alice.make_invoice(amount, &InvoiceText::Description("again".to_owned()), 600).unwrap();
    let order = PayInvoice { bolt11: invoice.bolt11, ..PayInvoice::default() };
    server.sandbox().shop().pay_invoice(&order).unwrap();
    let audit = server.audit_node();
    assert!(!audit.status.success());
    let output = String::from_utf8(audit.stdout).unwrap();
    let line = output.lines().find(|line| line.contains(&invoice.payment_hash.to_hex())).unwrap();
    assert!(line.contains("the node sent 2100000 msats, no refund is recorded"), "{line}");
    assert_eq!(output.matches("ERROR").count(), 1, "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_refund_requests_send_one_payment() {
    let server = TestServer::open_with_max_backoff(AUTO_APPROVE, 1).await;
    let payments = server.sell(1).await;
    let responses = join_all((0..8).map(|_| server.refund(payments[0]).send())).await;
    let mut statuses: Vec<u16> =
        responses.into_iter().map(|response| response.unwrap().status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    server.assert_refunded_once(&payments).await;
    let again = server.refund(payments[0]).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::CONFLICT);
}
