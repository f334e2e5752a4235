//! Orders of several tickets.

use crate::{
    BoxOffice, IdempotencyKey, OrderView, PaymentLink, PlaceOutcome, PlaceRefusal, PlaceRequest,
    PurchaseError, purchase::repeats_since,
};
use events::{Event, PromoCodeText};
use kernel::{EventId, StoreError, UserId};
use payments::Invoice;
use std::{net::IpAddr, sync::Arc};
use tickets::{Buyer, Holder, LineRequest, OrderKind, OrderRequest, ShownPrice};

/// Request for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDraft {
    /// The event.
    pub event_id: EventId,
    /// What it is made by.
    pub kind: OrderKind,
    /// Organiser who gives a complimentary order away.
    pub organiser: Option<UserId>,
    /// Requested tickets.
    pub lines: Vec<LineRequest>,
    /// Promo code, if any.
    pub promo_code: Option<PromoCodeText>,
    /// Price that the buyer was shown; the signature of a quote is verified.
    pub shown: Option<ShownPrice>,
    /// Buyer. The account is authenticated; the payer's UMA address is as entered, and nothing is pushed without one.
    pub buyer: Buyer,
    /// Holders of the tickets, in the order of the lines.
    pub holders: Vec<Holder>,
    /// Whether the account's email address is proved.
    pub email_proved: bool,
    /// The client's address, if network quotas apply.
    pub network: Option<IpAddr>,
    /// Idempotency key, if the client sent one.
    pub key: Option<IdempotencyKey>,
}

/// A placed order, or an earlier one that the request repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderReceipt {
    /// The order with its tickets and payment.
    pub view: OrderView,
    /// The event.
    pub event: Event,
    /// The payment's current invoice; `None` for a free order.
    pub invoice: Option<Invoice>,
    /// LNURL payment link; `None` for a free order.
    pub payment_link: Option<PaymentLink>,
}

/// Reason for refusing an order. Nothing was charged in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The order was refused.
    #[error(transparent)]
    Refused(#[from] PlaceRefusal),
    /// The UMA address is invalid, or the order failed later.
    #[error(transparent)]
    Failed(#[from] PurchaseError),
}

impl From<StoreError> for PlaceError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl BoxOffice {
    /// Places an order: holds its seats, creates the invoice and starts collecting; a free order of an account is issued at
    /// once, a guest's when the email address is confirmed.
    ///
    /// Completes even if the caller disconnects, so that no hold is left without its invoice.
    pub async fn place_order(self: &Arc<Self>, draft: OrderDraft) -> Result<OrderReceipt, PlaceError> {
        let office = Arc::clone(self);
        let placed = self.runtime.spawn(async move { office.place_order_now(draft).await }).await;
        placed.unwrap_or(Err(PlaceError::Failed(PurchaseError::Busy)))
    }

    async fn place_order_now(&self, draft: OrderDraft) -> Result<OrderReceipt, PlaceError> {
        let now = self.now();
        let mut buyer = draft.buyer;
        if let Some(entered) = &buyer.payer_address {
            buyer.payer_address = Some(self.payer_address(entered).map_err(PurchaseError::BadAddress)?);
        }
        let repeats = buyer.user_id.is_some() && draft.key.is_none() && draft.kind == OrderKind::Sale;
        let mut request = PlaceRequest {
            event_id: draft.event_id,
            order: OrderRequest {
                kind: draft.kind,
                lines: draft.lines,
                promo_code: draft.promo_code,
                shown: draft.shown,
                buyer,
                free_allowed: self.free_allowed(draft.email_proved),
                hold_expires_at: self.hold_end(now),
            },
            purchase_for: None,
            organiser: draft.organiser,
            holders: draft.holders,
            secrets: Vec::new(),
            network: self.network_tags(draft.event_id, draft.network),
            repeats_since: repeats.then(|| repeats_since(now)),
            now,
            key: draft.key,
        };
        request.secrets = self.ticket_secrets(request.requested()).map_err(PurchaseError::from)?;
        let first = match self.order_queue.submit(request).await.map_err(PurchaseError::from)? {
            PlaceOutcome::Refused(refusal) => return Err(refusal.into()),
            PlaceOutcome::Replayed(ticket) => self.replay(ticket).await?,
            PlaceOutcome::Repeated(ticket) => self.replay_held(ticket).await?,
            PlaceOutcome::Placed(placed) => {
                let missing = || StoreError::Corrupt(format!("order {} has no ticket", placed.order.id));
                let first = &placed.tickets.first().ok_or_else(missing)?.ticket;
                let invoice = match &placed.payment {
                    None => None,
                    Some(payment) => {
                        Some(self.issue_invoice(first, payment, &placed.subject(), false).await?)
                    }
                };
                return Ok(OrderReceipt {
                    payment_link: invoice.is_some().then(|| self.payment_link(first)),
                    view: OrderView { order: placed.order, tickets: placed.tickets, payment: placed.payment },
                    event: placed.event,
                    invoice,
                });
            }
        };
        let missing = || StoreError::Corrupt(format!("the order of ticket {} is missing", first.ticket.id));
        let id = self.store().order_of_ticket(first.ticket.id).await?.ok_or_else(missing)?;
        let view = self.store().order(id).await?.ok_or_else(missing)?;
        Ok(OrderReceipt {
            payment_link: first.invoice.is_some().then(|| self.payment_link(&first.ticket)),
            view,
            event: first.event,
            invoice: first.invoice,
        })
    }
}
