//! Every fault of relay and wallet at every moment of a payment: the answer is right, the money adds up, and nothing is paid
//! twice, however often one asks.

use crate::stage::{PRICE, Stage, msats};
use futures_util::future::join_all;
use payments::{BuyerWallet, WalletAnswer};
use sandbox::nostr::{AnswerFault, RequestFault, WalletFault};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Paid,
    Refused,
    Unknown,
    PaidOrUnknown,
}

fn said(answer: &WalletAnswer) -> Said {
    match answer {
        WalletAnswer::Paid(_) => Said::Paid,
        WalletAnswer::Refused { .. } => Said::Refused,
        WalletAnswer::Unknown { .. } | WalletAnswer::Pending => Said::Unknown,
    }
}

/// Whether, and when, the wallet really pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Paid,
    PaidAfterwards,
    NotPaid,
}

struct Case {
    name: &'static str,
    plan: fn(&Stage),
    /// What the first call says.
    first: Said,
    truth: Truth,
}

const LONG: i64 = 20_000;
/// For answers that never come; everything else on this path is ready before.
const SHORT: i64 = 1_500;

fn request(stage: &Stage, fault: RequestFault) {
    stage.relay.faults().next_request(fault);
}

fn answer(stage: &Stage, fault: AnswerFault) {
    stage.relay.faults().next_answer(fault);
}

fn wallet(stage: &Stage, fault: WalletFault) {
    stage.wallet.faults().next("pay_invoice", fault);
}

const fn case(name: &'static str, plan: fn(&Stage), first: Said, truth: Truth) -> Case {
    Case { name, plan, first, truth }
}

fn before_publish() -> Vec<Case> {
    vec![
        case(
            "before publish: relay turns everybody away",
            |s| {
                s.relay.faults().refuse_connections(true);
                s.relay.cut_all();
            },
            Said::Refused,
            Truth::NotPaid,
        ),
        case(
            "before publish: relay refuses, nobody listens",
            |s| request(s, RequestFault::Refuse("mute: nobody listens".into())),
            Said::Refused,
            Truth::NotPaid,
        ),
        case(
            "before publish: relay blocks us",
            |s| request(s, RequestFault::Refuse("blocked: not you".into())),
            Said::Refused,
            Truth::NotPaid,
        ),
    ]
}

fn after_publish() -> Vec<Case> {
    vec![
        case(
            "after publish: relay drops mid-flight",
            |s| request(s, RequestFault::CutBefore),
            Said::Unknown,
            Truth::NotPaid,
        ),
        case(
            "after publish: relay refuses without a promise",
            |s| request(s, RequestFault::Refuse("error: disk full".into())),
            Said::Unknown,
            Truth::NotPaid,
        ),
        case(
            "after publish: relay loses the request",
            |s| request(s, RequestFault::Lose),
            Said::Unknown,
            Truth::NotPaid,
        ),
        case(
            "after publish: duplicated request",
            |s| request(s, RequestFault::Duplicate),
            Said::Paid,
            Truth::Paid,
        ),
        case(
            "after publish: no acknowledgement",
            |s| s.relay.faults().send_no_ok(true),
            Said::Paid,
            Truth::Paid,
        ),
        case("after publish: silence", |s| wallet(s, WalletFault::Silence), Said::Unknown, Truth::NotPaid),
        case(
            "after publish: delay, the wallet pays after we gave up",
            |s| wallet(s, WalletFault::WaitBefore),
            Said::Unknown,
            Truth::PaidAfterwards,
        ),
        case(
            "after publish: budget used up",
            |s| wallet(s, WalletFault::Error("QUOTA_EXCEEDED")),
            Said::Refused,
            Truth::NotPaid,
        ),
        case(
            "after publish: revoked",
            |s| wallet(s, WalletFault::Error("UNAUTHORIZED")),
            Said::Refused,
            Truth::NotPaid,
        ),
        case(
            "after publish: payment failed",
            |s| wallet(s, WalletFault::Error("PAYMENT_FAILED")),
            Said::Refused,
            Truth::NotPaid,
        ),
        case(
            "after publish: some error",
            |s| wallet(s, WalletFault::Error("INTERNAL")),
            Said::Unknown,
            Truth::NotPaid,
        ),
        case(
            "after publish: an error nobody lists",
            |s| wallet(s, WalletFault::Error("MOON_PHASE")),
            Said::Unknown,
            Truth::NotPaid,
        ),
        case(
            "after publish: too fast, then not",
            |s| wallet(s, WalletFault::Error("RATE_LIMITED")),
            Said::Paid,
            Truth::Paid,
        ),
    ]
}

fn after_pay() -> Vec<Case> {
    vec![
        case("after pay: silence", |s| wallet(s, WalletFault::SilentAfter), Said::Unknown, Truth::Paid),
        case("after pay: late answer", |s| wallet(s, WalletFault::WaitAfter), Said::Unknown, Truth::Paid),
        case(
            "after pay: relay holds the answer",
            |s| answer(s, AnswerFault::Hold),
            Said::Unknown,
            Truth::Paid,
        ),
        case(
            "after pay: relay loses the answer",
            |s| answer(s, AnswerFault::Lose),
            Said::Unknown,
            Truth::Paid,
        ),
        case(
            "after pay: relay drops before the answer",
            |s| answer(s, AnswerFault::Cut),
            Said::Unknown,
            Truth::Paid,
        ),
        case(
            "after pay: relay drops after the request",
            |s| request(s, RequestFault::CutAfter),
            Said::PaidOrUnknown,
            Truth::Paid,
        ),
        case("after pay: duplicated answer", |s| answer(s, AnswerFault::Duplicate), Said::Paid, Truth::Paid),
        case("after pay: two answers", |s| wallet(s, WalletFault::Duplicate), Said::Paid, Truth::Paid),
        case(
            "after pay: wrong author first",
            |s| answer(s, AnswerFault::ForgeFirst),
            Said::Paid,
            Truth::Paid,
        ),
        case(
            "after pay: wrong author only",
            |s| answer(s, AnswerFault::ForgeOnly),
            Said::Unknown,
            Truth::Paid,
        ),
        case(
            "after pay: another key answers",
            |s| wallet(s, WalletFault::WrongAuthor),
            Said::Unknown,
            Truth::Paid,
        ),
        case("after pay: wrong preimage", |s| wallet(s, WalletFault::WrongPreimage), Said::Paid, Truth::Paid),
        case("after pay: no preimage", |s| wallet(s, WalletFault::NoPreimage), Said::Paid, Truth::Paid),
        case(
            "after pay: wrong preimage, and the look-up fails",
            |s| {
                wallet(s, WalletFault::WrongPreimage);
                s.wallet.faults().next("lookup_invoice", WalletFault::Error("INTERNAL"));
            },
            Said::Unknown,
            Truth::Paid,
        ),
        case("after pay: rubbish", |s| wallet(s, WalletFault::Garbage), Said::Unknown, Truth::Paid),
        case(
            "after pay: error INTERNAL",
            |s| wallet(s, WalletFault::ErrorAfter("INTERNAL")),
            Said::Paid,
            Truth::Paid,
        ),
        case(
            "after pay: error OTHER",
            |s| wallet(s, WalletFault::ErrorAfter("OTHER")),
            Said::Paid,
            Truth::Paid,
        ),
        case(
            "after pay: error PAYMENT_FAILED",
            |s| wallet(s, WalletFault::ErrorAfter("PAYMENT_FAILED")),
            Said::Paid,
            Truth::Paid,
        ),
    ]
}

async fn run(case: Case) {
    let stage = Stage::new().await;
    let invoice = stage.invoice();
    let hash = invoice.payment_hash();
    let pay = async |millis| {
        let deadline = stage.within(millis);
        stage.adapter.pay(&stage.uri, invoice.as_str(), hash, msats(PRICE), deadline).await
    };
    // Warm sockets: the short deadline is for the missing answer alone.
    assert_eq!(said(&stage.adapter.lookup(&stage.uri, hash).await), Said::Unknown, "{}", case.name);
    (case.plan)(&stage);
    let silent = matches!(case.first, Said::Unknown | Said::PaidOrUnknown);
    let first = pay(if silent { SHORT } else { LONG }).await;
    let expected = match case.first {
        Said::PaidOrUnknown if said(&first) != Said::Refused => said(&first),
        other => other,
    };
    assert_eq!(said(&first), expected, "{}: {first:?}", case.name);

    // The network heals; whatever was held arrives late.
    stage.relay.faults().refuse_connections(false);
    stage.relay.faults().release();
    stage.wallet.faults().release();
    stage.wallet.faults().clear();
    stage.answers().await;
    if case.truth != Truth::NotPaid {
        stage.has_paid(hash).await;
    }

    let looked_up = stage.adapter.lookup(&stage.uri, hash).await;
    match case.truth {
        Truth::Paid | Truth::PaidAfterwards => {
            let WalletAnswer::Paid(preimage) = &looked_up else { panic!("{}: {looked_up:?}", case.name) };
            assert!(preimage.proves(hash));
        }
        Truth::NotPaid => assert_eq!(said(&looked_up), Said::Unknown, "{}: {looked_up:?}", case.name),
    }
    stage.adds_up(hash, case.truth != Truth::NotPaid);

    // Asking again pays only what was certainly not paid and never asked for in vain.
    let again = pay(LONG).await;
    let paid_now = case.truth != Truth::NotPaid || case.first == Said::Refused;
    assert_eq!(said(&again), if paid_now { Said::Paid } else { Said::Unknown }, "{}: {again:?}", case.name);
    stage.adds_up(hash, paid_now);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_every_moment_leaves_the_money_right() {
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
async fn two_at_once_make_one_payment() {
    let stage = Stage::new().await;
    let invoice = stage.invoice();
    let hash = invoice.payment_hash();
    let pay = || stage.adapter.pay(&stage.uri, invoice.as_str(), hash, msats(PRICE), stage.within(LONG));
    let answers = join_all((0..8).map(|_| pay())).await;
    assert!(answers.iter().all(|answer| said(answer) != Said::Refused), "{answers:?}");
    assert!(answers.iter().any(|answer| said(answer) == Said::Paid));
    stage.adds_up(hash, true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_the_wallet_itself_pays_a_hash_once() {
    let stage = Stage::new().await;
    let invoice = stage.invoice();
    let hash = invoice.payment_hash();
    stage.wallet.faults().next("pay_invoice", WalletFault::SilentAfter);
    let answer =
        stage.adapter.pay(&stage.uri, invoice.as_str(), hash, msats(PRICE), stage.within(SHORT)).await;
    assert_eq!(said(&answer), Said::Unknown);
    // A process that was killed remembers nothing.
    let fresh =
        nwc_wallet::NwcBuyerWallet::new(crate::stage::guard(), stage.clock.clone(), crate::stage::limits());
    let again = fresh.pay(&stage.uri, invoice.as_str(), hash, msats(PRICE), stage.within(LONG)).await;
    assert_eq!(said(&again), Said::Paid);
    stage.adds_up(hash, true);
}
