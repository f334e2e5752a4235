//! The process is killed (SIGKILL) while it pays; no payment is lost or repeated.

use chrono::{TimeZone, Utc};
use kernel::Msats;
use sandbox::{InvoiceState, InvoiceText, PayInvoice, SHOP, World};
use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};
use testkit::{ManualClock, SeededEntropy};

const DIRECTORY: &str = "SANDBOX_TEST_DIRECTORY";
const SEED: &str = "SANDBOX_TEST_SEED";
const PRICE: u64 = 1_000;
const INITIAL_BALANCE: u64 = 1_000_000_000;

fn world(directory: &Path, seed: u64) -> Arc<World> {
    let now = Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap();
    let clock = Arc::new(ManualClock::at(now));
    World::open(Some(directory), clock, Arc::new(SeededEntropy::new(seed))).unwrap()
}

fn purse(world: &Arc<World>, name: &str) -> u64 {
    world.node(name, Msats::new(INITIAL_BALANCE).unwrap()).unwrap().purse().0.get()
}

/// The killed process: pays invoices and reports each payment.
#[test]
#[ignore = "runs as the child of the test below"]
fn pays_until_it_is_killed() {
    let Some(directory) = env::var_os(DIRECTORY) else { return };
    let seed = env::var(SEED).unwrap().parse().unwrap();
    let world = world(Path::new(&directory), seed);
    let shop = world.node(SHOP, Msats::new(INITIAL_BALANCE).unwrap()).unwrap();
    let alice = world.node("alice", Msats::new(INITIAL_BALANCE).unwrap()).unwrap();
    let text = InvoiceText::Description("a seat".to_owned());
    loop {
        let invoice = shop.make_invoice(Msats::new(PRICE).ok(), &text, 600).unwrap();
        let order = PayInvoice { bolt11: invoice.bolt11, ..PayInvoice::default() };
        alice.pay_invoice(&order).unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "\npaid {}", invoice.id).unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn payments_before_a_kill_are_kept_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut reported = BTreeSet::new();
    for round in 1..=6_u64 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "killed::pays_until_it_is_killed", "--ignored", "--nocapture"])
            .env(DIRECTORY, directory.path())
            .env(SEED, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let paid = lines.filter_map(|line| line.strip_prefix("paid ").map(str::to_owned));
        reported.extend(paid.take(usize::try_from(round * 7).unwrap()));
        child.kill().unwrap();
        child.wait().unwrap();

        let world = world(directory.path(), 1_000 + round);
        let shop = world.node(SHOP, Msats::ZERO).unwrap();
        let settled: BTreeSet<String> = shop
            .invoices()
            .into_iter()
            .filter(|invoice| matches!(invoice.state, InvoiceState::Settled { .. }))
            .map(|invoice| invoice.id)
            .collect();
        assert!(reported.is_subset(&settled), "round {round}: every reported payment is settled");
        let money = u64::try_from(settled.len()).unwrap() * PRICE;
        assert_eq!(purse(&world, SHOP), INITIAL_BALANCE + money, "round {round}");
        assert_eq!(purse(&world, "alice"), INITIAL_BALANCE - money, "round {round}");
        assert_eq!(world.webhooks_under_way(), settled.len(), "each webhook is still to be delivered");
    }
}
