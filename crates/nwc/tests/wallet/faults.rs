//! Every fault of relay and wallet at every step of a payment: the answer is right, the money adds up, and repeated requests pay
//! once.

use crate::setup::{PRICE, Setup, msats};
use futures_util::future::join_all;
use payments::{BuyerWallet, WalletAnswer};
use sandbox::nostr::{AnswerFault, RequestFault, WalletFault};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reply {
    Paid,
    Refused,
    Unknown,
    PaidOrUnknown,
}

fn reply(answer: &WalletAnswer) -> Reply {
    match answer {
        WalletAnswer::Paid(_) => Reply::Paid,
        WalletAnswer::Refused { .. } => Reply::Refused,
        WalletAnswer::Unknown { .. } | WalletAnswer::Pending => Reply::Unknown,
    }
}

/// Whether, and when, the wallet really pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Actual {
    Paid,
    PaidAfterwards,
    NotPaid,
}

struct Case {
    name: &'static str,
    plan: fn(&Setup),
    /// Result of the first call.
    first: Reply,
    actual: Actual,
}

const LONG: i64 = 20_000;
/// Deadline for responses that never come; all earlier steps of the path are complete by then.
const SHORT: i64 = 1_500;

fn request(setup: &Setup, fault: RequestFault) {
    setup.relay.faults().next_request(fault);
}

fn answer(setup: &Setup, fault: AnswerFault) {
    setup.relay.faults().next_answer(fault);
}

fn wallet(setup: &Setup, fault: WalletFault) {
    setup.wallet.faults().next("pay_invoice", fault);
}

const fn case(name: &'static str, plan: fn(&Setup), first: Reply, actual: Actual) -> Case {
    Case { name, plan, first, actual }
}

fn before_publish() -> Vec<Case> {
    vec![
        case(
            "before publish: relay rejects all connections",
            |s| {
                s.relay.faults().refuse_connections(true);
                s.relay.cut_all();
            },
            Reply::Refused,
            Actual::NotPaid,
        ),
        case(
            "before publish: relay refuses, no subscribers",
            |s| request(s, RequestFault::Refuse("mute: no subscribers".into())),
            Reply::Refused,
            Actual::NotPaid,
        ),
        case(
            "before publish: relay blocks us",
            |s| request(s, RequestFault::Refuse("blocked: not you".into())),
            Reply::Refused,
            Actual::NotPaid,
        ),
    ]
}

fn after_publish() -> Vec<Case> {
    vec![
        case(
            "after publish: relay drops mid-flight",
            |s| request(s, RequestFault::CutBefore),
            Reply::Unknown,
            Actual::NotPaid,
        ),
        case(
            "after publish: relay refuses, but may have passed it on",
            |s| request(s, RequestFault::Refuse("error: disk full".into())),
            Reply::Unknown,
            Actual::NotPaid,
        ),
        case(
            "after publish: relay loses the request",
            |s| request(s, RequestFault::Lose),
            Reply::Unknown,
            Actual::NotPaid,
        ),
        case(
            "after publish: duplicated request",
            |s| request(s, RequestFault::Duplicate),
            Reply::Paid,
            Actual::Paid,
        ),
        case(
            "after publish: no acknowledgement",
            |s| s.relay.faults().send_no_ok(true),
            Reply::Paid,
            Actual::Paid,
        ),
        case("after publish: silence", |s| wallet(s, WalletFault::Silence), Reply::Unknown, Actual::NotPaid),
        case(
            "after publish: delay, the wallet pays after the deadline",
            |s| wallet(s, WalletFault::WaitBefore),
            Reply::Unknown,
            Actual::PaidAfterwards,
        ),
        case(
            "after publish: budget used up",
            |s| wallet(s, WalletFault::Error("QUOTA_EXCEEDED")),
            Reply::Refused,
            Actual::NotPaid,
        ),
        case(
            "after publish: revoked",
            |s| wallet(s, WalletFault::Error("UNAUTHORIZED")),
            Reply::Refused,
            Actual::NotPaid,
        ),
        case(
            "after publish: payment failed",
            |s| wallet(s, WalletFault::Error("PAYMENT_FAILED")),
            Reply::Refused,
            Actual::NotPaid,
        ),
        case(
            "after publish: some error",
            |s| wallet(s, WalletFault::Error("INTERNAL")),
            Reply::Unknown,
            Actual::NotPaid,
        ),
        case(
            "after publish: an unlisted error code",
            |s| wallet(s, WalletFault::Error("MOON_PHASE")),
            Reply::Unknown,
            Actual::NotPaid,
        ),
        case(
            "after publish: too fast, then not",
            |s| wallet(s, WalletFault::Error("RATE_LIMITED")),
            Reply::Paid,
            Actual::Paid,
        ),
    ]
}

fn after_pay() -> Vec<Case> {
    vec![
        case("after pay: silence", |s| wallet(s, WalletFault::SilentAfter), Reply::Unknown, Actual::Paid),
        case("after pay: late answer", |s| wallet(s, WalletFault::WaitAfter), Reply::Unknown, Actual::Paid),
        case(
            "after pay: relay holds the answer",
            |s| answer(s, AnswerFault::Hold),
            Reply::Unknown,
            Actual::Paid,
        ),
        case(
            "after pay: relay loses the answer",
            |s| answer(s, AnswerFault::Lose),
            Reply::Unknown,
            Actual::Paid,
        ),
        case(
            "after pay: relay drops before the answer",
            |s| answer(s, AnswerFault::Cut),
            Reply::Unknown,
            Actual::Paid,
        ),
        case(
            "after pay: relay drops after the request",
            |s| request(s, RequestFault::CutAfter),
            Reply::PaidOrUnknown,
            Actual::Paid,
        ),
        case(
            "after pay: duplicated answer",
            |s| answer(s, AnswerFault::Duplicate),
            Reply::Paid,
            Actual::Paid,
        ),
        case("after pay: two answers", |s| wallet(s, WalletFault::Duplicate), Reply::Paid, Actual::Paid),
        case(
            "after pay: wrong author first",
            |s| answer(s, AnswerFault::ForgeFirst),
            Reply::Paid,
            Actual::Paid,
        ),
        case(
            "after pay: wrong author only",
            |s| answer(s, AnswerFault::ForgeOnly),
            Reply::Unknown,
            Actual::Paid,
        ),
        case(
            "after pay: another key answers",
            |s| wallet(s, WalletFault::WrongAuthor),
            Reply::Unknown,
            Actual::Paid,
        ),
        case(
            "after pay: wrong preimage",
            |s| wallet(s, WalletFault::WrongPreimage),
            Reply::Paid,
            Actual::Paid,
        ),
        case("after pay: no preimage", |s| wallet(s, WalletFault::NoPreimage), Reply::Paid, Actual::Paid),
        case(
            "after pay: wrong preimage, and the look-up fails",
            |s| {
                wallet(s, WalletFault::WrongPreimage);
                s.wallet.faults().next("lookup_invoice", WalletFault::Error("INTERNAL"));
            },
            Reply::Unknown,
            Actual::Paid,
        ),
        case("after pay: rubbish", |s| wallet(s, WalletFault::Garbage), Reply::Unknown, Actual::Paid),
        case(
            "after pay: error INTERNAL",
            |s| wallet(s, WalletFault::ErrorAfter("INTERNAL")),
            Reply::Paid,
            Actual::Paid,
        ),
        case(
            "after pay: error OTHER",
            |s| wallet(s, WalletFault::ErrorAfter("OTHER")),
            Reply::Paid,
            Actual::Paid,
        ),
        case(
            "after pay: error PAYMENT_FAILED",
            |s| wallet(s, WalletFault::ErrorAfter("PAYMENT_FAILED")),
            Reply::Paid,
            Actual::Paid,
        ),
    ]
}

async fn run(case: Case) {
    let setup = Setup::new().await;
    let invoice = setup.invoice();
    let hash = invoice.payment_hash();
    let pay = async |millis| {
        let deadline = setup.within(millis);
        setup.adapter.pay(&setup.uri, invoice.as_str(), hash, msats(PRICE), deadline).await
    };
    // Open sockets first: the short deadline covers the missing response alone.
    assert_eq!(reply(&setup.adapter.lookup(&setup.uri, hash).await), Reply::Unknown, "{}", case.name);
    (case.plan)(&setup);
    let silent = matches!(case.first, Reply::Unknown | Reply::PaidOrUnknown);
    let first = pay(if silent { SHORT } else { LONG }).await;
    let expected = match case.first {
        Reply::PaidOrUnknown if reply(&first) != Reply::Refused => reply(&first),
        other => other,
    };
    assert_eq!(reply(&first), expected, "{}: {first:?}", case.name);

    // The network recovers; delayed messages arrive late.
    setup.relay.faults().refuse_connections(false);
    setup.relay.faults().release();
    setup.wallet.faults().release();
    setup.wallet.faults().clear();
    setup.answers().await;
    if case.actual != Actual::NotPaid {
        setup.has_paid(hash).await;
    }

    let looked_up = setup.adapter.lookup(&setup.uri, hash).await;
    match case.actual {
        Actual::Paid | Actual::PaidAfterwards => {
            let WalletAnswer::Paid(preimage) = &looked_up else { panic!("{}: {looked_up:?}", case.name) };
            assert!(preimage.proves(hash));
        }
        Actual::NotPaid => {
            assert_eq!(reply(&looked_up), Reply::Unknown, "{}: {looked_up:?}", case.name);
        }
    }
    setup.adds_up(hash, case.actual != Actual::NotPaid);

    // A repeated request pays only what was certainly not paid and whose outcome was never unknown.
    let again = pay(LONG).await;
    let paid_now = case.actual != Actual::NotPaid || case.first == Reply::Refused;
    assert_eq!(
        reply(&again),
        if paid_now { Reply::Paid } else { Reply::Unknown },
        "{}: {again:?}",
        case.name
    );
    setup.adds_up(hash, paid_now);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_adds_up_after_every_fault_at_every_step() {
    let cases = before_publish().into_iter().chain(after_publish()).chain(after_pay());
    let mut running: Vec<_> = cases.map(|case| (case.name, tokio::spawn(run(case)))).collect();
    let outcomes = join_all(running.iter_mut().map(|(_, task)| task)).await;
    let failed: Vec<String> = running
        .iter()
        .zip(outcomes)
        .filter_map(|((name, _), outcome)| outcome.err().map(|error| format!("{name}: {error}")))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_make_one_payment() {
    let setup = Setup::new().await;
    let invoice = setup.invoice();
    let hash = invoice.payment_hash();
    let pay = || setup.adapter.pay(&setup.uri, invoice.as_str(), hash, msats(PRICE), setup.within(LONG));
    let answers = join_all((0..8).map(|_| pay())).await;
    assert!(answers.iter().all(|answer| reply(answer) != Reply::Refused), "{answers:?}");
    assert!(answers.iter().any(|answer| reply(answer) == Reply::Paid));
    setup.adds_up(hash, true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wallet_pays_a_hash_once_across_a_restart() {
    let setup = Setup::new().await;
    let invoice = setup.invoice();
    let hash = invoice.payment_hash();
    setup.wallet.faults().next("pay_invoice", WalletFault::SilentAfter);
    let answer =
        setup.adapter.pay(&setup.uri, invoice.as_str(), hash, msats(PRICE), setup.within(SHORT)).await;
    assert_eq!(reply(&answer), Reply::Unknown);
    // A killed process has no memory of the payment.
    let fresh =
        nwc_wallet::NwcBuyerWallet::new(crate::setup::guard(), setup.clock.clone(), crate::setup::limits());
    let again = fresh.pay(&setup.uri, invoice.as_str(), hash, msats(PRICE), setup.within(LONG)).await;
    assert_eq!(reply(&again), Reply::Paid);
    setup.adds_up(hash, true);
}
