//! Details of a payment.

use super::{AdminPaymentView, orders::Orders};
use crate::http::{
    admin::refunds::RefundView,
    auth::Admin,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    statuses::{CollectionStep, EventOrigin, InvoiceState, PaymentState, TimelineKind},
};
use actix_web::{HttpResponse, web};
use box_office::TicketView;
use chrono::{DateTime, Utc};
use kernel::{Msats, PaymentId, UserId};
use payments::{Collection, Invoice, InvoiceStatus, PaymentEvent, Refund};
use serde::Serialize;
use utoipa::ToSchema;

/// Payment details.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentDetail {
    payment: AdminPaymentView,
    /// State of the payment request; `null` unless the payment is pending.
    #[schema(required = true)]
    collection: Option<AdminCollection>,
    invoices: Vec<PaymentInvoice>,
    refunds: Vec<RefundView>,
    /// Timeline, oldest first.
    timeline: Vec<TimelineEntry>,
}

/// Invoice of a payment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentInvoice {
    invoice_id: String,
    payment_hash: String,
    bolt11: String,
    amount_sats: u64,
    status: InvoiceState,
    settled_msats: u64,
    #[schema(required = true)]
    settled_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

impl From<Invoice> for PaymentInvoice {
    fn from(invoice: Invoice) -> Self {
        Self {
            invoice_id: invoice.invoice_id,
            payment_hash: invoice.payment_hash.to_hex(),
            bolt11: invoice.bolt11,
            amount_sats: invoice.amount.to_sats_floor().get(),
            status: invoice.status.into(),
            settled_msats: invoice.settled.get(),
            settled_at: invoice.settled_at,
            expires_at: invoice.expires_at,
            created_at: invoice.created_at,
        }
    }
}

/// An entry of a payment's history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelineEntry {
    at: DateTime<Utc>,
    kind: TimelineKind,
    #[schema(required = true)]
    detail: Option<String>,
    /// Origin of the entry; `null` for entries of older releases.
    #[schema(required = true)]
    origin: Option<EventOrigin>,
    /// Account id of the organiser.
    #[schema(required = true)]
    actor_id: Option<i64>,
    /// Resulting payment status.
    #[schema(required = true)]
    status: Option<PaymentState>,
}

/// Progress of the payment request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdminCollection {
    state: CollectionStep,
    #[schema(required = true)]
    detail: Option<String>,
}

impl From<Collection> for AdminCollection {
    fn from(collection: Collection) -> Self {
        Self { state: collection.state.into(), detail: collection.sentence() }
    }
}

/// A payment's rows with their times.
struct Rows<'a> {
    view: &'a TicketView,
    invoices: &'a [Invoice],
    refunds: &'a [Refund],
    history: &'a [PaymentEvent],
}

impl Rows<'_> {
    /// History, oldest first. Times of last changes are not used, since they say nothing about the kind of change.
    fn timeline(&self) -> Vec<TimelineEntry> {
        let mut entries = vec![entry(
            self.view.ticket.created_at,
            TimelineKind::Held,
            Some(self.view.ticket.uma_address.clone()),
        )];
        for invoice in self.invoices {
            entries.push(entry(invoice.created_at, TimelineKind::Invoice, Some(invoice.invoice_id.clone())));
            let recorded = self.history.iter().any(|event| event.payment_hash == Some(invoice.payment_hash));
            if let (InvoiceStatus::Settled, Some(at), false) = (invoice.status, invoice.settled_at, recorded)
            {
                entries.push(entry(
                    at,
                    TimelineKind::Settled,
                    Some(on_invoice(invoice.settled, Some(invoice))),
                ));
            }
        }
        entries.extend(self.history.iter().map(|event| self.recorded(event)));
        if let Some(at) = self.view.payment.as_ref().and_then(|payment| payment.paid_at) {
            entries.push(entry(at, TimelineKind::Paid, None));
        }
        if let Some(at) = self.view.ticket.checked_in_at {
            entries.push(entry(at, TimelineKind::CheckedIn, None));
        }
        for refund in self.refunds {
            let amount = format!("{} msats to {}", refund.amount, refund.destination);
            entries.push(entry(refund.created_at, TimelineKind::Refund, Some(amount)));
        }
        entries.sort_by_key(|entry| entry.at);
        entries
    }

    fn recorded(&self, event: &PaymentEvent) -> TimelineEntry {
        let hash = event.payment_hash;
        let invoice = self.invoices.iter().find(|invoice| Some(invoice.payment_hash) == hash);
        TimelineEntry {
            origin: Some(event.origin.into()),
            actor_id: event.actor.map(UserId::get),
            status: Some(event.status.into()),
            ..entry(event.at, event.kind.into(), event.amount.map(|amount| on_invoice(amount, invoice)))
        }
    }
}

fn entry(at: DateTime<Utc>, kind: TimelineKind, detail: Option<String>) -> TimelineEntry {
    TimelineEntry { at, kind, detail, origin: None, actor_id: None, status: None }
}

fn on_invoice(amount: Msats, invoice: Option<&Invoice>) -> String {
    let invoice = invoice.map_or_else(String::new, |invoice| format!(" on {}", invoice.invoice_id));
    format!("{amount} msats{invoice}")
}

/// Get a payment with its details
#[utoipa::path(get, path = "/api/admin/payments/{id}", tag = "organisers", security(("token" = [])), params(("id" = i64, Path)),
    responses((status = 200, body = Answer<PaymentDetail>), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn detail(
    state: web::Data<State>,
    id: path::Id,
    _: Admin,
) -> Result<HttpResponse, Problem> {
    let missing = || Problem::not_found("payment");
    let id = PaymentId::new(id.0);
    let payment = state.store.payment(id).await?.ok_or_else(missing)?;
    let view = state.store.ticket_view(payment.ticket_id).await?.ok_or_else(missing)?;
    let invoices = state.store.invoices_of(id).await?;
    let refunds = state.store.refunds_of(id).await?;
    let history = state.store.payment_events(id).await?;
    let orders = Orders::of_payments(&state, std::slice::from_ref(&view)).await?;
    let rows = Rows { view: &view, invoices: &invoices, refunds: &refunds, history: &history };
    let timeline = rows.timeline();
    let detail = PaymentDetail {
        collection: payment.collecting().cloned().map(Into::into),
        payment: AdminPaymentView::new(view, &orders).ok_or_else(missing)?,
        invoices: invoices.into_iter().map(Into::into).collect(),
        refunds: refunds.into_iter().map(Into::into).collect(),
        timeline,
    };
    Ok(response::ok("Payment retrieved", detail))
}
