//! Payment status for owners, and UMA callbacks.

use super::{
    auth::Authenticated,
    body::Body,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    statuses::{NodeInvoiceState, PaymentState, TicketState},
};
use actix_web::{HttpResponse, web};
use box_office::{PaymentCallback, PaymentCallbackError, SeenPayment};
use chrono::{DateTime, Utc};
use payments::IncomingState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Payment status.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentStatus)]
pub(crate) struct PaymentStatusView {
    payment: PaymentView,
    ticket: PaymentTicket,
    /// Invoice status of the Lightning node, if available.
    #[serde(skip_serializing_if = "Option::is_none")]
    uma_status: Option<NodeView>,
}

/// A payment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentView {
    id: i64,
    invoice_id: String,
    amount_sats: u64,
    status: PaymentState,
    #[schema(required = true)]
    paid_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// Ticket of the payment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentTicket {
    id: i64,
    ticket_code: String,
    payment_status: TicketState,
}

/// Invoice status of the Lightning node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeInvoice)]
pub(crate) struct NodeView {
    invoice_id: String,
    status: NodeInvoiceState,
    amount_sats: u64,
    payment_hash: String,
}

fn view(seen: SeenPayment) -> Option<PaymentStatusView> {
    let SeenPayment { view, node } = seen;
    let (payment, invoice) = (view.payment?, view.invoice?);
    let uma_status = node.map(|state| {
        let (status, amount) = match state {
            IncomingState::Open => (NodeInvoiceState::Pending, invoice.amount),
            IncomingState::Settled { amount, .. } => (NodeInvoiceState::Paid, amount),
            IncomingState::Unpayable => (NodeInvoiceState::Expired, invoice.amount),
            IncomingState::Unknown => (NodeInvoiceState::Unknown, invoice.amount),
        };
        NodeView {
            invoice_id: invoice.invoice_id.clone(),
            status,
            amount_sats: amount.to_sats_floor().get(),
            payment_hash: invoice.payment_hash.to_hex(),
        }
    });
    Some(PaymentStatusView {
        payment: PaymentView {
            id: payment.id.get(),
            invoice_id: invoice.invoice_id,
            amount_sats: payment.state.price.to_sats_floor().get(),
            status: payment.state.status.into(),
            paid_at: payment.paid_at,
            created_at: payment.created_at,
        },
        ticket: PaymentTicket {
            id: view.ticket.id.get(),
            ticket_code: view.ticket.code.expose().to_owned(),
            payment_status: view.ticket.status.into(),
        },
        uma_status,
    })
}

/// Payment status by invoice; organisers may read any payment
#[utoipa::path(get, path = "/api/payments/{invoice_id}/status", tag = "payments", params(("invoice_id" = String, Path, description = "Invoice id of the node, or bolt11")),
    security(("token" = [])), responses(
    (status = 200, body = Answer<PaymentStatusView>), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(super) async fn status(
    state: web::Data<State>,
    Authenticated(caller): Authenticated,
    reference: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let seen = state.office.payment_status(&caller, &reference).await?;
    let view = view(seen).ok_or_else(|| Problem::not_found("payment"))?;
    Ok(response::ok("Payment status retrieved", view))
}

/// Payment notification of a wallet provider.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct UmaCallback {
    payment_hash: String,
    /// Not trusted; the node is queried.
    #[expect(dead_code, reason = "part of the contract, and of no account")]
    status: String,
    invoice_id: String,
    #[expect(dead_code, reason = "part of the contract, and of no account")]
    amount_sats: Option<i64>,
    #[expect(dead_code, reason = "part of the contract, and of no account")]
    #[schema(value_type = Option<String>)]
    timestamp: Option<serde_json::Value>,
    #[expect(dead_code, reason = "part of the contract, and of no account")]
    signature: Option<String>,
}

/// Result of a payment notification.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Processed {
    /// Always `processed`.
    status: String,
}

/// Payment notification
///
/// The payment is verified with the Lightning node; the notification itself is not trusted.
#[utoipa::path(post, path = "/api/tickets/uma-callback", tag = "payments", request_body = UmaCallback, responses(
    (status = 200, body = Answer<Processed>), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(super) async fn callback(
    state: web::Data<State>,
    Body(form): Body<UmaCallback>,
) -> Result<HttpResponse, Problem> {
    let hint = PaymentCallback { payment_hash: form.payment_hash, invoice_id: form.invoice_id };
    match state.office.handle_payment_callback(&hint).await {
        Ok(_) => {}
        // Polling continues, and the node's availability is not the caller's concern.
        Err(PaymentCallbackError::Check(error)) => {
            tracing::info!(%error, "payment callback not checked; polling continues");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(response::ok("UMA callback processed", Processed { status: "processed".to_owned() }))
}
