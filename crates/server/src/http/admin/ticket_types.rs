//! Ticket types of an event, for organisers.

use crate::http::{
    auth::{Admin, AuthFirst},
    body::{Body, maybe_stored_time, maybe_time},
    objects::{maybe_object, object},
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer, Done},
    state::State,
    ticket_types::{Offer, PriceForm, TicketTypeView},
};
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use events::{OptionPatch, TicketType, TicketTypeDraft, TicketTypePatch, Visibility};
use kernel::{EventId, TicketTypeId};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

const fn one() -> i64 {
    1
}

/// A new ticket type.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewTicketType {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(deserialize_with = "object")]
    price: PriceForm,
    /// Number of tickets of this type; `null` is limited by the event's capacity only.
    quota: Option<i64>,
    /// Start of sale.
    #[serde(default, deserialize_with = "maybe_time")]
    sale_start: Option<DateTime<Utc>>,
    /// End of sale.
    #[serde(default, deserialize_with = "maybe_time")]
    sale_end: Option<DateTime<Utc>>,
    /// 1 by default.
    #[serde(default = "one")]
    min_per_order: i64,
    max_per_order: Option<i64>,
    /// Offer it only with a promo code that names it.
    #[serde(default)]
    hidden: bool,
    /// Place in the list; the last one by default.
    position: Option<i64>,
}

/// Ticket type update; absent fields stay unchanged. Orders that were placed keep their prices.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TicketTypeChanges {
    name: Option<String>,
    description: Option<String>,
    #[serde(default, deserialize_with = "maybe_object")]
    price: Option<PriceForm>,
    /// `null` removes the quota.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<i64>)]
    quota: OptionPatch<i64>,
    /// `null` removes the start.
    #[serde(default, deserialize_with = "time_patch")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    sale_start: OptionPatch<DateTime<Utc>>,
    /// `null` removes the end.
    #[serde(default, deserialize_with = "time_patch")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    sale_end: OptionPatch<DateTime<Utc>>,
    min_per_order: Option<i64>,
    /// `null` removes the limit.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<i64>)]
    max_per_order: OptionPatch<i64>,
    hidden: Option<bool>,
    position: Option<i64>,
    /// `false` sells an archived type again.
    archived: Option<bool>,
}

/// Distinguishes `null` from a missing field.
pub(super) fn patch<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<OptionPatch<T>, D::Error> {
    Option::deserialize(deserializer).map(OptionPatch::Set)
}

/// [`patch`] of a time.
pub(super) fn time_patch<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<OptionPatch<DateTime<Utc>>, D::Error> {
    maybe_stored_time(deserializer).map(OptionPatch::Set)
}

const fn visibility(hidden: bool) -> Visibility {
    if hidden { Visibility::HiddenUntilCode } else { Visibility::Public }
}

/// The views of types of one event, as last committed.
async fn views(state: &State, event: EventId, types: &[TicketType]) -> Result<Vec<TicketTypeView>, Problem> {
    let event = state.store.event(event).await?.ok_or_else(|| Problem::not_found("event"))?;
    let (rates, now) = (state.office.rates(), state.office.now());
    Ok(Offer { types, rates: &rates, now }.views(&event, true))
}

async fn view(state: &State, one: TicketType) -> Result<TicketTypeView, Problem> {
    let mut views = views(state, one.event_id, std::slice::from_ref(&one)).await?;
    views.pop().ok_or_else(|| Problem::not_found("ticket type"))
}

/// List an event's ticket types, archived ones included
#[utoipa::path(get, path = "/api/admin/events/{id}/ticket-types", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), responses(
    (status = 200, body = Answer<Vec<TicketTypeView>>, headers(("X-Total-Count" = u64, description = "Total number of ticket types"))), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn list_ticket_types(
    state: web::Data<State>,
    id: path::Id,
    _: Admin,
) -> Result<HttpResponse, Problem> {
    let id = EventId::new(id.0);
    let types = state.store.ticket_types(id).await?;
    let views = views(&state, id, &types).await?;
    let total = u64::try_from(views.len()).unwrap_or(u64::MAX);
    Ok(response::page("Ticket types retrieved", views, total))
}

/// Add a ticket type
#[utoipa::path(post, path = "/api/admin/events/{id}/ticket-types", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), request_body = NewTicketType, responses(
    (status = 201, body = Answer<TicketTypeView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn add_ticket_type(
    state: web::Data<State>,
    id: path::Id,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<NewTicketType>>,
) -> Result<HttpResponse, Problem> {
    let draft = TicketTypeDraft {
        name: form.name,
        description: form.description,
        price: form.price.into(),
        quota: form.quota,
        sale_starts_at: form.sale_start,
        sale_ends_at: form.sale_end,
        min_per_order: form.min_per_order,
        max_per_order: form.max_per_order,
        visibility: visibility(form.hidden),
        position: 0,
    };
    let added = state.office.add_ticket_type(&caller, EventId::new(id.0), draft, form.position).await?;
    Ok(response::created("Ticket type added", view(&state, added).await?))
}

/// Update a ticket type; placed orders keep their prices
#[utoipa::path(put, path = "/api/admin/ticket-types/{id}", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), request_body = TicketTypeChanges, responses(
    (status = 200, body = Answer<TicketTypeView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn update_ticket_type(
    state: web::Data<State>,
    id: path::Id,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<TicketTypeChanges>>,
) -> Result<HttpResponse, Problem> {
    let patch = TicketTypePatch {
        name: form.name,
        description: form.description,
        price: form.price.map(Into::into),
        quota: form.quota,
        sale_starts_at: form.sale_start,
        sale_ends_at: form.sale_end,
        min_per_order: form.min_per_order,
        max_per_order: form.max_per_order,
        visibility: form.hidden.map(visibility),
        position: form.position,
        archived: form.archived,
    };
    let changed = state.office.update_ticket_type(&caller, TicketTypeId::new(id.0), &patch).await?;
    Ok(response::ok("Ticket type updated", view(&state, changed).await?))
}

/// Delete a ticket type, or archive one that orders or promo codes name
#[utoipa::path(delete, path = "/api/admin/ticket-types/{id}", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), responses((status = 200, body = Done), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn remove_ticket_type(
    state: web::Data<State>,
    id: path::Id,
    Admin(caller): Admin,
) -> Result<HttpResponse, Problem> {
    let archived = state.office.remove_ticket_type(&caller, TicketTypeId::new(id.0)).await?;
    Ok(response::done(if archived.is_some() { "Ticket type archived" } else { "Ticket type deleted" }))
}

/// The order of an event's ticket types.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TicketTypeOrder {
    /// Types in their new order; the others follow as they are.
    ids: Vec<i64>,
}

/// Sort an event's ticket types
#[utoipa::path(put, path = "/api/admin/events/{id}/ticket-types/order", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), request_body = TicketTypeOrder, responses(
    (status = 200, body = Answer<Vec<TicketTypeView>>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn sort_ticket_types(
    state: web::Data<State>,
    id: path::Id,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<TicketTypeOrder>>,
) -> Result<HttpResponse, Problem> {
    let event = EventId::new(id.0);
    let ids: Vec<_> = form.ids.into_iter().map(TicketTypeId::new).collect();
    let types = state.office.sort_ticket_types(&caller, event, &ids).await?;
    Ok(response::ok("Ticket types sorted", views(&state, event, &types).await?))
}
