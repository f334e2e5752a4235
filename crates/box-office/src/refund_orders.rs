//! Payment orders to our node for refunds: stored before the call, closed by proof.

use crate::{BoxOffice, JobEnd, ticket_mail::enqueue_notices};
use chrono::Duration;
use kernel::{Msats, StoreError, Timestamp, text::sentence};
use payments::{
    Bolt11, EXPIRED_UNPAID, EventFacts, Evidence, LightningError, Notice, ORDER_EXPIRY_MARGIN, OrderAnswer,
    OrderStatus, OrderStep, OutgoingOrder, OutgoingState, PayOrder, Payer, PaymentEvent, Refund,
    RefundReason, RefundStatus,
};

/// Routing fee limit: one percent, at least ten satoshis. An NWC wallet has no such limit (NIP-47).
const MAX_FEE_DIVISOR: u64 = 100;
const MIN_MAX_FEE_MSATS: u64 = 10_000;
/// Bounds of the interval between two checks of an order, which grows with the order's age.
const CHECK_INTERVAL: Duration = Duration::seconds(10);
const MAX_CHECK_INTERVAL: Duration = Duration::minutes(10);
/// The interval is the order's age divided by this.
const AGE_DIVISOR: i32 = 6;
/// Age at which an unproved order is shown to the admin as unconfirmed.
const UNCONFIRMED_AFTER: Duration = Duration::minutes(30);
/// Interval of checks once an admin has to compare the node's payments with the records.
const UNRESOLVED_CHECK_INTERVAL: Duration = Duration::minutes(30);

/// Decision on a refund whose rows were read under the lock.
enum RefundDecision {
    /// The refund has ended, or another worker chose another invoice.
    Stale,
    /// The invoice belongs to another refund; paying it would count one payment twice.
    InvoiceReused,
    /// The money is not refundable any more; the refund was closed as failed.
    NoLongerDue,
    /// See [`OrderStep`].
    Step(OrderStep),
}

impl BoxOffice {
    /// Orders the node to pay a refund's invoice, or checks an existing order.
    pub(crate) async fn send_order(
        &self,
        refund: &Refund,
        bolt11: &Bolt11,
        attempts: u32,
    ) -> Result<JobEnd, StoreError> {
        match self.place_refund_order(refund, bolt11).await? {
            RefundDecision::Stale => Ok(self.retry_after(CHECK_INTERVAL, None)),
            RefundDecision::InvoiceReused => {
                let error = RefundReason::InvoiceReused
                    .error("The address gave out an invoice that is in use already.");
                self.retry_or_fail(refund.clone(), attempts, &error, true).await
            }
            RefundDecision::NoLongerDue => {
                tracing::warn!(refund.id = %refund.id, "refund closed: its money is not refundable any more");
                Ok(JobEnd::Done)
            }
            RefundDecision::Step(OrderStep::Order(order)) => {
                let called_at = self.now();
                let (answer, fee) = self.call_node(&order, refund).await;
                self.record_refund_answer(refund, &order, &answer, fee, called_at).await
            }
            RefundDecision::Step(OrderStep::Ask(order) | OrderStep::Over(order)) => {
                let called_at = self.now();
                let (answer, fee) = self.check_order_at_node(&order, refund, bolt11).await;
                self.record_refund_answer(refund, &order, &answer, fee, called_at).await
            }
        }
    }

    /// Decides on the order and stores it, with the refund as `sending`, in one transaction.
    async fn place_refund_order(
        &self,
        refund: &Refund,
        bolt11: &Bolt11,
    ) -> Result<RefundDecision, StoreError> {
        let now = self.now();
        let hash = bolt11.payment_hash();
        let new_order = OutgoingOrder {
            payer: Payer::Node,
            payment_hash: hash,
            payment_id: refund.payment_id,
            refund_id: Some(refund.id),
            bolt11: bolt11.as_str().to_owned(),
            amount: refund.amount,
            attempt: 1,
            ordered_at: now,
            expires_at: bolt11.expires_at(),
            status: OrderStatus::Ordered,
            detail: String::new(),
            answered_at: None,
        };
        let mut session = self.store().begin().await?;
        let payment = session.payment_for_update(refund.payment_id).await?;
        let refunds = session.refunds_for_update(refund.payment_id).await?;
        let orders = session.outgoing_orders_for_update(refund.payment_id).await?;
        let refundable = payment.as_ref().map(|payment| payment.state.refundable()).unwrap_or_default();
        let sending = refunds
            .iter()
            .filter(|other| other.id != refund.id && other.status == RefundStatus::Sending)
            .fold(Msats::ZERO, |sum, other| sum.saturating_add(other.amount));
        let known = orders.iter().find(|order| order.payer == Payer::Node && order.payment_hash == hash);
        let current = refunds.into_iter().find(|other| other.id == refund.id && other.status.is_open());
        let Some(current) =
            current.filter(|current| current.payment_hash.is_none_or(|chosen| chosen == hash))
        else {
            session.rollback().await?;
            return Ok(RefundDecision::Stale);
        };
        if current.status == RefundStatus::Requested && refundable.saturating_sub(sending) < current.amount {
            let error = RefundReason::NotRefundable.error("Its money is not refundable any more.");
            let before = current.status;
            let closed = Refund { status: RefundStatus::Failed, error, updated_at: now, ..current };
            session.put_refund(&closed).await?;
            let status = payment.map(|payment| payment.state.status);
            let entry = status.and_then(|status| PaymentEvent::of_refund(before, &closed, status, now));
            if let Some(entry) = entry {
                session.add_payment_event(&entry).await?;
            }
            session.commit().await?;
            return Ok(RefundDecision::NoLongerDue);
        }
        if known.is_some_and(|known| known.refund_id != Some(refund.id)) {
            session.rollback().await?;
            return Ok(RefundDecision::InvoiceReused);
        }
        let step = match known {
            // Sent by a release without order rows: it may have been paid.
            None if current.status == RefundStatus::Sending => OrderStep::Ask(new_order),
            Some(known) if known.status == OrderStatus::NotSent && bolt11.expires_at() <= now => {
                OrderStep::Over(known.clone())
            }
            known => OutgoingOrder::step(known, new_order),
        };
        let (OrderStep::Order(order) | OrderStep::Ask(order) | OrderStep::Over(order)) = &step;
        if known.is_some() {
            session.put_outgoing_order(order).await?;
        } else if !session.add_outgoing_order(order).await? {
            session.rollback().await?;
            return Ok(RefundDecision::InvoiceReused);
        }
        if current.status == RefundStatus::Requested {
            let sending = Refund {
                status: RefundStatus::Sending,
                payment_hash: Some(hash),
                bolt11: Some(bolt11.as_str().to_owned()),
                error: String::new(),
                updated_at: now,
                ..current
            };
            // A release without order rows may have paid this invoice for another refund.
            if !session.put_refund(&sending).await? {
                session.rollback().await?;
                return Ok(RefundDecision::InvoiceReused);
            }
        }
        session.commit().await?;
        Ok(RefundDecision::Step(step))
    }

    /// Calls the node to pay; the only place that does.
    async fn call_node(&self, order: &OutgoingOrder, refund: &Refund) -> (OrderAnswer, Msats) {
        let attempt = order.attempt;
        match self.dependencies.lightning.pay(&pay_order(order, refund)).await {
            Ok(OutgoingState::Unknown) => (unclear("the node does not know the payment"), Msats::ZERO),
            Ok(state) => answer(&state),
            Err(LightningError::Unavailable(error)) => {
                (OrderAnswer::NotSent { attempt, reason: error.to_string() }, Msats::ZERO)
            }
            Err(LightningError::Refused { reason }) => {
                // A refusal counts only if the node has no payment either.
                match self.dependencies.lightning.outgoing(order.payment_hash).await {
                    Ok(OutgoingState::Unknown) => (OrderAnswer::Refused { attempt, reason }, Msats::ZERO),
                    Ok(state) => answer(&state),
                    Err(_) => (unclear(&reason), Msats::ZERO),
                }
            }
            Err(error @ LightningError::Unknown(_)) => {
                tracing::warn!(refund.id = %refund.id, %error, "refund payment has no clear answer");
                (unclear(&error.to_string()), Msats::ZERO)
            }
        }
    }

    /// Queries an order by payment hash. A node with idempotency keys completes an order that it never received.
    async fn check_order_at_node(
        &self,
        order: &OutgoingOrder,
        refund: &Refund,
        bolt11: &Bolt11,
    ) -> (OrderAnswer, Msats) {
        let lightning = &self.dependencies.lightning;
        let known = match lightning.outgoing(order.payment_hash).await {
            Ok(OutgoingState::Unknown) if order.status.is_open() && self.now() < bolt11.expires_at() => {
                lightning.resend(&pay_order(order, refund)).await
            }
            known => known,
        };
        match known {
            Ok(OutgoingState::Unknown) if order.status == OrderStatus::NotSent => {
                (OrderAnswer::Failed { reason: EXPIRED_UNPAID.to_owned() }, Msats::ZERO)
            }
            Ok(state) => answer(&state),
            Err(error) => (unclear(&error.to_string()), Msats::ZERO),
        }
    }

    /// Stores the result of an order and updates refund and payment in one transaction.
    async fn record_refund_answer(
        &self,
        refund: &Refund,
        order: &OutgoingOrder,
        answer: &OrderAnswer,
        fee: Msats,
        called_at: Timestamp,
    ) -> Result<JobEnd, StoreError> {
        let now = self.now();
        let view = self.store().payment_view(refund.payment_id).await?;
        let cancelled = view.is_some_and(|view| view.event.cancelled_at.is_some());
        let mut session = self.store().begin().await?;
        let payment = session.payment_for_update(refund.payment_id).await?;
        let refunds = session.refunds_for_update(refund.payment_id).await?;
        let orders = session.outgoing_orders_for_update(refund.payment_id).await?;
        let known = orders
            .into_iter()
            .find(|known| known.payer == Payer::Node && known.payment_hash == order.payment_hash);
        let current =
            refunds.into_iter().find(|other| other.id == refund.id && other.status != RefundStatus::Paid);
        let (Some(mut payment), Some(known), Some(current)) = (payment, known, current) else {
            session.rollback().await?;
            return Ok(JobEnd::Done);
        };
        let order = known.after(answer, called_at);
        if order != known {
            session.put_outgoing_order(&order).await?;
        }
        let next = match order.status {
            // A payment that succeeded counts even if the refund was given up.
            OrderStatus::Paid => {
                Refund { status: RefundStatus::Paid, fee, error: String::new(), ..current.clone() }
            }
            // Given up meanwhile: the reason is in the refund.
            OrderStatus::Failed if current.status == RefundStatus::Failed => current.clone(),
            OrderStatus::Failed => {
                Refund { status: RefundStatus::Failed, error: failure(&order.detail), ..current.clone() }
            }
            OrderStatus::Unresolved => Refund { error: unresolved(&order.detail), ..current.clone() },
            OrderStatus::NotSent => Refund { error: not_sent(&order.detail), ..current.clone() },
            OrderStatus::Ordered => Refund { error: unconfirmed(&order, called_at), ..current.clone() },
        };
        let mut notices = Vec::from_iter(Notice::of_refund(current.status, &next));
        if let Some(entry) = PaymentEvent::of_refund(current.status, &next, payment.state.status, now) {
            session.add_payment_event(&entry).await?;
        }
        if next != current {
            // The payment hash is kept: it is unique per refund.
            session.put_refund(&Refund { updated_at: now, ..next }).await?;
        }
        if order.status == OrderStatus::Paid {
            let total = payment.state.refunded.saturating_add(refund.amount);
            let facts = EventFacts { seat_free: false, cancelled };
            let evidence = Evidence::Refunded { total };
            let decision = payments::decide(&payment.state, evidence, facts);
            payment.state = decision.state;
            payment.updated_at = now;
            let entry = PaymentEvent::of_evidence(payment.id, evidence, payment.state.status, now);
            session.record_payment(&payment, &entry).await?;
            notices.extend(decision.notices);
        }
        enqueue_notices(&mut *session, payment.ticket_id, notices, now).await?;
        session.commit().await?;
        Ok(self.job_end(refund, &order, called_at))
    }

    fn job_end(&self, refund: &Refund, order: &OutgoingOrder, called_at: Timestamp) -> JobEnd {
        match order.status {
            OrderStatus::Paid => {
                tracing::info!(refund.id = %refund.id, amount_msats = %refund.amount, "refund paid");
                JobEnd::Done
            }
            OrderStatus::Failed => {
                let error = &order.detail;
                tracing::warn!(refund.id = %refund.id, error, "refund failed; its money is refundable again");
                JobEnd::Done
            }
            OrderStatus::NotSent => {
                let pause = CHECK_INTERVAL.checked_mul(1 << order.attempt.min(5)).unwrap_or(CHECK_INTERVAL);
                self.retry_after(pause, Some(order.detail.clone()))
            }
            OrderStatus::Unresolved => {
                tracing::error!(
                    refund.id = %refund.id, payment_hash = %order.payment_hash,
                    "refund unresolved: compare the node's payments with `tickets audit --node`"
                );
                self.retry_after(UNRESOLVED_CHECK_INTERVAL, Some(order.detail.clone()))
            }
            OrderStatus::Ordered => {
                let error = Some(unconfirmed(order, called_at)).filter(|error| !error.is_empty());
                self.retry_after(check_delay(order, called_at), error)
            }
        }
    }

    fn retry_after(&self, pause: Duration, error: Option<String>) -> JobEnd {
        let now = self.now();
        JobEnd::Retry { at: now.checked_add_signed(pause).unwrap_or(now), error }
    }
}

fn pay_order(order: &OutgoingOrder, refund: &Refund) -> PayOrder {
    let max_fee = (refund.amount.get() / MAX_FEE_DIVISOR).max(MIN_MAX_FEE_MSATS);
    PayOrder {
        bolt11: order.bolt11.clone(),
        payment_hash: order.payment_hash,
        amount: order.amount,
        max_fee: Msats::new(max_fee).unwrap_or(Msats::ZERO),
        // Row ids repeat after a restore from backup; payment hashes do not.
        idempotency_key: format!("refund-{}-{}", refund.id, order.payment_hash),
    }
}

fn age(order: &OutgoingOrder, called_at: Timestamp) -> Duration {
    called_at.signed_duration_since(order.ordered_at)
}

/// Delay of the next check of an unproved order. The first check after its expiry is not delayed, because it may be conclusive.
fn check_delay(order: &OutgoingOrder, called_at: Timestamp) -> Duration {
    let grown = age(order, called_at).checked_div(AGE_DIVISOR).unwrap_or(CHECK_INTERVAL);
    let end = order.expires_at.checked_add_signed(ORDER_EXPIRY_MARGIN).unwrap_or(order.expires_at);
    let left = end.signed_duration_since(called_at);
    let grown = if left > Duration::zero() { grown.min(left) } else { grown };
    grown.clamp(CHECK_INTERVAL, MAX_CHECK_INTERVAL)
}

/// Message for the admin about an order that is still unproved after [`UNCONFIRMED_AFTER`]; empty before.
fn unconfirmed(order: &OutgoingOrder, called_at: Timestamp) -> String {
    if age(order, called_at) < UNCONFIRMED_AFTER {
        return String::new();
    }
    let detail = if order.detail.is_empty() { "in flight" } else { order.detail.as_str() };
    RefundReason::Unconfirmed.error(&format!(
        "The node has not confirmed this payment since {}: {} It is checked until it is proved paid or failed.",
        order.ordered_at.format("%Y-%m-%d %H:%M UTC"),
        sentence(detail)
    ))
}

/// Error of a refund that the node certainly did not pay.
fn failure(detail: &str) -> String {
    if detail == EXPIRED_UNPAID {
        return RefundReason::InvoiceExpired.error("The address's invoice expired before the node paid it.");
    }
    RefundReason::PaymentFailed.error(&with_detail("The node could not pay the refund", detail))
}

fn unresolved(detail: &str) -> String {
    let error = with_detail("The node never confirmed whether this refund was paid", detail);
    RefundReason::Unresolved.error(&format!("{error} Check the node's own list of payments."))
}

fn not_sent(detail: &str) -> String {
    let error = with_detail("The node cannot be reached", detail);
    RefundReason::NodeUnavailable.error(&format!("{error} The payment is tried again."))
}

/// A sentence that quotes the node's words, if there are any.
fn with_detail(what: &str, detail: &str) -> String {
    if detail.is_empty() { format!("{what}.") } else { sentence(&format!("{what}: {detail}")) }
}

fn answer(state: &OutgoingState) -> (OrderAnswer, Msats) {
    let fee = if let OutgoingState::Paid { fee, .. } = state { *fee } else { Msats::ZERO };
    (OrderAnswer::from(state), fee)
}

fn unclear(reason: &str) -> OrderAnswer {
    OrderAnswer::Unclear { reason: reason.to_owned() }
}
