//! What a ticket was ordered as, in responses.

use box_office::TypeNames;
use kernel::{OrderId, TicketTypeId};
use serde::Serialize;
use tickets::{Holder, Ticket};
use utoipa::ToSchema;

/// Order and type of a ticket, and the person that it is for.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct TicketDetails {
    /// `null` during an update from a release without orders.
    #[schema(required = true)]
    pub(crate) order_id: Option<i64>,
    /// `null` during an update from a release without orders.
    #[schema(required = true)]
    pub(crate) ticket_type_id: Option<i64>,
    #[schema(required = true)]
    pub(crate) ticket_type_name: Option<String>,
    /// Name of the person that it is for.
    #[schema(required = true)]
    pub(crate) holder_name: Option<String>,
    /// Email address of the person that it is for.
    #[schema(required = true)]
    pub(crate) holder_email: Option<String>,
}

impl TicketDetails {
    /// Details of a ticket; `names` are those of its event's ticket types.
    pub(crate) fn new(ticket: &Ticket, holder: Holder, names: &TypeNames) -> Self {
        let order = ticket.order;
        Self {
            order_id: order.map(|order| order.order_id).map(OrderId::get),
            ticket_type_id: order.map(|order| order.ticket_type_id).map(TicketTypeId::get),
            ticket_type_name: order.and_then(|order| names.get(&order.ticket_type_id).cloned()),
            holder_name: holder.name,
            holder_email: holder.email,
        }
    }
}
