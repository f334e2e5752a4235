//! Confirmation and cancellation of orders.

use super::{place::PlacedOrderView, status::OrderToken, view::OrderView};
use crate::http::{
    auth::LenientAuth,
    body::Body,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
};
use actix_web::{HttpResponse, web};
use kernel::{OrderId, TicketId};
use serde::Deserialize;
use utoipa::ToSchema;

/// Confirmation of a guest's email address.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct OrderConfirmation {
    /// Token of the mailed link.
    token: String,
}

/// Confirm the email address of a guest's free order, which issues its tickets; repeatable
#[utoipa::path(post, path = "/api/orders/{id}/confirm", tag = "orders", params(("id" = i64, Path)), security(()), request_body = OrderConfirmation, responses(
    (status = 200, body = Answer<PlacedOrderView>), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn confirm(
    state: web::Data<State>,
    id: path::Id,
    Body(form): Body<OrderConfirmation>,
) -> Result<HttpResponse, Problem> {
    let seen = state.office.confirm_order(OrderId::new(id.0), &form.token).await?;
    let token = state.office.order_token(&seen.view);
    Ok(response::ok("Order confirmed", PlacedOrderView::new(seen, token)))
}

/// Cancel an unpaid order, or give unused free tickets back; for its buyer, organisers, and holders of its token
#[utoipa::path(post, path = "/api/orders/{id}/cancel", tag = "orders", params(("id" = i64, Path), OrderToken), security((), ("token" = [])), responses(
    (status = 200, body = Answer<OrderView>), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn cancel(
    state: web::Data<State>,
    id: path::Id,
    LenientAuth(caller): LenientAuth,
    token: web::Query<OrderToken>,
) -> Result<HttpResponse, Problem> {
    let seen = state.office.cancel_order(OrderId::new(id.0), caller.as_ref(), token.token.as_deref()).await?;
    Ok(response::ok("Order cancelled", OrderView::from(seen)))
}

/// Address for the refund of an order.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct OrderRefundAddress {
    /// UMA or Lightning address.
    destination: String,
}

/// Name the address of a refund that waits for one (`refund_needs_address`); for the buyer, organisers, and holders of the order's token
#[utoipa::path(post, path = "/api/orders/{id}/refund", tag = "orders", params(("id" = i64, Path), OrderToken), security((), ("token" = [])),
    request_body = OrderRefundAddress, responses(
    (status = 202, body = Answer<OrderView>), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
    (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn refund_to_address(
    state: web::Data<State>,
    id: path::Id,
    LenientAuth(caller): LenientAuth,
    token: web::Query<OrderToken>,
    Body(form): Body<OrderRefundAddress>,
) -> Result<HttpResponse, Problem> {
    let (id, caller, token) = (OrderId::new(id.0), caller.as_ref(), token.token.as_deref());
    let seen = state.office.refund_to_address(id, &form.destination, caller, token).await?;
    Ok(response::accepted("Refund requested", OrderView::from(seen)))
}

/// Give an unused free ticket of an order back before the event starts; for its buyer, organisers, and holders of its token
#[utoipa::path(post, path = "/api/orders/{id}/tickets/{ticket_id}/cancel", tag = "orders",
    params(("id" = i64, Path), ("ticket_id" = i64, Path), OrderToken), security((), ("token" = [])), responses(
    (status = 200, body = Answer<OrderView>), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn give_ticket_back(
    state: web::Data<State>,
    ids: path::Ids,
    LenientAuth(caller): LenientAuth,
    token: web::Query<OrderToken>,
) -> Result<HttpResponse, Problem> {
    let (order, ticket) = (OrderId::new(ids.0), TicketId::new(ids.1));
    let (caller, token) = (caller.as_ref(), token.token.as_deref());
    let seen = state.office.give_ticket_back(order, ticket, caller, token).await?;
    Ok(response::ok("Ticket given back", OrderView::from(seen)))
}
