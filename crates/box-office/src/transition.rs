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

/// Something that happens to one ticket and its payment.
#[derive(Debug, Clone)]
pub(crate) struct Transition {
    /// What is known.
    pub(crate) evidence: Evidence,
    /// Where it came from.
    pub(crate) origin: EvidenceOrigin,
    /// The invoice as it is from now on, when the evidence is about one.
    pub(crate) invoice: Option<Invoice>,
    /// The audit line, when an admin did it.
    pub(crate) audit: Option<NewAudit>,
    /// The end of the new hold, for [`Evidence::HeldAgain`].
    pub(crate) hold_expires_at: Option<Timestamp>,
    /// A refund to begin with the change. Nothing is changed if nothing is refundable after it.
    pub(crate) refund: Option<RequestedRefund>,
    /// Whether a refund is due that cannot begin: the buyer's address is not one.
    pub(crate) no_destination: bool,
}

/// A refund of all that is refundable.
#[derive(Debug, Clone)]
pub(crate) struct RequestedRefund {
    /// A UMA or Lightning address.
    pub(crate) destination: String,
    /// The admin; `None` for the command line and for cancelled events.
    pub(crate) requested_by: Option<UserId>,
}

impl Transition {
    /// The entry in the payment's history.
    fn entry(&self, payment: &Payment, now: Timestamp) -> PaymentEvent {
        let audited = self.audit.as_ref().and_then(|audit| audit.actor);
        let refunding = self.refund.as_ref().and_then(|refund| refund.requested_by);
        PaymentEvent {
            origin: self.origin,
            actor: audited.or(refunding),
            ..PaymentEvent::of_evidence(payment.id, self.evidence, payment.state.status, now)
        }
    }

    /// Evidence with nothing around it.
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

/// What a change did.
#[derive(Debug, Clone)]
pub(crate) struct Changed {
    /// All rows as they are now.
    pub(crate) view: TicketView,
    /// What happened to the ticket, if anything.
    pub(crate) ticket: Option<TicketMove>,
    /// For [`Evidence::HeldAgain`]: there was no seat, and nothing was changed.
    pub(crate) sold_out: bool,
    /// For [`Transition::refund`]: the refund that was begun.
    pub(crate) refund: Option<Refund>,
    /// For [`Evidence::HeldAgain`]: an order to the buyer's wallet is open, and nothing was changed.
    pub(crate) wallet_open: bool,
    /// For [`Evidence::HeldAgain`]: a refund is open, and nothing was changed.
    pub(crate) refund_open: bool,
}

struct Rows {
    event: Option<Event>,
    ticket: Locked<Ticket>,
    payment: Payment,
}

impl BoxOffice {
    /// Applies evidence to a ticket's payment in one transaction: the state, the seats, and what follows. `None` when the ticket
    /// has no payment.
    ///
    /// A hot event's row is not locked unless its seats change: payments of tickets that hold their seat pass each other.
    pub(crate) async fn change(
        &self,
        ticket: TicketId,
        change: &Transition,
    ) -> Result<Option<Changed>, StoreError> {
        match self.ticket_view(ticket).await? {
            Some(view) => self.change_seen(view, change).await,
            None => Ok(None),
        }
    }

    /// The same, for whoever has read the ticket just now.
    pub(crate) async fn change_seen(
        &self,
        view: TicketView,
        change: &Transition,
    ) -> Result<Option<Changed>, StoreError> {
        let Some(payment) = view.payment else { return Ok(None) };
        let seats_may_change = !matches!(
            (change.evidence, payment.state.status),
            (
                Evidence::Settled { .. },
                PaymentStatus::Pending | PaymentStatus::Paid | PaymentStatus::Refunded
            ) | (Evidence::Refunded { .. }, _)
        );
        match self.change_once(&view.event, &view.ticket, &payment, change, seats_may_change).await? {
            Some(done) => Ok(done),
            // The payment moved on in between, so the event is needed after all.
            None => Ok(self.change_once(&view.event, &view.ticket, &payment, change, true).await?.flatten()),
        }
    }

    /// `None` when the event would have to be locked and is not.
    async fn change_once(
        &self,
        event: &Event,
        ticket: &Ticket,
        payment: &Payment,
        change: &Transition,
        lock_event: bool,
    ) -> Result<Option<Option<Changed>>, StoreError> {
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
        if may_buy_with_earlier_money(&rows.payment, change.evidence) {
            reserved = open_refunds(&session.refunds_for_update(rows.payment.id).await?);
        }
        if change.evidence == Evidence::HeldAgain {
            // The money may be on its way back: it cannot buy the ticket, nor be asked for again.
            if !reserved.is_zero() {
                session.rollback().await?;
                let refused = rows.changed(event, change, None, false);
                return Ok(Some(Some(Changed { refund_open: true, ..refused })));
            }
            // A second invoice would be payable beside the one that the wallet may still pay.
            let orders = session.outgoing_orders_for_update(rows.payment.id).await?;
            if open_wallet_order(&orders).is_some() {
                session.rollback().await?;
                let refused = rows.changed(event, change, None, false);
                return Ok(Some(Some(Changed { wallet_open: true, ..refused })));
            }
        }
        let seat_free = rows.event.as_ref().is_some_and(Event::has_free_seat);
        if change.evidence == Evidence::HeldAgain
            && !seat_free
            && matches!(rows.payment.state.status, PaymentStatus::Failed | PaymentStatus::Expired)
        {
            session.rollback().await?;
            return Ok(Some(Some(rows.changed(event, change, None, true))));
        }
        // A retry may have made a new hold since the list of ended ones was read.
        if change.evidence == Evidence::HoldLapsed && !rows.ticket.hold_ended(self.grace_start(now)) {
            session.rollback().await?;
            return Ok(Some(Some(rows.changed(event, change, None, false))));
        }
        let cancelled = rows.event.as_ref().unwrap_or(event).cancelled_at.is_some();
        let facts = EventFacts { seat_free, cancelled };
        let decision = decide_beside_refunds(&rows.payment.state, reserved, change.evidence, facts);
        let late = matches!(rows.payment.state.status, PaymentStatus::Failed | PaymentStatus::Expired);
        let needs_event = late || decision.ticket.is_some_and(|moved| moved != TicketMove::Issue);
        if needs_event && rows.event.is_none() {
            session.rollback().await?;
            return Ok(None);
        }
        if let Some(invoice) = &change.invoice {
            session.put_invoice(invoice).await?;
        }
        let changed = decision.state != rows.payment.state;
        rows.payment.state = decision.state;
        rows.payment.updated_at = now;
        if let Some(moved) = decision.ticket {
            rows.apply(moved, change, now);
            if let Some(event) = rows.event.as_ref().filter(|_| changes_seats(moved, change.evidence)) {
                session.put_event(event).await?;
            }
            session.put_ticket(&rows.ticket).await?;
        }
        if changed {
            let entry = change.entry(&rows.payment, now);
            session.record_payment(&rows.payment, &entry).await?;
        }
        if let Some(audit) = &change.audit {
            session.audit(audit).await?;
        }
        let refund = match &change.refund {
            None => None,
            Some(wanted) => {
                match begin_refund(&mut *session, &rows.payment, wanted, decision.ticket, now).await? {
                    Some(refund) => Some(refund),
                    None => {
                        session.rollback().await?;
                        return Ok(Some(Some(rows.changed(event, change, None, false))));
                    }
                }
            }
        };
        let owed = rows.payment.state.refundable();
        let is_undelivered = change.no_destination && decision.ticket.is_some() && !owed.is_zero();
        let undelivered = is_undelivered.then_some(Notice::RefundUndelivered { amount: owed });
        let notices = decision.notices.into_iter().chain(undelivered);
        enqueue_notices(&mut *session, rows.ticket.id, notices, now).await?;
        session.commit().await?;
        Ok(Some(Some(Changed { refund, ..rows.changed(event, change, decision.ticket, false) })))
    }

    /// When a hold made now ends.
    pub(crate) fn hold_end(&self, now: Timestamp) -> Timestamp {
        now.checked_add_signed(self.settings().hold).unwrap_or(now)
    }

    /// Holds that ended before this moment are over for good: a payment on its way had its grace.
    pub(crate) fn grace_start(&self, now: Timestamp) -> Timestamp {
        now.checked_sub_signed(self.settings().grace).unwrap_or(now)
    }
}

impl Rows {
    fn changed(
        self,
        event: &Event,
        change: &Transition,
        ticket: Option<TicketMove>,
        sold_out: bool,
    ) -> Changed {
        Changed {
            view: TicketView {
                ticket: self.ticket.into_inner(),
                event: self.event.unwrap_or_else(|| event.clone()),
                payment: Some(self.payment),
                invoice: change.invoice.clone(),
            },
            ticket,
            sold_out,
            refund: None,
            wallet_open: false,
            refund_open: false,
        }
    }

    /// Moves the ticket, and the event's seats with it.
    fn apply(&mut self, moved: TicketMove, change: &Transition, now: Timestamp) {
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
                self.ticket.hold_expires_at = change.hold_expires_at;
                self.payment.collection =
                    payments::Collection { state: payments::CollectionState::Queued, detail: String::new() };
            }
            _ => {}
        }
        let Some(event) = self.event.as_mut().filter(|_| changes_seats(moved, change.evidence)) else {
            return;
        };
        let mut seats = event.seats();
        if self.ticket.status.takes_seat() {
            // `decide` and the check before it saw a free seat under this very lock.
            seats.take();
        } else {
            seats.release();
        }
        event.seats_taken = seats.taken;
    }
}

/// Whether the ticket may be paid for with money received earlier. Open refunds of that money then count.
fn may_buy_with_earlier_money(payment: &Payment, evidence: Evidence) -> bool {
    let unsold = !matches!(payment.state.status, PaymentStatus::Paid | PaymentStatus::Refunded);
    unsold
        && matches!(evidence, Evidence::HeldAgain | Evidence::Settled { .. })
        && !payment.state.received().is_zero()
}

/// Money that open refunds send back.
pub(crate) fn open_refunds(refunds: &[Refund]) -> Msats {
    let open = refunds.iter().filter(|refund| refund.status.is_open());
    open.fold(Msats::ZERO, |sum, refund| sum.saturating_add(refund.amount))
}

/// Whether a move takes or releases a seat. A ticket that is issued while pending holds its seat already; one that is issued
/// because it was held again had none.
fn changes_seats(moved: TicketMove, evidence: Evidence) -> bool {
    moved != TicketMove::Issue || evidence == Evidence::HeldAgain
}
