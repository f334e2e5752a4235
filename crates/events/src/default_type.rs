//! The ticket type behind an event's one price and a purchase of one ticket, for clients that know no types.

use crate::{
    currency::ExchangeRate,
    ticket_type::{TicketPrice, TicketType, Visibility},
    ticket_type_draft::NewTicketType,
};
use kernel::{EventId, Sats, TicketTypeId, Timestamp};

impl NewTicketType {
    /// The one type of an event that was entered with a price and a capacity alone: no quota, on sale as long as the event.
    pub fn general_admission(event_id: EventId, price: Sats, created_at: Timestamp) -> Self {
        Self {
            event_id,
            name: "General admission".to_owned(),
            description: String::new(),
            price: TicketPrice::Fixed(price),
            quota: None,
            sale_starts_at: None,
            sale_ends_at: None,
            min_per_order: 1,
            max_per_order: None,
            visibility: Visibility::Public,
            position: 0,
            created_at,
        }
    }
}

/// The type that a purchase of one ticket without a type gets: the first public one on sale of which a single ticket can be bought.
/// A sold-out type stays the default, because a price that follows every ended hold would be worse than "sold out".
pub fn default_type<'a>(
    types: &'a [TicketType],
    rates: &[ExchangeRate],
    now: Timestamp,
) -> Option<&'a TicketType> {
    first(types.iter().filter(|one| is_eligible(one) && one.on_sale(rates, now).is_ok()))
}

fn is_eligible(one: &TicketType) -> bool {
    one.is_public() && one.min_per_order <= 1
}

fn first<'a>(types: impl Iterator<Item = &'a TicketType>) -> Option<&'a TicketType> {
    types.min_by_key(|one| (one.position, one.id))
}

/// Time of the last change of the default type's price, as seen by a client that knows no types; `None` while it is the first
/// one.
///
/// A price change is also a new default type, by a sales window or an archival (even after a time without any type on sale),
/// and a new rate for a price in a currency. A type that is skipped for lack of a rate counts as a change now.
pub fn default_price_changed_at(
    types: &[TicketType],
    rates: &[ExchangeRate],
    now: Timestamp,
) -> Option<Timestamp> {
    let default = default_type(types, rates, now)?;
    let by_windows = first(types.iter().filter(|one| is_eligible(one) && one.in_sale_window(now).is_ok()))?;
    if by_windows.id != default.id {
        return Some(now);
    }
    let by_rate = match default.price {
        TicketPrice::InCurrency(amount) => {
            ExchangeRate::fresh(rates, amount.currency, now).map(|rate| rate.at)
        }
        TicketPrice::Fixed(_) | TicketPrice::PayWhatYouWant { .. } => None,
    };
    default.price_changed_at.max(switched_at(types, default.id, now)).max(by_rate)
}

/// When the default became the default, if another type was it before.
fn switched_at(types: &[TicketType], default: TicketTypeId, now: Timestamp) -> Option<Timestamp> {
    let times = types.iter().flat_map(|one| {
        [Some(one.created_at), one.sale_starts_at, one.sale_ends_at, one.archived_at].into_iter().flatten()
    });
    let mut times: Vec<Timestamp> = times.filter(|time| *time <= now).collect();
    times.sort_unstable();
    let before = |time: &Timestamp| default_before(types, *time);
    let since = times.iter().rposition(|time| before(time) != Some(default))?;
    let another =
        times.iter().take(since.saturating_add(1)).any(|time| before(time).is_some_and(|id| id != default));
    times.get(since).copied().filter(|_| another)
}

/// The default until just before `time`, by windows of sale.
fn default_before(types: &[TicketType], time: Timestamp) -> Option<TicketTypeId> {
    let on_sale = |one: &&TicketType| {
        is_eligible(one)
            && one.created_at < time
            && one.sale_starts_at.is_none_or(|start| start < time)
            && one.sale_ends_at.is_none_or(|end| end >= time)
            && one.archived_at.is_none_or(|archived| archived >= time)
    };
    first(types.iter().filter(on_sale)).map(|one| one.id)
}

/// Records an edit that makes another type the default, such as one of positions or visibility, as a price change of the new default.
/// To be called with the types before and after each edit, which leaves no other trace of the time.
pub fn mark_default_change(
    before: &[TicketType],
    after: &mut [TicketType],
    rates: &[ExchangeRate],
    now: Timestamp,
) {
    let default = |types: &[TicketType]| default_type(types, rates, now).map(|one| one.id);
    let (Some(old), Some(new)) = (default(before), default(after)) else { return };
    if old != new {
        after.iter_mut().filter(|one| one.id == new).for_each(|one| one.price_changed_at = Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::currency::{Currency, CurrencyAmount};
    use chrono::{Duration, TimeZone, Utc};
    use proptest::prelude::*;
    use std::num::NonZeroU64;

    /// So many hours after noon.
    fn at(hours: i64) -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap() + Duration::hours(hours)
    }

    fn kind(id: i64) -> TicketType {
        let new = NewTicketType::general_admission(EventId::new(1), Sats::new(2_100).unwrap(), at(0));
        TicketType {
            id: TicketTypeId::new(id),
            event_id: new.event_id,
            name: new.name,
            description: new.description,
            price: new.price,
            quota: new.quota,
            taken: 0,
            sale_starts_at: new.sale_starts_at,
            sale_ends_at: new.sale_ends_at,
            min_per_order: new.min_per_order,
            max_per_order: new.max_per_order,
            visibility: new.visibility,
            position: u32::try_from(id).unwrap(),
            archived_at: None,
            price_changed_at: None,
            created_at: new.created_at,
            updated_at: new.created_at,
        }
    }

    fn usd() -> Currency {
        Currency::parse("USD").unwrap()
    }

    fn dollars(id: i64) -> TicketType {
        let amount = CurrencyAmount { currency: usd(), minor_units: 2_500 };
        TicketType { price: TicketPrice::InCurrency(amount), ..kind(id) }
    }

    fn rate(at: Timestamp) -> ExchangeRate {
        let sats_per_billion = NonZeroU64::new(1_000_000_000_000).unwrap();
        ExchangeRate { currency: usd(), sats_per_billion, source: "rates.example".into(), at }
    }

    #[test]
    fn the_default_type_is_the_first_public_one_on_sale_that_sells_single_tickets() {
        let types = [
            kind(6),
            TicketType { sale_ends_at: Some(at(1)), quota: Some(1), taken: 1, ..kind(5) },
            dollars(4),
            TicketType { min_per_order: 2, ..kind(3) },
            TicketType { sale_starts_at: Some(at(1)), ..kind(2) },
            TicketType { visibility: Visibility::HiddenUntilCode, ..kind(1) },
        ];
        let default = |rates: &[ExchangeRate], now| default_type(&types, rates, now).map(|one| one.id.get());
        assert_eq!(default(&[rate(at(0))], at(0)), Some(4));
        assert_eq!(default(&[], at(0)), Some(5), "sold out, and still the default");
        assert_eq!(default(&[], at(1)), Some(2));
        assert_eq!(default_type(&types[4..], &[], at(0)), None);
        let twins = [TicketType { position: 0, ..kind(9) }, TicketType { position: 0, ..kind(8) }];
        assert_eq!(default_type(&twins, &[], at(0)).unwrap().id, TicketTypeId::new(8));
    }

    fn changed(types: &[TicketType], now: i64) -> Option<Timestamp> {
        default_price_changed_at(types, &[], at(now))
    }

    #[test]
    fn the_end_of_an_early_bird_is_a_price_change_and_a_first_sale_is_none() {
        let early = TicketType { sale_starts_at: Some(at(2)), sale_ends_at: Some(at(4)), ..kind(1) };
        let regular = kind(2);
        let late = TicketType { sale_starts_at: Some(at(6)), ..kind(2) };
        let of = |types: [&TicketType; 2], now| changed(&types.map(Clone::clone), now);
        assert_eq!(of([&early, &regular], 1), None, "the first price");
        assert_eq!(of([&early, &regular], 3), Some(at(2)), "another type was sold before");
        assert_eq!(of([&early, &regular], 5), Some(at(4)));
        assert_eq!(of([&early, &late], 3), None, "nothing was sold before");
        assert_eq!(of([&early, &late], 5), None, "nothing is on sale");
        assert_eq!(of([&early, &late], 7), Some(at(6)), "also after a gap");
    }

    #[test]
    fn an_archival_and_a_new_first_type_change_the_price() {
        let archived = TicketType { archived_at: Some(at(3)), ..kind(1) };
        assert_eq!(changed(&[archived, kind(2)], 5), Some(at(3)));
        let new = TicketType { created_at: at(2), ..kind(1) };
        assert_eq!(changed(&[new, kind(2)], 5), Some(at(2)));
        let second = TicketType { created_at: at(2), ..kind(3) };
        assert_eq!(changed(&[kind(2), second], 5), None);
        let edited = TicketType { price_changed_at: Some(at(4)), ..kind(1) };
        assert_eq!(changed(&[edited, kind(2)], 5), Some(at(4)));
    }

    #[test]
    fn a_price_in_a_currency_changes_with_its_rate_and_a_missing_rate_changes_the_default() {
        let types = [dollars(1), kind(2)];
        let fresh = rate(at(5) - Duration::minutes(3));
        let changed = |rates: &[ExchangeRate]| default_price_changed_at(&types, rates, at(5));
        assert_eq!(changed(std::slice::from_ref(&fresh)), Some(fresh.at));
        assert_eq!(changed(&[]), Some(at(5)));
    }

    #[test]
    fn an_edit_that_moves_another_type_to_the_front_is_a_price_change() {
        let before = [kind(1), kind(2)];
        let mut after = [TicketType { position: 9, ..kind(1) }, kind(2)];
        mark_default_change(&before, &mut after, &[], at(5));
        assert_eq!((after[0].price_changed_at, after[1].price_changed_at), (None, Some(at(5))));
        let mut same = before.clone();
        mark_default_change(&before, &mut same, &[], at(5));
        assert_eq!(same, before);
    }

    proptest! {
        /// Beside the rule, its definition: the defaults of all hours one after the other.
        #[test]
        fn a_switch_is_found_at_its_hour(windows in prop::collection::vec((0_i64..9, prop::option::of(0_i64..9), prop::option::of(0_i64..9), prop::option::of(0_i64..9)), 1..5), now in 0_i64..9) {
            let types: Vec<TicketType> = (1..).zip(&windows).map(|(id, (created, start, end, archived))| TicketType {
                // Neither is recorded before it happens.
                    created_at: at((*created).min(now)),
                sale_starts_at: start.map(at),
                sale_ends_at: end.map(at),
                archived_at: archived.map(|archived| at(archived.min(now))),
                ..kind(id)
            }).collect();
            let default_in = |hour: i64| default_before(&types, at(hour) + Duration::minutes(1));
            let expected = default_in(now).and_then(|current| {
                let since = (0..=now).rev().take_while(|hour| default_in(*hour) == Some(current)).last()?;
                let another = (0..since).any(|hour| default_in(hour).is_some_and(|id| id != current));
                another.then(|| at(since))
            });
            prop_assert_eq!(default_price_changed_at(&types, &[], at(now)), expected);
        }
    }
}
