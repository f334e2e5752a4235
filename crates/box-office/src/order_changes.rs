//! Confirmation and cancellation of orders by their buyers.

use crate::{
    BoxOffice, Caller, OrderView, SeenOrder, free_orders::FreeRelease, order_status::OrderAccessError,
    ticket_mail::enqueue_notices, transition::Transition,
};
use kernel::{OrderId, StoreError, TicketId};
use payments::{Evidence, Notice};
use tickets::{BuyerKey, ConfirmRefusal, confirm};

/// Reason for refusing a change of an order.
#[derive(Debug, thiserror::Error)]
pub enum OrderChangeError {
    /// The order does not exist, or the caller has no access to it.
    #[error("order not found")]
    NotFound,
    /// The confirmation came too late, or a limit per buyer applies.
    #[error(transparent)]
    Refused(#[from] ConfirmRefusal),
    /// The order is neither unpaid nor free, or its event has begun.
    #[error("only an unpaid order, or unused free tickets of an event that has not begun, can be cancelled")]
    NotCancellable,
    /// The store failed.
    #[error("the order could not be changed")]
    Store(#[from] StoreError),
}

impl From<OrderAccessError> for OrderChangeError {
    fn from(error: OrderAccessError) -> Self {
        match error {
            OrderAccessError::NotFound => Self::NotFound,
            OrderAccessError::Store(error) => Self::Store(error),
        }
    }
}

impl BoxOffice {
    /// Issues a guest's free order whose mailed link was opened. Repeatable.
    pub async fn confirm_order(&self, id: OrderId, token: &str) -> Result<SeenOrder, OrderChangeError> {
        let view = self.store().order(id).await?.ok_or(OrderChangeError::NotFound)?;
        if !self.dependencies.links.is_confirmation_token(&view, token) {
            return Err(OrderChangeError::NotFound);
        }
        self.issue_confirmed(&view).await?;
        let view = self.store().order(id).await?.ok_or(OrderChangeError::NotFound)?;
        Ok(self.with_details(view).await?)
    }

    async fn issue_confirmed(&self, view: &OrderView) -> Result<(), OrderChangeError> {
        let now = self.now();
        let first = view.first_ticket()?.ticket.id;
        let codes = view.order.promo_code.into_iter().collect();
        let email = view.order.buyer.email.iter();
        let buyers = email.map(|email| BuyerKey::Email(email.address.clone())).collect();
        let mut session = self.store().begin().await?;
        let event = view.order.event_id;
        let inventory = session.inventory_for_update(event, &codes, &buyers, &self.order_terms()).await?;
        let order = session.order_of_ticket_for_update(first).await?;
        let (Some(inventory), Some(order)) = (inventory, order) else {
            session.rollback().await?;
            return Err(OrderChangeError::NotFound);
        };
        let change = match confirm(&inventory, &order.order, &order.states(), now) {
            Ok(change) if change.is_empty() => {
                session.rollback().await?;
                return Ok(());
            }
            Ok(change) => change,
            Err(refusal) => {
                session.rollback().await?;
                return Err(refusal.into());
            }
        };
        session.put_transition(&order.order, &change, Some(&inventory)).await?;
        enqueue_notices(&mut *session, first, [Notice::TicketIssued], now).await?;
        Ok(session.commit().await?)
    }

    /// Cancels an unpaid order, or gives the unused tickets of a free one back, and releases their seats. A payment that settles later
    /// takes free seats or becomes refundable.
    pub async fn cancel_order(
        &self,
        id: OrderId,
        caller: Option<&Caller>,
        token: Option<&str>,
    ) -> Result<SeenOrder, OrderChangeError> {
        let view = self.order_status(id, caller, token).await?.view;
        let mut is_changed = false;
        if view.payment.is_none() {
            for ticket in &view.tickets {
                let released = self.release_free_order(ticket.ticket.id, FreeRelease::GivenBack).await?;
                is_changed |= released.is_some();
            }
        } else {
            let first = view.first_ticket()?.ticket.id;
            let changed = self.apply_transition(first, &Transition::evidence(Evidence::Cancelled)).await?;
            is_changed = changed.is_some_and(|changed| changed.ticket.is_some());
        }
        if !is_changed {
            return Err(OrderChangeError::NotCancellable);
        }
        Ok(self.order_status(id, caller, token).await?)
    }

    /// Gives an unused ticket of an issued free order back before the event begins. The order's other tickets stay valid.
    pub async fn give_ticket_back(
        &self,
        order: OrderId,
        ticket: TicketId,
        caller: Option<&Caller>,
        token: Option<&str>,
    ) -> Result<SeenOrder, OrderChangeError> {
        let view = self.order_status(order, caller, token).await?.view;
        if !view.tickets.iter().any(|one| one.ticket.id == ticket) {
            return Err(OrderChangeError::NotFound);
        }
        let released = match &view.payment {
            None => self.release_free_order(ticket, FreeRelease::TicketGivenBack).await?,
            Some(_) => None,
        };
        released.ok_or(OrderChangeError::NotCancellable)?;
        Ok(self.order_status(order, caller, token).await?)
    }
}
