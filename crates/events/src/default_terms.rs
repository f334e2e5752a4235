//! Price and capacity of an event for clients that know no ticket types.

use crate::{
    currency::ExchangeRate,
    default_type::default_type,
    draft::{EventPatch, PatchError},
    event::Event,
    ticket_type::{TicketPrice, TicketType},
};
use kernel::{Sats, Timestamp};

/// An event's price and seats as a client without ticket types sees them: those of the default type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultTerms {
    /// Price of one ticket.
    pub price: Sats,
    /// Seats of the type; at most the event's.
    pub capacity: u32,
    /// Seats that can be ordered; none while no type is on sale.
    pub available: u32,
}

impl DefaultTerms {
    /// Terms at `now`. Without a type on sale, price and capacity stay those of the only type, or of the event.
    pub fn of(event: &Event, types: &[TicketType], rates: &[ExchangeRate], now: Timestamp) -> Self {
        let default = default_type(types, rates, now);
        let shown = default.or_else(|| only_type(types));
        let price = shown.and_then(|one| one.price.list_price(None, rates, now).ok());
        Self {
            price: price.map_or(event.price, |price| price.sats),
            capacity: shown
                .and_then(|one| one.quota)
                .map_or(event.capacity, |quota| quota.min(event.capacity)),
            available: default.map_or(0, |one| one.seats_left(event)),
        }
    }
}

/// The one type that is not archived, else the one type.
fn only_type(types: &[TicketType]) -> Option<&TicketType> {
    let mut live = types.iter().filter(|one| one.archived_at.is_none());
    match (live.next(), live.next(), types) {
        (Some(only), None, _) | (None, _, [only]) => Some(only),
        _ => None,
    }
}

/// An edited event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEdit {
    /// The event.
    pub event: Event,
    /// Its only ticket type, if price or quota changed.
    pub ticket_type: Option<TicketType>,
}

impl EventPatch {
    /// Applies the patch of the published form, which writes all fields back: a price or capacity equal to [`DefaultTerms`]
    /// is no change. Another one changes the only type and the event, and is refused if the event has several types.
    pub fn apply_with_types(
        &self,
        event: &Event,
        types: &[TicketType],
        rates: &[ExchangeRate],
        now: Timestamp,
    ) -> Result<EventEdit, PatchError> {
        let shown = DefaultTerms::of(event, types, rates, now);
        let price = self.price_sats.filter(|price| *price != shown.price.to_i64());
        let capacity = self.capacity.filter(|capacity| *capacity != i64::from(shown.capacity));
        let changed = Self { price_sats: price, capacity, ..self.clone() }.apply(event, now)?;
        let unchanged = price.is_none() && capacity.is_none();
        let only = match only_type(types) {
            _ if unchanged || types.is_empty() => return Ok(EventEdit { event: changed, ticket_type: None }),
            None => return Err(PatchError::SeveralTypes),
            Some(only) => only,
        };
        let mut edited = TicketType { updated_at: now, ..only.clone() };
        if price.is_some() {
            if !matches!(only.price, TicketPrice::Fixed(_)) {
                return Err(PatchError::PriceNotFixed);
            }
            (edited.price, edited.price_changed_at) = (TicketPrice::Fixed(changed.price), Some(now));
        }
        if capacity.is_some() {
            edited.quota = only.quota.map(|_| changed.capacity);
        }
        Ok(EventEdit { event: changed, ticket_type: Some(edited).filter(|one| one != only) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewTicketType, currency::Currency, currency::CurrencyAmount, zone::Zone};
    use chrono::{Duration, TimeZone, Utc};
    use kernel::{EventId, TicketTypeId};

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn sats(amount: u64) -> Sats {
        Sats::new(amount).unwrap()
    }

    fn event() -> Event {
        Event {
            id: EventId::new(1),
            title: "Late Show".into(),
            description: String::new(),
            start_time: now() + Duration::hours(1),
            end_time: now() + Duration::hours(2),
            time_zone: Zone::UTC,
            capacity: 10,
            price: sats(2_100),
            stream_url: String::new(),
            is_active: true,
            cancelled_at: None,
            created_at: now(),
            updated_at: now(),
            seats_taken: 6,
            price_changed_at: None,
            network_limit: None,
            details: crate::EventDetails::default(),
        }
    }

    fn kind(id: i64, price: u64, quota: Option<u32>) -> TicketType {
        let new = NewTicketType::general_admission(EventId::new(1), sats(price), now());
        TicketType {
            id: TicketTypeId::new(id),
            event_id: new.event_id,
            name: new.name,
            description: new.description,
            price: new.price,
            quota,
            taken: 2,
            sale_starts_at: None,
            sale_ends_at: None,
            min_per_order: 1,
            max_per_order: None,
            visibility: new.visibility,
            position: 0,
            archived_at: None,
            price_changed_at: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    fn patch(price: i64, capacity: i64) -> EventPatch {
        EventPatch { price_sats: Some(price), capacity: Some(capacity), ..EventPatch::default() }
    }

    fn edit(patch: &EventPatch, types: &[TicketType]) -> Result<EventEdit, PatchError> {
        patch.apply_with_types(&event(), types, &[], now() + Duration::minutes(1))
    }

    #[test]
    fn terms_are_those_of_the_default_type() {
        let terms = |types: &[TicketType]| {
            let DefaultTerms { price, capacity, available } = DefaultTerms::of(&event(), types, &[], now());
            (price.get(), capacity, available)
        };
        assert_eq!(terms(&[kind(1, 2_100, None)]), (2_100, 10, 4));
        assert_eq!(terms(&[kind(1, 900, Some(3)), kind(2, 2_100, None)]), (900, 3, 1));
        assert_eq!(terms(&[kind(1, 900, Some(99))]), (900, 10, 4));
        let ended = TicketType { sale_ends_at: Some(now()), ..kind(1, 900, Some(3)) };
        assert_eq!(terms(std::slice::from_ref(&ended)), (900, 3, 0));
        assert_eq!(terms(&[ended, kind(2, 3_000, None)]), (3_000, 10, 4));
    }

    #[test]
    fn price_and_capacity_change_the_only_type_and_the_event() {
        let EventEdit { event, ticket_type } = edit(&patch(3_000, 20), &[kind(1, 2_100, Some(8))]).unwrap();
        let ticket_type = ticket_type.unwrap();
        assert_eq!((event.price, event.capacity), (sats(3_000), 20));
        assert_eq!((ticket_type.price, ticket_type.quota), (TicketPrice::Fixed(sats(3_000)), Some(20)));
        assert_eq!(ticket_type.price_changed_at, event.price_changed_at);
        let without_quota = edit(&patch(2_100, 20), &[kind(1, 2_100, None)]).unwrap();
        assert_eq!((without_quota.event.capacity, without_quota.event.price_changed_at), (20, None));
        let archived = TicketType { archived_at: Some(now()), ..kind(1, 5, None) };
        let beside_archived = edit(&patch(3_000, 10), &[archived, kind(2, 2_100, None)]).unwrap();
        assert_eq!(beside_archived.ticket_type.map(|one| one.id), Some(TicketTypeId::new(2)));
    }

    #[test]
    fn shown_values_are_no_change_and_others_are_refused_with_several_types() {
        let types = [kind(1, 900, Some(3)), kind(2, 2_100, None)];
        let same = edit(&patch(900, 3), &types).unwrap();
        assert_eq!((same.event.price, same.event.capacity, same.ticket_type), (sats(2_100), 10, None));
        for other in [patch(901, 3), patch(900, 10)] {
            assert_eq!(edit(&other, &types), Err(PatchError::SeveralTypes));
        }
        assert!(matches!(edit(&patch(-1, 3), &types), Err(PatchError::Invalid(_))));
        assert_eq!(edit(&EventPatch::default(), &types).unwrap().ticket_type, None);
    }

    #[test]
    fn price_in_a_currency_is_not_replaced_by_an_outdated_conversion() {
        let dollars = CurrencyAmount { currency: Currency::parse("USD").unwrap(), minor_units: 500 };
        let only = TicketType { price: TicketPrice::InCurrency(dollars), ..kind(1, 0, None) };
        assert_eq!(edit(&patch(999, 10), std::slice::from_ref(&only)), Err(PatchError::PriceNotFixed));
        assert_eq!(edit(&patch(2_100, 10), &[only]).unwrap().ticket_type, None);
    }
}
