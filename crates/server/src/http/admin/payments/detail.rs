//! One payment with all that is known of it.

use super::AdminPaymentView;
use crate::http::{
    admin::refunds::RefundView,
    answer::{self, Answer},
    auth::Admin,
    path,
    problem::{Problem, ProblemBody},
    state::State,
    statuses::InvoiceState,
};
use actix_web::{HttpResponse, web};
use box_office::TicketView;
use chrono::{DateTime, Utc};
use kernel::PaymentId;
use payments::{Invoice, InvoiceStatus, PaymentStatus, Refund};
use serde::Serialize;
use utoipa::ToSchema;

/// A payment with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentDetail {
    payment: AdminPaymentView,
    invoices: Vec<PaymentInvoice>,
    refunds: Vec<RefundView>,
    /// What happened, oldest first.
    timeline: Vec<TimelineEntry>,
}

/// One of a payment's invoices.
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

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelineEntry {
    at: DateTime<Utc>,
    /// `held`, `invoice`, `collection`, `settled`, `paid`, `hold_ends`, `checked_in`, `refund` …
    kind: String,
    #[schema(required = true)]
    detail: Option<String>,
}

fn timeline(view: &TicketView, invoices: &[Invoice], refunds: &[Refund]) -> Vec<TimelineEntry> {
    let entry = |at: DateTime<Utc>, kind: &str, detail: Option<String>| TimelineEntry {
        at,
        kind: kind.to_owned(),
        detail,
    };
    let mut entries = vec![entry(view.ticket.created_at, "held", Some(view.ticket.uma_address.clone()))];
    for invoice in invoices {
        entries.push(entry(invoice.created_at, "invoice", Some(invoice.invoice_id.clone())));
        if let (InvoiceStatus::Settled, Some(at)) = (invoice.status, invoice.settled_at) {
            entries.push(entry(
                at,
                "settled",
                Some(format!("{} msats on {}", invoice.settled, invoice.invoice_id)),
            ));
        }
    }
    if let Some(payment) = &view.payment {
        let collection = &payment.collection;
        let detail = format!("{} {}", collection.state.as_str(), collection.detail);
        entries.push(entry(payment.updated_at, "collection", Some(detail.trim().to_owned())));
        if let Some(at) = payment.paid_at {
            entries.push(entry(at, "paid", None));
        }
        if !matches!(payment.state.status, PaymentStatus::Pending | PaymentStatus::Paid) {
            entries.push(entry(payment.updated_at, payment.state.status.as_str(), None));
        }
    }
    if let Some(at) = view.ticket.checked_in_at {
        entries.push(entry(at, "checked_in", None));
    }
    for refund in refunds {
        let amount = format!("{} msats to {}", refund.amount, refund.destination);
        entries.push(entry(refund.created_at, "refund", Some(amount)));
        if refund.updated_at > refund.created_at {
            entries.push(entry(refund.updated_at, "refund", Some(refund.status.as_str().to_owned())));
        }
    }
    entries.sort_by_key(|entry| entry.at);
    entries
}

/// One payment with all that is known of it
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
    let timeline = timeline(&view, &invoices, &refunds);
    let detail = PaymentDetail {
        payment: AdminPaymentView::new(view).ok_or_else(missing)?,
        invoices: invoices.into_iter().map(Into::into).collect(),
        refunds: refunds.into_iter().map(Into::into).collect(),
        timeline,
    };
    Ok(answer::ok("Payment retrieved", detail))
}
