//! The contract of a Lightning node, fulfilled by any NWC wallet that grants enough methods.

use async_trait::async_trait;
use chrono::TimeDelta;
use kernel::{Clock, Msats, Secret, Timestamp};
use nwc_wallet::{Limits, NwcNode};
use payments::{Bolt11, Lightning, NodeWebhooks};
use sandbox::{
    InvoiceState, InvoiceText, Node, PayInvoice, Progress,
    nostr::{Grant, Relay, RequestFault, WalletFault, WalletOptions, WalletService},
};
use std::{sync::Arc, time::Duration};
use testkit::{
    ManualClock,
    lightning::{FaultTarget, InjectedFault, LightningHarness},
};

struct Harness {
    clock: Arc<ManualClock>,
    others: Arc<Node>,
    ours: Arc<Node>,
    relay: Relay,
    wallet: WalletService,
    node: Arc<NwcNode>,
}

async fn harness() -> Harness {
    let (clock, world) = crate::setup::world();
    let purse = crate::setup::msats(crate::setup::INITIAL_BALANCE);
    let (others, ours) = (world.node("others", purse).unwrap(), world.node("ours", purse).unwrap());
    let relay = crate::setup::relay().await;
    let wallet = WalletService::start(ours.clone(), vec![relay.url()], WalletOptions::default()).unwrap();
    wallet.listens().await;
    let uri = Secret::new(wallet.connect("shop", Grant::all()).unwrap());
    // Short, for responses that are lost on purpose; long enough for a busy machine.
    let limits = Limits { answer: Duration::from_secs(4), pay: Duration::from_secs(4), ..Limits::default() };
    let node = NwcNode::new(&uri, &crate::setup::guard(), clock.clone(), limits).unwrap();
    Harness { clock, others, ours, relay, wallet, node: Arc::new(node) }
}

#[async_trait]
impl LightningHarness for Harness {
    fn node(&self) -> Arc<dyn Lightning> {
        self.node.clone()
    }

    fn webhooks(&self) -> Option<Arc<dyn NodeWebhooks>> {
        None
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn advance(&self, secs: i64) {
        self.clock.advance(TimeDelta::seconds(secs));
    }

    async fn foreign_invoice(&self, amount: Msats, expiry_secs: u32) -> String {
        self.others
            .make_invoice(Some(amount), &InvoiceText::Description("theirs".into()), expiry_secs)
            .unwrap()
            .bolt11
    }

    async fn received_by_others(&self, bolt11: &str) -> Msats {
        let hash = Bolt11::parse(bolt11).unwrap().payment_hash();
        match self.others.invoice_of(hash).unwrap().state {
            InvoiceState::Settled { amount, .. } => amount,
            _ => Msats::ZERO,
        }
    }

    async fn pay_our_invoice(&self, bolt11: &str) -> bool {
        let order = PayInvoice { bolt11: bolt11.to_owned(), ..PayInvoice::default() };
        let hash = Bolt11::parse(bolt11).unwrap().payment_hash();
        let settled = matches!(self.ours.invoice_of(hash).unwrap().state, InvoiceState::Settled { .. });
        let paid = self.others.pay_invoice(&order);
        !settled && paid.is_ok_and(|payment| !matches!(payment.progress, Progress::Failed(_)))
    }

    async fn hold(&self, hold: bool) {
        for node in [&self.ours, &self.others] {
            node.faults().hold_incoming(hold);
            if !hold {
                node.release_held().unwrap();
            }
        }
    }

    async fn inject_fault(&self, target: FaultTarget, fault: InjectedFault) {
        let method = match target {
            FaultTarget::CreateInvoice => "make_invoice",
            FaultTarget::Pay => "pay_invoice",
        };
        match fault {
            InjectedFault::ErrorBeside => self.wallet.faults().next(method, WalletFault::NoPreimage),
            InjectedFault::ErrorAfter => {
                self.wallet.faults().next(method, WalletFault::ErrorAfter("PAYMENT_FAILED"));
            }
            InjectedFault::StatusAfter => {
                self.wallet.faults().next(method, WalletFault::ErrorAfter("INTERNAL"));
            }
            InjectedFault::LostAnswer => self.wallet.faults().next(method, WalletFault::SilentAfter),
            InjectedFault::Unavailable => {
                self.relay.faults().next_request(RequestFault::Refuse("mute: no subscribers".into()));
            }
        }
    }

    async fn next_webhook(&self) -> (Vec<u8>, String) {
        panic!("Nostr Wallet Connect has no webhooks")
    }
}

testkit::lightning_contract!(harness);
