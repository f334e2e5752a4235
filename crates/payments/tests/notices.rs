//! Which notices follow which evidence in which state. A combination without a row has none.
#![expect(clippy::unwrap_used, reason = "tests")]

use kernel::Msats;
use payments::{EventFacts, Evidence, Notice, PaymentHash, PaymentState, decide};
use std::fmt::Write;

const PRICE: u64 = 1_000;

fn msats(amount: u64) -> Msats {
    Msats::new(amount).unwrap()
}

fn settled(invoice: u8, amount: u64) -> Evidence {
    Evidence::Settled { hash: PaymentHash::new([invoice; 32]), amount: msats(amount) }
}

const OPEN: EventFacts = EventFacts { seat_free: true, cancelled: false };
const FULL: EventFacts = EventFacts { seat_free: false, cancelled: false };
const CANCELLED: EventFacts = EventFacts { seat_free: false, cancelled: true };

fn after(all: &[(Evidence, EventFacts)]) -> PaymentState {
    let start = PaymentState::awaiting(msats(PRICE));
    all.iter().fold(start, |state, (evidence, event)| decide(&state, *evidence, *event).state)
}

fn states() -> Vec<(&'static str, PaymentState)> {
    let (paid, part) = ((settled(1, PRICE), FULL), (settled(1, 400), FULL));
    let lapsed = (Evidence::HoldLapsed, FULL);
    let revoked = (Evidence::Revoked, FULL);
    let refunded = (Evidence::Refunded { total: msats(PRICE) }, FULL);
    vec![
        ("pending", after(&[])),
        ("pending, 400 in", after(&[part])),
        ("paid", after(&[paid])),
        ("paid, 300 over", after(&[(settled(1, 1_300), FULL)])),
        ("paid late", after(&[lapsed, (settled(1, PRICE), OPEN)])),
        ("expired", after(&[lapsed])),
        ("expired, 400 in", after(&[part, lapsed])),
        ("expired, 1000 in", after(&[lapsed, paid])),
        ("expired, 1000 back", after(&[lapsed, paid, refunded])),
        ("failed", after(&[(Evidence::GivenUp, FULL)])),
        ("refunded, 1000 due", after(&[paid, revoked])),
        ("refunded, 1000 back", after(&[paid, revoked, refunded])),
    ]
}

fn evidence() -> Vec<(&'static str, Evidence)> {
    vec![
        ("300 arrive", settled(2, 300)),
        ("600 arrive", settled(2, 600)),
        ("1000 arrive", settled(2, 1_000)),
        ("1300 on the first invoice", settled(1, 1_300)),
        ("hold lapses", Evidence::HoldLapsed),
        ("given up", Evidence::GivenUp),
        ("buyer cancels", Evidence::Cancelled),
        ("event cancelled", Evidence::EventCancelled),
        ("held again", Evidence::HeldAgain),
        ("revoked", Evidence::Revoked),
        ("600 revoked", Evidence::PartRevoked { due: msats(400) }),
        ("300 refunded", Evidence::Refunded { total: msats(300) }),
        ("1000 refunded", Evidence::Refunded { total: msats(1_000) }),
    ]
}

/// One line per combination with notices, for an event on sale and, where that differs, by the event's state.
fn matrix() -> String {
    let mut lines = String::new();
    for (state_name, state) in states() {
        for (name, evidence) in evidence() {
            let of = |event: EventFacts| decide(&state, evidence, event).notices;
            let (open, full, cancelled) = (of(OPEN), of(FULL), of(CANCELLED));
            let mut line = |event: &str, notices: &[Notice]| {
                if !notices.is_empty() {
                    writeln!(lines, "{state_name} + {name}{event}: {}", text(notices)).unwrap();
                }
            };
            match (open == full, full == cancelled) {
                (true, true) => line("", &open),
                (true, false) => {
                    line("", &open);
                    line(" [event cancelled]", &cancelled);
                }
                _ => {
                    line(" [seat free]", &open);
                    line(" [full]", &full);
                    line(" [event cancelled]", &cancelled);
                }
            }
        }
    }
    lines
}

fn text(notices: &[Notice]) -> String {
    let all = notices.iter().map(|notice| format!("{notice:?}").replace("Msats(", "").replace(')', ""));
    all.collect::<Vec<_>>().join(", ")
}

#[test]
fn each_evidence_in_each_state_gives_exactly_these_notices() {
    let actual = matrix();
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/notices.txt"), &actual).unwrap();
        return;
    }
    let expected = include_str!("notices.txt");
    assert_eq!(actual, expected, "the whole matrix:\n{actual}");
}

#[test]
fn a_notice_reads_back_as_it_was_written() {
    for (_, state) in states() {
        for (_, evidence) in evidence() {
            for event in [OPEN, FULL, CANCELLED] {
                for notice in decide(&state, evidence, event).notices {
                    let json = serde_json::to_string(&notice).unwrap();
                    assert_eq!(serde_json::from_str::<Notice>(&json).unwrap(), notice, "{json}");
                }
            }
        }
    }
}
