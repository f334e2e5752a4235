//! Rows of ticket types, promo codes and orders, and their conversions; see [`crate::rows`].

use crate::{
    error::corrupt,
    rows::{RowReader, language},
    schema,
};
use diesel::{Queryable, Selectable};
use events::{
    Conversion, Currency, CurrencyAmount, Discount, Percent, PromoCode, PromoCodeText, PromoTypes,
    TicketPrice, TicketType, Visibility,
};
use kernel::{
    EventId, OrderId, PromoCodeId, Sats, StoreError, TicketTypeId, Timestamp, UserId, time::readable,
};
use tickets::{Buyer, GuestEmail, Order, OrderKind, OrderLine, OrderStatus};

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::ticket_types)]
pub(crate) struct TypeRow {
    pub(crate) id: i64,
    event_id: i64,
    name: String,
    description: String,
    price_kind: String,
    price_sats: Option<i64>,
    price_currency: Option<String>,
    price_minor_units: Option<i64>,
    quota: Option<i32>,
    taken: i32,
    sale_starts_at: Option<Timestamp>,
    sale_ends_at: Option<Timestamp>,
    min_per_order: i32,
    max_per_order: Option<i32>,
    visibility: String,
    position: i32,
    archived_at: Option<Timestamp>,
    price_changed_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TypeRow {
    /// Reads a row of the hot path; columns in this order.
    pub(crate) fn read(reader: &mut RowReader<'_>) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            id: reader.next()?,
            event_id: reader.next()?,
            name: reader.next()?,
            description: reader.next()?,
            price_kind: reader.next()?,
            price_sats: reader.next()?,
            price_currency: reader.next()?,
            price_minor_units: reader.next()?,
            quota: reader.next()?,
            taken: reader.next()?,
            sale_starts_at: reader.next()?,
            sale_ends_at: reader.next()?,
            min_per_order: reader.next()?,
            max_per_order: reader.next()?,
            visibility: reader.next()?,
            position: reader.next()?,
            archived_at: reader.next()?,
            price_changed_at: reader.next()?,
            created_at: reader.next()?,
            updated_at: reader.next()?,
        })
    }
}

fn number(what: &str, id: i64, number: i32) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| corrupt(what, id, &number.to_string()))
}

fn sats(what: &str, id: i64, amount: i64) -> Result<Sats, StoreError> {
    Sats::try_from(amount).map_err(|error| corrupt(what, id, &error.to_string()))
}

impl TryFrom<TypeRow> for TicketType {
    type Error = StoreError;
    fn try_from(row: TypeRow) -> Result<Self, StoreError> {
        let count = |count| number("ticket type", row.id, count);
        let invalid = || corrupt("ticket type", row.id, "price");
        let amount = row.price_sats.map(|amount| sats("ticket type", row.id, amount)).transpose()?;
        let price = match (row.price_kind.as_str(), amount, row.price_currency, row.price_minor_units) {
            ("fixed", Some(price), ..) => TicketPrice::Fixed(price),
            ("chosen", Some(min), ..) => TicketPrice::PayWhatYouWant { min },
            ("currency", _, Some(currency), Some(minor)) => TicketPrice::InCurrency(CurrencyAmount {
                currency: Currency::parse(&currency).map_err(|_| invalid())?,
                minor_units: u64::try_from(minor).map_err(|_| invalid())?,
            }),
            _ => return Err(invalid()),
        };
        Ok(Self {
            id: TicketTypeId::new(row.id),
            event_id: EventId::new(row.event_id),
            name: row.name,
            description: row.description,
            price,
            quota: row.quota.map(count).transpose()?,
            taken: count(row.taken)?,
            sale_starts_at: row.sale_starts_at.map(readable),
            sale_ends_at: row.sale_ends_at.map(readable),
            min_per_order: count(row.min_per_order)?,
            max_per_order: row.max_per_order.map(count).transpose()?,
            visibility: match row.visibility.as_str() {
                "public" => Visibility::Public,
                "hidden" => Visibility::HiddenUntilCode,
                other => return Err(corrupt("ticket type", row.id, other)),
            },
            position: count(row.position)?,
            archived_at: row.archived_at,
            price_changed_at: row.price_changed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Columns of a price: kind, satoshis, currency, minor units.
pub(crate) type PriceColumns = (&'static str, Option<i64>, Option<String>, Option<i64>);

pub(crate) fn price_columns(price: TicketPrice) -> PriceColumns {
    match price {
        TicketPrice::Fixed(sats) => ("fixed", Some(sats.to_i64()), None, None),
        TicketPrice::PayWhatYouWant { min } => ("chosen", Some(min.to_i64()), None, None),
        TicketPrice::InCurrency(amount) => {
            let minor = i64::try_from(amount.minor_units).unwrap_or(i64::MAX);
            ("currency", None, Some(amount.currency.to_string()), Some(minor))
        }
    }
}

pub(crate) const fn visibility_column(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::HiddenUntilCode => "hidden",
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::promo_codes)]
pub(crate) struct CodeRow {
    pub(crate) id: i64,
    event_id: Option<i64>,
    code: String,
    discount_kind: String,
    discount_amount: Option<i64>,
    all_types: bool,
    max_uses: Option<i32>,
    used: i32,
    max_uses_per_buyer: Option<i32>,
    valid_from: Option<Timestamp>,
    valid_until: Option<Timestamp>,
    archived_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl CodeRow {
    /// Reads a row of the hot path; columns in this order.
    pub(crate) fn read(reader: &mut RowReader<'_>) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            id: reader.next()?,
            event_id: reader.next()?,
            code: reader.next()?,
            discount_kind: reader.next()?,
            discount_amount: reader.next()?,
            all_types: reader.next()?,
            max_uses: reader.next()?,
            used: reader.next()?,
            max_uses_per_buyer: reader.next()?,
            valid_from: reader.next()?,
            valid_until: reader.next()?,
            archived_at: reader.next()?,
            created_at: reader.next()?,
            updated_at: reader.next()?,
        })
    }

    /// Converts the row; `named` are rows of `promo_code_types`, also those of other codes.
    pub(crate) fn with_types(self, named: &[(i64, i64)]) -> Result<PromoCode, StoreError> {
        // The text is a secret and must not appear in an error.
        let invalid = || corrupt("promo code", self.id, "invalid text or discount");
        let count = |count| number("promo code", self.id, count);
        let discount = match (self.discount_kind.as_str(), self.discount_amount) {
            ("free", None) => Discount::Free,
            ("sats", Some(off)) => Discount::SatsOff(sats("promo code", self.id, off)?),
            ("percent", Some(percent)) => {
                let percent = u8::try_from(percent).ok().and_then(Percent::new);
                Discount::Percent(percent.ok_or_else(invalid)?)
            }
            _ => return Err(invalid()),
        };
        let own = named.iter().filter(|(code, _)| *code == self.id);
        Ok(PromoCode {
            id: PromoCodeId::new(self.id),
            event_id: self.event_id.map(EventId::new),
            code: PromoCodeText::parse(&self.code).map_err(|_| invalid())?,
            discount,
            ticket_types: if self.all_types {
                PromoTypes::All
            } else {
                PromoTypes::Only(own.map(|(_, one)| TicketTypeId::new(*one)).collect())
            },
            max_uses: self.max_uses.map(count).transpose()?,
            used: count(self.used)?,
            max_uses_per_buyer: self.max_uses_per_buyer.map(count).transpose()?,
            valid_from: self.valid_from.map(readable),
            valid_until: self.valid_until.map(readable),
            archived_at: self.archived_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// Columns of a discount: kind and amount.
pub(crate) fn discount_columns(discount: Discount) -> (&'static str, Option<i64>) {
    match discount {
        Discount::Percent(percent) => ("percent", Some(percent.get().into())),
        Discount::SatsOff(off) => ("sats", Some(off.to_i64())),
        Discount::Free => ("free", None),
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::orders)]
pub(crate) struct OrderRow {
    pub(crate) id: i64,
    event_id: i64,
    kind: String,
    user_id: Option<i64>,
    guest_email: Option<String>,
    email_confirmed_at: Option<Timestamp>,
    payer_address: Option<String>,
    total_sats: i64,
    promo_code_id: Option<i64>,
    status: String,
    hold_expires_at: Option<Timestamp>,
    issued_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    language: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::order_lines)]
pub(crate) struct LineRow {
    order_id: i64,
    ticket_type_id: i64,
    quantity: i32,
    list_price_sats: i64,
    discount_sats: i64,
    conversion: Option<String>,
}

impl LineRow {
    pub(crate) fn order_id(&self) -> OrderId {
        OrderId::new(self.order_id)
    }
}

impl TryFrom<LineRow> for OrderLine {
    type Error = StoreError;
    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let conversion = row.conversion.as_deref().map(serde_json::from_str::<Conversion>).transpose();
        Ok(Self {
            ticket_type_id: TicketTypeId::new(row.ticket_type_id),
            quantity: number("line of order", row.order_id, row.quantity)?,
            list_price: sats("line of order", row.order_id, row.list_price_sats)?,
            discount: sats("line of order", row.order_id, row.discount_sats)?,
            conversion: conversion
                .map_err(|error| corrupt("line of order", row.order_id, &error.to_string()))?,
        })
    }
}

impl OrderRow {
    pub(crate) fn id(&self) -> OrderId {
        OrderId::new(self.id)
    }

    /// Converts the row with its lines in order.
    pub(crate) fn with_lines(self, lines: Vec<LineRow>) -> Result<Order, StoreError> {
        Ok(Order {
            id: OrderId::new(self.id),
            event_id: EventId::new(self.event_id),
            kind: OrderKind::parse(&self.kind).ok_or_else(|| corrupt("order", self.id, &self.kind))?,
            buyer: Buyer {
                user_id: self.user_id.map(UserId::new),
                email: self
                    .guest_email
                    .map(|address| GuestEmail { address, confirmed_at: self.email_confirmed_at }),
                payer_address: self.payer_address,
                language: language(&self.language),
            },
            lines: lines.into_iter().map(OrderLine::try_from).collect::<Result<_, _>>()?,
            total: sats("order", self.id, self.total_sats)?,
            promo_code: self.promo_code_id.map(PromoCodeId::new),
            status: OrderStatus::parse(&self.status)
                .ok_or_else(|| corrupt("order", self.id, &self.status))?,
            hold_expires_at: self.hold_expires_at,
            issued_at: self.issued_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}
