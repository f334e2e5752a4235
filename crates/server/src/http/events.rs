//! Public event endpoints.

use super::{
    auth::LenientAuth,
    body::{NOT_A_TIME, PageQuery},
    path,
    problem::{Problem, ProblemBody},
    render_cache::CachedInvoice,
    response::{Answer, Rendered},
    state::State,
    statuses::EventState,
    ticket_types::{Offer, TicketTypeView},
};
use actix_web::{HttpRequest, HttpResponse, web};
use box_office::{Caller, EventList};
use chrono::{DateTime, SubsecRound, Utc};
use events::{Event, EventQuery};
use kernel::{EventId, FieldCode, Page, Sats};
use payments::Invoice;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tickets::{TicketQuery, TicketStatus};
use utoipa::{IntoParams, ToSchema};

/// An event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventView {
    id: i64,
    title: String,
    description: String,
    start_time: DateTime<Utc>,
    end_time: DateTime<Utc>,
    /// IANA time zone of the event.
    #[schema(example = "Europe/Berlin")]
    time_zone: &'static str,
    /// Seats, of the first ticket type on sale.
    capacity: u32,
    /// Seats neither sold nor held, of the first ticket type on sale; 0 once the event is cancelled.
    tickets_available: u32,
    /// Price of the first ticket type on sale; 0 is free.
    price_sats: u64,
    /// Stream URL for organisers and holders of a paid ticket; `null` for others. Holders get the watch page of a gated event.
    #[schema(required = true)]
    stream_url: Option<String>,
    is_active: bool,
    status: EventState,
    /// Time of cancellation; `null` if not cancelled.
    #[schema(required = true)]
    cancelled_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Whether the caller holds a paid ticket.
    user_has_ticket: bool,
    /// Limit of unpaid or free tickets per network, if set; 0 is no limit. Organisers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    network_limit: Option<u32>,
    /// Public name shown as the event's host, entered by the organiser; may be empty.
    host_name: String,
    /// Email address or https address of the host; may be empty.
    contact: String,
    tags: Vec<String>,
    /// End of the replay; `null` without one.
    #[schema(required = true)]
    replay_until: Option<DateTime<Utc>>,
    /// Whether ticket holders watch on the watch page only.
    gated: bool,
    /// Ticket types in their order: those offered without a promo code, or all of them for organisers.
    ticket_types: Vec<TicketTypeView>,
    /// Event invoice, if an organiser created one.
    #[serde(skip_serializing_if = "Option::is_none")]
    uma_request_invoice: Option<EventInvoiceView>,
}

/// Event invoice, not tied to a ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UmaInvoice)]
pub(crate) struct EventInvoiceView {
    id: i64,
    invoice_id: String,
    bolt11: String,
    amount_sats: u64,
    payment_hash: String,
    uma_address: String,
    expires_at: DateTime<Utc>,
}

impl From<&Invoice> for EventInvoiceView {
    fn from(invoice: &Invoice) -> Self {
        Self {
            id: invoice.id.get(),
            invoice_id: invoice.invoice_id.clone(),
            bolt11: invoice.bolt11.clone(),
            amount_sats: invoice.amount.to_sats_floor().get(),
            payment_hash: invoice.payment_hash.to_hex(),
            uma_address: invoice.uma_address.clone(),
            expires_at: invoice.expires_at,
        }
    }
}

/// Message of the success envelope for one event.
pub(super) const SHOWN: &str = "Event retrieved successfully";

/// Caller-specific parts of an event.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EventAccess<'a> {
    pub(crate) is_admin: bool,
    pub(crate) has_ticket: bool,
    /// The web app, where holders watch a gated event.
    pub(crate) public_url: &'a str,
}

/// Stream URL for organisers, else what holders of a ticket get: that of the watch page if the event is gated.
pub(super) fn stream_url(event: &Event, is_admin: bool, public_url: &str) -> String {
    if is_admin { event.stream_url.clone() } else { event.holder_link(public_url) }
}

impl EventView {
    pub(crate) fn new(
        event: Event,
        event_access: EventAccess<'_>,
        offer: Offer<'_>,
        invoice: Option<&Invoice>,
    ) -> Self {
        let EventAccess { is_admin, has_ticket, public_url } = event_access;
        let stream_url = (is_admin || has_ticket).then(|| stream_url(&event, is_admin, public_url));
        let (status, terms) = (event.status().into(), offer.default_terms(&event));
        let ticket_types = offer.views(&event, event_access.is_admin);
        Self {
            id: event.id.get(),
            title: event.title,
            description: event.description,
            start_time: event.start_time,
            end_time: event.end_time,
            time_zone: event.time_zone.name(),
            capacity: terms.capacity,
            tickets_available: terms.available,
            price_sats: terms.price.get(),
            stream_url,
            is_active: event.is_active,
            status,
            cancelled_at: event.cancelled_at,
            created_at: event.created_at,
            updated_at: event.updated_at,
            user_has_ticket: event_access.has_ticket,
            network_limit: event.network_limit.filter(|_| event_access.is_admin),
            host_name: event.details.host_name,
            contact: event.details.contact,
            tags: event.details.tags,
            replay_until: event.details.replay_until,
            gated: event.details.gated,
            ticket_types,
            uma_request_invoice: invoice.map(Into::into),
        }
    }
}

/// Query of the event list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventSearch {
    /// Search terms in title or description.
    q: Option<String>,
    /// Only free (`true`) or only paid (`false`) events.
    free: Option<String>,
    /// Maximum ticket price in satoshis.
    #[param(value_type = Option<u64>)]
    max_price_sats: Option<String>,
    /// Only events that have not ended.
    upcoming: Option<String>,
    /// Only events that have ended, latest start first.
    past: Option<String>,
    /// Only events that end after this time.
    from: Option<String>,
    /// Only events that start before this time.
    to: Option<String>,
    /// 1–100, 50 by default.
    #[serde(default, deserialize_with = "super::body::lenient")]
    #[param(value_type = Option<u32>)]
    limit: Option<i64>,
    /// Number of events to skip.
    #[serde(default, deserialize_with = "super::body::lenient")]
    #[param(value_type = Option<u32>)]
    offset: Option<i64>,
}

impl EventSearch {
    fn query(&self, now: DateTime<Utc>) -> Result<EventQuery, Problem> {
        let moment =
            |field: &str, text: &Option<String>| match text.as_deref().filter(|text| !text.is_empty()) {
                None => Ok(None),
                Some(text) => kernel::time::parse(text)
                    .map(Some)
                    .ok_or_else(|| Problem::field(field, FieldCode::NotATime, NOT_A_TIME)),
            };
        let price = |field: &str, text: &Option<String>| match text.as_deref().filter(|text| !text.is_empty())
        {
            None => Ok(None),
            Some(text) => {
                text.parse().ok().and_then(|sats| Sats::new(sats).ok()).map(Some).ok_or_else(|| {
                    Problem::field(
                        field,
                        FieldCode::NotANumber,
                        "must be a whole number of satoshis, 0 or more",
                    )
                })
            }
        };
        let flag = |text: &Option<String>| match text.as_deref() {
            Some("true" | "1") => Some(true),
            Some("false" | "0") => Some(false),
            _ => None,
        };
        // Truncated to a second, so that concurrent requests share a cache key.
        let now = now.trunc_subsecs(0);
        let upcoming = flag(&self.upcoming).unwrap_or(false).then_some(now);
        let text = self.q.as_deref().map(kernel::text::search).filter(|text| !text.is_empty());
        if text.as_ref().is_some_and(|text| text.chars().count() > 200) {
            return Err(Problem::field("q", FieldCode::TooLong, "must have at most 200 characters"));
        }
        Ok(EventQuery {
            active_only: true,
            text,
            free: flag(&self.free),
            max_price: price("max_price_sats", &self.max_price_sats)?,
            ends_after: moment("from", &self.from)?.max(upcoming),
            starts_before: moment("to", &self.to)?,
            ended_by: flag(&self.past).unwrap_or(false).then_some(now),
        })
    }
}

/// List events on sale by start time
#[utoipa::path(get, path = "/api/events", tag = "events", params(EventSearch), security((), ("token" = [])), responses(
    (status = 200, body = Answer<Vec<EventView>>, headers(("X-Total-Count" = u64, description = "Total number of matches")))))]
pub(super) async fn list(
    state: web::Data<State>,
    request: HttpRequest,
    LenientAuth(caller): LenientAuth,
    search: web::Query<EventSearch>,
) -> Result<HttpResponse, Problem> {
    let now = state.office.now();
    let query = search.query(now)?;
    let page = PageQuery { limit: search.limit, offset: search.offset }.page();
    let list = state.office.events(&query, page).await?;
    let shown = caller.is_none().then(|| state.render_cache.list(&query, page, &list)).flatten();
    if let Some(rendered) = shown {
        return Ok(rendered.answer(&request));
    }
    let views = with_caller_fields(&state, caller.as_ref(), &list).await?;
    let rendered = Rendered::new("Events retrieved successfully", views)?.of_total(list.total);
    let answer = rendered.answer(&request);
    if caller.is_none() && query.text.is_none() {
        state.render_cache.store_list(query, page, list, rendered);
    }
    Ok(answer)
}

/// Events with the caller-specific parts.
async fn with_caller_fields(
    state: &State,
    caller: Option<&Caller>,
    list: &EventList,
) -> Result<Vec<EventView>, Problem> {
    let ids: Vec<EventId> = list.events.iter().map(|event| event.id).collect();
    let event_access = event_access(state, caller, &ids).await?;
    let (rates, now) = (state.office.rates(), state.office.now());
    let offer = Offer { types: &list.ticket_types, rates: &rates, now };
    let mut views = Vec::with_capacity(list.events.len());
    for event in &list.events {
        let invoice = payable_invoice(state, event).await?;
        let event_access = event_access(event.id);
        views.push(EventView::new(event.clone(), event_access, offer, invoice.as_deref()));
    }
    Ok(views)
}

/// Caller-specific parts of these events.
async fn event_access<'a>(
    state: &'a State,
    caller: Option<&Caller>,
    events: &[EventId],
) -> Result<impl Fn(EventId) -> EventAccess<'a> + use<'a>, Problem> {
    let held = match caller {
        Some(caller) if !events.is_empty() => state.store.events_held(caller.id(), events).await?,
        _ => Vec::new(),
    };
    let is_admin = caller.is_some_and(|caller| caller.is_admin);
    let public_url = &*state.http.public_url;
    Ok(move |event| EventAccess { is_admin, has_ticket: held.contains(&event), public_url })
}

/// The event's invoice, if it is payable and its amount is the current price.
pub(crate) async fn payable_invoice(state: &State, event: &Event) -> Result<Option<Arc<Invoice>>, Problem> {
    if event.is_free() || event.cancelled_at.is_some() {
        return Ok(None);
    }
    let now = state.office.now();
    let invoice = match state.event_invoices.get(event.id) {
        Some(CachedInvoice(invoice)) => invoice,
        None => {
            let found = state.store.event_invoice(event.id).await?.map(Arc::new);
            state.event_invoices.put(event.id, found.clone());
            found
        }
    };
    Ok(invoice.filter(|invoice| invoice.is_payable(now) && invoice.amount == event.price.to_msats()))
}

/// An event visible to the caller: deactivated ones only for organisers and their ticket holders.
pub(crate) async fn visible(
    state: &State,
    caller: Option<&Caller>,
    id: EventId,
) -> Result<Option<Arc<Event>>, Problem> {
    let Some(event) = state.office.event(id).await? else { return Ok(None) };
    if event.is_public() || caller.is_some_and(|caller| caller.is_admin) {
        return Ok(Some(event));
    }
    let Some(caller) = caller else { return Ok(None) };
    for status in [TicketStatus::Paid, TicketStatus::Pending] {
        let held =
            TicketQuery { user_id: Some(caller.id()), event_id: Some(id), status: Some(status), below: None };
        if !state.store.tickets(&held, Page::new(Some(1), None)).await?.is_empty() {
            return Ok(Some(event));
        }
    }
    Ok(None)
}

/// Get an event
#[utoipa::path(get, path = "/api/events/{id}", tag = "events", params(("id" = i64, Path)), security((), ("token" = [])), responses(
    (status = 200, body = Answer<EventView>), (status = 404, body = ProblemBody)))]
pub(super) async fn one(
    state: web::Data<State>,
    request: HttpRequest,
    id: path::Id,
    LenientAuth(caller): LenientAuth,
) -> Result<HttpResponse, Problem> {
    let event = visible(&state, caller.as_ref(), EventId::new(id.0)).await?;
    let event = event.ok_or_else(|| Problem::not_found("event"))?;
    let invoice = payable_invoice(&state, &event).await?;
    let types = state.office.ticket_types(event.id).await?;
    let (rates, now) = (state.office.rates(), state.office.now());
    if caller.is_none() {
        let rendered = state.render_cache.render(event, types, (&rates, now), invoice.as_deref())?;
        return Ok(rendered.answer(&request));
    }
    let offer = Offer { types: &types, rates: &rates, now };
    let event_access = event_access(&state, caller.as_ref(), &[event.id]).await?;
    let view = EventView::new((*event).clone(), event_access(event.id), offer, invoice.as_deref());
    Ok(Rendered::new(SHOWN, view)?.answer(&request))
}
