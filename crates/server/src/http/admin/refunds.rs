//! Refunds.

use crate::http::{
    auth::{Admin, AuthFirst},
    body::Body,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    statuses::RefundState,
};
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::{PaymentId, RefundId};
use payments::Refund;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Money on its way back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refund)]
pub(crate) struct RefundView {
    id: i64,
    payment_id: i64,
    amount_msats: u64,
    destination: String,
    status: RefundState,
    fee_msats: u64,
    /// Why it failed, or waits.
    #[schema(required = true)]
    error: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Refund> for RefundView {
    fn from(refund: Refund) -> Self {
        Self {
            id: refund.id.get(),
            payment_id: refund.payment_id.get(),
            amount_msats: refund.amount.get(),
            destination: refund.destination,
            status: refund.status.into(),
            fee_msats: refund.fee.get(),
            error: Some(refund.error).filter(|text| !text.is_empty()),
            created_at: refund.created_at,
            updated_at: refund.updated_at,
        }
    }
}

/// Where money goes back to.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct NewRefund {
    /// A UMA or Lightning address; the buyer's own by default.
    destination: Option<String>,
    /// Take a paid ticket back, and its price with it.
    #[serde(default)]
    revoke: bool,
}

/// Send refundable money back
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
    let destination = match form.destination.filter(|text| !text.trim().is_empty()) {
        Some(destination) => destination,
        None => {
            let missing = || Problem::not_found("payment");
            let payment = state.store.payment(id).await?.ok_or_else(missing)?;
            state.store.ticket(payment.ticket_id).await?.ok_or_else(missing)?.uma_address
        }
    };
    let refund = state.office.request_refund(Some(&caller), id, &destination, form.revoke).await?;
    Ok(response::created("Refund requested", RefundView::from(refund)))
}

/// An open refund that ends without being paid.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct GiveUpRefund {
    /// A UMA or Lightning address that gets the money instead; without one, it is refundable again.
    destination: Option<String>,
    /// For a refund whose invoice has expired without a clear answer of the node: the node's own list of payments was checked, and
    /// this payment is not on it.
    confirmed_unpaid: bool,
}

/// A refund that was given up
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GivenUpRefund)]
pub(crate) struct GivenUpView {
    given_up: RefundView,
    /// The refund to the other address.
    #[schema(required = true)]
    refund: Option<RefundView>,
}

/// Give an open refund up
///
/// Its money is refundable again, or goes to another address at once. 409 `refund_in_flight` while the node may be paying it,
/// `refund_unresolved` if `confirmed_unpaid` is needed, `refund_ended` if it was paid or has failed.
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
