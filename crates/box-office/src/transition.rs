use crate::{
    BoxOffice, HolderNotice, LockedOrder, NewAudit, OrderMove, Session, TicketView,
    holder_mail::enqueue_holder_notices,
    refund_address::refund_address,
    refunds::{audit_revoked, begin_refund},
    ticket_mail::enqueue_notices,
    wallet_orders::open_wallet_order,
};
use kernel::{Locked, Msats, StoreError, TicketId, Timestamp, UserId};
use payments::{
    EventFacts, Evidence, EvidenceOrigin, Invoice, Notice, Payment, PaymentEvent, PaymentStatus, Refund,
    TicketMove, decide_beside_refunds,
};
use std::collections::BTreeSet;
use tickets::{Inventory, ReinstateRefusal, Reinstatement, reinstate};

/// A transition of an order and its payment.
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
    /// Tickets to revoke, for [`Evidence::Revoked`]; `None` for all.
    pub(crate) revoked: Option<BTreeSet<TicketId>>,
    /// A refund to begin in the same transaction. Nothing changes if nothing is refundable, unless tickets without a price end.
    pub(crate) refund: Option<RequestedRefund>,
    /// Whether a due refund cannot begin because no address is known.
    pub(crate) no_destination: bool,
}

/// A refund of all that is refundable, or of the revoked tickets' prices.
#[derive(Debug, Clone)]
pub(crate) struct RequestedRefund {
    /// A UMA or Lightning address; `None` for the one of [`refund_address`].
    pub(crate) destination: Option<String>,
    /// Requesting admin; `None` for the command line and cancelled events.
    pub(crate) requested_by: Option<UserId>,
}

impl Transition {
    /// Entry in the payment's history.
    fn entry(&self, payment: &Payment, evidence: Evidence, now: Timestamp) -> PaymentEvent {
        let audited = self.audit.as_ref().and_then(|audit| audit.actor);
        let refunding = self.refund.as_ref().and_then(|refund| refund.requested_by);
        PaymentEvent {
            origin: self.origin,
            actor: audited.or(refunding),
            ..PaymentEvent::of_evidence(payment.id, evidence, payment.state.status, now)
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
            revoked: None,
            refund: None,
            no_destination: false,
        }
    }
}

/// Reason why a transition changes nothing although its evidence applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransitionRefusal {
    /// For [`Evidence::HeldAgain`]: too few seats are free.
    SoldOut,
    /// For [`Evidence::HeldAgain`]: other orders have all uses of the order's promo code.
    PromoCodeUsedUp,
    /// For [`Evidence::HeldAgain`]: the event was cancelled.
    EventCancelled,
    /// For [`Evidence::HeldAgain`]: an order to the buyer's wallet is open.
    WalletOpen,
    /// For [`Evidence::HeldAgain`]: a refund is open.
    RefundOpen,
    /// For [`Transition::refund`]: nothing is refundable, or open refunds reserve it.
    NothingDue,
    /// For [`Transition::refund`]: there is no address to refund to.
    NoDestination,
}

/// Outcome of a transition.
#[derive(Debug, Clone)]
pub(crate) struct TransitionOutcome {
    /// All rows after the transition.
    pub(crate) view: TicketView,
    /// What happened to the order's tickets, if anything.
    pub(crate) ticket: Option<TicketMove>,
    /// For [`Transition::refund`]: the new refund.
    pub(crate) refund: Option<Refund>,
    /// Why nothing was changed.
    pub(crate) refused: Option<TransitionRefusal>,
}

struct Rows<'a> {
    view: &'a TicketView,
    inventory: Option<Locked<Inventory>>,
    order: LockedOrder,
    payment: Payment,
}

impl BoxOffice {
    /// Applies evidence to the payment of a ticket's order in one transaction, with seats and consequences; `None` if the
    /// order has no payment.
    ///
    /// The event is locked only if its seats may change, so that payments of held orders do not contend for its row.
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
        let Some(payment) = &view.payment else { return Ok(None) };
        let seats_may_change = !matches!(
            (transition.evidence, payment.state.status),
            (
                Evidence::Settled { .. },
                PaymentStatus::Pending | PaymentStatus::Paid | PaymentStatus::Refunded
            ) | (Evidence::Refunded { .. }, _)
        );
        match self.try_apply(&view, payment, transition, seats_may_change).await? {
            Some(done) => Ok(done),
            // The payment changed since it was read, so the event has to be locked.
            None => Ok(self.try_apply(&view, payment, transition, true).await?.flatten()),
        }
    }

    /// `None`, with nothing changed, if the event has to be locked and `lock_event` is not set.
    async fn try_apply(
        &self,
        view: &TicketView,
        payment: &Payment,
        transition: &Transition,
        lock_event: bool,
    ) -> Result<Option<Option<TransitionOutcome>>, StoreError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let inventory =
            if lock_event { session.inventory_of_ticket_for_update(payment.ticket_id).await? } else { None };
        let order = session.order_of_ticket_for_update(payment.ticket_id).await?;
        let payment = session.payment_for_update(payment.id).await?;
        let (Some(order), Some(payment)) = (order, payment) else {
            session.rollback().await?;
            return Ok(Some(None));
        };
        let mut rows = Rows { view, inventory, order, payment };
        let mut reserved = Msats::ZERO;
        if may_buy_with_earlier_money(&rows.payment, transition.evidence) {
            reserved = open_refunds(&session.refunds_for_update(rows.payment.id).await?);
        }
        let late = matches!(rows.payment.state.status, PaymentStatus::Failed | PaymentStatus::Expired);
        let reinstated = rows.reinstated(now);
        let seat_free = late && reinstated.is_ok();
        if transition.evidence == Evidence::HeldAgain {
            let refused =
                rows.retry_refusal(&mut *session, reserved, reinstated.err().filter(|_| late)).await?;
            if refused.is_some() {
                return rows.refuse(session, transition, refused).await;
            }
        }
        // A retry may have made a new hold since the expired ones were listed.
        let ended_before = self.grace_start(now);
        let lapsed = transition.evidence == Evidence::HoldLapsed;
        let revoked = rows.order.paid_tickets(transition.revoked.as_ref());
        let evidence = rows.evidence(transition, &revoked)?;
        if (lapsed && !rows.order.order.hold_ended(ended_before))
            || (transition.revoked.is_some() && revoked.is_empty())
        {
            return rows.refuse(session, transition, None).await;
        }
        let event = rows.inventory.as_ref().map_or(&view.event, |inventory| &inventory.event);
        let facts = EventFacts { seat_free, cancelled: event.cancelled_at.is_some() };
        let decision = decide_beside_refunds(&rows.payment.state, reserved, evidence, facts);
        let moved = match evidence {
            // Tickets without a price change no money.
            Evidence::PartRevoked { .. } => Some(TicketMove::RefundPart),
            _ => decision.ticket,
        };
        let needs_event = late || moved.is_some_and(|moved| moved != TicketMove::Issue);
        if needs_event && rows.inventory.is_none() {
            session.rollback().await?;
            return Ok(None);
        }
        if let Some(invoice) = &transition.invoice {
            session.put_invoice(invoice).await?;
        }
        let (changed, kept) = (decision.state != rows.payment.state, rows.payment.state.kept());
        rows.payment.state = decision.state;
        rows.payment.updated_at = now;
        if let Some(moved) = moved {
            let order_move = OrderMove {
                moved,
                evidence,
                revoked: transition.revoked.as_ref(),
                ended_before,
                hold_until: transition.hold_expires_at.unwrap_or_else(|| self.hold_end(now)),
                now,
            };
            let change = order_move.transition(rows.inventory.as_ref(), &rows.order)?;
            session.put_transition(&rows.order.order, &change, rows.inventory.as_ref()).await?;
            rows.apply(&change, moved, now);
        }
        if changed {
            let entry = transition.entry(&rows.payment, evidence, now);
            session.record_payment(&rows.payment, &entry).await?;
        }
        if let Some(audit) = &transition.audit {
            session.audit(audit).await?;
        }
        let ended = matches!(moved, Some(TicketMove::Refund | TicketMove::RefundPart));
        // A part's refund leaves what is refundable for other reasons.
        let part = matches!(evidence, Evidence::PartRevoked { .. });
        let lost = ended.then(|| kept.saturating_sub(rows.payment.state.kept()));
        let refund = match rows.begin_refund(&mut *session, transition, lost, part, now).await? {
            Ok(refund) => refund,
            Err(refusal) => return rows.refuse(session, transition, Some(refusal)).await,
        };
        if ended {
            let by = transition.refund.as_ref().and_then(|refund| refund.requested_by);
            if part {
                enqueue_notices_of_part(&mut *session, &rows.order, &revoked, now).await?;
            }
            let cancelled = facts.cancelled || evidence == Evidence::EventCancelled;
            let why = if cancelled { HolderNotice::EventCancelled } else { HolderNotice::Revoked };
            let tickets = rows.order.tickets.iter().filter(|one| revoked.contains(&one.ticket.id));
            enqueue_holder_notices(&mut *session, tickets, &why, now).await?;
            audit_revoked(&mut *session, by, revoked, now).await?;
        }
        let owed = rows.payment.state.refundable();
        let waits = transition.no_destination && moved.is_some() && !owed.is_zero();
        let waiting = waits.then_some(Notice::RefundNeedsAddress { amount: owed });
        let notices = decision.notices.into_iter().chain(waiting);
        enqueue_notices(&mut *session, rows.payment.ticket_id, notices, now).await?;
        session.commit().await?;
        Ok(Some(Some(TransitionOutcome { refund, ..rows.outcome(transition, moved) })))
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

impl Rows<'_> {
    /// Whether a late payment would get all seats of the order, and its promo use.
    fn reinstated(&self, now: Timestamp) -> Result<(), TransitionRefusal> {
        // Without the event's lock the seats are unknown; the transition is then repeated with it.
        let inventory = self.inventory.as_ref().ok_or(TransitionRefusal::SoldOut)?;
        let reinstated =
            reinstate(inventory, &self.order.order, &self.order.states(), Reinstatement::Issued, now);
        reinstated.map(drop).map_err(|refusal| match refusal {
            ReinstateRefusal::Promo(_) => TransitionRefusal::PromoCodeUsedUp,
            ReinstateRefusal::EventCancelled => TransitionRefusal::EventCancelled,
            ReinstateRefusal::NotReleased | ReinstateRefusal::Seats(_) => TransitionRefusal::SoldOut,
        })
    }

    /// Why the order is not held again; `no_seat` says whether its seats are gone.
    async fn retry_refusal(
        &self,
        session: &mut dyn Session,
        reserved: Msats,
        no_seat: Option<TransitionRefusal>,
    ) -> Result<Option<TransitionRefusal>, StoreError> {
        // Money that is being refunded can neither buy the tickets nor be requested again.
        if !reserved.is_zero() {
            return Ok(Some(TransitionRefusal::RefundOpen));
        }
        // A second invoice would be payable beside the one that the wallet may still pay.
        let orders = session.outgoing_orders_for_update(self.payment.id).await?;
        let wallet_open = open_wallet_order(&orders).map(|_| TransitionRefusal::WalletOpen);
        Ok(wallet_open.or(no_seat))
    }

    /// Rolls back.
    async fn refuse(
        self,
        session: Box<dyn Session>,
        transition: &Transition,
        refused: Option<TransitionRefusal>,
    ) -> Result<Option<Option<TransitionOutcome>>, StoreError> {
        session.rollback().await?;
        Ok(Some(Some(TransitionOutcome { refused, ..self.outcome(transition, None) })))
    }

    /// The evidence; a revocation that leaves tickets valid is one of a part.
    fn evidence(
        &self,
        transition: &Transition,
        revoked: &BTreeSet<TicketId>,
    ) -> Result<Evidence, StoreError> {
        let rest = self.order.paid_tickets(None).len() > revoked.len();
        if transition.evidence != Evidence::Revoked || !rest {
            return Ok(transition.evidence);
        }
        let states = self.order.states();
        let kept: Vec<_> = states.into_iter().filter(|state| !revoked.contains(&state.id)).collect();
        let due = self.order.order.due(&kept).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(Evidence::PartRevoked { due })
    }

    /// Begins the refund that a transition requests. `lost` is the price of tickets that end with it; with `part` no more is refunded.
    async fn begin_refund(
        &self,
        session: &mut dyn Session,
        transition: &Transition,
        lost: Option<Msats>,
        part: bool,
        now: Timestamp,
    ) -> Result<Result<Option<Refund>, TransitionRefusal>, StoreError> {
        let Some(requested) = &transition.refund else { return Ok(Ok(None)) };
        let without_price = lost.is_some_and(Msats::is_zero);
        let known = || refund_address(&self.view.ticket.uma_address, &self.payment);
        let Some(destination) = requested.destination.clone().or_else(known) else {
            let nothing_due = without_price && (part || self.payment.state.refundable().is_zero());
            return Ok(if nothing_due { Ok(None) } else { Err(TransitionRefusal::NoDestination) });
        };
        let by = requested.requested_by;
        let at_most = lost.filter(|_| part);
        let begun = begin_refund(session, &self.payment, &destination, by, at_most, now).await?;
        Ok(begun.map(Some).or_else(|| without_price.then_some(None)).ok_or(TransitionRefusal::NothingDue))
    }

    fn outcome(self, transition: &Transition, ticket: Option<TicketMove>) -> TransitionOutcome {
        let of_view = self.order.tickets.into_iter().map(|one| one.ticket);
        let seen = of_view.into_iter().find(|one| one.id == self.view.ticket.id);
        TransitionOutcome {
            view: TicketView {
                holder: self.view.holder.clone(),
                ticket: seen.unwrap_or_else(|| self.view.ticket.clone()),
                event: self
                    .inventory
                    .map_or_else(|| self.view.event.clone(), |inventory| inventory.into_inner().event),
                payment: Some(self.payment),
                invoice: transition.invoice.clone(),
            },
            ticket,
            refund: None,
            refused: None,
        }
    }

    /// Updates the rows in memory, as they were written.
    fn apply(&mut self, change: &tickets::Transition, moved: TicketMove, now: Timestamp) {
        if let Some(inventory) = &mut self.inventory {
            inventory.take(&change.taken, None);
            inventory.release(&change.released, None);
        }
        self.order.apply(change, now);
        match moved {
            TicketMove::Issue | TicketMove::IssueWithNewSeat => self.payment.paid_at = Some(now),
            TicketMove::HoldAgain => {
                self.payment.collection =
                    payments::Collection { state: payments::CollectionState::Queued, detail: String::new() };
            }
            _ => {}
        }
    }
}

/// Whether the order may be paid with money received earlier, of which open refunds are then subtracted.
fn may_buy_with_earlier_money(payment: &Payment, evidence: Evidence) -> bool {
    let unsold = !matches!(payment.state.status, PaymentStatus::Paid | PaymentStatus::Refunded);
    unsold
        && matches!(evidence, Evidence::HeldAgain | Evidence::Settled { .. })
        && !payment.state.received().is_zero()
}

/// Sends a notice for each revoked ticket, so that the calendar entry of that ticket is cancelled.
async fn enqueue_notices_of_part(
    session: &mut dyn Session,
    order: &LockedOrder,
    revoked: &BTreeSet<TicketId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    for one in order.tickets.iter().filter(|one| revoked.contains(&one.ticket.id)) {
        let notice = Notice::TicketRevoked { refundable: one.price.to_msats(), others_valid: true };
        enqueue_notices(session, one.ticket.id, [notice], now).await?;
    }
    Ok(())
}

/// Sum of open refunds.
pub(crate) fn open_refunds(refunds: &[Refund]) -> Msats {
    let open = refunds.iter().filter(|refund| refund.status.is_open());
    open.fold(Msats::ZERO, |sum, refund| sum.saturating_add(refund.amount))
}
