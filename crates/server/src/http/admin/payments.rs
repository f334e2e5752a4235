use crate::http::{
    answer::{self, Answer},
    auth::{Admin, After},
    body::{Body, PageQuery},
    path,
    problem::{Problem, ProblemBody},
    state::State,
};
use actix_web::{HttpResponse, web};
use box_office::{EventSales, PaymentQuery, TicketView};
use chrono::{DateTime, Duration, Timelike, Utc};
use kernel::{Page, PaymentId, UserId};
use payments::{Exception, Invoice, InvoiceStatus, PaymentStatus, Refund};
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
    /// `pending`, `paid`, `failed`, `expired` or `refunded`.
    status: String,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    paid_at: Option<DateTime<Utc>>,
    /// What is out of the ordinary: `late`, `over`, `under`, `duplicate` or `refund_due`; `null` otherwise.
    #[schema(required = true)]
    exception: Option<String>,
    received_msats: u64,
    refundable_msats: u64,
    refunded_msats: u64,
    event_id: i64,
    event_title: String,
    ticket: AdminTicket,
}

/// The payment's ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdminTicket {
    id: i64,
    ticket_code: String,
    payment_status: String,
    uma_address: String,
    #[schema(required = true)]
    user_id: Option<i64>,
}

impl AdminPaymentView {
    fn new(view: TicketView) -> Option<Self> {
        let payment = view.payment?;
        let exception = payment.state.exception();
        Some(Self {
            id: payment.id.get(),
            invoice_id: view.invoice.map(|invoice| invoice.invoice_id),
            amount_sats: payment.state.price.to_sats_floor().get(),
            status: payment.state.status.as_str().to_owned(),
            created_at: payment.created_at,
            paid_at: payment.paid_at,
            exception: (exception != Exception::None).then(|| exception.as_str().to_owned()),
            received_msats: payment.state.received().get(),
            refundable_msats: payment.state.refundable().get(),
            refunded_msats: payment.state.refunded.get(),
            event_id: view.event.id.get(),
            event_title: view.event.title,
            ticket: AdminTicket {
                id: view.ticket.id.get(),
                ticket_code: view.ticket.code.expose().to_owned(),
                payment_status: view.ticket.status.as_str().to_owned(),
                uma_address: view.ticket.uma_address,
                user_id: view.ticket.user_id.map(UserId::get),
            },
        })
    }
}

/// Which payments a list shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct PaymentSearch {
    /// Part of an invoice id, bolt11, payment hash or address; or a ticket or payment number.
    q: Option<String>,
    /// A status, an exception such as `refund_due`, or `refundable`.
    status: Option<String>,
    /// Only those that owe money back.
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
            return Err(Problem::field("q", "is too long"));
        }
        match self.status.as_deref().filter(|word| !word.is_empty() && *word != "all") {
            None => {}
            // To an organiser, "to refund" is all that owes money back, for whatever reason.
            Some("refundable" | "refund_due") => query.refundable = true,
            Some(word) => match (PaymentStatus::parse(word), Exception::parse(word)) {
                (Some(status), _) => query.status = Some(status),
                (None, Some(exception)) => query.exception = Some(exception),
                (None, None) => return Err(Problem::field("status", "is not a payment status")),
            },
        }
        Ok(query)
    }
}

async fn list(state: &State, query: &PaymentQuery, page: Page) -> Result<HttpResponse, Problem> {
    let views = state.store.payment_views(query, page).await?;
    let views: Vec<_> = views.into_iter().filter_map(AdminPaymentView::new).collect();
    Ok(answer::ok("Payments retrieved", views))
}

/// Payments, newest first
#[utoipa::path(get, path = "/api/admin/payments", tag = "organisers", security(("token" = [])), params(PaymentSearch), responses(
    (status = 200, body = Answer<Vec<AdminPaymentView>>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn payments(
    state: web::Data<State>,
    _: Admin,
    search: web::Query<PaymentSearch>,
) -> Result<HttpResponse, Problem> {
    let page = PageQuery { limit: search.limit, offset: search.offset }.page();
    list(&state, &search.query()?, page).await
}

/// Payments not in yet, newest first
#[utoipa::path(get, path = "/api/admin/payments/pending", tag = "organisers", security(("token" = [])),
    params(("limit" = Option<u32>, Query), ("offset" = Option<u32>, Query)), responses(
    (status = 200, body = Answer<Vec<AdminPaymentView>>), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn pending(
    state: web::Data<State>,
    _: Admin,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let query = PaymentQuery { status: Some(PaymentStatus::Pending), ..PaymentQuery::default() };
    list(&state, &query, page.page()).await
}

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
    /// `open`, `settled` or `unpaid`.
    status: String,
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
            status: invoice.status.as_str().to_owned(),
            settled_msats: invoice.settled.get(),
            settled_at: invoice.settled_at,
            expires_at: invoice.expires_at,
            created_at: invoice.created_at,
        }
    }
}

/// Money on its way back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refund)]
pub(crate) struct RefundView {
    id: i64,
    payment_id: i64,
    amount_msats: u64,
    destination: String,
    /// `requested`, `sending`, `paid` or `failed`.
    status: String,
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
            status: refund.status.as_str().to_owned(),
            fee_msats: refund.fee.get(),
            error: Some(refund.error).filter(|text| !text.is_empty()),
            created_at: refund.created_at,
            updated_at: refund.updated_at,
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

/// A payment tried again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Retried)]
pub(crate) struct RetriedView {
    payment_id: i64,
    /// What to pay now; `null` when money that had come before paid for it.
    #[schema(required = true)]
    new_invoice: Option<RetriedInvoice>,
    status: String,
}

/// A fresh invoice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetriedInvoice {
    id: String,
    bolt11: String,
    amount_sats: u64,
    expires_at: DateTime<Utc>,
}

/// Try a failed or expired payment again
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
        status: retried.status.as_str().to_owned(),
    };
    Ok(answer::ok("Payment retry initiated", view))
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
    After(Admin(caller), Body(form)): After<Admin, Body<NewRefund>>,
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
    Ok(answer::created("Refund requested", RefundView::from(refund)))
}

/// The shop at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Overview {
    /// Tickets sold since midnight UTC.
    sold_today: u64,
    /// All that is ours to keep.
    revenue_sats: u64,
    /// Seats in a purchase.
    held: u64,
    /// Payments not in yet.
    waiting: u64,
    /// Satoshis that should go back.
    refundable: u64,
    /// Sales by the hour, of the last seven days.
    series: Vec<SeriesPoint>,
    events: Vec<OverviewEvent>,
}

/// An hour's sales.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesPoint {
    at: DateTime<Utc>,
    sold: u64,
    revenue_sats: u64,
}

/// How one event sells.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OverviewEvent {
    id: i64,
    title: String,
    sold: u64,
    held: u64,
    revenue_sats: u64,
    capacity: u32,
}

/// The shop at a glance
#[utoipa::path(get, path = "/api/admin/overview", tag = "organisers", security(("token" = [])), responses(
    (status = 200, body = Answer<Overview>), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn overview(state: web::Data<State>, _: Admin) -> Result<HttpResponse, Problem> {
    let now = state.office.now();
    let week_ago = now.checked_sub_signed(Duration::days(7)).unwrap_or(now);
    let midnight =
        now.with_hour(0).and_then(|at| at.with_minute(0)).and_then(|at| at.with_second(0)).unwrap_or(now);
    let midnight = midnight.with_nanosecond(0).unwrap_or(midnight);
    // The end is not part of the series, and this very moment shall be.
    let end = now.checked_add_signed(Duration::seconds(1)).unwrap_or(now);
    let series = state.store.sales_series(None, week_ago, end).await?;
    let sales = all_sales(&state).await?;
    let total = |part: fn(&EventSales) -> u64| sales.iter().map(part).fold(0_u64, u64::saturating_add);
    let held = total(|event| event.held);
    let overview = Overview {
        sold_today: series
            .iter()
            .filter(|point| point.at >= midnight)
            .map(|point| point.sold)
            .fold(0, u64::saturating_add),
        revenue_sats: total(|event| event.revenue.to_sats_floor().get()),
        held,
        waiting: held,
        refundable: total(|event| event.refundable.get()).div_ceil(1_000),
        series: series
            .into_iter()
            .map(|point| SeriesPoint {
                at: point.at,
                sold: point.sold,
                revenue_sats: point.revenue.to_sats_floor().get(),
            })
            .collect(),
        events: sales
            .into_iter()
            .map(|sales| OverviewEvent {
                id: sales.event.id.get(),
                title: sales.event.title,
                sold: sales.sold,
                held: sales.held,
                revenue_sats: sales.revenue.to_sats_floor().get(),
                capacity: sales.event.capacity,
            })
            .collect(),
    };
    Ok(answer::ok("Overview retrieved", overview))
}

async fn all_sales(state: &State) -> Result<Vec<EventSales>, Problem> {
    let mut all = Vec::new();
    loop {
        let offset = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let page = state.store.event_sales(None, Page::new(Some(Page::MAX_LIMIT), Some(offset))).await?;
        let last = page.len() < usize::try_from(Page::MAX_LIMIT).unwrap_or(usize::MAX);
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}
