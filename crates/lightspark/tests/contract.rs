//! The ports' contract over HTTP against the sandbox's endpoint.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use async_trait::async_trait;
use kernel::{Clock, Msats, Timestamp};
use lightspark::Lightspark;
use payments::{Bolt11, NodeWebhooks};
use sandbox::{Call, Fault, InvoiceState, PayInvoice, Progress};
use std::sync::Arc;
use support::Rig;
use testkit::{
    lightning::{FaultTarget, InjectedFault, LightningHarness},
    lightning_contract, node_webhooks_contract,
};

struct Harness {
    rig: Rig,
    node: Arc<Lightspark>,
}

async fn harness() -> Harness {
    let rig = Rig::start().await;
    let node = Arc::new(rig.adapter(rig.config()));
    Harness { rig, node }
}

#[async_trait]
impl LightningHarness for Harness {
    fn node(&self) -> Arc<dyn payments::Lightning> {
        self.node.clone()
    }

    fn webhooks(&self) -> Option<Arc<dyn NodeWebhooks>> {
        Some(self.node.clone())
    }

    fn now(&self) -> Timestamp {
        self.rig.clock.now()
    }

    fn advance(&self, secs: i64) {
        self.rig.clock.advance(chrono::Duration::seconds(secs));
    }

    async fn foreign_invoice(&self, amount: Msats, expiry_secs: u32) -> String {
        self.rig.foreign_invoice(amount, expiry_secs)
    }

    async fn received_by_others(&self, bolt11: &str) -> Msats {
        let hash = Bolt11::parse(bolt11).unwrap().payment_hash();
        match self.rig.stranger().invoice_of(hash).unwrap().state {
            InvoiceState::Settled { amount, .. } => amount,
            InvoiceState::Open | InvoiceState::Cancelled => Msats::ZERO,
        }
    }

    async fn pay_our_invoice(&self, bolt11: &str) -> bool {
        let order = PayInvoice { bolt11: bolt11.to_owned(), ..PayInvoice::default() };
        // Alternating payers: a second request of one payer returns its first payment.
        let payers = ["alice", "bob"].map(|user| self.rig.sandbox.wallet(user).unwrap());
        let hash = Bolt11::parse(bolt11).unwrap().payment_hash();
        let fresh = payers.iter().find(|payer| payer.payments_of(hash).is_empty()).unwrap();
        !matches!(fresh.pay_invoice(&order).unwrap().progress, Progress::Failed(_))
    }

    async fn hold(&self, hold: bool) {
        for node in [self.rig.sandbox.shop(), self.rig.stranger()] {
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
            // For payments, "node offline" may come after the work: only HTTP 429 proves that nothing was begun.
            InjectedFault::Unavailable if target == FaultTarget::Pay => Fault::Status(429),
            InjectedFault::Unavailable => Fault::Unavailable,
            InjectedFault::ErrorBeside => Fault::ErrorBeside("NodeOfflineException"),
            InjectedFault::ErrorAfter => Fault::ErrorAfter("NodeOfflineException"),
            InjectedFault::StatusAfter => Fault::StatusAfter(408),
            InjectedFault::LostAnswer => Fault::LostAnswer,
        };
        self.rig.sandbox.shop().faults().next(call, fault);
    }

    async fn next_webhook(&self) -> (Vec<u8>, String) {
        self.rig.webhooks.lock().await.recv().await.unwrap()
    }
}

lightning_contract!(harness);
node_webhooks_contract!(harness);
