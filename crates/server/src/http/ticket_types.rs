//! Ticket types in responses.

use chrono::{DateTime, Utc};
use events::{DefaultTerms, Event, ExchangeRate, PriceDraft, TicketPrice, TicketType, TypeNotOnSale};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Price of a ticket type.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = TicketPrice)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum PriceForm {
    /// A price in satoshis.
    Fixed {
        /// 0 is free.
        sats: i64,
    },
    /// A price in a currency, converted with the shop's exchange rate when the order is quoted.
    Currency {
        /// ISO 4217.
        #[schema(example = "USD")]
        currency: String,
        /// Amount in minor units, such as cents.
        amount_minor: i64,
    },
    /// The buyer chooses the price.
    Minimum {
        /// Smallest price in satoshis.
        min_sats: i64,
    },
}

impl From<TicketPrice> for PriceForm {
    fn from(price: TicketPrice) -> Self {
        match PriceDraft::from(price) {
            PriceDraft::Fixed(sats) => Self::Fixed { sats },
            PriceDraft::PayWhatYouWant(min_sats) => Self::Minimum { min_sats },
            PriceDraft::InCurrency { currency, minor_units } => {
                Self::Currency { currency, amount_minor: minor_units }
            }
        }
    }
}

impl From<PriceForm> for PriceDraft {
    fn from(price: PriceForm) -> Self {
        match price {
            PriceForm::Fixed { sats } => Self::Fixed(sats),
            PriceForm::Minimum { min_sats } => Self::PayWhatYouWant(min_sats),
            PriceForm::Currency { currency, amount_minor } => {
                Self::InCurrency { currency, minor_units: amount_minor }
            }
        }
    }
}

/// Whether a ticket type is sold now, or why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TicketTypeSale)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SaleState {
    /// Sold now.
    OnSale,
    /// Sale has not started.
    NotYet,
    /// Sale has ended.
    Ended,
    /// No seats are left.
    SoldOut,
    /// There is no current exchange rate for the price's currency.
    NoRate,
    /// Archived by the organiser.
    Archived,
}

impl SaleState {
    fn of(one: &TicketType, event: &Event, rates: &[ExchangeRate], now: DateTime<Utc>) -> Self {
        match one.on_sale(rates, now) {
            Err(TypeNotOnSale::Archived) => Self::Archived,
            Err(TypeNotOnSale::NotYet { .. }) => Self::NotYet,
            Err(TypeNotOnSale::Ended { .. }) => Self::Ended,
            Err(TypeNotOnSale::NoRate { .. }) => Self::NoRate,
            Ok(()) if one.seats_left(event) == 0 => Self::SoldOut,
            Ok(()) => Self::OnSale,
        }
    }
}

/// A ticket type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketType)]
pub(crate) struct TicketTypeView {
    id: i64,
    name: String,
    description: String,
    price: PriceForm,
    /// Price of one ticket now, for a chosen price the smallest; `null` without a current exchange rate.
    #[schema(required = true)]
    price_sats: Option<u64>,
    /// Number of tickets of this type; `null` is limited by the event's capacity only.
    #[schema(required = true)]
    quota: Option<u32>,
    /// Tickets that can be ordered: the rest of the quota or of the event, whichever is less.
    available: u32,
    /// Start of sale; `null` is from the start.
    #[schema(required = true)]
    sale_start: Option<DateTime<Utc>>,
    /// End of sale; `null` is until the event is over.
    #[schema(required = true)]
    sale_end: Option<DateTime<Utc>>,
    /// Smallest number of tickets of this type in an order that has any.
    min_per_order: u32,
    /// Largest number of tickets of this type in an order; `null` is limited by the shop only.
    #[schema(required = true)]
    max_per_order: Option<u32>,
    /// Whether it is offered only with a promo code that names it.
    hidden: bool,
    /// Place in the list, ascending.
    position: u32,
    archived: bool,
    sale: SaleState,
    /// Tickets sold or held. Organisers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<u32>,
}

/// Ticket types of an event, and what their view is computed from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offer<'a> {
    pub(crate) types: &'a [TicketType],
    pub(crate) rates: &'a [ExchangeRate],
    pub(crate) now: DateTime<Utc>,
}

impl Offer<'_> {
    /// Price and seats for clients that know no ticket types. An event without types, of an earlier release, has its own.
    pub(crate) fn default_terms(&self, event: &Event) -> DefaultTerms {
        let types: Vec<TicketType> =
            self.types.iter().filter(|one| one.event_id == event.id).cloned().collect();
        if types.is_empty() {
            let (price, capacity) = (event.price, event.capacity);
            return DefaultTerms { price, capacity, available: event.available() };
        }
        DefaultTerms::of(event, &types, self.rates, self.now)
    }

    /// Types in their order: those offered without a promo code, or all of them for organisers.
    pub(crate) fn views(&self, event: &Event, is_admin: bool) -> Vec<TicketTypeView> {
        let listed = |one: &&TicketType| is_admin || (one.is_public() && one.archived_at.is_none());
        let types = self.types.iter().filter(|one| one.event_id == event.id).filter(listed);
        types.map(|one| self.view(one, event, is_admin)).collect()
    }

    pub(crate) fn view(&self, one: &TicketType, event: &Event, is_admin: bool) -> TicketTypeView {
        TicketTypeView {
            id: one.id.get(),
            name: one.name.clone(),
            description: one.description.clone(),
            price: one.price.into(),
            price_sats: one.price.list_price(None, self.rates, self.now).ok().map(|price| price.sats.get()),
            quota: one.quota,
            available: one.seats_left(event),
            sale_start: one.sale_starts_at,
            sale_end: one.sale_ends_at,
            min_per_order: one.min_per_order,
            max_per_order: one.max_per_order,
            hidden: !one.is_public(),
            position: one.position,
            archived: one.archived_at.is_some(),
            sale: SaleState::of(one, event, self.rates, self.now),
            taken: is_admin.then_some(one.taken),
        }
    }
}
