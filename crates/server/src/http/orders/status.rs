//! Reading of orders.

use super::view::OrderView;
use crate::http::{
    auth::{Authenticated, LenientAuth},
    body::PageQuery,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
};
use actix_web::{HttpResponse, web};
use kernel::{OrderId, UserId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Token of an order, for callers without an account.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderToken {
    /// The order's `order_token`.
    pub(crate) token: Option<String>,
}

/// Get an order; for its buyer, organisers, and holders of its token
#[utoipa::path(get, path = "/api/orders/{id}", tag = "orders", params(("id" = i64, Path), OrderToken), security((), ("token" = [])),
    responses((status = 200, body = Answer<OrderView>), (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn get_order(
    state: web::Data<State>,
    id: path::Id,
    LenientAuth(caller): LenientAuth,
    token: web::Query<OrderToken>,
) -> Result<HttpResponse, Problem> {
    let seen = state.office.order_status(OrderId::new(id.0), caller.as_ref(), token.token.as_deref()).await?;
    Ok(response::ok("Order retrieved", OrderView::from(seen)))
}

/// List an account's orders, newest first; 50 by default. Organisers may read any account
#[utoipa::path(get, path = "/api/users/{user_id}/orders", tag = "orders", params(("user_id" = i64, Path), ("limit" = Option<u32>, Query), ("offset" = Option<u32>, Query)),
    security(("token" = [])), responses(
    (status = 200, body = Answer<Vec<OrderView>>, headers(("X-Total-Count" = u64, description = "Total number of orders"))), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn list_user_orders(
    state: web::Data<State>,
    id: path::Id,
    Authenticated(caller): Authenticated,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let user = UserId::new(id.0);
    if caller.id() != user && !caller.is_admin {
        return Err(Problem::forbidden("these orders belong to another account"));
    }
    let (orders, total) = state.office.orders_of(user, page.page()).await?;
    let views: Vec<OrderView> = orders.into_iter().map(Into::into).collect();
    Ok(response::page("Orders retrieved", views, total))
}
