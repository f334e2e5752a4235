//! Ends refunds on an admin's request, so that their money is refundable again.

use crate::{
    BoxOffice, NewAudit, RefundError,
    accounts::Caller,
    refunds::{begin_refund, parse_destination},
    ticket_mail::enqueue_notices,
};
use kernel::{PaymentId, RefundId, StoreError};
use payments::{
    EvidenceOrigin, GiveUpRefusal, Notice, OrderStatus, OutgoingOrder, Payer, PaymentEvent, Refund,
    RefundReason, RefundStatus,
};

/// Outcome of giving up a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// The failed refund.
    pub refund: Refund,
    /// The refund to another address that replaces it, if requested.
    pub next: Option<Refund>,
}

/// Reason for refusing to give up a refund.
#[derive(Debug, thiserror::Error)]
pub enum GiveUpError {
    /// The payment has no such refund.
    #[error("refund not found")]
    NoRefund,
    /// The refund has ended or may still be paid.
    #[error(transparent)]
    Refused(#[from] GiveUpRefusal),
    /// The payment does not exist, or the address is invalid.
    #[error(transparent)]
    Refund(#[from] RefundError),
}

impl From<StoreError> for GiveUpError {
    fn from(error: StoreError) -> Self {
        Self::Refund(error.into())
    }
}

impl BoxOffice {
    /// Ends an open refund as failed and, if `destination` is given, begins a refund to it in the same transaction. Refused while
    /// our node may still pay it; an expired order of unknown outcome requires `confirmed_unpaid`, after an admin compared
    /// the node's list of payments.
    pub async fn give_up_refund(
        &self,
        caller: &Caller,
        payment_id: PaymentId,
        id: RefundId,
        destination: Option<&str>,
        confirmed_unpaid: bool,
    ) -> Result<GivenUp, GiveUpError> {
        let destination = destination.map(parse_destination).transpose()?;
        let now = self.now();
        let mut session = self.store().begin().await?;
        let Some(payment) = session.payment_for_update(payment_id).await? else {
            session.rollback().await?;
            return Err(RefundError::NotFound.into());
        };
        let refunds = session.refunds_for_update(payment_id).await?;
        let orders = session.outgoing_orders_for_update(payment_id).await?;
        let Some(refund) = refunds.into_iter().find(|refund| refund.id == id) else {
            session.rollback().await?;
            return Err(GiveUpError::NoRefund);
        };
        let order = orders
            .into_iter()
            .find(|order| order.payer == Payer::Node && Some(order.payment_hash) == refund.payment_hash);
        if let Err(refusal) = refund.give_up(order.as_ref(), confirmed_unpaid) {
            session.rollback().await?;
            return Err(refusal.into());
        }
        let error = RefundReason::GivenUp.error("An organiser gave this refund up.");
        if let Some(order) = order.filter(|order| order.status != OrderStatus::Failed) {
            let closed = OutgoingOrder {
                status: OrderStatus::Failed,
                detail: "given up by an admin".to_owned(),
                ..order
            };
            session.put_outgoing_order(&closed).await?;
        }
        let before = refund.status;
        let refund = Refund { status: RefundStatus::Failed, error, updated_at: now, ..refund };
        // The payment hash is kept: it is unique per refund.
        session.put_refund(&refund).await?;
        if let Some(entry) = PaymentEvent::of_refund(before, &refund, payment.state.status, now) {
            let entry = PaymentEvent { origin: EvidenceOrigin::Organiser, actor: Some(caller.id()), ..entry };
            session.add_payment_event(&entry).await?;
        }
        let line = NewAudit {
            actor: Some(caller.id()),
            action: "refund.give_up".to_owned(),
            subject: format!("payment/{payment_id}"),
            detail: format!("refund {id}{}", if confirmed_unpaid { ", confirmed unpaid" } else { "" }),
            at: now,
        };
        session.audit(&line).await?;
        let next = match destination {
            None => None,
            Some(destination) => {
                begin_refund(&mut *session, &payment, &destination, Some(caller.id()), None, now).await?
            }
        };
        if next.is_none() {
            enqueue_notices(&mut *session, payment.ticket_id, Notice::of_refund(before, &refund), now)
                .await?;
        }
        session.commit().await?;
        Ok(GivenUp { refund, next })
    }
}
