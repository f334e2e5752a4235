use crate::{
    currency::{Conversion, Currency, CurrencyAmount, ExchangeRate},
    event::Event,
};
use kernel::{EventId, Sats, TicketTypeId, Timestamp};

/// A kind of ticket of one event, such as "Early bird".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketType {
    /// Its number.
    pub id: TicketTypeId,
    /// Event of the type.
    pub event_id: EventId,
    /// Name: one line.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// Price of one ticket.
    pub price: TicketPrice,
    /// Most tickets of this type; `None` is limited by the event's capacity alone.
    pub quota: Option<u32>,
    /// Seats taken by pending and paid tickets of this type. A counter beside the tickets, as [`Event::seats_taken`].
    pub taken: u32,
    /// Start of sale; `None` is from the start.
    pub sale_starts_at: Option<Timestamp>,
    /// End of sale, exclusive; `None` is until the event is over.
    pub sale_ends_at: Option<Timestamp>,
    /// Fewest tickets of this type in an order that has any; at least 1.
    pub min_per_order: u32,
    /// Most tickets of this type in an order; `None` is limited by the shop's limits alone.
    pub max_per_order: Option<u32>,
    /// Whether it is offered without a promo code.
    pub visibility: Visibility,
    /// Place in the list, ascending; ties are in the order of ids.
    pub position: u32,
    /// Time of its archival: an archived type is not sold, its tickets stay valid.
    pub archived_at: Option<Timestamp>,
    /// Time of the last price change; `None` while it is the first price.
    pub price_changed_at: Option<Timestamp>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

/// Price of a ticket type. Orders freeze it in satoshis, so a change never reaches a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketPrice {
    /// Satoshis; zero is free.
    Fixed(Sats),
    /// An amount in a currency, converted when the order is quoted or placed.
    InCurrency(CurrencyAmount),
    /// "Pay what you want": the buyer chooses the amount.
    PayWhatYouWant {
        /// Smallest amount, also that of a buyer who chooses none; zero allows free tickets.
        min: Sats,
    },
}

/// Whether a ticket type is offered to everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Listed and sold.
    Public,
    /// Neither listed nor sold without a promo code that names the type.
    HiddenUntilCode,
}

/// Price of one ticket before any discount, in whole satoshis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPrice {
    /// The price.
    pub sats: Sats,
    /// How it was converted, for a price in a currency.
    pub conversion: Option<Conversion>,
}

/// Why a ticket type cannot be bought now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TypeNotOnSale {
    /// Archived by the organiser.
    #[error("this ticket type is not sold any more")]
    Archived,
    /// Sale has not started.
    #[error("sale of this ticket type starts at {starts_at}")]
    NotYet {
        /// Start of sale.
        starts_at: Timestamp,
    },
    /// Sale has ended.
    #[error("sale of this ticket type has ended")]
    Ended {
        /// End of sale.
        ended_at: Timestamp,
    },
    /// Its price is in a currency for which there is no fresh rate.
    #[error("there is no current exchange rate for {currency}: try again later")]
    NoRate {
        /// The currency.
        currency: Currency,
    },
}

/// Why a ticket of a type has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceRefusal {
    /// No fresh rate for the price's currency.
    #[error("there is no current exchange rate for {currency}: try again later")]
    NoRate {
        /// The currency.
        currency: Currency,
    },
    /// The chosen amount is below the minimum.
    #[error("the amount must be at least {min} sats")]
    BelowMinimum {
        /// Smallest amount.
        min: Sats,
    },
    /// An amount was chosen for a type whose price is set.
    #[error("the price of this ticket type is not chosen by the buyer")]
    NotChoosable,
    /// Converted, it is more than the supply of bitcoin.
    #[error("the price is too large")]
    TooLarge,
}

impl TicketPrice {
    /// Price of one ticket. `chosen` is the buyer's amount of a "pay what you want" type; without one, its minimum is charged.
    pub fn list_price(
        self,
        chosen: Option<Sats>,
        rates: &[ExchangeRate],
        now: Timestamp,
    ) -> Result<ListPrice, PriceRefusal> {
        let plain = |sats| Ok(ListPrice { sats, conversion: None });
        match (self, chosen) {
            (Self::PayWhatYouWant { min }, None) => plain(min),
            (Self::PayWhatYouWant { min }, Some(chosen)) if chosen < min => {
                Err(PriceRefusal::BelowMinimum { min })
            }
            (Self::PayWhatYouWant { .. }, Some(chosen)) => plain(chosen),
            (Self::Fixed(_) | Self::InCurrency(_), Some(_)) => Err(PriceRefusal::NotChoosable),
            (Self::Fixed(sats), None) => plain(sats),
            (Self::InCurrency(amount), None) => {
                let currency = amount.currency;
                let rate =
                    ExchangeRate::fresh(rates, currency, now).ok_or(PriceRefusal::NoRate { currency })?;
                let sats = rate.convert(amount.minor_units).map_err(|_| PriceRefusal::TooLarge)?;
                Ok(ListPrice { sats, conversion: Some(Conversion { amount, rate: rate.clone() }) })
            }
        }
    }
}

impl TicketType {
    /// Whether the type is within its window of sale and not archived, whatever its price and the seats left.
    pub fn in_sale_window(&self, now: Timestamp) -> Result<(), TypeNotOnSale> {
        match (self.archived_at, self.sale_starts_at, self.sale_ends_at) {
            (Some(_), ..) => Err(TypeNotOnSale::Archived),
            (None, Some(starts_at), _) if now < starts_at => Err(TypeNotOnSale::NotYet { starts_at }),
            (None, _, Some(ended_at)) if now >= ended_at => Err(TypeNotOnSale::Ended { ended_at }),
            _ => Ok(()),
        }
    }

    /// Whether tickets of this type may be bought at `now`: within the window of sale, and with a price that can be computed. Sold
    /// out is still on sale: a hold may end.
    pub fn on_sale(&self, rates: &[ExchangeRate], now: Timestamp) -> Result<(), TypeNotOnSale> {
        self.in_sale_window(now)?;
        match self.price {
            TicketPrice::InCurrency(CurrencyAmount { currency, .. })
                if ExchangeRate::fresh(rates, currency, now).is_none() =>
            {
                Err(TypeNotOnSale::NoRate { currency })
            }
            _ => Ok(()),
        }
    }

    /// Seats of this type that can be ordered: the rest of its quota or of the event's capacity, whichever is less.
    pub fn seats_left(&self, event: &Event) -> u32 {
        self.quota.unwrap_or(u32::MAX).saturating_sub(self.taken).min(event.available())
    }

    /// Whether it is listed without a promo code.
    pub const fn is_public(&self) -> bool {
        matches!(self.visibility, Visibility::Public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Zone;
    use chrono::{Duration, TimeZone, Utc};
    use proptest::prelude::*;
    use std::num::NonZeroU64;

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn sats(amount: u64) -> Sats {
        Sats::new(amount).unwrap()
    }

    fn kind(id: i64) -> TicketType {
        TicketType {
            id: TicketTypeId::new(id),
            event_id: EventId::new(1),
            name: "Regular".into(),
            description: String::new(),
            price: TicketPrice::Fixed(sats(2_100)),
            quota: None,
            taken: 0,
            sale_starts_at: None,
            sale_ends_at: None,
            min_per_order: 1,
            max_per_order: None,
            visibility: Visibility::Public,
            position: 0,
            archived_at: None,
            price_changed_at: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    fn event(capacity: u32, seats_taken: u32) -> Event {
        Event {
            id: EventId::new(1),
            title: "Late Show".into(),
            description: String::new(),
            start_time: now(),
            end_time: now() + Duration::hours(2),
            time_zone: Zone::UTC,
            capacity,
            price: Sats::ZERO,
            stream_url: String::new(),
            is_active: true,
            cancelled_at: None,
            created_at: now(),
            updated_at: now(),
            seats_taken,
            price_changed_at: None,
            network_limit: None,
            details: crate::EventDetails::default(),
        }
    }

    fn usd() -> TicketPrice {
        let currency = Currency::parse("USD").unwrap();
        TicketPrice::InCurrency(CurrencyAmount { currency, minor_units: 2_500 })
    }

    fn rate() -> ExchangeRate {
        ExchangeRate {
            currency: Currency::parse("USD").unwrap(),
            sats_per_billion: NonZeroU64::new(1_000_000_000_000).unwrap(),
            source: "rates.example".into(),
            at: now(),
        }
    }

    proptest! {
        #[test]
        fn seats_left_never_exceed_quota_or_capacity(quota: Option<u32>, taken: u32, capacity: u32, all: u32) {
            let left = TicketType { quota, taken, ..kind(1) }.seats_left(&event(capacity, all));
            prop_assert!(u64::from(left) + u64::from(taken) <= u64::from(quota.unwrap_or(u32::MAX)).max(taken.into()));
            prop_assert!(u64::from(left) + u64::from(all) <= u64::from(capacity.max(all)));
        }
    }

    #[test]
    fn a_type_is_sold_within_its_window_and_until_it_is_archived() {
        let (start, end) = (now(), now() + Duration::hours(1));
        let early = TicketType { sale_starts_at: Some(start), sale_ends_at: Some(end), ..kind(1) };
        let second = Duration::seconds(1);
        let not_yet = Err(TypeNotOnSale::NotYet { starts_at: start });
        assert_eq!(early.on_sale(&[], start - second), not_yet);
        assert_eq!(early.on_sale(&[], start), Ok(()));
        assert_eq!(early.on_sale(&[], end - second), Ok(()));
        assert_eq!(early.on_sale(&[], end), Err(TypeNotOnSale::Ended { ended_at: end }));
        let archived = TicketType { archived_at: Some(start), ..early };
        assert_eq!(archived.on_sale(&[], start), Err(TypeNotOnSale::Archived));
    }

    #[test]
    fn a_price_in_a_currency_needs_a_fresh_rate() {
        let dollars = TicketType { price: usd(), ..kind(1) };
        let currency = rate().currency;
        for rates in [vec![], vec![ExchangeRate { at: now() - Duration::minutes(16), ..rate() }]] {
            assert_eq!(dollars.on_sale(&rates, now()), Err(TypeNotOnSale::NoRate { currency }));
            assert_eq!(dollars.price.list_price(None, &rates, now()), Err(PriceRefusal::NoRate { currency }));
        }
        assert_eq!(dollars.on_sale(&[rate()], now()), Ok(()));
        let price = dollars.price.list_price(None, &[rate()], now()).unwrap();
        assert_eq!(price.sats, sats(25_000));
        assert_eq!(price.conversion.unwrap().rate, rate());
    }

    #[test]
    fn an_amount_is_chosen_for_pay_what_you_want_only_and_not_below_its_minimum() {
        let choose = |price: TicketPrice, chosen| {
            price.list_price(chosen, &[rate()], now()).map(|price| price.sats.get())
        };
        let free_choice = TicketPrice::PayWhatYouWant { min: sats(500) };
        assert_eq!(choose(free_choice, None), Ok(500));
        assert_eq!(choose(free_choice, Some(sats(500))), Ok(500));
        assert_eq!(choose(free_choice, Some(sats(9_000))), Ok(9_000));
        let below = Err(PriceRefusal::BelowMinimum { min: sats(500) });
        assert_eq!(choose(free_choice, Some(sats(499))), below);
        for fixed in [TicketPrice::Fixed(sats(7)), usd()] {
            assert_eq!(choose(fixed, Some(sats(7))), Err(PriceRefusal::NotChoosable));
        }
    }

    #[test]
    fn the_lesser_of_quota_and_capacity_is_left() {
        let left = |quota, taken, capacity, all| {
            TicketType { quota, taken, ..kind(1) }.seats_left(&event(capacity, all))
        };
        assert_eq!(left(Some(10), 4, 100, 50), 6);
        assert_eq!(left(Some(10), 4, 100, 97), 3);
        assert_eq!(left(None, 4, 100, 50), 50);
        assert_eq!(left(Some(3), 4, 100, 50), 0);
        let cancelled = Event { cancelled_at: Some(now()), ..event(10, 0) };
        assert_eq!(kind(1).seats_left(&cancelled), 0);
    }
}
