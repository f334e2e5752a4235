use crate::http::{
    auth::{Admin, AuthFirst},
    body::{Body, PageQuery, maybe_stored_time, time},
    events::{EventAccess, EventView, payable_invoice},
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer, Done},
    state::State,
    ticket_types::Offer,
};
use actix_web::{HttpResponse, web};
use box_office::EventSales;
use chrono::{DateTime, Utc};
use events::{DetailsPatch, Event, EventDraft, EventPatch, EventQuery, NetworkLimitPatch, OptionPatch};
use kernel::EventId;
use serde::{Deserialize, Deserializer, Serialize};
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
    /// Public name shown as the event's host, entered by the organiser.
    host_name: Option<String>,
    /// Email address or https address of the host.
    contact: Option<String>,
    /// At most 8 tags of at most 30 characters, distinct ignoring case.
    tags: Option<Vec<String>>,
    /// End of the replay, after `end_time`; `null` without a replay.
    #[serde(default, deserialize_with = "maybe_stored_time")]
    replay_until: Option<DateTime<Utc>>,
    /// Whether ticket holders get the watch page instead of `stream_url`.
    gated: Option<bool>,
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
    /// Public name shown as the event's host, entered by the organiser.
    host_name: Option<String>,
    /// Email address or https address of the host.
    contact: Option<String>,
    /// At most 8 tags of at most 30 characters, distinct ignoring case.
    tags: Option<Vec<String>>,
    /// End of the replay, after `end_time`; `null` ends it.
    #[serde(default, deserialize_with = "present_time")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    replay_until: OptionPatch<DateTime<Utc>>,
    /// Whether ticket holders get the watch page instead of `stream_url`.
    gated: Option<bool>,
}

/// Distinguishes `null` from a missing field.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NetworkLimitPatch, D::Error> {
    Option::deserialize(deserializer).map(NetworkLimitPatch::Set)
}

fn present_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OptionPatch<DateTime<Utc>>, D::Error> {
    maybe_stored_time(deserializer).map(OptionPatch::Set)
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
        let sight = EventAccess { is_admin: true, ..EventAccess::default() };
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
    let access = EventAccess { is_admin: true, ..EventAccess::default() };
    Ok(EventView::new(event, access, offer, invoice.as_deref()))
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
        details: DetailsPatch {
            host_name: form.host_name,
            contact: form.contact,
            tags: form.tags,
            replay_until: OptionPatch::Set(form.replay_until),
            gated: form.gated,
        },
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
        details: DetailsPatch {
            host_name: form.host_name,
            contact: form.contact,
            tags: form.tags,
            replay_until: form.replay_until,
            gated: form.gated,
        },
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
