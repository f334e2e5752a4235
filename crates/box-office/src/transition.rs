use crate::{
    BoxOffice, NewAudit, TicketView, refunds::begin_refund, ticket_mail::enqueue_notices,
    wallet_orders::open_wallet_order,
};
use events::Event;
use kernel::{Locked, Msats, StoreError, TicketId, Timestamp, UserId};
use payments::{
    EventFacts, Evidence, EvidenceOrigin, Invoice, Notice, Payment, PaymentEvent, PaymentStatus, Refund,
    TicketMove, decide_beside_refunds,
};
use tickets::{Ticket, TicketStatus};

/// A transition of one ticket and its payment.
#[derive(Debug, Clone)]
pub(crate) struct Transition {
    /// Evidence.
    pub(crate) evidence: Evidence,
    /// Origin of the evidence.
    pub(crate) origin: EvidenceOrigin,
    /// New state of the invoice, if the evidence concerns one.
    pub(crate) invoice: Option<Invoice>,
    /// Audit entry of an admin's action.
    pub(crate) audit: Option<NewAudit>,
    /// Expiry of the new hold, for [`Evidence::HeldAgain`].
    pub(crate) hold_expires_at: Option<Timestamp>,
    /// A refund to begin in the same transaction. Nothing changes if nothing is refundable.
    pub(crate) refund: Option<RequestedRefund>,
    /// Whether a due refund cannot begin because the buyer's address is invalid.
    pub(crate) no_destination: bool,
}

/// A refund of all that is refundable.
#[derive(Debug, Clone)]
pub(crate) struct RequestedRefund {
    /// A UMA or Lightning address.
    pub(crate) destination: String,
    /// Requesting admin; `None` for the command line and cancelled events.
    pub(crate) requested_by: Option<UserId>,
}

impl Transition {
    /// Entry in the payment's history.
    fn entry(&self, payment: &Payment, now: Timestamp) -> PaymentEvent {
        let audited = self.audit.as_ref().and_then(|audit| audit.actor);
        let refunding = self.refund.as_ref().and_then(|refund| refund.requested_by);
        PaymentEvent {
            origin: self.origin,
            actor: audited.or(refunding),
            ..PaymentEvent::of_evidence(payment.id, self.evidence, payment.state.status, now)
        }
    }

    /// A transition with evidence only.
    pub(crate) const fn evidence(evidence: Evidence) -> Self {
        Self {
            evidence,
            origin: EvidenceOrigin::of(evidence),
            invoice: None,
            audit: None,
            hold_expires_at: None,
            refund: None,
            no_destination: false,
        }
    }
}

/// Outcome of a transition.
#[derive(Debug, Clone)]
pub(crate) struct TransitionOutcome {
    /// All rows after the transition.
    pub(crate) view: TicketView,
    /// What happened to the ticket, if anything.
    pub(crate) ticket: Option<TicketMove>,
    /// For [`Evidence::HeldAgain`]: no seat was free; nothing was changed.
    pub(crate) sold_out: bool,
    /// For [`Transition::refund`]: the new refund.
    pub(crate) refund: Option<Refund>,
    /// For [`Evidence::HeldAgain`]: an order to the buyer's wallet is open; nothing was changed.
    pub(crate) wallet_open: bool,
    /// For [`Evidence::HeldAgain`]: a refund is open; nothing was changed.
    pub(crate) refund_open: bool,
}

struct Rows {
    event: Option<Event>,
    ticket: Locked<Ticket>,
    payment: Payment,
}

impl BoxOffice {
    /// Applies evidence to a ticket's payment in one transaction, with seats and consequences. `None` if the ticket has no payment.
    ///
    /// The event is locked only if its seats may change, so that payments of held tickets do not contend for its row.
    pub(crate) async fn apply_transition(
        &self,
        ticket: TicketId,
        transition: &Transition,
    ) -> Result<Option<TransitionOutcome>, StoreError> {
        match self.ticket_view(ticket).await? {
            Some(view) => self.apply_to_view(view, transition).await,
            None => Ok(None),
        }
    }

    /// [`Self::apply_transition`] for callers that have just read the ticket.
    pub(crate) async fn apply_to_view(
        &self,
        view: TicketView,
        transition: &Transition,
    ) -> Result<Option<TransitionOutcome>, StoreError> {
        let Some(payment) = view.payment else { return Ok(None) };
        let seats_may_change = !matches!(
            (transition.evidence, payment.state.status),
            (
                Evidence::Settled { .. },
                PaymentStatus::Pending | PaymentStatus::Paid | PaymentStatus::Refunded
            ) | (Evidence::Refunded { .. }, _)
        );
        match self.try_apply(&view.event, &view.ticket, &payment, transition, seats_may_change).await? {
            Some(done) => Ok(done),
            // The payment changed since it was read, so the event has to be locked.
            None => {
                Ok(self.try_apply(&view.event, &view.ticket, &payment, transition, true).await?.flatten())
            }
        }
    }

    /// `None`, with nothing changed, if the event has to be locked and `lock_event` is not set.
    async fn try_apply(
        &self,
        event: &Event,
        ticket: &Ticket,
        payment: &Payment,
        transition: &Transition,
        lock_event: bool,
    ) -> Result<Option<Option<TransitionOutcome>>, StoreError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let locked = if lock_event { session.event_for_update(event.id).await? } else { None };
        let ticket = session.ticket_for_update(ticket.id).await?;
        let payment = session.payment_for_update(payment.id).await?;
        let (Some(ticket), Some(payment)) = (ticket, payment) else {
            session.rollback().await?;
            return Ok(Some(None));
        };
        let mut rows = Rows { event: locked, ticket, payment };
        let mut reserved = Msats::ZERO;
        if may_buy_with_earlier_money(&rows.payment, transition.evidence) {
            reserved = open_refunds(&session.refunds_for_update(rows.payment.id).await?);
        }
        if transition.evidence == Evidence::HeldAgain {
            // Money that is being refunded can neither buy the ticket nor be requested again.
            if !reserved.is_zero() {
                session.rollback().await?;
                let unchanged = rows.outcome(event, transition, None, false);
                return Ok(Some(Some(TransitionOutcome { refund_open: true, ..unchanged })));
            }
            // A second invoice would be payable beside the one that the wallet may still pay.
            let orders = session.outgoing_orders_for_update(rows.payment.id).await?;
            if open_wallet_order(&orders).is_some() {
                session.rollback().await?;
                let unchanged = rows.outcome(event, transition, None, false);
                return Ok(Some(Some(TransitionOutcome { wallet_open: true, ..unchanged })));
            }
        }
        let seat_free = rows.event.as_ref().is_some_and(Event::has_free_seat);
        if transition.evidence == Evidence::HeldAgain
            && !seat_free
            && matches!(rows.payment.state.status, PaymentStatus::Failed | PaymentStatus::Expired)
        {
            session.rollback().await?;
            return Ok(Some(Some(rows.outcome(event, transition, None, true))));
        }
        // A retry may have made a new hold since the expired ones were listed.
        if transition.evidence == Evidence::HoldLapsed && !rows.ticket.hold_ended(self.grace_start(now)) {
            session.rollback().await?;
            return Ok(Some(Some(rows.outcome(event, transition, None, false))));
        }
        let cancelled = rows.event.as_ref().unwrap_or(event).cancelled_at.is_some();
        let facts = EventFacts { seat_free, cancelled };
        let decision = decide_beside_refunds(&rows.payment.state, reserved, transition.evidence, facts);
        let late = matches!(rows.payment.state.status, PaymentStatus::Failed | PaymentStatus::Expired);
        let needs_event = late || decision.ticket.is_some_and(|moved| moved != TicketMove::Issue);
        if needs_event && rows.event.is_none() {
            session.rollback().await?;
            return Ok(None);
        }
        if let Some(invoice) = &transition.invoice {
            session.put_invoice(invoice).await?;
        }
        let changed = decision.state != rows.payment.state;
        rows.payment.state = decision.state;
        rows.payment.updated_at = now;
        if let Some(moved) = decision.ticket {
            rows.apply(moved, transition, now);
            if let Some(event) = rows.event.as_ref().filter(|_| changes_seats(moved, transition.evidence)) {
                session.put_event(event).await?;
            }
            session.put_ticket(&rows.ticket).await?;
        }
        if changed {
            let entry = transition.entry(&rows.payment, now);
            session.record_payment(&rows.payment, &entry).await?;
        }
        if let Some(audit) = &transition.audit {
            session.audit(audit).await?;
        }
        let refund = match &transition.refund {
            None => None,
            Some(requested) => {
                match begin_refund(&mut *session, &rows.payment, requested, decision.ticket, now).await? {
                    Some(refund) => Some(refund),
                    None => {
                        session.rollback().await?;
                        return Ok(Some(Some(rows.outcome(event, transition, None, false))));
                    }
                }
            }
        };
        let owed = rows.payment.state.refundable();
        let is_undelivered = transition.no_destination && decision.ticket.is_some() && !owed.is_zero();
        let undelivered = is_undelivered.then_some(Notice::RefundUndelivered { amount: owed });
        let notices = decision.notices.into_iter().chain(undelivered);
        enqueue_notices(&mut *session, rows.ticket.id, notices, now).await?;
        session.commit().await?;
        Ok(Some(Some(TransitionOutcome {
            refund,
            ..rows.outcome(event, transition, decision.ticket, false)
        })))
    }

    /// Expiry of a hold made at `now`.
    pub(crate) fn hold_end(&self, now: Timestamp) -> Timestamp {
        now.checked_add_signed(self.settings().hold).unwrap_or(now)
    }

    /// Holds that expired before this time are past their grace period.
    pub(crate) fn grace_start(&self, now: Timestamp) -> Timestamp {
        now.checked_sub_signed(self.settings().grace).unwrap_or(now)
    }
}

impl Rows {
    fn outcome(
        self,
        event: &Event,
        transition: &Transition,
        ticket: Option<TicketMove>,
        sold_out: bool,
    ) -> TransitionOutcome {
        TransitionOutcome {
            view: TicketView {
                ticket: self.ticket.into_inner(),
                event: self.event.unwrap_or_else(|| event.clone()),
                payment: Some(self.payment),
                invoice: transition.invoice.clone(),
            },
            ticket,
            sold_out,
            refund: None,
            wallet_open: false,
            refund_open: false,
        }
    }

    /// Updates the ticket and the event's seats.
    fn apply(&mut self, moved: TicketMove, transition: &Transition, now: Timestamp) {
        self.ticket.updated_at = now;
        self.ticket.status = match moved {
            TicketMove::Issue | TicketMove::IssueWithNewSeat => TicketStatus::Paid,
            TicketMove::Expire => TicketStatus::Expired,
            TicketMove::Fail => TicketStatus::Failed,
            TicketMove::Cancel => TicketStatus::Cancelled,
            TicketMove::HoldAgain => TicketStatus::Pending,
            TicketMove::Refund => TicketStatus::Refunded,
        };
        match moved {
            TicketMove::Issue | TicketMove::IssueWithNewSeat => {
                self.ticket.paid_at = Some(now);
                self.payment.paid_at = Some(now);
            }
            TicketMove::HoldAgain => {
                self.ticket.hold_expires_at = transition.hold_expires_at;
                self.payment.collection =
                    payments::Collection { state: payments::CollectionState::Queued, detail: String::new() };
            }
            _ => {}
        }
        let Some(event) = self.event.as_mut().filter(|_| changes_seats(moved, transition.evidence)) else {
            return;
        };
        let mut seats = event.seats();
        if self.ticket.status.takes_seat() {
            // The free seat was checked under the same lock.
            seats.take();
        } else {
            seats.release();
        }
        event.seats_taken = seats.taken;
    }
}

/// Whether the ticket may be paid with money received earlier, of which open refunds are then subtracted.
fn may_buy_with_earlier_money(payment: &Payment, evidence: Evidence) -> bool {
    let unsold = !matches!(payment.state.status, PaymentStatus::Paid | PaymentStatus::Refunded);
    unsold
        && matches!(evidence, Evidence::HeldAgain | Evidence::Settled { .. })
        && !payment.state.received().is_zero()
}

/// Sum of open refunds.
pub(crate) fn open_refunds(refunds: &[Refund]) -> Msats {
    let open = refunds.iter().filter(|refund| refund.status.is_open());
    open.fold(Msats::ZERO, |sum, refund| sum.saturating_add(refund.amount))
}

/// Whether a move takes or releases a seat. A pending ticket that is issued holds its seat already; after
/// [`Evidence::HeldAgain`] it has none.
fn changes_seats(moved: TicketMove, evidence: Evidence) -> bool {
    moved != TicketMove::Issue || evidence == Evidence::HeldAgain
}
