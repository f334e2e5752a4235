//! Refunds from a real process through the Lightspark adapter to the sandbox's endpoint, over HTTP: whatever happens to the node
//! or to the process, the money goes back once.

use crate::{
    shop::insist,
    stage::{Node, PRICE, Stage, World},
};
use futures_util::future::join_all;
use kernel::{Msats, Secret};
use reqwest::{RequestBuilder, StatusCode};
use sandbox::{Call, Direction, Fault, InvoiceText, PayInvoice, PaymentRecord, Progress};
use serde_json::json;
use server::{config, wiring::Database};
use std::time::Duration;
use testkit::postgres::TestDatabase;

/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_hours(1);
/// Buyers pay at once.
const WILLING: World = World { approves: true, wallet_timeout_secs: 60, log: "off", node: Node::Lightspark };

impl Stage {
    /// This many paid tickets of a new event; their payments' numbers.
    async fn sell(&self, count: u32) -> Vec<i64> {
        let event = self.event(count).await;
        for _ in 0..count {
            self.buy(event).await;
        }
        let path = format!("/api/admin/payments?status=paid&event_id={event}");
        loop {
            let paid = insist(|| self.get(&path), StatusCode::OK).await["data"].clone();
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

    /// Waits until the payment's only refund stands like this.
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

    /// What left the shop's node.
    fn sent(&self) -> Vec<PaymentRecord> {
        let mut sent = self.world().shop().payments();
        sent.retain(|payment| payment.direction == Direction::Outgoing);
        sent
    }

    /// Each of these payments went back, once, and the books know it.
    async fn all_went_back_once(&self, payments: &[i64]) {
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
        assert_eq!(sent.len(), payments.len(), "none was sent twice: {sent:?}");
        assert!(sent.iter().all(|payment| payment.amount.get() == PRICE * 1_000), "{sent:?}");
        self.books_agree();
        let audit = self.audit_node();
        assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_between_the_nodes_payment_and_its_own_commit_does_not_pay_again() {
    killed_after_the_payment(Stage::open_hasty(WILLING, 1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_one_on_postgres_pay_again() {
    let database = TestDatabase::create(async |url| {
        let config =
            config::Database::Postgres { url: Secret::new(url), pool_size: 2, ca: None, migrate: false };
        Database::migrate(&config).await.unwrap();
    })
    .await;
    killed_after_the_payment(Stage::open_on(WILLING, tempfile::tempdir().unwrap(), database.url()).await)
        .await;
}

async fn killed_after_the_payment(mut stage: Stage) {
    let payments = stage.sell(1).await;
    stage.world().shop().faults().next(Call::Pay, Fault::SlowAnswer(FOR_EVER));
    insist(|| stage.refund(payments[0]), StatusCode::CREATED).await;
    let is_sent = |payment: &PaymentRecord| {
        payment.direction == Direction::Outgoing && payment.progress == Progress::Settled
    };
    stage.world().until(|world| world.shop().payments().iter().any(is_sent).then_some(())).await;
    assert_eq!(stage.detail(payments[0]).await["refunds"][0]["status"], "sending", "it waits for the answer");
    stage.kill_and_restart().await;
    stage.all_went_back_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_the_node_heard_of_the_payment_pays_after_its_restart() {
    let mut stage = Stage::open_hasty(WILLING, 1).await;
    let payments = stage.sell(1).await;
    stage.world().shop().faults().next(Call::Outgoing, Fault::Slow(FOR_EVER));
    insist(|| stage.refund(payments[0]), StatusCode::CREATED).await;
    stage.until_refund(payments[0], "sending").await;
    assert!(stage.sent().is_empty(), "it is still asking");
    stage.kill_and_restart().await;
    stage.all_went_back_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_node_does_each_refund_arrives_once() {
    let stage = Stage::open_hasty(WILLING, 1).await;
    let faults = [
        (Call::Pay, Fault::Unavailable),
        (Call::Pay, Fault::LostRequest),
        (Call::Pay, Fault::LostAnswer),
        // Answers that came after the work: each once counted as "certainly not paid".
        (Call::Pay, Fault::ErrorBeside("InvalidInputException")),
        (Call::Pay, Fault::StatusAfter(408)),
        (Call::Pay, Fault::ErrorAfter("InvalidInputException")),
        (Call::Pay, Fault::ErrorAfter("NodeOfflineException")),
        // The adapter's own patience ends long before this answer comes.
        (Call::Pay, Fault::SlowAnswer(FOR_EVER)),
        (Call::Outgoing, Fault::Unavailable),
        (Call::Outgoing, Fault::LostAnswer),
    ];
    let payments = stage.sell(u32::try_from(faults.len()).unwrap()).await;
    for (call, fault) in faults {
        stage.world().shop().faults().next(call, fault);
    }
    for payment in &payments {
        insist(|| stage.refund(*payment), StatusCode::CREATED).await;
    }
    stage.all_went_back_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_down_is_paid_from_when_it_is_back() {
    // The destination is asked eight times: it has to be back before.
    let mut stage = Stage::open_hasty(WILLING, 4).await;
    let payments = stage.sell(1).await;
    stage.stop_world().await;
    insist(|| stage.refund(payments[0]), StatusCode::CREATED).await;
    loop {
        let refund = stage.detail(payments[0]).await["refunds"][0].clone();
        assert_eq!(refund["status"], "requested", "{refund}");
        if refund["error"].is_string() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stage.restart_world().await;
    stage.all_went_back_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_a_payment_that_the_books_do_not_know() {
    let stage = Stage::open_hasty(WILLING, 1).await;
    let payments = stage.sell(1).await;
    insist(|| stage.refund(payments[0]), StatusCode::CREATED).await;
    stage.all_went_back_once(&payments).await;
    // The node pays the refund a second time, as it did when an unclear answer counted as a refusal.
    let amount = Some(Msats::new(PRICE * 1_000).unwrap());
    let alice = stage.world().wallet("alice").unwrap();
    let invoice = alice.make_invoice(amount, &InvoiceText::Description("again".to_owned()), 600).unwrap();
    let order = PayInvoice { bolt11: invoice.bolt11, ..PayInvoice::default() };
    stage.world().shop().pay_invoice(&order).unwrap();
    let audit = stage.audit_node();
    assert!(!audit.status.success());
    let said = String::from_utf8(audit.stdout).unwrap();
    let line = said.lines().find(|line| line.contains(&invoice.payment_hash.to_hex())).unwrap();
    assert!(line.contains("the node sent 2100000 msats, the books have no refund"), "{line}");
    assert_eq!(said.matches("ERROR").count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_click_sends_nothing_more() {
    let stage = Stage::open_hasty(WILLING, 1).await;
    let payments = stage.sell(1).await;
    let clicks = join_all((0..8).map(|_| stage.refund(payments[0]).send())).await;
    let mut statuses: Vec<u16> = clicks.into_iter().map(|click| click.unwrap().status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    stage.all_went_back_once(&payments).await;
    let again = stage.refund(payments[0]).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::CONFLICT);
}
