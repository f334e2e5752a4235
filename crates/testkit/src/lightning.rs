//! Contract suite of [`payments::Lightning`] and [`payments::NodeWebhooks`], one case per sentence of the
//! ports' documentation.
//!
//! Adapters generate the tests with [`lightning_contract!`](crate::lightning_contract) and
//! [`node_webhooks_contract!`](crate::node_webhooks_contract), given a function that creates a
//! [`LightningHarness`].

#![expect(clippy::missing_panics_doc, reason = "a broken contract panics; that is what the cases are for")]

use async_trait::async_trait;
use kernel::{Msats, Timestamp};
use payments::{
    Bolt11, IncomingState, InvoiceOrder, Lightning, LightningError, NodeInvoice, NodePaymentStatus,
    NodeStatus, NodeWebhooks, OutgoingState, PayOrder,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A fault injected once, into the next matching call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InjectedFault {
    /// The node is unreachable; the request is not executed.
    Unavailable,
    /// The request is executed; the response is lost.
    LostAnswer,
    /// The request is executed; the response has both data and an error.
    ErrorBeside,
    /// The request is executed; the response has only an error, which may also occur before execution.
    ErrorAfter,
    /// The request is executed; an intermediary responds instead, such as a proxy timeout (HTTP 408).
    StatusAfter,
}

/// The call into which a fault is injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultTarget {
    /// [`Lightning::create_invoice`].
    CreateInvoice,
    /// [`Lightning::pay`].
    Pay,
}

/// A funded node under test in a controllable network.
#[async_trait]
pub trait LightningHarness: Send + Sync {
    /// The adapter under test.
    fn node(&self) -> Arc<dyn Lightning>;
    /// Its webhooks, if supported.
    fn webhooks(&self) -> Option<Arc<dyn NodeWebhooks>>;
    /// Current time of the network.
    fn now(&self) -> Timestamp;
    /// Advances the clock.
    fn advance(&self, secs: i64);
    /// Creates an invoice of another node.
    async fn foreign_invoice(&self, amount: Msats, expiry_secs: u32) -> String;
    /// Amount that the other node received on the invoice.
    async fn received_by_others(&self, bolt11: &str) -> Msats;
    /// Pays one of our invoices from another node. Returns whether the payment was sent; it may be in flight
    /// (see `hold`).
    async fn pay_our_invoice(&self, bolt11: &str) -> bool;
    /// Keeps payments in both directions in flight until `hold(false)`.
    async fn hold(&self, hold: bool);
    /// Injects a fault into the next matching call.
    async fn inject_fault(&self, target: FaultTarget, fault: InjectedFault);
    /// Returns body and signature of the next webhook from the node.
    async fn next_webhook(&self) -> (Vec<u8>, String);
}

/// Generates the tests of [`payments::Lightning`]; the argument is an async function that returns a [`LightningHarness`].
/// Requires `tokio` with `macros` in the caller's dev-dependencies.
#[macro_export]
macro_rules! lightning_contract {
    ($make:path) => {
        $crate::lightning_contract!(@cases $make:
            invoice_has_the_ordered_amount_and_expiry,
            description_hash_is_the_sha_256_of_the_metadata,
            create_invoice_can_be_repeated_after_a_lost_response,
            incoming_reports_the_received_amount,
            settled_means_the_balance_was_credited,
            unpayable_invoice_cannot_be_paid_any_more,
            payment_in_flight_at_expiry_keeps_the_invoice_open,
            unknown_payment_hash_is_reported_as_unknown,
            pay_pays_the_invoice_within_the_fee_limit,
            repeated_order_is_paid_once,
            order_repeated_after_a_lost_response_is_paid_once,
            unlisted_error_response_does_not_mean_refused,
            resent_order_is_paid_once,
            outgoing_since_lists_the_payments_of_the_node,
            payment_in_flight_is_polled_not_repeated,
            failed_payment_leaves_the_balance_unchanged,
            routing_fee_stays_within_max_fee,
            outgoing_reports_the_payment_state,
            balance_reports_funds_and_node_status,
            unreachable_node_has_not_paid,
        );
    };
    (@cases $make:path: $($case:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            $crate::lightning::$case(&$make().await).await;
        }
    )+};
}

/// Generates the tests of [`payments::NodeWebhooks`]; see [`lightning_contract!`](crate::lightning_contract).
#[macro_export]
macro_rules! node_webhooks_contract {
    ($make:path) => {
        $crate::lightning_contract!(@cases $make:
            webhook_signature_covers_the_raw_body,
            repeated_webhook_has_the_same_event_id,
            webhook_resolves_to_its_payment_hashes,
            webhook_of_an_outgoing_payment_resolves_to_nothing,
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

/// Polls until a payment has a final state; nodes may report `InFlight` first.
async fn outcome(harness: &impl LightningHarness, order: &PayOrder) -> OutgoingState {
    loop {
        match harness.node().outgoing(order.payment_hash).await.unwrap() {
            OutgoingState::InFlight => tokio::task::yield_now().await,
            state => return state,
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

/// [`Lightning::create_invoice`].
pub async fn invoice_has_the_ordered_amount_and_expiry(harness: &impl LightningHarness) {
    let made = invoice(harness).await;
    let parsed = Bolt11::parse(&made.bolt11).unwrap();
    assert_eq!(parsed.amount(), Some(msats(PRICE)));
    assert_eq!(parsed.payment_hash(), made.payment_hash);
    assert_eq!(parsed.expires_at().timestamp(), made.expires_at.timestamp());
    let life = made.expires_at.timestamp() - harness.now().timestamp();
    assert!((840..=960).contains(&life), "ordered 900 seconds, got {life}");
    assert!(!made.invoice_id.is_empty());
    assert_eq!(incoming(harness, &made).await, IncomingState::Open);
}

/// [`Lightning::create_invoice`].
pub async fn description_hash_is_the_sha_256_of_the_metadata(harness: &impl LightningHarness) {
    let metadata = r#"[["text/plain","좌석 – \"front row\""],["text/identifier","$tickets@example.com"]]"#;
    let made = harness.node().create_invoice(&order(metadata)).await.unwrap();
    let hash: [u8; 32] = Sha256::digest(metadata).into();
    assert_eq!(Bolt11::parse(&made.bolt11).unwrap().description_hash(), Some(hash));
}

/// [`Lightning::create_invoice`].
pub async fn create_invoice_can_be_repeated_after_a_lost_response(harness: &impl LightningHarness) {
    harness.inject_fault(FaultTarget::CreateInvoice, InjectedFault::LostAnswer).await;
    let lost = harness.node().create_invoice(&order("[]")).await;
    assert!(matches!(lost, Err(LightningError::Unknown(_))), "{lost:?}");
    let made = harness.node().create_invoice(&order("[]")).await.unwrap();
    assert!(harness.pay_our_invoice(&made.bolt11).await);
    assert_eq!(settled(harness, &made).await, msats(PRICE));
}

/// [`Lightning::incoming`].
pub async fn incoming_reports_the_received_amount(harness: &impl LightningHarness) {
    let (paid, unpaid) = (invoice(harness).await, invoice(harness).await);
    assert_ne!(paid.payment_hash, unpaid.payment_hash);
    assert!(harness.pay_our_invoice(&paid.bolt11).await);
    assert_eq!(settled(harness, &paid).await, msats(PRICE));
    assert_eq!(incoming(harness, &unpaid).await, IncomingState::Open);
}

/// [`IncomingState::Settled`].
pub async fn settled_means_the_balance_was_credited(harness: &impl LightningHarness) {
    let before = harness.node().balance().await.unwrap().total;
    let made = invoice(harness).await;
    harness.hold(true).await;
    assert!(harness.pay_our_invoice(&made.bolt11).await);
    assert_eq!(incoming(harness, &made).await, IncomingState::Open);
    harness.hold(false).await;
    assert_eq!(settled(harness, &made).await, msats(PRICE));
    let after = harness.node().balance().await.unwrap().total;
    assert_eq!(after, before.checked_add(msats(PRICE)).unwrap());
    assert!(!harness.pay_our_invoice(&made.bolt11).await, "an invoice is settled once");
    assert_eq!(harness.node().balance().await.unwrap().total, after);
}

/// [`IncomingState::Unpayable`].
pub async fn unpayable_invoice_cannot_be_paid_any_more(harness: &impl LightningHarness) {
    let made = invoice(harness).await;
    harness.advance(899);
    assert_eq!(incoming(harness, &made).await, IncomingState::Open);
    harness.advance(60);
    assert_eq!(incoming(harness, &made).await, IncomingState::Unpayable);
    assert!(!harness.pay_our_invoice(&made.bolt11).await);
    assert_eq!(incoming(harness, &made).await, IncomingState::Unpayable);
}

/// [`IncomingState::Open`].
pub async fn payment_in_flight_at_expiry_keeps_the_invoice_open(harness: &impl LightningHarness) {
    let made = invoice(harness).await;
    harness.hold(true).await;
    assert!(harness.pay_our_invoice(&made.bolt11).await);
    harness.advance(960);
    assert_eq!(incoming(harness, &made).await, IncomingState::Open);
    harness.hold(false).await;
    assert_eq!(settled(harness, &made).await, msats(PRICE));
}

/// [`IncomingState::Unknown`] and [`OutgoingState::Unknown`].
pub async fn unknown_payment_hash_is_reported_as_unknown(harness: &impl LightningHarness) {
    let foreign = Bolt11::parse(&harness.foreign_invoice(msats(PRICE), 900).await).unwrap();
    let state =
        harness.node().incoming("Invoice:00000000-0000-4000-8000-000000000000", foreign.payment_hash()).await;
    assert_eq!(state.unwrap(), IncomingState::Unknown);
    assert_eq!(harness.node().outgoing(foreign.payment_hash()).await.unwrap(), OutgoingState::Unknown);
}

/// [`Lightning::pay`].
pub async fn pay_pays_the_invoice_within_the_fee_limit(harness: &impl LightningHarness) {
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

/// [`Lightning::pay`].
pub async fn repeated_order_is_paid_once(harness: &impl LightningHarness) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = pay_order(&bolt11);
    harness.node().pay(&order).await.unwrap();
    let first = outcome(harness, &order).await;
    let balance = harness.node().balance().await.unwrap().total;
    let repeated = harness.node().pay(&order).await;
    assert!(!matches!(repeated, Ok(OutgoingState::Failed { .. })), "paid, but {repeated:?}");
    assert_eq!(outcome(harness, &order).await, first);
    assert_eq!(harness.node().balance().await.unwrap().total, balance);
    assert_eq!(harness.received_by_others(&bolt11).await, order.amount);
}

/// [`Lightning::pay`].
pub async fn order_repeated_after_a_lost_response_is_paid_once(harness: &impl LightningHarness) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = pay_order(&bolt11);
    let before = harness.node().balance().await.unwrap().total;
    harness.inject_fault(FaultTarget::Pay, InjectedFault::LostAnswer).await;
    let lost = harness.node().pay(&order).await;
    // A node that polls after a lost response may already return the final state.
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

/// [`LightningError::Refused`].
pub async fn unlisted_error_response_does_not_mean_refused(harness: &impl LightningHarness) {
    for fault in [InjectedFault::ErrorBeside, InjectedFault::ErrorAfter, InjectedFault::StatusAfter] {
        let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
        let order = pay_order(&bolt11);
        let before = harness.node().balance().await.unwrap().total;
        harness.inject_fault(FaultTarget::Pay, fault).await;
        let result = harness.node().pay(&order).await;
        let open = matches!(
            result,
            Err(LightningError::Unknown(_)) | Ok(OutgoingState::InFlight | OutgoingState::Paid { .. })
        );
        assert!(open, "{fault:?}: paid, but {result:?}");
        let OutgoingState::Paid { fee, .. } = outcome(harness, &order).await else {
            panic!("{fault:?}: not paid")
        };
        let spent = order.amount.checked_add(fee).unwrap();
        assert_eq!(harness.node().balance().await.unwrap().total, before.checked_sub(spent).unwrap());
    }
}

/// [`Lightning::resend`].
pub async fn resent_order_is_paid_once(harness: &impl LightningHarness) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = pay_order(&bolt11);
    let before = harness.node().balance().await.unwrap().total;
    harness.inject_fault(FaultTarget::Pay, InjectedFault::LostAnswer).await;
    let lost = harness.node().pay(&order).await;
    assert!(
        !matches!(lost, Err(LightningError::Refused { .. }) | Ok(OutgoingState::Failed { .. })),
        "{lost:?}"
    );
    for _ in 0..3 {
        let result = harness.node().resend(&order).await;
        assert!(!matches!(result, Err(LightningError::Refused { .. })), "{result:?}");
    }
    let OutgoingState::Paid { fee, .. } = outcome(harness, &order).await else { panic!("not paid") };
    let spent = order.amount.checked_add(fee).unwrap();
    assert_eq!(harness.node().balance().await.unwrap().total, before.checked_sub(spent).unwrap());
    // An order that was never sent is paid or stays unknown.
    let unsent = pay_order(&harness.foreign_invoice(msats(PRICE), 900).await);
    let result = harness.node().resend(&unsent).await.unwrap();
    assert!(!matches!(result, OutgoingState::Failed { .. }), "{result:?}");
}

/// [`Lightning::outgoing_since`].
pub async fn outgoing_since_lists_the_payments_of_the_node(harness: &impl LightningHarness) {
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
    // Incoming payments are not listed.
    let made = invoice(harness).await;
    assert!(harness.pay_our_invoice(&made.bolt11).await);
    let all = listed(start).await;
    assert_eq!(all.len(), 55, "read over several pages");
    assert!(all.iter().all(|one| one.status == NodePaymentStatus::Paid && one.amount == msats(3_000)));
    assert_eq!(
        all.iter().map(|one| one.payment_hash.unwrap()).collect::<std::collections::BTreeSet<_>>(),
        paid
    );
    harness.advance(60);
    let later = harness.now();
    harness.hold(true).await;
    let order = pay_order(&harness.foreign_invoice(msats(4_000), 9_000).await);
    // Polled concurrently: `pay` may block until the payment has a final state.
    let node = harness.node();
    let paying = tokio::spawn({
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
    paying.abort();
}

/// [`OutgoingState::InFlight`].
pub async fn payment_in_flight_is_polled_not_repeated(harness: &impl LightningHarness) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = pay_order(&bolt11);
    harness.hold(true).await;
    assert_eq!(harness.node().pay(&order).await.unwrap(), OutgoingState::InFlight);
    assert_eq!(harness.node().outgoing(order.payment_hash).await.unwrap(), OutgoingState::InFlight);
    assert_eq!(harness.received_by_others(&bolt11).await, Msats::ZERO);
    let balance = harness.node().balance().await.unwrap();
    assert!(balance.available < balance.total, "funds in flight are not available");
    harness.hold(false).await;
    assert!(matches!(outcome(harness, &order).await, OutgoingState::Paid { .. }));
    assert_eq!(harness.received_by_others(&bolt11).await, order.amount);
}

/// [`OutgoingState::Failed`].
pub async fn failed_payment_leaves_the_balance_unchanged(harness: &impl LightningHarness) {
    let before = harness.node().balance().await.unwrap();
    let expired = harness.foreign_invoice(msats(PRICE), 60).await;
    let order = pay_order(&expired);
    harness.advance(120);
    let result = harness.node().pay(&order).await;
    match result {
        Ok(OutgoingState::InFlight) => {
            assert!(matches!(outcome(harness, &order).await, OutgoingState::Failed { .. }));
        }
        Ok(OutgoingState::Failed { .. }) | Err(LightningError::Refused { .. }) => {}
        other => panic!("expired invoice was not refused: {other:?}"),
    }
    assert_eq!(harness.node().balance().await.unwrap(), before);
    assert_eq!(harness.received_by_others(&expired).await, Msats::ZERO);
}

/// [`PayOrder::max_fee`].
pub async fn routing_fee_stays_within_max_fee(harness: &impl LightningHarness) {
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

/// [`Lightning::outgoing`].
pub async fn outgoing_reports_the_payment_state(harness: &impl LightningHarness) {
    let (one, other) =
        (harness.foreign_invoice(msats(PRICE), 900).await, harness.foreign_invoice(msats(1_000), 900).await);
    let order = pay_order(&one);
    harness.node().pay(&order).await.unwrap();
    assert!(matches!(outcome(harness, &order).await, OutgoingState::Paid { .. }));
    let other = Bolt11::parse(&other).unwrap();
    assert_eq!(harness.node().outgoing(other.payment_hash()).await.unwrap(), OutgoingState::Unknown);
}

/// [`Lightning::balance`].
pub async fn balance_reports_funds_and_node_status(harness: &impl LightningHarness) {
    let balance = harness.node().balance().await.unwrap();
    assert!(balance.available <= balance.total);
    assert!(!balance.node_id.is_empty());
    assert_eq!(balance.status, NodeStatus::Ready);
}

/// [`LightningError::Unavailable`].
pub async fn unreachable_node_has_not_paid(harness: &impl LightningHarness) {
    let bolt11 = harness.foreign_invoice(msats(PRICE), 900).await;
    let order = pay_order(&bolt11);
    let before = harness.node().balance().await.unwrap();
    harness.inject_fault(FaultTarget::Pay, InjectedFault::Unavailable).await;
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

/// [`NodeWebhooks::read`].
pub async fn webhook_signature_covers_the_raw_body(harness: &impl LightningHarness) {
    let made = invoice(harness).await;
    assert!(harness.pay_our_invoice(&made.bolt11).await);
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

/// [`NodeWebhooks::read`].
pub async fn repeated_webhook_has_the_same_event_id(harness: &impl LightningHarness) {
    let (one, two) = (invoice(harness).await, invoice(harness).await);
    let node = webhooks(harness);
    assert!(harness.pay_our_invoice(&one.bolt11).await);
    let (body, signature) = harness.next_webhook().await;
    assert_eq!(node.read(&body, Some(&signature)).unwrap(), node.read(&body, Some(&signature)).unwrap());
    assert!(harness.pay_our_invoice(&two.bolt11).await);
    let (other, other_signature) = harness.next_webhook().await;
    let (first, second) =
        (node.read(&body, Some(&signature)).unwrap(), node.read(&other, Some(&other_signature)).unwrap());
    assert_ne!(first.event_id, second.event_id);
}

/// [`NodeWebhooks::resolve`].
pub async fn webhook_resolves_to_its_payment_hashes(harness: &impl LightningHarness) {
    let made = invoice(harness).await;
    assert!(harness.pay_our_invoice(&made.bolt11).await);
    let (body, signature) = harness.next_webhook().await;
    let notice = webhooks(harness).read(&body, Some(&signature)).unwrap();
    assert_eq!(webhooks(harness).resolve(&notice).await.unwrap(), vec![made.payment_hash]);
}

/// [`NodeWebhooks::resolve`].
pub async fn webhook_of_an_outgoing_payment_resolves_to_nothing(harness: &impl LightningHarness) {
    let order = pay_order(&harness.foreign_invoice(msats(PRICE), 900).await);
    harness.node().pay(&order).await.unwrap();
    outcome(harness, &order).await;
    let (body, signature) = harness.next_webhook().await;
    let notice = webhooks(harness).read(&body, Some(&signature)).unwrap();
    assert!(webhooks(harness).resolve(&notice).await.unwrap().is_empty());
}
