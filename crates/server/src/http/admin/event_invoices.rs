//! Invoices of events, not of tickets.

use crate::http::{
    auth::Admin,
    body::PageQuery,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    statuses::EventInvoiceState,
};
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::EventId;
use payments::{Invoice, InvoiceStatus};
use serde::Serialize;
use utoipa::ToSchema;

/// New event invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventInvoice)]
pub(crate) struct NewEventInvoice {
    event: InvoicedEvent,
    invoice: InvoiceView,
    /// Receiving UMA address.
    uma_address: String,
}

/// The event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvoicedEvent {
    id: i64,
    title: String,
}

/// An invoice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceView {
    id: String,
    payment_hash: String,
    bolt11: String,
    amount_sats: u64,
    status: EventInvoiceState,
    expires_at: DateTime<Utc>,
}

impl From<Invoice> for InvoiceView {
    fn from(invoice: Invoice) -> Self {
        let status = match invoice.status {
            InvoiceStatus::Open => EventInvoiceState::Pending,
            InvoiceStatus::Settled => EventInvoiceState::Paid,
            InvoiceStatus::Unpaid => EventInvoiceState::Expired,
        };
        Self {
            id: invoice.invoice_id,
            payment_hash: invoice.payment_hash.to_hex(),
            bolt11: invoice.bolt11,
            amount_sats: invoice.amount.to_sats_floor().get(),
            status,
            expires_at: invoice.expires_at,
        }
    }
}

/// Create an event invoice, which is not tied to a ticket
#[utoipa::path(post, path = "/api/admin/events/{id}/uma-invoice", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), responses(
    (status = 201, body = Answer<NewEventInvoice>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 502, body = ProblemBody)))]
pub(in crate::http) async fn invoice(
    state: web::Data<State>,
    id: path::Id,
    Admin(caller): Admin,
) -> Result<HttpResponse, Problem> {
    let (event, invoice) = state.office.event_invoice(&caller, EventId::new(id.0)).await?;
    state.event_invoices.invalidate(event.id);
    let view = NewEventInvoice {
        event: InvoicedEvent { id: event.id.get(), title: event.title },
        uma_address: invoice.uma_address.clone(),
        invoice: invoice.into(),
    };
    Ok(response::created("UMA invoice created successfully", view))
}

/// Event invoice with the received amount.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventInvoiceRecord)]
pub(crate) struct EventInvoiceRecord {
    /// Invoice id of the node.
    id: String,
    payment_hash: String,
    bolt11: String,
    amount_sats: u64,
    status: EventInvoiceState,
    /// Received amount in millisatoshis.
    settled_msats: u64,
    #[schema(required = true)]
    settled_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

impl From<Invoice> for EventInvoiceRecord {
    fn from(invoice: Invoice) -> Self {
        let (settled, settled_at, created_at) = (invoice.settled, invoice.settled_at, invoice.created_at);
        let InvoiceView { id, payment_hash, bolt11, amount_sats, status, expires_at } = invoice.into();
        Self {
            id,
            payment_hash,
            bolt11,
            amount_sats,
            status,
            settled_msats: settled.get(),
            settled_at,
            expires_at,
            created_at,
        }
    }
}

/// List event invoices with received amounts, newest first
#[utoipa::path(get, path = "/api/admin/events/{id}/invoices", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path), ("limit" = Option<u32>, Query), ("offset" = Option<u32>, Query)), responses(
    (status = 200, body = Answer<Vec<EventInvoiceRecord>>, headers(("X-Total-Count" = u64, description = "Total number of invoices"))), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn invoices(
    state: web::Data<State>,
    id: path::Id,
    _: Admin,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let id = EventId::new(id.0);
    if state.store.event(id).await?.is_none() {
        return Err(Problem::not_found("event"));
    }
    let invoices = state.store.event_invoices(id, page.page()).await?;
    let invoices: Vec<_> = invoices.into_iter().map(EventInvoiceRecord::from).collect();
    let total = state.store.count_event_invoices(id).await?;
    Ok(response::page("Event invoices retrieved", invoices, total))
}
