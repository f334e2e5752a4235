//! Orders in responses.

use super::lines::{self, OrderLineView};
use crate::http::{
    purchases::UmaRequestView,
    statuses::{Anomaly, EventState, OrderKindState, OrderState, PaymentState, TicketState},
    tickets::{BuyerRefundView, CollectionView, PaymentLinkView},
};
use box_office::{OrderedTicket, SeenOrder};
use chrono::{DateTime, Utc};
use events::{PromoCodeText, TicketType};
use payments::Payment;
use serde::Serialize;
use tickets::{OrderStatus, TicketStatus};
use utoipa::ToSchema;

/// An order, as its buyer, organisers and holders of its token see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Order)]
pub(crate) struct OrderView {
    id: i64,
    kind: OrderKindState,
    status: OrderState,
    event: OrderEvent,
    lines: Vec<OrderLineView>,
    /// Total when the order was placed.
    total_sats: u64,
    /// Promo code of the order.
    #[schema(required = true)]
    promo_code: Option<String>,
    tickets: Vec<OrderTicketView>,
    /// `null` for a free order.
    #[schema(required = true)]
    payment: Option<OrderPayment>,
    /// Payment request of a pending order. Its `uma_address` is empty if none was given.
    #[schema(required = true)]
    uma_request: Option<UmaRequestView>,
    /// Progress of the payment request; `null` while no wallet was asked to pay.
    #[schema(required = true)]
    collection: Option<CollectionView>,
    /// LNURL payment link of a pending order.
    #[schema(required = true)]
    payment_link: Option<PaymentLinkView>,
    /// UMA address of the wallet that is asked to pay.
    #[schema(required = true)]
    uma_address: Option<String>,
    /// A guest's email address.
    #[schema(required = true)]
    email: Option<String>,
    /// End of the hold of a pending or unconfirmed order.
    #[schema(required = true)]
    hold_expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// Event of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderEvent {
    id: i64,
    title: String,
    status: EventState,
    /// Time of cancellation; `null` if not cancelled.
    #[schema(required = true)]
    cancelled_at: Option<DateTime<Utc>>,
    start_time: DateTime<Utc>,
    end_time: DateTime<Utc>,
    /// IANA time zone of the event.
    #[schema(example = "Europe/Berlin")]
    time_zone: &'static str,
    /// Stream of a paid order's event.
    #[schema(required = true)]
    stream_url: Option<String>,
}

/// Ticket of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderTicket)]
pub(crate) struct OrderTicketView {
    id: i64,
    /// Admission code; `null` until the ticket is issued.
    #[schema(required = true)]
    ticket_code: Option<String>,
    payment_status: TicketState,
    ticket_type_id: i64,
    ticket_type_name: String,
    /// Price of this ticket.
    amount_sats: u64,
    /// Name of the person that it is for.
    #[schema(required = true)]
    holder_name: Option<String>,
    /// Email address of the person that it is for.
    #[schema(required = true)]
    holder_email: Option<String>,
    #[schema(required = true)]
    checked_in_at: Option<DateTime<Utc>>,
}

/// Payment of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderPayment {
    status: PaymentState,
    /// The order's total.
    amount_sats: u64,
    #[schema(required = true)]
    paid_at: Option<DateTime<Utc>>,
    /// Total amount received.
    received_msats: u64,
    /// Amount to be refunded, including an open refund.
    refundable_msats: u64,
    /// Refunded amount.
    refunded_msats: u64,
    /// Payment anomaly; `null` without one.
    #[schema(required = true)]
    anomaly: Option<Anomaly>,
    /// Refunds, newest first.
    refunds: Vec<BuyerRefundView>,
    /// Whether a refund waits for `POST /api/orders/{id}/refund`: no address is known, or the last refund failed.
    refund_needs_address: bool,
}

impl OrderTicketView {
    fn new(one: OrderedTicket, types: &[TicketType]) -> Self {
        let name = types.iter().find(|known| known.id == one.ticket_type_id).map(|known| known.name.clone());
        let ticket = one.ticket;
        Self {
            id: ticket.id.get(),
            ticket_code: (ticket.status == TicketStatus::Paid).then(|| ticket.code.expose().to_owned()),
            payment_status: ticket.status.into(),
            ticket_type_id: one.ticket_type_id.get(),
            ticket_type_name: name.unwrap_or_default(),
            amount_sats: one.price.get(),
            holder_name: one.holder.name,
            holder_email: one.holder.email,
            checked_in_at: ticket.checked_in_at,
        }
    }
}

impl OrderPayment {
    fn new(payment: &Payment, refunds: Vec<BuyerRefundView>, refund_needs_address: bool) -> Self {
        Self {
            status: payment.state.status.into(),
            amount_sats: payment.state.price.to_sats_floor().get(),
            paid_at: payment.paid_at,
            received_msats: payment.state.received().get(),
            refundable_msats: payment.state.refundable().get(),
            refunded_msats: payment.state.refunded.get(),
            anomaly: Anomaly::of(payment.state.anomaly()),
            refunds,
            refund_needs_address,
        }
    }
}

impl From<SeenOrder> for OrderView {
    fn from(seen: SeenOrder) -> Self {
        let (subject, needs_address) = (seen.subject(), seen.needs_refund_address());
        let SeenOrder { view, event, holder_link, ticket_types, promo_code, invoice, payment_link, refunds } =
            seen;
        let (order, payment) = (view.order, view.payment);
        let status = payment.as_ref().map(|payment| payment.state.status.into());
        let uma_request = invoice.zip(payment_link.clone()).map(|(invoice, link)| {
            UmaRequestView::new(invoice, link, subject, status.unwrap_or(PaymentState::Pending))
        });
        let payer = order.buyer.payer_address.as_deref().unwrap_or_default();
        Self {
            id: order.id.get(),
            kind: order.kind.into(),
            status: order.status.into(),
            event: OrderEvent {
                stream_url: Some(holder_link).filter(|_| order.status == OrderStatus::Paid),
                id: event.id.get(),
                title: event.title.clone(),
                status: event.status().into(),
                cancelled_at: event.cancelled_at,
                start_time: event.start_time,
                end_time: event.end_time,
                time_zone: event.time_zone.name(),
            },
            lines: lines::views(&order.lines, &ticket_types),
            total_sats: order.total.get(),
            promo_code: promo_code.as_ref().map(|text| PromoCodeText::expose(text).to_owned()),
            collection: payment.as_ref().and_then(|payment| CollectionView::new(payment, payer, true)),
            payment: payment.as_ref().map(|payment| {
                OrderPayment::new(payment, refunds.iter().map(BuyerRefundView::from).collect(), needs_address)
            }),
            tickets: view.tickets.into_iter().map(|one| OrderTicketView::new(one, &ticket_types)).collect(),
            uma_request,
            payment_link: payment_link.map(Into::into),
            hold_expires_at: order.hold_expires_at.filter(|_| order.status.is_held()),
            uma_address: order.buyer.payer_address,
            email: order.buyer.email.map(|email| email.address),
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}
