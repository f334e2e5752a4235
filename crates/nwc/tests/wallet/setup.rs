//! A shop, a buyer, the buyer's wallet and a relay between them.

use chrono::TimeDelta;
use kernel::{Clock, Msats, Secret, Timestamp};
use nwc_wallet::{Limits, NwcBuyerWallet, NwcNode, PublicRelays, RelayGuard};
use payments::{Bolt11, PaymentHash, WalletUri};
use sandbox::{
    Direction, InvoiceText, Node, PaymentRecord, Progress, World,
    nostr::{Grant, Relay, WalletOptions, WalletService},
};
use std::{sync::Arc, time::Duration};
use testkit::{ManualClock, SeededEntropy};

pub(crate) const PRICE: u64 = 21_000_000;
pub(crate) const INITIAL_BALANCE: u64 = 1_000_000_000;

pub(crate) fn msats(amount: u64) -> Msats {
    Msats::new(amount).unwrap()
}

pub(crate) fn limits() -> Limits {
    Limits { answer: Duration::from_secs(20), pay: Duration::from_secs(20), ..Limits::default() }
}

pub(crate) fn guard() -> Arc<dyn RelayGuard> {
    Arc::new(PublicRelays::with_loopback())
}

pub(crate) struct Setup {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) shop: Arc<Node>,
    pub(crate) buyer: Arc<Node>,
    pub(crate) relay: Relay,
    pub(crate) wallet: WalletService,
    pub(crate) uri: WalletUri,
    pub(crate) adapter: NwcBuyerWallet,
}

pub(crate) async fn relay() -> Relay {
    Relay::start("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

pub(crate) fn world() -> (Arc<ManualClock>, Arc<World>) {
    let clock = Arc::new(ManualClock::at(Timestamp::from_timestamp(1_790_000_000, 0).unwrap()));
    let world = World::open(None, clock.clone(), Arc::new(SeededEntropy::new(7))).unwrap();
    (clock, world)
}

impl Setup {
    pub(crate) async fn new() -> Self {
        Self::with(WalletOptions::default(), Grant::all()).await
    }

    pub(crate) async fn with(options: WalletOptions, grant: Grant) -> Self {
        let (clock, world) = world();
        let relay = relay().await;
        let (shop, buyer) =
            (world.node("shop", Msats::ZERO).unwrap(), world.node("buyer", msats(INITIAL_BALANCE)).unwrap());
        let wallet = WalletService::start(Arc::clone(&buyer), vec![relay.url()], options).unwrap();
        wallet.listens().await;
        let uri = Secret::new(wallet.connect("test", grant).unwrap());
        let adapter = NwcBuyerWallet::new(guard(), clock.clone(), limits());
        Self { clock, shop, buyer, relay, wallet, uri, adapter }
    }

    pub(crate) fn invoice(&self) -> Bolt11 {
        let made = self
            .shop
            .make_invoice(Some(msats(PRICE)), &InvoiceText::Description("A seat".into()), 900)
            .unwrap();
        Bolt11::parse(&made.bolt11).unwrap()
    }

    pub(crate) fn within(&self, millis: i64) -> Timestamp {
        self.clock.now() + TimeDelta::milliseconds(millis)
    }

    pub(crate) fn outgoing(&self, hash: PaymentHash) -> Vec<PaymentRecord> {
        let mut payments = self.buyer.payments_of(hash);
        payments.retain(|payment| payment.direction == Direction::Outgoing);
        payments
    }

    /// Waits until the wallet answers: after a cut, both sides have to reconnect.
    pub(crate) async fn answers(&self) {
        let probe = NwcNode::new(&self.uri, &guard(), self.clock.clone(), limits()).unwrap();
        while probe.doctor().await.is_err() {}
    }

    /// Waits until the buyer's node has paid.
    pub(crate) async fn has_paid(&self, hash: PaymentHash) {
        let mut changes = self.buyer.world().changes();
        while !self.outgoing(hash).iter().any(|payment| payment.progress == Progress::Settled) {
            changes.changed().await.unwrap();
        }
    }

    /// Checks the balances: paid at most once, and the shop received what left the buyer less the fee.
    pub(crate) fn adds_up(&self, hash: PaymentHash, paid: bool) {
        let settled: Vec<_> =
            self.outgoing(hash).into_iter().filter(|payment| payment.progress == Progress::Settled).collect();
        assert_eq!(settled.len(), usize::from(paid), "payments made");
        let spent: u64 = settled.iter().map(|payment| payment.amount.get() + payment.fee.get()).sum();
        assert_eq!(self.buyer.purse(), (msats(INITIAL_BALANCE - spent), Msats::ZERO));
        assert_eq!(self.shop.purse(), (msats(if paid { PRICE } else { 0 }), Msats::ZERO));
    }
}
