//! Orders of payments.

use crate::http::{
    orders::lines::{self, OrderLineView},
    state::State,
    statuses::TicketState,
};
use box_office::{OrderedTicket, TicketView};
use chrono::{DateTime, Utc};
use events::{PromoCodeText, TicketType};
use kernel::{EventId, OrderId, PromoCodeId, StoreError};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use tickets::{Order, Ticket};
use utoipa::ToSchema;

/// Ticket of a payment's order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentTicket)]
pub(crate) struct PaymentTicketView {
    id: i64,
    ticket_type_id: i64,
    ticket_type_name: String,
    /// Price of this ticket.
    amount_sats: u64,
    payment_status: TicketState,
    /// Name of the person that it is for.
    #[schema(required = true)]
    holder_name: Option<String>,
    /// Email address of the person that it is for.
    #[schema(required = true)]
    holder_email: Option<String>,
    #[schema(required = true)]
    checked_in_at: Option<DateTime<Utc>>,
}

/// Orders of a page of payments, with names of their types and texts of their codes.
#[derive(Default)]
pub(super) struct Orders {
    found: HashMap<OrderId, (Order, Vec<OrderedTicket>)>,
    types: Vec<TicketType>,
    codes: HashMap<PromoCodeId, PromoCodeText>,
}

/// What a payment is for.
#[derive(Default)]
pub(super) struct PaidOrder {
    pub(super) id: Option<i64>,
    pub(super) lines: Vec<OrderLineView>,
    pub(super) promo_code: Option<String>,
    pub(super) email: Option<String>,
    pub(super) tickets: Vec<PaymentTicketView>,
}

impl Orders {
    /// Reads the orders of payments, in as many reads for a page as for one, but one for each promo code.
    pub(super) async fn of_payments(state: &State, views: &[TicketView]) -> Result<Self, StoreError> {
        let orders = views.iter().filter_map(|view| view.ticket.order);
        let ids: BTreeSet<OrderId> = orders.map(|order| order.order_id).collect();
        let found = state.store.orders(&ids.into_iter().collect::<Vec<_>>()).await?;
        let events: BTreeSet<EventId> = found.iter().map(|(order, _)| order.event_id).collect();
        let types = state.store.ticket_types_of(&events.into_iter().collect::<Vec<_>>()).await?;
        let mut codes = HashMap::new();
        for id in found.iter().filter_map(|(order, _)| order.promo_code).collect::<BTreeSet<_>>() {
            codes.extend(state.store.promo_code(id).await?.map(|code| (id, code.code)));
        }
        let found = found.into_iter().map(|(order, tickets)| (order.id, (order, tickets))).collect();
        Ok(Self { found, types, codes })
    }

    /// What the payment of a ticket's order is for.
    pub(super) fn of(&self, ticket: &Ticket) -> PaidOrder {
        let found = ticket.order.and_then(|order| self.found.get(&order.order_id));
        let Some((order, tickets)) = found else { return PaidOrder::default() };
        let code = order.promo_code.and_then(|code| self.codes.get(&code));
        PaidOrder {
            id: Some(order.id.get()),
            lines: lines::views(&order.lines, &self.types),
            promo_code: code.map(|text| PromoCodeText::expose(text).to_owned()),
            email: order.buyer.email.as_ref().map(|email| email.address.clone()),
            tickets: tickets.iter().map(|one| self.ticket(one)).collect(),
        }
    }

    fn ticket(&self, one: &OrderedTicket) -> PaymentTicketView {
        let named = self.types.iter().find(|known| known.id == one.ticket_type_id);
        PaymentTicketView {
            id: one.ticket.id.get(),
            ticket_type_id: one.ticket_type_id.get(),
            ticket_type_name: named.map(|known| known.name.clone()).unwrap_or_default(),
            amount_sats: one.price.get(),
            payment_status: one.ticket.status.into(),
            holder_name: one.holder.name.clone(),
            holder_email: one.holder.email.clone(),
            checked_in_at: one.ticket.checked_in_at,
        }
    }
}
