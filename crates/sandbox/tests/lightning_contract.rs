//! The sandbox's node fulfils the contract of the Lightning port.
#![expect(clippy::unwrap_used, reason = "tests")]

use async_trait::async_trait;
use chrono::{Duration, TimeZone, Utc};
use kernel::{Clock, Msats, Timestamp};
use payments::{Bolt11, Lightning, NodeWebhooks, TestPayments};
use sandbox::{
    Call, Fault, InvoiceState, InvoiceText, Node, PayInvoice, Progress, Sandbox, SandboxConfig, WebhookFault,
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use testkit::{
    ManualClock, SeededEntropy,
    lightning::{FaultTarget, InjectedFault, LightningHarness},
};

struct Harness {
    clock: Arc<ManualClock>,
    sandbox: Sandbox,
    read: AtomicUsize,
}

impl Harness {
    fn bob(&self) -> &Arc<Node> {
        self.sandbox.wallet("bob").unwrap()
    }
}

async fn make() -> Harness {
    let clock = Arc::new(ManualClock::at(Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()));
    let config = SandboxConfig {
        shop_webhook_url: Some("http://localhost:9/never-asked".to_owned()),
        ..SandboxConfig::new(Arc::<ManualClock>::clone(&clock), Arc::new(SeededEntropy::new(7)))
    };
    let sandbox = sandbox::start(config).await.unwrap();
    sandbox.shop().faults().all_webhooks(WebhookFault::Keep);
    Harness { clock, sandbox, read: AtomicUsize::new(0) }
}

#[async_trait]
impl LightningHarness for Harness {
    fn node(&self) -> Arc<dyn Lightning> {
        Arc::<Node>::clone(self.sandbox.shop())
    }

    fn webhooks(&self) -> Option<Arc<dyn NodeWebhooks>> {
        Some(Arc::<Node>::clone(self.sandbox.shop()))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn advance(&self, secs: i64) {
        self.clock.advance(Duration::seconds(secs));
    }

    async fn foreign_invoice(&self, amount: Msats, expiry_secs: u32) -> String {
        let text = InvoiceText::Description("a refund".to_owned());
        self.bob().make_invoice(Some(amount), &text, expiry_secs).unwrap().bolt11
    }

    async fn received_by_others(&self, bolt11: &str) -> Msats {
        let invoice = self.bob().invoice_of(Bolt11::parse(bolt11).unwrap().payment_hash()).unwrap();
        match invoice.state {
            InvoiceState::Settled { amount, .. } => amount,
            _ => Msats::ZERO,
        }
    }

    async fn pay_our_invoice(&self, bolt11: &str) -> bool {
        let before = self.bob().payments().len();
        let order = PayInvoice { bolt11: bolt11.to_owned(), ..PayInvoice::default() };
        let payment = self.bob().pay_invoice(&order).unwrap();
        let is_new = self.bob().payments().len() > before;
        is_new && !matches!(payment.progress, Progress::Failed(_))
    }

    async fn hold(&self, hold: bool) {
        for node in [self.sandbox.shop(), self.bob()] {
            node.faults().hold_incoming(hold);
            if !hold {
                node.release_held().unwrap();
            }
        }
    }

    async fn inject_fault(&self, target: FaultTarget, fault: InjectedFault) {
        let call = match target {
            FaultTarget::CreateInvoice => Call::CreateInvoice,
            FaultTarget::Pay => Call::Pay,
        };
        let fault = match fault {
            InjectedFault::Unavailable => Fault::Unavailable,
            InjectedFault::ErrorBeside => Fault::ErrorBeside("NodeOfflineException"),
            InjectedFault::ErrorAfter => Fault::ErrorAfter("NodeOfflineException"),
            InjectedFault::StatusAfter => Fault::StatusAfter(408),
            InjectedFault::LostAnswer => Fault::LostAnswer,
        };
        self.sandbox.shop().faults().next(call, fault);
    }

    async fn next_webhook(&self) -> (Vec<u8>, String) {
        let at = self.read.fetch_add(1, Ordering::SeqCst);
        let (body, signature) =
            self.sandbox.until(|sandbox| sandbox.world().kept_webhooks().into_iter().nth(at)).await;
        (body.into_bytes(), signature)
    }
}

testkit::lightning_contract!(make);

mod webhooks {
    use super::make;
    testkit::node_webhooks_contract!(make);
}

#[tokio::test]
async fn test_money_pays_own_invoices() {
    let harness = make().await;
    let shop = harness.sandbox.shop();
    let before = shop.purse().0;
    let text = InvoiceText::Description("a seat".to_owned());
    let invoice = shop.make_invoice(Some(Msats::new(5_000).unwrap()), &text, 60).unwrap();
    shop.simulate_incoming(&invoice.bolt11).await.unwrap();
    assert_eq!(shop.purse().0.checked_sub(before), Msats::new(5_000).ok());
    assert!(shop.simulate_incoming(&invoice.bolt11).await.is_err(), "once");
    let foreign = harness.foreign_invoice(Msats::new(5_000).unwrap(), 60).await;
    assert!(shop.simulate_incoming(&foreign).await.is_err(), "only our own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrently_paid_invoice_is_settled_once() {
    let harness = make().await;
    let shop = Arc::clone(harness.sandbox.shop());
    let before = shop.purse().0;
    let text = InvoiceText::Description("the last seat".to_owned());
    let invoice = shop.make_invoice(Some(Msats::new(1_000_000).unwrap()), &text, 60).unwrap();
    let users: Vec<_> = harness.sandbox.vasp().wallets().values().cloned().collect();
    let mut racers = tokio::task::JoinSet::new();
    for user in users.iter().cycle().take(60) {
        let (user, bolt11) = (Arc::clone(user), invoice.bolt11.clone());
        racers
            .spawn(async move { user.pay_invoice(&PayInvoice { bolt11, ..PayInvoice::default() }).unwrap() });
    }
    racers.join_all().await;
    let settled = users.iter().flat_map(|user| user.payments()).filter(|it| it.progress == Progress::Settled);
    assert_eq!(settled.count(), 1);
    assert_eq!(shop.purse().0.checked_sub(before), Msats::new(1_000_000).ok());
}

#[tokio::test]
async fn insufficient_balance_pays_nothing() {
    let harness = make().await;
    let carol = harness.sandbox.wallet("carol").unwrap();
    let before = carol.purse();
    let text = InvoiceText::Description("too expensive".to_owned());
    let invoice = harness.sandbox.shop().make_invoice(Some(before.0), &text, 60).unwrap();
    let order = PayInvoice { bolt11: invoice.bolt11.clone(), ..PayInvoice::default() };
    let payment = carol.pay_invoice(&order).unwrap();
    assert_eq!(payment.progress, Progress::Failed(sandbox::PayFailure::InsufficientBalance));
    assert_eq!(carol.purse(), before);
    assert_eq!(harness.sandbox.shop().invoice(&invoice.id).unwrap().state, InvoiceState::Open);
}

#[tokio::test]
async fn failed_held_payment_restores_both_balances() {
    let harness = make().await;
    let (shop, bob) = (harness.sandbox.shop(), harness.bob());
    let before = (shop.purse(), bob.purse());
    shop.faults().hold_incoming(true);
    let text = InvoiceText::Description("held".to_owned());
    let invoice = shop.make_invoice(Some(Msats::new(9_000).unwrap()), &text, 60).unwrap();
    let order = PayInvoice { bolt11: invoice.bolt11.clone(), ..PayInvoice::default() };
    assert_eq!(bob.pay_invoice(&order).unwrap().progress, Progress::InFlight);
    assert_ne!(bob.purse(), before.1);
    assert_eq!(shop.fail_held().unwrap(), 1);
    assert_eq!((shop.purse(), bob.purse()), before);
    assert_eq!(shop.invoice(&invoice.id).unwrap().state, InvoiceState::Open);
}

#[tokio::test]
async fn payment_within_the_late_window_is_accepted() {
    let harness = make().await;
    let shop = harness.sandbox.shop();
    let text = InvoiceText::Description("late".to_owned());
    let invoice = shop.make_invoice(Some(Msats::new(9_000).unwrap()), &text, 60).unwrap();
    shop.faults().accept_late(120);
    harness.advance(100);
    assert!(!shop.is_dead(&invoice));
    assert!(harness.pay_our_invoice(&invoice.bolt11).await);
}
