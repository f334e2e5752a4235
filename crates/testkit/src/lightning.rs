//! The contract of [`payments::Lightning`] and [`payments::NodeWebhooks`]: every sentence of the ports' documentation is a
//! case of the same name. An adapter stamps them as its own tests with [`lightning_contract!`](crate::lightning_contract)
//! and [`node_webhooks_contract!`](crate::node_webhooks_contract), giving a function that makes a [`LightningHarness`].

#![expect(clippy::missing_panics_doc, reason = "a broken contract panics; that is what the cases are for")]

use async_trait::async_trait;
use kernel::{Msats, Timestamp};
use payments::{
    Bolt11, IncomingState, InvoiceOrder, Lightning, LightningError, NodeInvoice, NodePaymentStatus,
    NodeWebhooks, OutgoingState, PayOrder,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// How the network around the node misbehaves, once, at the next call of the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// The node is not reached, and does nothing.
    Unavailable,
    /// The node does as asked, but the answer is lost.
    LostAnswer,
    /// The node does as asked, and answers with its data and an error beside them.
    ErrorBeside,
    /// The node does as asked, and answers only an error that may come before the work as well as after it.
    ErrorAfter,
    /// The node does as asked, and something between answers, such as a proxy whose patience ended (HTTP 408).
    StatusAfter,
}

/// What a mishap happens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    /// [`Lightning::create_invoice`].
    CreateInvoice,
    /// [`Lightning::pay`].
    Pay,
}

/// A node under test, with money, inside a network that the test can move.
#[async_trait]
pub trait LightningHarness: Send + Sync {
    /// The adapter under test.
    fn node(&self) -> Arc<dyn Lightning>;
    /// Its webhooks, where it has any.
    fn webhooks(&self) -> Option<Arc<dyn NodeWebhooks>>;
    /// The present moment, as the network sees it.
    fn now(&self) -> Timestamp;
    /// Moves the clock.
    fn advance(&self, secs: i64);
    /// An invoice of somebody else.
    async fn foreign_invoice(&self, amount: Msats, expiry_secs: u32) -> String;
    /// How much somebody else received on that invoice.
    async fn received_by_others(&self, bolt11: &str) -> Msats;
    /// Somebody else pays one of our invoices; whether it arrived (or is under way, see `hold`).
    async fn pay_us(&self, bolt11: &str) -> bool;
    /// Whether payments stay under way, to us and from us, until `hold(false)` lets them arrive.
    async fn hold(&self, hold: bool);
    /// Something goes wrong once.
    async fn mishap(&self, victim: Victim, mishap: Mishap);
    /// The next webhook that the node sent, as body and signature.
    async fn next_webhook(&self) -> (Vec<u8>, String);
}

/// Stamps the cases of [`payments::Lightning`] as tests. The argument is an async function without arguments that makes a
/// [`LightningHarness`]. Needs `tokio` with `macros` among the caller's (dev-)dependencies.
#[macro_export]
macro_rules! lightning_contract {
    ($make:path) => {
        $crate::lightning_contract!(@cases $make:
            makes_an_invoice,
            the_bolt11_carries_the_metadata_s_sha_256_as_description_hash,
            made_twice_after_a_lost_answer_the_first_one_is_merely_never_paid,
            what_came_in_on_an_invoice,
            settled_is_proof,
            dead_promises_that_nothing_will_come,
            a_payment_in_flight_at_the_expiry_keeps_an_invoice_alive,
            the_node_has_never_heard_of_it,
            pays_an_invoice,
            giving_the_same_order_again_never_pays_twice,
            after_a_lost_answer_giving_the_same_order_again_never_pays_twice,
            an_answer_that_is_not_on_the_closed_list_refuses_nothing,
            a_resent_order_is_paid_once,
            the_node_s_own_list_of_the_payments_that_it_began,
            under_way_ask_again_never_pay_again,
            failed_for_certain_nothing_left_our_node,
            what_routing_may_cost_at_most,
            how_a_payment_we_made_stands,
            what_the_node_owns_and_how_it_is,
            not_reached_it_certainly_did_nothing,
        );
    };
    (@cases $make:path: $($case:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            $crate::lightning::$case(&$make().await).await;
        }
    )+};
}

/// Stamps the cases of [`payments::NodeWebhooks`] as tests; see [`lightning_contract!`](crate::lightning_contract).
#[macro_export]
macro_rules! node_webhooks_contract {
    ($make:path) => {
        $crate::lightning_contract!(@cases $make:
            verifies_the_signature_over_the_raw_body_and_reads_the_event,
            the_same_event_twice_is_one_event,
            the_payment_hashes_behind_a_notice,
            outgoing_payments_resolve_to_nothing,
        );
    };
}

const PRICE: u64 = 21_000_000;

fn msats(amount: u64) -> Msats {
    Msats::new(amount).unwrap()
}

fn order(metadata: &str) -> InvoiceOrder {
    InvoiceOrder { amount: msats(PRICE), metadata: metadata.to_owned(), expiry_secs: 900 }
}

async fn invoice(harness: &impl LightningHarness) -> NodeInvoice {
    harness.node().create_invoice(&order(r#"[["text/plain","A seat"]]"#)).await.unwrap()
}

async fn incoming(harness: &impl LightningHarness, invoice: &NodeInvoice) -> IncomingState {
    harness.node().incoming(&invoice.invoice_id, invoice.payment_hash).await.unwrap()
}

fn pay_order(bolt11: &str) -> PayOrder {
    let parsed = Bolt11::parse(bolt11).unwrap();
    PayOrder {
        bolt11: bolt11.to_owned(),
        payment_hash: parsed.payment_hash(),
        amount: parsed.amount().unwrap(),
        max_fee: msats(PRICE / 100),
        idempotency_key: format!("refund-{}", parsed.payment_hash()),
    }
}

/// Asks until the node knows the end of a payment. Nodes answer `InFlight` for a moment.
async fn outcome(harness: &impl LightningHarness, order: &PayOrder) -> OutgoingState {
    loop {
        match harness.node().outgoing(order.payment_hash).await.unwrap() {
            OutgoingState::InFlight => tokio::task::yield_now().await,
            known => return known,
        }
    }
}

async fn settled(harness: &impl LightningHarness, invoice: &NodeInvoice) -> Msats {
    loop {
        match incoming(harness, invoice).await {
            IncomingState::Settled { amount, .. } => return amount,
            IncomingState::Open => tokio::task::yield_now().await,
            state => panic!("paid, but {state:?}"),
        }
    }
}

/// See the name.
pub async fn makes_an_invoice(harness: &impl LightningHarness) {
    let made = invoice(harness).await;
    let parsed = Bolt11::parse(&made.bolt11).unwrap();
    assert_eq!(parsed.amount(), Some(msats(PRICE)));
    assert_eq!(parsed.payment_hash(), made.payment_hash);
    assert_eq!(parsed.expires_at().timestamp(), made.expires_at.timestamp());
    let life = made.expires_at.timestamp() - harness.now().timestamp();
    assert!((840..=960).contains(&life), "asked for 900 seconds, got {life}");
    assert!(!made.invoice_id.is_empty());
    assert_eq!(incoming(harness, &made).await, IncomingState::Open);
}

/// See the name.
pub async fn the_bolt11_carries_the_metadata_s_sha_256_as_description_hash(harness: &impl LightningHarness) {
    let metadata = r#"[["text/plain","좌석 – \"front row\""],["text/identifier","$tickets@example.com"]]"#;
    let made = harness.node().create_invoice(&order(metadata)).await.unwrap();
    let hash: [u8; 32] = Sha256::digest(metadata).into();
    assert_eq!(Bolt11::parse(&made.bolt11).unwrap().description_hash(), Some(hash));
}

/// See the name.
pub async fn made_twice_after_a_lost_answer_the_first_one_is_merely_never_paid(
    harness: &impl LightningHarness,
) {
    harness.mishap(Victim::CreateInvoice, Mishap::LostAnswer).await;
    let lost = harness.node().create_invoice(&order("[]")).await;
    assert!(matches!(lost, Err(LightningError::Unknown(_))), "{lost:?}");
    let made = harness.node().create_invoice(&order("[]")).await.unwrap();
    assert!(harness.pay_us(&made.bolt11).await);
    assert_eq!(settled(harness, &made).await, msats(PRICE));
}

/// See the name.
pub async fn what_came_in_on_an_invoice(harness: &impl LightningHarness) {
    let (paid, unpaid) = (invoice(harness).await, invoice(harness).await);
    assert_ne!(paid.payment_hash, unpaid.payment_hash);
    assert!(harness.pay_us(&paid.bolt11).await);
    assert_eq!(settled(harness, &paid).await, msats(PRICE));
    assert_eq!(incoming(harness, &unpaid).await, IncomingState::Open);
}

/// See the name.
pub async fn settled_is_proof(harness: &impl LightningHarness) {
    let before = harness.node().balance().await.unwrap().total;
    let made = invoice(harness).await;
    harness.hold(true).await;
    assert!(harness.pay_us(&made.bolt11).await);
    assert_eq!(incoming(harness, &made).await, IncomingState::Open);
    harness.hold(false).await;
    assert_eq!(settled(harness, &made).await, msats(PRICE));
    let after = harness.node().balance().await.unwrap().total;
    assert_eq!(after, before.checked_add(msats(PRICE)).unwrap());
    assert!(!harness.pay_us(&made.bolt11).await, "an invoice is settled once");
    assert_eq!(harness.node().balance().await.unwrap().total, after);
}

/// See the name.
pub async fn dead_promises_that_nothing_will_come(harness: &impl LightningHarness) {
    let made = invoice(harness).await;
    harness.advance(899);
    assert_eq!(incoming(harness, &made).await, IncomingState::Open);
    harness.advance(60);
    assert_eq!(incoming(harness, &made).await, IncomingState::Unpayable);
    assert!(!harness.pay_us(&made.bolt11).await);
    assert_eq!(incoming(harness, &made).await, IncomingState::Unpayable);
}

/// See the name.
pub async fn a_payment_in_flight_at_the_expiry_keeps_an_invoice_alive(harness: &impl LightningHarness) {
    let made = invoice(harness).await;
    harness.hold(true).await;
    assert!(harness.pay_us(&made.bolt11).await);
    harness.advance(960);
    assert_eq!(incoming(harness, &made).await, IncomingState::Open);
    harness.hold(false).await;
    assert_eq!(settled(harness, &made).await, msats(PRICE));
}

/// See the name.
pub async fn the_node_has_never_heard_of_it(harness: &impl LightningHarness) {
    let foreign = Bolt11::parse(&harness.foreign_invoice(msats(PRICE), 900).await).unwrap();
    let state =
        harness.node().incoming("Invoice:00000000-0000-4000-8000-000000000000", foreign.payment_hash()).await;
    assert_eq!(state.unwrap(), IncomingState::Unknown);
    assert_eq!(harness.node().outgoing(foreign.payment_hash()).await.unwrap(), OutgoingState::Unknown);
}

/// See the name.
pub async fn pays_an_invoice(harness: &impl LightningHarness) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = pay_order(&bolt11);
    let before = harness.node().balance().await.unwrap().total;
    harness.node().pay(&order).await.unwrap();
    let OutgoingState::Paid { fee, preimage } = outcome(harness, &order).await else { panic!("not paid") };
    assert!(fee <= order.max_fee);
    assert!(preimage.is_none_or(|preimage| preimage.proves(order.payment_hash)));
    assert_eq!(harness.received_by_others(&bolt11).await, order.amount);
    let spent = order.amount.checked_add(fee).unwrap();
    assert_eq!(harness.node().balance().await.unwrap().total, before.checked_sub(spent).unwrap());
}

/// See the name.
pub async fn giving_the_same_order_again_never_pays_twice(harness: &impl LightningHarness) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = pay_order(&bolt11);
    harness.node().pay(&order).await.unwrap();
    let first = outcome(harness, &order).await;
    let balance = harness.node().balance().await.unwrap().total;
    let again = harness.node().pay(&order).await;
    assert!(!matches!(again, Ok(OutgoingState::Failed { .. })), "paid, but {again:?}");
    assert_eq!(outcome(harness, &order).await, first);
    assert_eq!(harness.node().balance().await.unwrap().total, balance);
    assert_eq!(harness.received_by_others(&bolt11).await, order.amount);
}

/// See the name.
pub async fn after_a_lost_answer_giving_the_same_order_again_never_pays_twice(
    harness: &impl LightningHarness,
) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = pay_order(&bolt11);
    let before = harness.node().balance().await.unwrap().total;
    harness.mishap(Victim::Pay, Mishap::LostAnswer).await;
    let lost = harness.node().pay(&order).await;
    // A node that asks about a lost answer by itself may know the end already.
    let open = matches!(
        lost,
        Err(LightningError::Unknown(_)) | Ok(OutgoingState::InFlight | OutgoingState::Paid { .. })
    );
    assert!(open, "{lost:?}");
    harness.node().pay(&order).await.unwrap();
    let OutgoingState::Paid { fee, .. } = outcome(harness, &order).await else { panic!("not paid") };
    let spent = order.amount.checked_add(fee).unwrap();
    assert_eq!(harness.node().balance().await.unwrap().total, before.checked_sub(spent).unwrap());
}

/// See the name.
pub async fn an_answer_that_is_not_on_the_closed_list_refuses_nothing(harness: &impl LightningHarness) {
    for mishap in [Mishap::ErrorBeside, Mishap::ErrorAfter, Mishap::StatusAfter] {
        let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
        let order = pay_order(&bolt11);
        let before = harness.node().balance().await.unwrap().total;
        harness.mishap(Victim::Pay, mishap).await;
        let said = harness.node().pay(&order).await;
        let open = matches!(
            said,
            Err(LightningError::Unknown(_)) | Ok(OutgoingState::InFlight | OutgoingState::Paid { .. })
        );
        assert!(open, "{mishap:?}: it paid, but {said:?}");
        let OutgoingState::Paid { fee, .. } = outcome(harness, &order).await else {
            panic!("{mishap:?}: not paid")
        };
        let spent = order.amount.checked_add(fee).unwrap();
        assert_eq!(harness.node().balance().await.unwrap().total, before.checked_sub(spent).unwrap());
    }
}

/// See the name.
pub async fn a_resent_order_is_paid_once(harness: &impl LightningHarness) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = pay_order(&bolt11);
    let before = harness.node().balance().await.unwrap().total;
    harness.mishap(Victim::Pay, Mishap::LostAnswer).await;
    let lost = harness.node().pay(&order).await;
    assert!(
        !matches!(lost, Err(LightningError::Refused { .. }) | Ok(OutgoingState::Failed { .. })),
        "{lost:?}"
    );
    for _ in 0..3 {
        let said = harness.node().resend(&order).await;
        assert!(!matches!(said, Err(LightningError::Refused { .. })), "{said:?}");
    }
    let OutgoingState::Paid { fee, .. } = outcome(harness, &order).await else { panic!("not paid") };
    let spent = order.amount.checked_add(fee).unwrap();
    assert_eq!(harness.node().balance().await.unwrap().total, before.checked_sub(spent).unwrap());
    // What was never sent is completed, or stays unknown.
    let never = pay_order(&harness.foreign_invoice(msats(PRICE), 900).await);
    let said = harness.node().resend(&never).await.unwrap();
    assert!(!matches!(said, OutgoingState::Failed { .. }), "{said:?}");
}

/// See the name.
pub async fn the_node_s_own_list_of_the_payments_that_it_began(harness: &impl LightningHarness) {
    let listed = async |since: Timestamp| harness.node().outgoing_since(since).await.unwrap();
    let start = harness.now();
    harness.advance(5);
    assert_eq!(listed(start).await, []);
    let mut paid = std::collections::BTreeSet::new();
    for _ in 0..55 {
        let order = pay_order(&harness.foreign_invoice(msats(3_000), 9_000).await);
        harness.node().pay(&order).await.unwrap();
        outcome(harness, &order).await;
        paid.insert(order.payment_hash);
    }
    // What came in is not on the list.
    let made = invoice(harness).await;
    assert!(harness.pay_us(&made.bolt11).await);
    let all = listed(start).await;
    assert_eq!(all.len(), 55, "on several pages");
    assert!(all.iter().all(|one| one.status == NodePaymentStatus::Paid && one.amount == msats(3_000)));
    assert_eq!(
        all.iter().map(|one| one.payment_hash.unwrap()).collect::<std::collections::BTreeSet<_>>(),
        paid
    );
    harness.advance(60);
    let later = harness.now();
    harness.hold(true).await;
    let order = pay_order(&harness.foreign_invoice(msats(4_000), 9_000).await);
    // A node that waits for the end of a payment is asked beside it.
    let node = harness.node();
    let waiting = tokio::spawn({
        let (node, order) = (Arc::clone(&node), order.clone());
        async move { node.pay(&order).await }
    });
    while node.outgoing(order.payment_hash).await.unwrap() != OutgoingState::InFlight {
        tokio::task::yield_now().await;
    }
    let last = listed(later).await.pop().unwrap();
    assert_eq!((last.payment_hash, last.status), (Some(order.payment_hash), NodePaymentStatus::InFlight));
    assert_eq!(listed(later).await.len(), 1);
    harness.hold(false).await;
    outcome(harness, &order).await;
    assert_eq!(listed(later).await[0].status, NodePaymentStatus::Paid);
    waiting.abort();
}

/// See the name.
pub async fn under_way_ask_again_never_pay_again(harness: &impl LightningHarness) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = pay_order(&bolt11);
    harness.hold(true).await;
    assert_eq!(harness.node().pay(&order).await.unwrap(), OutgoingState::InFlight);
    assert_eq!(harness.node().outgoing(order.payment_hash).await.unwrap(), OutgoingState::InFlight);
    assert_eq!(harness.received_by_others(&bolt11).await, Msats::ZERO);
    let balance = harness.node().balance().await.unwrap();
    assert!(balance.available < balance.total, "what is under way cannot be spent again");
    harness.hold(false).await;
    assert!(matches!(outcome(harness, &order).await, OutgoingState::Paid { .. }));
    assert_eq!(harness.received_by_others(&bolt11).await, order.amount);
}

/// See the name.
pub async fn failed_for_certain_nothing_left_our_node(harness: &impl LightningHarness) {
    let before = harness.node().balance().await.unwrap();
    let expired = harness.foreign_invoice(msats(PRICE), 60).await;
    let order = pay_order(&expired);
    harness.advance(120);
    let said = harness.node().pay(&order).await;
    match said {
        Ok(OutgoingState::InFlight) => {
            assert!(matches!(outcome(harness, &order).await, OutgoingState::Failed { .. }));
        }
        Ok(OutgoingState::Failed { .. }) | Err(LightningError::Refused { .. }) => {}
        other => panic!("an expired invoice was not refused: {other:?}"),
    }
    assert_eq!(harness.node().balance().await.unwrap(), before);
    assert_eq!(harness.received_by_others(&expired).await, Msats::ZERO);
}

/// See the name.
pub async fn what_routing_may_cost_at_most(harness: &impl LightningHarness) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = PayOrder { max_fee: Msats::ZERO, ..pay_order(&bolt11) };
    let before = harness.node().balance().await.unwrap().total;
    match harness.node().pay(&order).await {
        Err(LightningError::Refused { .. }) => {}
        Ok(_) => match outcome(harness, &order).await {
            OutgoingState::Paid { fee, .. } => {
                assert_eq!(fee, Msats::ZERO);
                assert_eq!(
                    harness.node().balance().await.unwrap().total,
                    before.checked_sub(order.amount).unwrap()
                );
            }
            OutgoingState::Failed { .. } => assert_eq!(harness.node().balance().await.unwrap().total, before),
            other => panic!("{other:?}"),
        },
        Err(other) => panic!("{other:?}"),
    }
}

/// See the name.
pub async fn how_a_payment_we_made_stands(harness: &impl LightningHarness) {
    let (one, other) =
        (harness.foreign_invoice(msats(PRICE), 900).await, harness.foreign_invoice(msats(1_000), 900).await);
    let order = pay_order(&one);
    harness.node().pay(&order).await.unwrap();
    assert!(matches!(outcome(harness, &order).await, OutgoingState::Paid { .. }));
    let other = Bolt11::parse(&other).unwrap();
    assert_eq!(harness.node().outgoing(other.payment_hash()).await.unwrap(), OutgoingState::Unknown);
}

/// See the name.
pub async fn what_the_node_owns_and_how_it_is(harness: &impl LightningHarness) {
    let balance = harness.node().balance().await.unwrap();
    assert!(balance.available <= balance.total);
    assert!(!balance.node_id.is_empty());
    assert!(!balance.status.is_empty());
}

/// See the name.
pub async fn not_reached_it_certainly_did_nothing(harness: &impl LightningHarness) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = pay_order(&bolt11);
    let before = harness.node().balance().await.unwrap();
    harness.mishap(Victim::Pay, Mishap::Unavailable).await;
    let refused = harness.node().pay(&order).await;
    assert!(matches!(refused, Err(LightningError::Unavailable(_))), "{refused:?}");
    assert_eq!(harness.node().balance().await.unwrap(), before);
    assert_eq!(harness.node().outgoing(order.payment_hash).await.unwrap(), OutgoingState::Unknown);
    harness.node().pay(&order).await.unwrap();
    assert!(matches!(outcome(harness, &order).await, OutgoingState::Paid { .. }));
}

fn webhooks(harness: &impl LightningHarness) -> Arc<dyn NodeWebhooks> {
    harness.webhooks().unwrap()
}

/// See the name.
pub async fn verifies_the_signature_over_the_raw_body_and_reads_the_event(harness: &impl LightningHarness) {
    let made = invoice(harness).await;
    assert!(harness.pay_us(&made.bolt11).await);
    let (body, signature) = harness.next_webhook().await;
    let node = webhooks(harness);
    let notice = node.read(&body, Some(&signature)).unwrap();
    assert!(!notice.event_id.is_empty());
    assert!(node.read(&body, None).is_err());
    assert!(node.read(&body, Some("")).is_err());
    assert!(node.read(&body, Some(&"0".repeat(64))).is_err());
    let mut altered = body.clone();
    altered.push(b' ');
    assert!(node.read(&altered, Some(&signature)).is_err());
    for at in [0, signature.len() / 2, signature.len() - 1] {
        let mut wrong: Vec<char> = signature.chars().collect();
        wrong[at] = if wrong[at] == '0' { '1' } else { '0' };
        assert!(node.read(&body, Some(&String::from_iter(wrong))).is_err());
    }
}

/// See the name.
pub async fn the_same_event_twice_is_one_event(harness: &impl LightningHarness) {
    let (one, two) = (invoice(harness).await, invoice(harness).await);
    let node = webhooks(harness);
    assert!(harness.pay_us(&one.bolt11).await);
    let (body, signature) = harness.next_webhook().await;
    assert_eq!(node.read(&body, Some(&signature)).unwrap(), node.read(&body, Some(&signature)).unwrap());
    assert!(harness.pay_us(&two.bolt11).await);
    let (other, other_signature) = harness.next_webhook().await;
    let (first, second) =
        (node.read(&body, Some(&signature)).unwrap(), node.read(&other, Some(&other_signature)).unwrap());
    assert_ne!(first.event_id, second.event_id);
}

/// See the name.
pub async fn the_payment_hashes_behind_a_notice(harness: &impl LightningHarness) {
    let made = invoice(harness).await;
    assert!(harness.pay_us(&made.bolt11).await);
    let (body, signature) = harness.next_webhook().await;
    let notice = webhooks(harness).read(&body, Some(&signature)).unwrap();
    assert_eq!(webhooks(harness).resolve(&notice).await.unwrap(), vec![made.payment_hash]);
}

/// See the name.
pub async fn outgoing_payments_resolve_to_nothing(harness: &impl LightningHarness) {
    let order = pay_order(&harness.foreign_invoice(msats(PRICE), 900).await);
    harness.node().pay(&order).await.unwrap();
    outcome(harness, &order).await;
    let (body, signature) = harness.next_webhook().await;
    let notice = webhooks(harness).read(&body, Some(&signature)).unwrap();
    assert!(webhooks(harness).resolve(&notice).await.unwrap().is_empty());
}
