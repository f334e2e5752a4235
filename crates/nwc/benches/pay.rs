//! Latency of payments by Nostr Wallet Connect over a local relay: adapter, relay, wallet and node together.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints")]

use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use kernel::{Clock, Msats, Secret, Timestamp};
use nwc_wallet::{Limits, NwcBuyerWallet, PublicRelays};
use payments::{Bolt11, BuyerWallet, WalletAnswer};
use sandbox::{
    InvoiceText, World,
    nostr::{Grant, Relay, WalletOptions, WalletService},
};
use std::{sync::Arc, time::Instant};
use testkit::{ManualClock, SeededEntropy};

const PAYMENTS: usize = 1_000;

fn msats(amount: u64) -> Msats {
    Msats::new(amount).unwrap()
}

fn report(name: &str, mut took: Vec<f64>, total: f64) {
    took.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        took.get((took.len() * percent / 100).min(took.len() - 1)).copied().unwrap_or_default()
    };
    let (p50, p99, count) = (at(50), at(99), took.len());
    println!("{name}: {count} payments in {total:.2} s, p50 {p50:.2} ms, p99 {p99:.2} ms");
}

async fn measure(name: &str, concurrency: usize, buyers: usize) {
    let clock = Arc::new(ManualClock::at(Timestamp::from_timestamp(1_790_000_000, 0).unwrap()));
    let world = World::open(None, clock.clone(), Arc::new(SeededEntropy::new(1))).unwrap();
    let (shop, buyer) =
        (world.node("shop", Msats::ZERO).unwrap(), world.node("buyer", msats(1 << 40)).unwrap());
    let relay = Relay::start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let options = WalletOptions { notifies: false, ..WalletOptions::default() };
    let service = WalletService::start(buyer, vec![relay.url()], options).unwrap();
    service.listens().await;
    let uris: Vec<_> = (0..buyers)
        .map(|number| Secret::new(service.connect(&number.to_string(), Grant::all()).unwrap()))
        .collect();
    let wallet =
        NwcBuyerWallet::new(Arc::new(PublicRelays::with_loopback()), clock.clone(), Limits::default());
    let deadline = clock.now() + TimeDelta::seconds(60);
    let invoices: Vec<Bolt11> = (0..PAYMENTS)
        .map(|_| {
            shop.make_invoice(Some(msats(21_000)), &InvoiceText::Description("A seat".into()), 900).unwrap()
        })
        .map(|made| Bolt11::parse(&made.bolt11).unwrap())
        .collect();
    let started = Instant::now();
    let took: Vec<f64> = stream::iter(invoices.iter().zip(uris.iter().cycle()))
        .map(async |(invoice, uri)| {
            let started = Instant::now();
            let answer =
                wallet.pay(uri, invoice.as_str(), invoice.payment_hash(), msats(21_000), deadline).await;
            assert!(matches!(answer, WalletAnswer::Paid(_)), "{answer:?}");
            started.elapsed().as_secs_f64() * 1_000.0
        })
        .buffer_unordered(concurrency)
        .collect()
        .await;
    report(name, took, started.elapsed().as_secs_f64());
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        measure("one buyer, sequential, warm sockets", 1, 1).await;
        measure("1000 buyers, sequential, a new socket each", 1, PAYMENTS).await;
        measure("64 buyers, 64 at once, warm", 64, 64).await;
        measure("1000 buyers, 64 concurrent, a new socket each", 64, PAYMENTS).await;
    });
}
