//! Refunds.

use crate::http::{
    auth::{Admin, AuthFirst},
    body::Body,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    statuses::{RefundErrorCode, RefundState},
};
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::{PaymentId, RefundId, TicketId};
use payments::Refund;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Refund.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refund)]
pub(crate) struct RefundView {
    id: i64,
    payment_id: i64,
    amount_msats: u64,
    destination: String,
    status: RefundState,
    fee_msats: u64,
    /// Reason for a failure or delay, as a sentence.
    #[schema(required = true)]
    error: Option<String>,
    /// Code of that reason; `null` for errors of earlier releases.
    #[schema(required = true)]
    error_code: Option<RefundErrorCode>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Refund> for RefundView {
    fn from(refund: Refund) -> Self {
        let (error, error_code) = (refund.sentence(), refund.reason().map(Into::into));
        Self {
            id: refund.id.get(),
            payment_id: refund.payment_id.get(),
            amount_msats: refund.amount.get(),
            destination: refund.destination,
            status: refund.status.into(),
            fee_msats: refund.fee.get(),
            error,
            error_code,
            created_at: refund.created_at,
            updated_at: refund.updated_at,
        }
    }
}

/// Refund request.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct NewRefund {
    /// UMA or Lightning address; the buyer's by default.
    destination: Option<String>,
    /// Revoke the paid ticket and refund its price.
    #[serde(default)]
    revoke: bool,
}

/// Refund a payment
#[utoipa::path(post, path = "/api/admin/payments/{id}/refund", tag = "organisers", security(("token" = [])), params(("id" = i64, Path)),
    request_body = NewRefund, responses(
    (status = 201, body = Answer<RefundView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn refund(
    state: web::Data<State>,
    id: path::Id,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<NewRefund>>,
) -> Result<HttpResponse, Problem> {
    let id = PaymentId::new(id.0);
    let destination = form.destination.as_deref().filter(|text| !text.trim().is_empty());
    let refund = state.office.request_refund(Some(&caller), id, destination, form.revoke).await?;
    Ok(response::created("Refund requested", RefundView::from(refund)))
}

/// Refund request for a ticket.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct NewTicketRefund {
    /// UMA or Lightning address; the buyer's by default.
    destination: Option<String>,
}

/// Revoked ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketRefund)]
pub(crate) struct TicketRefundView {
    ticket_id: i64,
    /// Refund of the ticket's price; `null` for a free ticket.
    #[schema(required = true)]
    refund: Option<RefundView>,
}

/// Refund a ticket
///
/// The ticket is revoked and its price refunded; other tickets of its order stay valid. The last ticket is refunded like the payment, with all that is refundable; a free ticket is revoked without a refund. Checked-in tickets can be refunded. 409 `already_refunded` if it is not valid any more, `not_paid` if it was never issued, `nothing_due` if an open refund covers its price.
#[utoipa::path(post, path = "/api/admin/tickets/{id}/refund", tag = "organisers", security(("token" = [])), params(("id" = i64, Path)),
    request_body = NewTicketRefund, responses(
    (status = 202, body = Answer<TicketRefundView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn refund_ticket(
    state: web::Data<State>,
    id: path::Id,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<NewTicketRefund>>,
) -> Result<HttpResponse, Problem> {
    let id = TicketId::new(id.0);
    let destination = form.destination.as_deref().filter(|text| !text.trim().is_empty());
    let refund = state.office.refund_tickets(&caller, [id].into(), destination).await?;
    let view = TicketRefundView { ticket_id: id.get(), refund: refund.map(RefundView::from) };
    Ok(response::accepted("Ticket refund requested", view))
}

/// Cancellation of an open refund.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct GiveUpRefund {
    /// New UMA or Lightning address; without one, the amount becomes refundable again.
    destination: Option<String>,
    /// Confirms, for a refund with an unknown outcome, that the node's list of payments does not contain it.
    confirmed_unpaid: bool,
}

/// Cancelled refund
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GivenUpRefund)]
pub(crate) struct GivenUpView {
    given_up: RefundView,
    /// Replacement refund to the other address.
    #[schema(required = true)]
    refund: Option<RefundView>,
}

/// Cancel an open refund
///
/// The amount becomes refundable again, or is sent to another address. 409 `refund_in_flight` while the node may be paying it, `refund_unresolved` if `confirmed_unpaid` is required, `refund_ended` if it was paid or has failed.
#[utoipa::path(post, path = "/api/admin/payments/{id}/refunds/{refund_id}/give-up", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path), ("refund_id" = i64, Path)), request_body = GiveUpRefund, responses(
    (status = 200, body = Answer<GivenUpView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn give_up(
    state: web::Data<State>,
    path::Ids(payment, refund): path::Ids,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<GiveUpRefund>>,
) -> Result<HttpResponse, Problem> {
    let destination = form.destination.as_deref().filter(|text| !text.trim().is_empty());
    let (payment, refund) = (PaymentId::new(payment), RefundId::new(refund));
    let given_up =
        state.office.give_up_refund(&caller, payment, refund, destination, form.confirmed_unpaid).await?;
    let view = GivenUpView { given_up: given_up.refund.into(), refund: given_up.next.map(RefundView::from) };
    Ok(response::ok("Refund given up", view))
}
