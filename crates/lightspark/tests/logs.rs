//! No secret is logged at any level.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::{Msats, Secret};
use payments::{Bolt11, InvoiceOrder, Lightning, NodeWebhooks, OutgoingState, PayOrder, TestPayments};
use sandbox::{Call, Fault};
use std::{
    fmt::Write as _,
    io,
    sync::{Arc, Mutex},
};
use support::{CLIENT_SECRET, Rig, WEBHOOK_KEY};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, util::SubscriberInitExt};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_trace_logs_errors_or_debug_output() {
    let lines = Lines::default();
    // The sandbox stands for Lightspark itself, so its logs are excluded.
    let filter = EnvFilter::new("trace,sandbox=off,actix_http=off,actix_server=off,actix_web=off");
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(lines.clone())
        .finish()
        .init();

    let rig = Rig::start().await;
    let mut printed = String::new();
    let node = rig.adapter(rig.config());
    writeln!(printed, "{node:?} {:?} {:?}", rig.config(), node.health().await).unwrap();

    let order =
        InvoiceOrder { amount: Msats::new(21_000).unwrap(), metadata: "[]".to_owned(), expiry_secs: 900 };
    let made = node.create_invoice(&order).await.unwrap();
    node.simulate_incoming(&made.bolt11).await.unwrap();
    writeln!(printed, "{:?}", node.incoming(&made.invoice_id, made.payment_hash).await).unwrap();
    let (body, signature) = rig.webhooks.lock().await.recv().await.unwrap();
    let notice = node.read(&body, Some(&signature)).unwrap();
    writeln!(printed, "{notice:?} {:?} {:?}", node.resolve(&notice).await, node.read(&body, Some("00")))
        .unwrap();

    let bolt11 = rig.foreign_invoice(Msats::new(9_000).unwrap(), 600);
    let hash = Bolt11::parse(&bolt11).unwrap().payment_hash();
    let (amount, max_fee) = (Msats::new(9_000).unwrap(), Msats::new(5_000).unwrap());
    let refund =
        PayOrder { bolt11, payment_hash: hash, amount, max_fee, idempotency_key: "refund-1".to_owned() };
    for fault in [Fault::LostRequest, Fault::Unavailable, Fault::Refuse("no".to_owned())] {
        rig.sandbox.shop().faults().next(Call::Pay, fault);
        writeln!(printed, "{:?}", node.pay(&refund).await).unwrap();
    }
    node.pay(&refund).await.unwrap();
    let paid = node.outgoing(hash).await.unwrap();
    let OutgoingState::Paid { preimage: Some(preimage), .. } = &paid else { unreachable!("{paid:?}") };
    writeln!(printed, "{paid:?} {:?}", node.balance().await).unwrap();

    let mut wrong = rig.config();
    wrong.node_password = Some(Secret::new("a-wrong-password".to_owned()));
    wrong.client_secret = Secret::new("a-wrong-secret".to_owned());
    let stranger = rig.adapter(wrong.clone());
    writeln!(printed, "{stranger:?} {:?} {:?}", stranger.health().await, stranger.pay(&refund).await)
        .unwrap();
    wrong.client_secret = rig.config().client_secret;
    let forgetful = rig.adapter(wrong);
    writeln!(printed, "{forgetful:?} {:?} {:?}", forgetful.health().await, forgetful.pay(&refund).await)
        .unwrap();

    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("lightspark") && logged.contains("TRACE"), "the log was not captured");
    let password = rig.config().node_password.unwrap().expose().clone();
    let key = include_str!("../../sandbox/src/lightspark/demo_key.txt").trim();
    let der = STANDARD.decode(key).unwrap();
    let secrets = [
        ("client secret", CLIENT_SECRET.to_owned()),
        ("basic token", STANDARD.encode(format!("{}:{CLIENT_SECRET}", rig.settings.client_id))),
        ("webhook key", WEBHOOK_KEY.to_owned()),
        ("node password", password),
        ("wrong password", "a-wrong-password".to_owned()),
        ("wrong secret", "a-wrong-secret".to_owned()),
        ("preimage", preimage.expose_hex()),
        // From the middle, after the public part of the key.
        ("signing key", key.get(900..940).unwrap().to_owned()),
        ("signing key in hexadecimal", hex::encode(der.get(700..720).unwrap())),
        (
            "signing key as a list",
            format!("{:?}", der.get(700..708).unwrap()).trim_matches(['[', ']']).to_owned(),
        ),
    ];
    for (name, secret) in secrets {
        assert!(!logged.contains(&secret), "the {name} was logged");
        assert!(!printed.contains(&secret), "the {name} was printed");
    }
}
