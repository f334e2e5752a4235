//! Promo codes, for organisers.

use super::ticket_types::{patch, time_patch};
use crate::http::{
    auth::{Admin, AuthFirst},
    body::{Body, maybe_time},
    objects::{maybe_object, object},
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer, Done},
    state::State,
};
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use events::{
    DiscountDraft, OptionPatch, PromoCode, PromoCodeDraft, PromoCodePatch, PromoCodeText, PromoTypes,
};
use kernel::{EventId, FieldCode, PromoCodeId, TicketTypeId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Discount on each ticket.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = PromoDiscount)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum DiscountForm {
    /// Per cent of the price.
    Percent {
        /// 1–100.
        value: i64,
    },
    /// Satoshis off the price.
    Sats {
        /// At least 1.
        value: i64,
    },
    /// The whole price.
    Free,
}

impl From<DiscountForm> for DiscountDraft {
    fn from(discount: DiscountForm) -> Self {
        match discount {
            DiscountForm::Percent { value } => Self::Percent(value),
            DiscountForm::Sats { value } => Self::SatsOff(value),
            DiscountForm::Free => Self::Free,
        }
    }
}

/// A promo code. One use is one order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromoCode)]
pub(crate) struct PromoCodeView {
    id: i64,
    /// Event of the code; `null` is all events.
    #[schema(required = true)]
    event_id: Option<i64>,
    code: String,
    discount: DiscountForm,
    /// Ticket types that it applies to, hidden ones included; `null` is all that are not hidden.
    #[schema(required = true)]
    ticket_type_ids: Option<Vec<i64>>,
    /// Largest number of uses; `null` is unlimited.
    #[schema(required = true)]
    max_uses: Option<u32>,
    /// Largest number of uses by one buyer; `null` is unlimited.
    #[schema(required = true)]
    max_per_buyer: Option<u32>,
    /// Orders that use the code.
    used: u32,
    #[schema(required = true)]
    valid_from: Option<DateTime<Utc>>,
    #[schema(required = true)]
    valid_until: Option<DateTime<Utc>>,
    archived: bool,
}

impl From<PromoCode> for PromoCodeView {
    fn from(code: PromoCode) -> Self {
        Self {
            id: code.id.get(),
            event_id: code.event_id.map(EventId::get),
            code: code.code.expose().to_owned(),
            discount: match DiscountDraft::from(code.discount) {
                DiscountDraft::Percent(value) => DiscountForm::Percent { value },
                DiscountDraft::SatsOff(value) => DiscountForm::Sats { value },
                DiscountDraft::Free => DiscountForm::Free,
            },
            ticket_type_ids: match code.ticket_types {
                PromoTypes::All => None,
                PromoTypes::Only(types) => Some(types.into_iter().map(TicketTypeId::get).collect()),
            },
            max_uses: code.max_uses,
            max_per_buyer: code.max_uses_per_buyer,
            used: code.used,
            valid_from: code.valid_from,
            valid_until: code.valid_until,
            archived: code.archived_at.is_some(),
        }
    }
}

/// A new promo code.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewPromoCode {
    /// 3–40 letters A–Z and digits in any case; spaces and dashes are ignored.
    code: String,
    #[serde(deserialize_with = "object")]
    discount: DiscountForm,
    /// Ticket types of the event; all by default. A hidden type is offered only by a code that names it.
    ticket_type_ids: Option<Vec<i64>>,
    max_uses: Option<i64>,
    max_per_buyer: Option<i64>,
    #[serde(default, deserialize_with = "maybe_time")]
    valid_from: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "maybe_time")]
    valid_until: Option<DateTime<Utc>>,
}

/// Promo code update; absent fields stay unchanged. Orders that were placed keep their discounts.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PromoCodeChanges {
    /// The text cannot be changed; it may be repeated here.
    code: Option<String>,
    #[serde(default, deserialize_with = "maybe_object")]
    discount: Option<DiscountForm>,
    /// `null` applies it to all types.
    #[serde(default, deserialize_with = "present_types")]
    #[schema(value_type = Option<Vec<i64>>)]
    ticket_type_ids: Option<PromoTypes>,
    /// `null` removes the limit.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<i64>)]
    max_uses: OptionPatch<i64>,
    /// `null` removes the limit.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<i64>)]
    max_per_buyer: OptionPatch<i64>,
    /// `null` removes the start.
    #[serde(default, deserialize_with = "time_patch")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    valid_from: OptionPatch<DateTime<Utc>>,
    /// `null` removes the end.
    #[serde(default, deserialize_with = "time_patch")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    valid_until: OptionPatch<DateTime<Utc>>,
    /// `false` makes an archived code valid again.
    archived: Option<bool>,
}

fn named(types: Option<Vec<i64>>) -> PromoTypes {
    types
        .map_or(PromoTypes::All, |types| PromoTypes::Only(types.into_iter().map(TicketTypeId::new).collect()))
}

/// Distinguishes `null` from a missing field.
fn present_types<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<PromoTypes>, D::Error> {
    Option::deserialize(deserializer).map(|types| Some(named(types)))
}

impl From<NewPromoCode> for PromoCodeDraft {
    fn from(form: NewPromoCode) -> Self {
        Self {
            code: form.code,
            discount: form.discount.into(),
            ticket_types: named(form.ticket_type_ids),
            max_uses: form.max_uses,
            max_uses_per_buyer: form.max_per_buyer,
            valid_from: form.valid_from,
            valid_until: form.valid_until,
        }
    }
}

async fn list(state: &State, event: Option<EventId>) -> Result<HttpResponse, Problem> {
    let codes = state.store.promo_codes(event).await?;
    let views: Vec<PromoCodeView> = codes.into_iter().map(Into::into).collect();
    let total = u64::try_from(views.len()).unwrap_or(u64::MAX);
    Ok(response::page("Promo codes retrieved", views, total))
}

/// List an event's promo codes, archived ones included
#[utoipa::path(get, path = "/api/admin/events/{id}/promo-codes", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), responses(
    (status = 200, body = Answer<Vec<PromoCodeView>>, headers(("X-Total-Count" = u64, description = "Total number of promo codes"))), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn list_promo_codes(
    state: web::Data<State>,
    id: path::Id,
    _: Admin,
) -> Result<HttpResponse, Problem> {
    let event = state.store.event(EventId::new(id.0)).await?.ok_or_else(|| Problem::not_found("event"))?;
    list(&state, Some(event.id)).await
}

/// Add a promo code of an event
#[utoipa::path(post, path = "/api/admin/events/{id}/promo-codes", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), request_body = NewPromoCode, responses(
    (status = 201, body = Answer<PromoCodeView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn add_promo_code(
    state: web::Data<State>,
    id: path::Id,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<NewPromoCode>>,
) -> Result<HttpResponse, Problem> {
    let added = state.office.add_promo_code(&caller, Some(EventId::new(id.0)), form.into()).await?;
    Ok(response::created("Promo code added", PromoCodeView::from(added)))
}

/// List the promo codes for all events, archived ones included
#[utoipa::path(get, path = "/api/admin/promo-codes", tag = "organisers", security(("token" = [])), responses(
    (status = 200, body = Answer<Vec<PromoCodeView>>, headers(("X-Total-Count" = u64, description = "Total number of promo codes"))), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn list_general_promo_codes(
    state: web::Data<State>,
    _: Admin,
) -> Result<HttpResponse, Problem> {
    list(&state, None).await
}

/// Add a promo code for all events
#[utoipa::path(post, path = "/api/admin/promo-codes", tag = "organisers", security(("token" = [])),
    request_body = NewPromoCode, responses(
    (status = 201, body = Answer<PromoCodeView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn add_general_promo_code(
    state: web::Data<State>,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<NewPromoCode>>,
) -> Result<HttpResponse, Problem> {
    let added = state.office.add_promo_code(&caller, None, form.into()).await?;
    Ok(response::created("Promo code added", PromoCodeView::from(added)))
}

/// Update a promo code; placed orders keep their discounts
#[utoipa::path(put, path = "/api/admin/promo-codes/{id}", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), request_body = PromoCodeChanges, responses(
    (status = 200, body = Answer<PromoCodeView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn update_promo_code(
    state: web::Data<State>,
    id: path::Id,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<PromoCodeChanges>>,
) -> Result<HttpResponse, Problem> {
    let id = PromoCodeId::new(id.0);
    if let Some(text) = &form.code {
        let known = state.store.promo_code(id).await?.ok_or_else(|| Problem::not_found("promo code"))?;
        if PromoCodeText::parse(text).ok().as_ref() != Some(&known.code) {
            return Err(Problem::field("code", FieldCode::Invalid, "cannot be changed: add another code"));
        }
    }
    let patch = PromoCodePatch {
        discount: form.discount.map(Into::into),
        ticket_types: form.ticket_type_ids,
        max_uses: form.max_uses,
        max_uses_per_buyer: form.max_per_buyer,
        valid_from: form.valid_from,
        valid_until: form.valid_until,
        archived: form.archived,
    };
    let changed = state.office.update_promo_code(&caller, id, &patch).await?;
    Ok(response::ok("Promo code updated", PromoCodeView::from(changed)))
}

/// Delete a promo code, or archive one that orders name
#[utoipa::path(delete, path = "/api/admin/promo-codes/{id}", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), responses((status = 200, body = Done), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn remove_promo_code(
    state: web::Data<State>,
    id: path::Id,
    Admin(caller): Admin,
) -> Result<HttpResponse, Problem> {
    let archived = state.office.remove_promo_code(&caller, PromoCodeId::new(id.0)).await?;
    Ok(response::done(if archived.is_some() { "Promo code archived" } else { "Promo code deleted" }))
}
