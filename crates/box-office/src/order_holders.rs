//! Holders of tickets, as their buyer names them.

use crate::{BoxOffice, Caller, SeenOrder, order_status::OrderAccessError};
use events::OptionPatch;
use kernel::{OrderId, StoreError, TicketId};
use tickets::{Holder, TicketStatus};

/// A change of a holder; the default changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HolderChange {
    /// See [`Holder::name`].
    pub name: OptionPatch<String>,
    /// See [`Holder::email`].
    pub email: OptionPatch<String>,
}

/// Reason for refusing a change of a holder.
#[derive(Debug, thiserror::Error)]
pub enum HolderError {
    /// The order does not exist, the caller has no access to it, or it has no such ticket.
    #[error("ticket not found")]
    NotFound,
    /// The ticket is not valid any more.
    #[error("this ticket is not valid any more")]
    NotValid,
    /// The ticket was used.
    #[error("this ticket was checked in: its holder cannot be changed any more")]
    CheckedIn,
    /// The store failed.
    #[error("the holder could not be stored")]
    Store(#[from] StoreError),
}

impl From<OrderAccessError> for HolderError {
    fn from(error: OrderAccessError) -> Self {
        match error {
            OrderAccessError::NotFound => Self::NotFound,
            OrderAccessError::Store(error) => Self::Store(error),
        }
    }
}

impl BoxOffice {
    /// Changes the person that a ticket is for, until check-in. A new address gets an email with the ticket once it is issued.
    pub async fn change_holder(
        &self,
        order: OrderId,
        ticket: TicketId,
        change: &HolderChange,
        caller: Option<&Caller>,
        token: Option<&str>,
    ) -> Result<SeenOrder, HolderError> {
        let seen = self.order_status(order, caller, token).await?;
        let known = seen.view.tickets.iter().find(|one| one.ticket.id == ticket);
        let known = known.map(|one| one.holder.clone()).ok_or(HolderError::NotFound)?;
        let holder = Holder {
            name: change.name.clone().apply(known.name.clone()),
            email: change.email.clone().apply(known.email.clone()),
        };
        let mut session = self.store().begin().await?;
        let locked = session.ticket_for_update(ticket).await?;
        let refusal = match &locked {
            None => Some(HolderError::NotFound),
            Some(locked) if !locked.status.takes_seat() => Some(HolderError::NotValid),
            Some(locked) if locked.checked_in_at.is_some() => Some(HolderError::CheckedIn),
            Some(_) => None,
        };
        if let Some(refusal) = refusal {
            session.rollback().await?;
            return Err(refusal);
        }
        session.put_holder(ticket, &holder).await?;
        let issued = locked.is_some_and(|locked| locked.status == TicketStatus::Paid);
        if issued && holder.email != known.email {
            self.enqueue_holder_email(&mut *session, ticket, holder.email.as_deref()).await?;
        }
        session.commit().await?;
        Ok(self.order_status(order, caller, token).await?)
    }
}
