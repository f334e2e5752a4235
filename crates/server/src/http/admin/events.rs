use super::csv_export;
use crate::http::{
    auth::{Admin, AuthFirst},
    body::{Body, PageQuery, maybe_stored_time, time},
    events::{EventAccess, EventView, payable_invoice},
    list_stream::{KeyedPage, pages},
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer, Done},
    state::State,
    statuses::TicketState,
    ticket_types::Offer,
};
use actix_web::{HttpResponse, http::header, web};
use box_office::{Attendee, EventSales};
use chrono::{DateTime, Utc};
use events::{Event, EventDraft, EventPatch, EventQuery, NetworkLimitPatch};
use kernel::{EventId, Page, StoreError, TicketId};
use serde::{Deserialize, Deserializer, Serialize};
use tickets::{TicketQuery, TicketStatus};
use utoipa::{IntoParams, ToSchema};

/// A new event.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewEvent {
    title: String,
    #[serde(default)]
    description: String,
    #[serde(deserialize_with = "time")]
    start_time: DateTime<Utc>,
    #[serde(deserialize_with = "time")]
    end_time: DateTime<Utc>,
    /// IANA time zone of the event; `UTC` by default.
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    capacity: i64,
    /// 0 for a free event.
    price_sats: i64,
    #[serde(default)]
    stream_url: String,
    /// Limit of unpaid or free tickets per network, such as an office or a campus; 0 is no limit, `null` is the server's setting.
    network_limit: Option<i64>,
}

/// Event update; absent fields stay unchanged.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct EventChanges {
    title: Option<String>,
    description: Option<String>,
    #[serde(default, deserialize_with = "maybe_stored_time")]
    start_time: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "maybe_stored_time")]
    end_time: Option<DateTime<Utc>>,
    /// IANA time zone.
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    capacity: Option<i64>,
    price_sats: Option<i64>,
    stream_url: Option<String>,
    is_active: Option<bool>,
    /// Limit of unpaid or free tickets per network; 0 is no limit, `null` resets to the server's setting.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    network_limit: NetworkLimitPatch,
}

/// Distinguishes `null` from a missing field.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NetworkLimitPatch, D::Error> {
    Option::deserialize(deserializer).map(NetworkLimitPatch::Set)
}

/// An event with its sales.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminEvent)]
pub(crate) struct AdminEventView {
    #[serde(flatten)]
    event: EventView,
    /// Paid tickets.
    sold: u64,
    /// Pending tickets.
    held: u64,
    /// Tickets checked in.
    checked_in: u64,
    revenue_sats: u64,
    /// Refundable amount.
    refundable_sats: u64,
}

impl AdminEventView {
    pub(crate) fn new(sales: EventSales, offer: Offer<'_>) -> Self {
        let sight = EventAccess { is_admin: true, has_ticket: false };
        Self {
            event: EventView::new(sales.event, sight, offer, None),
            sold: sales.sold,
            held: sales.held,
            checked_in: sales.checked_in,
            revenue_sats: sales.revenue.to_sats_floor().get(),
            refundable_sats: sales.refundable.to_sats_floor().get(),
        }
    }
}

async fn full_view(state: &State, event: Event) -> Result<EventView, Problem> {
    let invoice = payable_invoice(state, &event).await?;
    let types = state.store.ticket_types(event.id).await?;
    let (rates, now) = (state.office.rates(), state.office.now());
    let offer = Offer { types: &types, rates: &rates, now };
    Ok(EventView::new(event, EventAccess { is_admin: true, has_ticket: false }, offer, invoice.as_deref()))
}

/// List all events with their sales, newest first
#[utoipa::path(get, path = "/api/admin/events", tag = "organisers", security(("token" = [])),
    params(("limit" = Option<u32>, Query), ("offset" = Option<u32>, Query)), responses(
    (status = 200, body = Answer<Vec<AdminEventView>>, headers(("X-Total-Count" = u64, description = "Total number of events"))), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    _: Admin,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let total = state.store.count_events(&EventQuery::default()).await?;
    let sales = state.store.event_sales(None, page.page()).await?;
    let ids: Vec<EventId> = sales.iter().map(|sales| sales.event.id).collect();
    let types = state.store.ticket_types_of(&ids).await?;
    let (rates, now) = (state.office.rates(), state.office.now());
    let offer = Offer { types: &types, rates: &rates, now };
    let views: Vec<_> = sales.into_iter().map(|sales| AdminEventView::new(sales, offer)).collect();
    Ok(response::page("Events retrieved successfully", views, total))
}

/// Create an event
#[utoipa::path(post, path = "/api/admin/events", tag = "organisers", security(("token" = [])), request_body = NewEvent, responses(
    (status = 201, body = Answer<EventView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn create(
    state: web::Data<State>,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<NewEvent>>,
) -> Result<HttpResponse, Problem> {
    let draft = EventDraft {
        title: form.title,
        description: form.description,
        start_time: form.start_time,
        end_time: form.end_time,
        time_zone: form.time_zone,
        capacity: form.capacity,
        price_sats: form.price_sats,
        stream_url: form.stream_url,
        network_limit: form.network_limit,
    };
    let event = state.office.create_event(Some(&caller), draft).await?;
    Ok(response::created("Event created successfully", full_view(&state, event).await?))
}

/// Update an event; held tickets keep their price
#[utoipa::path(put, path = "/api/admin/events/{id}", tag = "organisers", security(("token" = [])), params(("id" = i64, Path)),
    request_body = EventChanges, responses(
    (status = 200, body = Answer<EventView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn update(
    state: web::Data<State>,
    id: path::Id,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<EventChanges>>,
) -> Result<HttpResponse, Problem> {
    let patch = EventPatch {
        title: form.title,
        description: form.description,
        start_time: form.start_time,
        end_time: form.end_time,
        time_zone: form.time_zone,
        capacity: form.capacity,
        price_sats: form.price_sats,
        stream_url: form.stream_url,
        is_active: form.is_active,
        network_limit: form.network_limit,
    };
    let event = state.office.update_event(&caller, EventId::new(id.0), &patch).await?;
    Ok(response::ok("Event updated successfully", full_view(&state, event).await?))
}

/// Delete an event that never had tickets
#[utoipa::path(delete, path = "/api/admin/events/{id}", tag = "organisers", security(("token" = [])), params(("id" = i64, Path)),
    responses((status = 200, body = Done), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn delete(
    state: web::Data<State>,
    id: path::Id,
    Admin(caller): Admin,
) -> Result<HttpResponse, Problem> {
    state.office.delete_event(&caller, EventId::new(id.0)).await?;
    Ok(response::done("Event deleted successfully"))
}

/// Effects of cancelling an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CancellationPlan)]
pub(crate) struct CancellationView {
    /// Whether this was a dry run.
    dry_run: bool,
    /// Tickets sold or held.
    tickets: u64,
    /// Total refunds.
    refund_sats: u64,
    /// Balance that the node can send now, if known.
    #[schema(required = true)]
    available_sats: Option<u64>,
}

/// Query of a cancellation.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct CancelQuery {
    /// Return the plan without cancelling.
    #[serde(default)]
    dry_run: bool,
}

/// Cancel an event: pending tickets are cancelled, paid ones refunded to the buyers' addresses
#[utoipa::path(post, path = "/api/admin/events/{id}/cancel", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path), CancelQuery), responses(
    (status = 200, body = Answer<CancellationView>), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn cancel(
    state: web::Data<State>,
    id: path::Id,
    Admin(caller): Admin,
    query: web::Query<CancelQuery>,
) -> Result<HttpResponse, Problem> {
    let id = EventId::new(id.0);
    let plan = state.office.plan_cancellation(id).await?.ok_or_else(|| Problem::not_found("event"))?;
    if !query.dry_run {
        state.office.cancel_event(&caller, id).await?;
    }
    let view = CancellationView {
        dry_run: query.dry_run,
        tickets: plan.tickets,
        refund_sats: plan.total.to_sats_floor().get(),
        available_sats: plan.available.map(|available| available.to_sats_floor().get()),
    };
    Ok(response::ok(if query.dry_run { "Cancellation preview" } else { "Event cancelled" }, view))
}

/// Attendee.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attendee)]
pub(crate) struct AttendeeView {
    ticket_id: i64,
    #[schema(required = true)]
    name: Option<String>,
    #[schema(required = true)]
    email: Option<String>,
    uma_address: String,
    payment_status: TicketState,
    #[schema(required = true)]
    paid_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    checked_in_at: Option<DateTime<Utc>>,
}

impl From<Attendee> for AttendeeView {
    fn from(attendee: Attendee) -> Self {
        Self {
            ticket_id: attendee.ticket.id.get(),
            name: attendee.name,
            email: attendee.email,
            uma_address: attendee.ticket.uma_address,
            payment_status: attendee.ticket.status.into(),
            paid_at: attendee.ticket.paid_at,
            checked_in_at: attendee.ticket.checked_in_at,
        }
    }
}

const ATTENDEES: &str = "Attendees retrieved";

/// Query of the attendee list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct AttendeeQuery {
    /// `csv` exports all attendees, with times in the event's zone.
    format: Option<String>,
    #[serde(default, deserialize_with = "crate::http::body::lenient")]
    #[param(value_type = Option<u32>)]
    limit: Option<i64>,
    #[serde(default, deserialize_with = "crate::http::body::lenient")]
    #[param(value_type = Option<u32>)]
    offset: Option<i64>,
}

/// List attendees by ticket; all of them without `limit`
#[utoipa::path(get, path = "/api/admin/events/{id}/attendees", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path), AttendeeQuery), responses(
    (status = 200, body = Answer<Vec<AttendeeView>>, headers(("X-Total-Count" = u64, description = "Total number of paid tickets"))), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn attendees(
    state: web::Data<State>,
    id: path::Id,
    _: Admin,
    query: web::Query<AttendeeQuery>,
) -> Result<HttpResponse, Problem> {
    let id = EventId::new(id.0);
    let event = state.store.event(id).await?.ok_or_else(|| Problem::not_found("event"))?;
    if query.format.as_deref() != Some("csv") {
        let paid =
            TicketQuery { event_id: Some(id), status: Some(TicketStatus::Paid), ..TicketQuery::default() };
        let total = state.store.count_tickets(&paid).await?;
        let page = PageQuery { limit: query.limit, offset: query.offset };
        let first = page_of(state.clone(), id, None, page.or_first()).await?;
        if page.limit.is_some() {
            return Ok(response::page(ATTENDEES, first.0, total));
        }
        let pages = pages(first, move |after| page_of(state.clone(), id, Some(after), Page::largest()));
        return Ok(response::complete_list(ATTENDEES, pages, total));
    }
    let rows = all_attendees(&state, id).await?;
    let zone = event.time_zone;
    let text = |moment: Option<DateTime<Utc>>| {
        moment.map(|moment| zone.local(moment).to_rfc3339()).unwrap_or_default()
    };
    let table = csv_export::csv(
        &["ticket_id", "name", "email", "uma_address", "paid_at", "checked_in_at", "time_zone"],
        rows.into_iter().map(AttendeeView::from).map(|row| {
            vec![
                row.ticket_id.to_string(),
                row.name.unwrap_or_default(),
                row.email.unwrap_or_default(),
                row.uma_address,
                text(row.paid_at),
                text(row.checked_in_at),
                zone.to_string(),
            ]
        }),
    );
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"attendees-{}.csv\"", event.id),
        ))
        .body(table))
}

/// A page of attendees, and the ticket id for the next one.
async fn page_of(
    state: web::Data<State>,
    id: EventId,
    after: Option<TicketId>,
    page: Page,
) -> Result<KeyedPage<AttendeeView, TicketId>, StoreError> {
    let rows = state.store.attendees(id, after, page).await?;
    let next = rows.last().map(|row| row.ticket.id).filter(|_| rows.len() >= page.size());
    Ok((rows.into_iter().map(Into::into).collect(), next))
}

/// Reads all attendees by keyset pagination, so that concurrent refunds skip no attendee.
async fn all_attendees(state: &State, id: EventId) -> Result<Vec<Attendee>, Problem> {
    let mut all: Vec<Attendee> = Vec::new();
    loop {
        let after = all.last().map(|last| last.ticket.id);
        let page = state.store.attendees(id, after, Page::largest()).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}
