//! Payment search and retry for organisers.

pub(in crate::http) mod detail;
mod orders;

use self::orders::{Orders, PaymentTicketView};
use crate::http::{
    auth::Admin,
    body::PageQuery,
    list_stream::{KeyedPage, pages},
    orders::lines::OrderLineView,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    statuses::{Anomaly, PaymentState, TicketState},
};
use actix_web::{HttpResponse, web};
use box_office::{PaymentQuery, TicketView, refund_address};
use chrono::{DateTime, Utc};
use kernel::{FieldCode, Page, PaymentId, StoreError, UserId};
use payments::{PaymentAnomaly, PaymentStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A payment with its ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminPayment)]
pub(crate) struct AdminPaymentView {
    id: i64,
    #[schema(required = true)]
    invoice_id: Option<String>,
    amount_sats: u64,
    status: PaymentState,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    paid_at: Option<DateTime<Utc>>,
    /// Payment anomaly; `null` without one.
    #[schema(required = true)]
    exception: Option<Anomaly>,
    received_msats: u64,
    refundable_msats: u64,
    refunded_msats: u64,
    event_id: i64,
    event_title: String,
    /// First ticket of the order.
    ticket: AdminTicket,
    /// `null` during an update from a release without orders.
    #[schema(required = true)]
    order_id: Option<i64>,
    lines: Vec<OrderLineView>,
    /// Promo code of the order.
    #[schema(required = true)]
    promo_code: Option<String>,
    /// A guest's email address.
    #[schema(required = true)]
    email: Option<String>,
    /// UMA or Lightning address that refunds go to by default; `null` if none is known.
    #[schema(required = true)]
    refund_address: Option<String>,
    /// All tickets of the order.
    tickets: Vec<PaymentTicketView>,
}

/// The payment's ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdminTicket {
    id: i64,
    ticket_code: String,
    payment_status: TicketState,
    uma_address: String,
    #[schema(required = true)]
    user_id: Option<i64>,
}

impl AdminPaymentView {
    /// A payment's view; `orders` has its order.
    fn new(view: TicketView, orders: &Orders) -> Option<Self> {
        let payment = view.payment?;
        let order = orders.of(&view.ticket);
        Some(Self {
            id: payment.id.get(),
            invoice_id: view.invoice.map(|invoice| invoice.invoice_id),
            amount_sats: payment.state.price.to_sats_floor().get(),
            status: payment.state.status.into(),
            created_at: payment.created_at,
            paid_at: payment.paid_at,
            exception: Anomaly::of(payment.state.anomaly()),
            received_msats: payment.state.received().get(),
            refundable_msats: payment.state.refundable().get(),
            refunded_msats: payment.state.refunded.get(),
            event_id: view.event.id.get(),
            event_title: view.event.title,
            order_id: order.id,
            lines: order.lines,
            promo_code: order.promo_code,
            email: order.email,
            refund_address: refund_address(&view.ticket.uma_address, &payment),
            tickets: order.tickets,
            ticket: AdminTicket {
                id: view.ticket.id.get(),
                ticket_code: view.ticket.code.expose().to_owned(),
                payment_status: view.ticket.status.into(),
                uma_address: view.ticket.uma_address,
                user_id: view.ticket.user_id.map(UserId::get),
            },
        })
    }
}

/// Query of the payment list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct PaymentSearch {
    /// Part of an invoice id, bolt11, payment hash or address; or the id of a payment, an order or any of its tickets.
    q: Option<String>,
    /// A status, an anomaly such as `refund_due`, or `refundable`.
    status: Option<String>,
    /// Only refundable payments.
    refundable: Option<String>,
    #[serde(default, deserialize_with = "crate::http::body::lenient")]
    #[param(value_type = Option<i64>)]
    event_id: Option<i64>,
    #[serde(default, deserialize_with = "crate::http::body::lenient")]
    #[param(value_type = Option<u32>)]
    limit: Option<i64>,
    #[serde(default, deserialize_with = "crate::http::body::lenient")]
    #[param(value_type = Option<u32>)]
    offset: Option<i64>,
}

impl PaymentSearch {
    fn query(&self) -> Result<PaymentQuery, Problem> {
        let mut query = PaymentQuery {
            refundable: matches!(self.refundable.as_deref(), Some("true" | "1")),
            event_id: self.event_id.map(kernel::EventId::new),
            text: self.q.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
            ..PaymentQuery::default()
        };
        if query.text.as_ref().is_some_and(|text| text.len() > 2_000 || text.contains('\0')) {
            return Err(Problem::field("q", FieldCode::TooLong, "is too long"));
        }
        match self.status.as_deref().filter(|word| !word.is_empty() && *word != "all") {
            None => {}
            // The filter covers every refundable amount, not only the `refund_due` anomaly.
            Some("refundable" | "refund_due") => query.refundable = true,
            Some(word) => match (PaymentStatus::parse(word), PaymentAnomaly::parse(word)) {
                (Some(status), _) => query.status = Some(status),
                (None, Some(exception)) => query.anomaly = Some(exception),
                (None, None) => {
                    return Err(Problem::field("status", FieldCode::UnknownValue, "is not a payment status"));
                }
            },
        }
        Ok(query)
    }
}

/// A page of a list, and the payment id for the next one.
async fn read(
    state: web::Data<State>,
    query: PaymentQuery,
    page: Page,
) -> Result<KeyedPage<AdminPaymentView, PaymentId>, StoreError> {
    let views = state.store.payment_views(&query, page).await?;
    let last = views.last().and_then(|view| view.payment.as_ref()).map(|payment| payment.id);
    let next = last.filter(|_| views.len() >= page.size());
    let orders = Orders::of_payments(&state, &views).await?;
    Ok((views.into_iter().filter_map(|view| AdminPaymentView::new(view, &orders)).collect(), next))
}

/// A page, or the whole list without a limit.
async fn list(
    state: web::Data<State>,
    query: PaymentQuery,
    page: PageQuery,
) -> Result<HttpResponse, Problem> {
    const MESSAGE: &str = "Payments retrieved";
    let total = state.store.count_payments(&query).await?;
    let complete = page.limit.is_none();
    let first = read(state.clone(), query.clone(), page.or_first()).await?;
    if !complete {
        return Ok(response::page(MESSAGE, first.0, total));
    }
    let pages = pages(first, move |below| {
        let query = PaymentQuery { below: Some(below), ..query.clone() };
        read(state.clone(), query, Page::largest())
    });
    Ok(response::complete_list(MESSAGE, pages, total))
}

/// List payments, newest first; all of them without `limit`
#[utoipa::path(get, path = "/api/admin/payments", tag = "organisers", security(("token" = [])), params(PaymentSearch), responses(
    (status = 200, body = Answer<Vec<AdminPaymentView>>, headers(("X-Total-Count" = u64, description = "Total number of matches"))),
    (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn payments(
    state: web::Data<State>,
    _: Admin,
    search: web::Query<PaymentSearch>,
) -> Result<HttpResponse, Problem> {
    let page = PageQuery { limit: search.limit, offset: search.offset };
    let query = search.query()?;
    list(state, query, page).await
}

/// List pending payments, newest first; all of them without `limit`
#[utoipa::path(get, path = "/api/admin/payments/pending", tag = "organisers", security(("token" = [])),
    params(("limit" = Option<u32>, Query), ("offset" = Option<u32>, Query)), responses(
    (status = 200, body = Answer<Vec<AdminPaymentView>>, headers(("X-Total-Count" = u64, description = "Total number of matches"))),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn pending(
    state: web::Data<State>,
    _: Admin,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let query = PaymentQuery { status: Some(PaymentStatus::Pending), ..PaymentQuery::default() };
    list(state, query, page.into_inner()).await
}

/// Retried payment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Retried)]
pub(crate) struct RetriedView {
    payment_id: i64,
    /// New invoice; `null` if an earlier payment covered the price.
    #[schema(required = true)]
    new_invoice: Option<RetriedInvoice>,
    status: PaymentState,
}

/// New invoice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetriedInvoice {
    id: String,
    bolt11: String,
    amount_sats: u64,
    expires_at: DateTime<Utc>,
}

/// Retry a failed or expired payment
#[utoipa::path(post, path = "/api/admin/payments/{id}/retry", tag = "organisers", security(("token" = [])), params(("id" = i64, Path)),
    responses((status = 200, body = Answer<RetriedView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
    (status = 502, body = ProblemBody)))]
pub(in crate::http) async fn retry(
    state: web::Data<State>,
    id: path::Id,
    Admin(caller): Admin,
) -> Result<HttpResponse, Problem> {
    let retried = state.office.retry(&caller, PaymentId::new(id.0)).await?;
    let view = RetriedView {
        payment_id: retried.payment_id.get(),
        new_invoice: retried.invoice.map(|invoice| RetriedInvoice {
            id: invoice.invoice_id,
            bolt11: invoice.bolt11,
            amount_sats: invoice.amount.to_sats_floor().get(),
            expires_at: invoice.expires_at,
        }),
        status: retried.status.into(),
    };
    Ok(response::ok("Payment retry initiated", view))
}
