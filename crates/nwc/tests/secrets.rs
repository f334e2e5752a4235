//! No secret in any log line at TRACE level of the whole flow, nor in any response, error or `Debug` output.
#![expect(clippy::unwrap_used, reason = "tests")]

use async_trait::async_trait;
use chrono::TimeDelta;
use kernel::{Clock, Msats, Secret, Timestamp};
use nwc_wallet::{
    ConnectionUri, Limits, NwcBuyerWallet, NwcNode, PostError, PostResponse, PublicRelays, RelayGuard,
    TokenPost, UmaAuth,
};
use payments::{Bolt11, BuyerWallet, InvoiceOrder, Lightning, PayOrder};
use sandbox::{
    World,
    nostr::{AnswerFault, Grant, Relay, RequestFault, WalletFault, WalletOptions, WalletService},
};
use std::{
    fmt::Debug,
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};
use testkit::{ManualClock, SeededEntropy};
use tracing_subscriber::fmt::MakeWriter;
use url::Url;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Captured {
    fn note(&self, what: &impl Debug) {
        writeln!(self.clone(), "{what:?} {what:#?}").unwrap();
    }
}

struct Provider {
    status: u16,
    body: String,
}

#[async_trait]
impl TokenPost for Provider {
    async fn post_form(&self, _: &Url, _: &[(&str, &str)]) -> Result<PostResponse, PostError> {
        Ok(PostResponse { status: self.status, body: Secret::new(self.body.clone().into_bytes()) })
    }
}

fn msats(amount: u64) -> Msats {
    Msats::new(amount).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves_in_logs_errors_or_debug_output() {
    let captured = Captured::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(captured.clone())
        .init();

    let clock = Arc::new(ManualClock::at(Timestamp::from_timestamp(1_790_000_000, 0).unwrap()));
    let world = World::open(None, clock.clone(), Arc::new(SeededEntropy::new(3))).unwrap();
    let (shop, buyer) = (
        world.node("shop", msats(1_000_000_000)).unwrap(),
        world.node("buyer", msats(1_000_000_000)).unwrap(),
    );
    let relay = Relay::start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    relay.faults().demand_auth(true);
    let service = |node| WalletService::start(node, vec![relay.url()], WalletOptions::default()).unwrap();
    let (theirs, ours) = (service(buyer.clone()), service(shop.clone()));
    theirs.listens().await;
    ours.listens().await;
    let uris = [theirs.connect("a", Grant::all()).unwrap(), ours.connect("b", Grant::all()).unwrap()];
    let [their_uri, our_uri] = uris.clone().map(Secret::new);

    let guard: Arc<dyn RelayGuard> = Arc::new(PublicRelays::with_loopback());
    let limits = Limits { answer: Duration::from_secs(2), ..Limits::default() };
    let node = NwcNode::new(&our_uri, &guard, clock.clone(), limits).unwrap();
    let wallet = NwcBuyerWallet::new(guard.clone(), clock.clone(), limits);
    captured.note(&ConnectionUri::parse(their_uri.expose()).unwrap());
    captured.note(&node.doctor().await);

    let mut hashes = Vec::new();
    for round in 0..9 {
        match round {
            1 => theirs.faults().next("pay_invoice", WalletFault::WrongPreimage),
            2 => theirs.faults().next("pay_invoice", WalletFault::ErrorAfter("INTERNAL")),
            3 => theirs.faults().next("pay_invoice", WalletFault::SilentAfter),
            4 => theirs.faults().next("pay_invoice", WalletFault::Garbage),
            5 => relay.faults().next_request(RequestFault::CutAfter),
            6 => relay.faults().next_answer(AnswerFault::ForgeFirst),
            7 => theirs.faults().next("pay_invoice", WalletFault::WrongAuthor),
            8 => theirs.faults().next("pay_invoice", WalletFault::Error("UNAUTHORIZED")),
            _ => {}
        }
        let order = InvoiceOrder { amount: msats(21_000), metadata: "[]".to_owned(), expiry_secs: 900 };
        let made = node.create_invoice(&order).await;
        captured.note(&made);
        let Ok(made) = made else { continue };
        hashes.push(made.payment_hash);
        let deadline = clock.now() + TimeDelta::seconds(2);
        let amount = order.amount;
        captured.note(&wallet.pay(&their_uri, &made.bolt11, made.payment_hash, amount, deadline).await);
        captured.note(&wallet.lookup(&their_uri, made.payment_hash).await);
        captured.note(&node.incoming(&made.invoice_id, made.payment_hash).await);
    }
    let refund = buyer
        .make_invoice(Some(msats(21_000)), &sandbox::InvoiceText::Description("back".into()), 900)
        .unwrap();
    let parsed = Bolt11::parse(&refund.bolt11).unwrap();
    let order = PayOrder {
        bolt11: refund.bolt11.clone(),
        payment_hash: parsed.payment_hash(),
        amount: msats(21_000),
        max_fee: msats(10_000),
        idempotency_key: "r".to_owned(),
    };
    captured.note(&node.pay(&order).await);
    captured.note(&node.outgoing(order.payment_hash).await);
    captured.note(&node.balance().await);
    hashes.push(order.payment_hash);

    // Malformed input is not quoted either.
    for malformed in
        [format!("x{}", uris[0]), uris[0].replace("relay=", "r="), uris[0].replace("secret=", "secret=0")]
    {
        captured.note(&wallet.check(&Secret::new(malformed.clone())));
        captured.note(&ConnectionUri::parse(&malformed));
        captured.note(&NwcNode::new(&Secret::new(malformed), &guard, clock.clone(), limits).err());
    }
    let tokens = ["0123456789abcdef".repeat(3), "fedcba9876543210".repeat(3)];
    let body =
        format!(r#"{{"nwc_connection_uri":"{}","refresh_token":"{}","expires_in":60}}"#, uris[0], tokens[1]);
    for (status, body) in
        [(200, body.clone()), (400, body.clone()), (500, body.clone()), (200, body.replace("nostr+", ""))]
    {
        let auth = UmaAuth::new(Arc::new(Provider { status, body }), clock.clone());
        let endpoint = Url::parse("https://vasp.example/token").unwrap();
        captured.note(&auth.refresh(&endpoint, "npub relay", &Secret::new(tokens[0].clone())).await);
    }

    let mut secrets: Vec<String> = tokens.into();
    for uri in &uris {
        let secret = uri.split("secret=").nth(1).unwrap().to_owned();
        let bytes = format!("{:?}", hex::decode(&secret).unwrap());
        secrets.extend([secret, bytes.trim_matches(['[', ']']).to_owned()]);
    }
    let mut preimages = 0;
    for hash in hashes {
        let invoice = shop.invoice_of(hash).or_else(|| buyer.invoice_of(hash)).unwrap();
        secrets.push(invoice.preimage.expose_hex());
        preimages += 1;
    }
    assert!(preimages > 8);
    let logs = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap().to_lowercase();
    // The capture itself works, down to TRACE of the libraries.
    assert!(logs.contains("trace") && logs.contains("tungstenite"), "not captured");
    for secret in secrets {
        assert!(!logs.contains(&secret.to_lowercase()), "leaked: {}…", &secret[..8]);
    }
}
