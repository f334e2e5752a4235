//! Lines of orders in requests and responses.

use crate::http::problem::Problem;
use chrono::{DateTime, Utc};
use events::{Conversion, PromoCodeText, TicketType};
use kernel::{FieldCode, Sats, TicketTypeId};
use serde::{Deserialize, Serialize};
use tickets::{LineRequest, OrderLine};
use utoipa::ToSchema;

/// Requested tickets of one type.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub(crate) struct NewOrderLine {
    ticket_type_id: i64,
    quantity: u32,
    /// Price of one ticket that the buyer chose, for a type with a minimum; the minimum by default.
    price_sats: Option<u64>,
}

/// Reads the lines of a request.
pub(crate) fn requested(lines: &[NewOrderLine]) -> Result<Vec<LineRequest>, Problem> {
    let read = lines.iter().enumerate().map(|(index, line)| {
        let chosen = line.price_sats.map(Sats::new).transpose().map_err(|error| {
            Problem::field(&format!("lines[{index}].price_sats"), FieldCode::TooLarge, error.to_string())
        })?;
        let ticket_type_id = TicketTypeId::new(line.ticket_type_id);
        Ok(LineRequest { ticket_type_id, quantity: line.quantity, chosen })
    });
    read.collect()
}

/// Reads a promo code; an empty one is none.
pub(crate) fn promo_code(text: Option<&str>) -> Result<Option<PromoCodeText>, Problem> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let parsed = text.map(PromoCodeText::parse).transpose();
    parsed.map_err(|error| Problem::field("promo_code", error.code(), error.to_string()))
}

/// Tickets of one type in an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderLine)]
pub(crate) struct OrderLineView {
    ticket_type_id: i64,
    /// Name of the ticket type.
    name: String,
    quantity: u32,
    /// Price of one ticket before the discount.
    list_price_sats: u64,
    /// Discount on one ticket.
    discount_sats: u64,
    /// Price of one ticket.
    unit_price_sats: u64,
    total_sats: u64,
    /// How the price was converted; `null` for a price in satoshis.
    #[schema(required = true)]
    conversion: Option<ConversionView>,
}

/// Conversion of a price in a currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceConversion)]
pub(crate) struct ConversionView {
    /// ISO 4217.
    currency: String,
    /// Price in minor units, such as cents.
    amount_minor: u64,
    /// Satoshis for one unit of the currency.
    rate: f64,
    /// Host of the rate's source.
    source: String,
    /// Time of the rate.
    at: DateTime<Utc>,
}

impl From<&Conversion> for ConversionView {
    fn from(conversion: &Conversion) -> Self {
        let billion: f64 = conversion.rate.sats_per_billion.to_string().parse().unwrap_or_default();
        Self {
            currency: conversion.amount.currency.to_string(),
            amount_minor: conversion.amount.minor_units,
            rate: billion / 1_000_000_000.0,
            source: conversion.rate.source.clone(),
            at: conversion.rate.at,
        }
    }
}

/// Views of an order's lines; `types` are those of its event.
pub(crate) fn views(lines: &[OrderLine], types: &[TicketType]) -> Vec<OrderLineView> {
    let name = |id| types.iter().find(|one| one.id == id).map(|one| one.name.clone()).unwrap_or_default();
    let views = lines.iter().map(|line| OrderLineView {
        ticket_type_id: line.ticket_type_id.get(),
        name: name(line.ticket_type_id),
        quantity: line.quantity,
        list_price_sats: line.list_price.get(),
        discount_sats: line.discount.get(),
        unit_price_sats: line.unit_price().get(),
        total_sats: line.total().map_or(0, Sats::get),
        conversion: line.conversion.as_ref().map(Into::into),
    });
    views.collect()
}
