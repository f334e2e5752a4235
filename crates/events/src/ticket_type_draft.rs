use crate::{
    currency::{Currency, CurrencyAmount},
    draft_check::MAX_CAPACITY,
    fields::{OptionPatch, check_window, number, sats},
    ticket_type::{TicketPrice, TicketType, Visibility},
};
use kernel::{
    EventId, FieldCode, FieldErrors, Sats, Timestamp,
    text::{line, paragraphs},
};

const MAX_NAME_CHARS: usize = 100;
const MAX_DESCRIPTION_CHARS: usize = 1_000;
const MAX_MINOR_UNITS: i64 = 1_000_000_000_000;
const MAX_POSITION: i64 = 1_000_000;

/// An organiser's entry for a ticket type, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketTypeDraft {
    /// See [`TicketType::name`].
    pub name: String,
    /// See [`TicketType::description`].
    pub description: String,
    /// See [`TicketType::price`].
    pub price: PriceDraft,
    /// See [`TicketType::quota`].
    pub quota: Option<i64>,
    /// See [`TicketType::sale_starts_at`].
    pub sale_starts_at: Option<Timestamp>,
    /// See [`TicketType::sale_ends_at`].
    pub sale_ends_at: Option<Timestamp>,
    /// See [`TicketType::min_per_order`].
    pub min_per_order: i64,
    /// See [`TicketType::max_per_order`].
    pub max_per_order: Option<i64>,
    /// See [`TicketType::visibility`].
    pub visibility: Visibility,
    /// See [`TicketType::position`].
    pub position: i64,
}

/// A price as entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceDraft {
    /// Satoshis.
    Fixed(i64),
    /// An amount in a currency.
    InCurrency {
        /// Code of ISO 4217.
        currency: String,
        /// Minor units; at least 1.
        minor_units: i64,
    },
    /// Smallest amount in satoshis.
    PayWhatYouWant(i64),
}

/// A checked new ticket type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTicketType {
    /// See [`TicketType::event_id`].
    pub event_id: EventId,
    /// See [`TicketType::name`].
    pub name: String,
    /// See [`TicketType::description`].
    pub description: String,
    /// See [`TicketType::price`].
    pub price: TicketPrice,
    /// See [`TicketType::quota`].
    pub quota: Option<u32>,
    /// See [`TicketType::sale_starts_at`].
    pub sale_starts_at: Option<Timestamp>,
    /// See [`TicketType::sale_ends_at`].
    pub sale_ends_at: Option<Timestamp>,
    /// See [`TicketType::min_per_order`].
    pub min_per_order: u32,
    /// See [`TicketType::max_per_order`].
    pub max_per_order: Option<u32>,
    /// See [`TicketType::visibility`].
    pub visibility: Visibility,
    /// See [`TicketType::position`].
    pub position: u32,
    /// See [`TicketType::created_at`].
    pub created_at: Timestamp,
}

/// A change of a ticket type; the default changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TicketTypePatch {
    /// See [`TicketType::name`].
    pub name: Option<String>,
    /// See [`TicketType::description`].
    pub description: Option<String>,
    /// See [`TicketType::price`]. Orders that were placed keep their price.
    pub price: Option<PriceDraft>,
    /// See [`TicketType::quota`].
    pub quota: OptionPatch<i64>,
    /// See [`TicketType::sale_starts_at`].
    pub sale_starts_at: OptionPatch<Timestamp>,
    /// See [`TicketType::sale_ends_at`].
    pub sale_ends_at: OptionPatch<Timestamp>,
    /// See [`TicketType::min_per_order`].
    pub min_per_order: Option<i64>,
    /// See [`TicketType::max_per_order`].
    pub max_per_order: OptionPatch<i64>,
    /// See [`TicketType::visibility`].
    pub visibility: Option<Visibility>,
    /// See [`TicketType::position`].
    pub position: Option<i64>,
    /// Whether it is archived; `false` sells it again.
    pub archived: Option<bool>,
}

/// Why a change of a ticket type is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypePatchError {
    /// A field is invalid.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The quota is below the seats that are taken.
    #[error("the quota cannot be {quota}: {taken} tickets of this type are sold or held")]
    QuotaBelowTaken {
        /// The quota requested.
        quota: u32,
        /// Seats sold or held.
        taken: u32,
    },
}

impl TicketTypeDraft {
    /// Checks a new type of `event_id`, entered at `now`. Its sale must not be over yet.
    pub fn check(self, event_id: EventId, now: Timestamp) -> Result<NewTicketType, FieldErrors> {
        let checked = self.check_fields(event_id, now)?;
        if checked.sale_ends_at.is_some_and(|end| end <= now) {
            return Err(FieldErrors::one("sale_end", FieldCode::NotInFuture, "must be in the future"));
        }
        Ok(checked)
    }

    fn check_fields(self, event_id: EventId, now: Timestamp) -> Result<NewTicketType, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = line(&self.name, MAX_NAME_CHARS).unwrap_or_else(|error| {
            errors.add_text("name", error);
            String::new()
        });
        let description = paragraphs(&self.description, MAX_DESCRIPTION_CHARS).unwrap_or_else(|error| {
            errors.add_text("description", error);
            String::new()
        });
        let price = self.price.check(&mut errors);
        check_window(("sale_start", self.sale_starts_at), ("sale_end", self.sale_ends_at), &mut errors);
        let quota = self.quota.map(|quota| number("quota", quota, 1, MAX_CAPACITY, &mut errors));
        let min = number("min_per_order", self.min_per_order, 1, MAX_CAPACITY, &mut errors);
        let max = self.max_per_order.map(|max| number("max_per_order", max, 1, MAX_CAPACITY, &mut errors));
        if max.is_some_and(|max| max < min) {
            errors.add("max_per_order", FieldCode::TooSmall, "must not be less than min_per_order");
        }
        if quota.is_some_and(|quota| quota < min) {
            errors.add("min_per_order", FieldCode::TooLarge, "must not be more than quota");
        }
        let position = number("position", self.position, 0, MAX_POSITION, &mut errors);
        errors.into_result().map(|()| NewTicketType {
            event_id,
            name,
            description,
            price,
            quota,
            sale_starts_at: self.sale_starts_at,
            sale_ends_at: self.sale_ends_at,
            min_per_order: min,
            max_per_order: max,
            visibility: self.visibility,
            position,
            created_at: now,
        })
    }
}

impl PriceDraft {
    fn check(self, errors: &mut FieldErrors) -> TicketPrice {
        match self {
            Self::Fixed(amount) => TicketPrice::Fixed(sats("price.sats", amount, errors)),
            Self::PayWhatYouWant(min) => {
                TicketPrice::PayWhatYouWant { min: sats("price.min_sats", min, errors) }
            }
            Self::InCurrency { currency, minor_units } => {
                if !(1..=MAX_MINOR_UNITS).contains(&minor_units) {
                    let code = if minor_units < 1 { FieldCode::TooSmall } else { FieldCode::TooLarge };
                    errors.add("price.amount_minor", code, format!("must be from 1 to {MAX_MINOR_UNITS}"));
                }
                match Currency::parse(&currency) {
                    Ok(currency) => TicketPrice::InCurrency(CurrencyAmount {
                        currency,
                        minor_units: u64::try_from(minor_units).unwrap_or_default(),
                    }),
                    Err(error) => {
                        errors.add("price.currency", FieldCode::UnknownValue, error.to_string());
                        TicketPrice::Fixed(Sats::ZERO)
                    }
                }
            }
        }
    }
}

impl From<TicketPrice> for PriceDraft {
    fn from(price: TicketPrice) -> Self {
        match price {
            TicketPrice::Fixed(sats) => Self::Fixed(sats.to_i64()),
            TicketPrice::PayWhatYouWant { min } => Self::PayWhatYouWant(min.to_i64()),
            TicketPrice::InCurrency(CurrencyAmount { currency, minor_units }) => Self::InCurrency {
                currency: currency.to_string(),
                minor_units: i64::try_from(minor_units).unwrap_or(i64::MAX),
            },
        }
    }
}

impl TicketTypePatch {
    /// The type with this change, if it may be made. Decided under the event's lock: `taken` is compared with the new quota.
    pub fn apply(&self, current: &TicketType, now: Timestamp) -> Result<TicketType, TypePatchError> {
        let draft = TicketTypeDraft {
            name: self.name.clone().unwrap_or_else(|| current.name.clone()),
            description: self.description.clone().unwrap_or_else(|| current.description.clone()),
            price: self.price.clone().unwrap_or_else(|| current.price.into()),
            quota: self.quota.apply(current.quota.map(i64::from)),
            sale_starts_at: self.sale_starts_at.apply(current.sale_starts_at),
            sale_ends_at: self.sale_ends_at.apply(current.sale_ends_at),
            min_per_order: self.min_per_order.unwrap_or_else(|| current.min_per_order.into()),
            max_per_order: self.max_per_order.apply(current.max_per_order.map(i64::from)),
            visibility: self.visibility.unwrap_or(current.visibility),
            position: self.position.unwrap_or_else(|| current.position.into()),
        };
        let checked = draft.check_fields(current.event_id, now)?;
        if let Some(quota) = checked.quota.filter(|quota| *quota < current.taken) {
            return Err(TypePatchError::QuotaBelowTaken { quota, taken: current.taken });
        }
        Ok(TicketType {
            name: checked.name,
            description: checked.description,
            quota: checked.quota,
            sale_starts_at: checked.sale_starts_at,
            sale_ends_at: checked.sale_ends_at,
            min_per_order: checked.min_per_order,
            max_per_order: checked.max_per_order,
            visibility: checked.visibility,
            position: checked.position,
            archived_at: match self.archived {
                None => current.archived_at,
                Some(true) => current.archived_at.or(Some(now)),
                Some(false) => None,
            },
            price_changed_at: if checked.price == current.price {
                current.price_changed_at
            } else {
                Some(now)
            },
            price: checked.price,
            updated_at: now,
            ..current.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Duration, TimeZone, Utc};
    use kernel::TicketTypeId;

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn draft() -> TicketTypeDraft {
        TicketTypeDraft {
            name: " Early  bird ".into(),
            description: "First\r\ncome".into(),
            price: PriceDraft::Fixed(2_100),
            quota: Some(10),
            sale_starts_at: Some(now()),
            sale_ends_at: Some(now() + Duration::days(1)),
            min_per_order: 1,
            max_per_order: Some(4),
            visibility: Visibility::Public,
            position: 0,
        }
    }

    fn sold(taken: u32) -> TicketType {
        let new = draft().check(EventId::new(1), now()).unwrap();
        TicketType {
            id: TicketTypeId::new(1),
            event_id: new.event_id,
            name: new.name,
            description: new.description,
            price: new.price,
            quota: new.quota,
            taken,
            sale_starts_at: new.sale_starts_at,
            sale_ends_at: new.sale_ends_at,
            min_per_order: new.min_per_order,
            max_per_order: new.max_per_order,
            visibility: new.visibility,
            position: new.position,
            archived_at: None,
            price_changed_at: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    fn faults(draft: TicketTypeDraft) -> Vec<(&'static str, FieldCode)> {
        let errors = draft.check(EventId::new(1), now()).unwrap_err();
        errors.fields().iter().map(|(field, (code, _))| (*field, *code)).collect()
    }

    #[test]
    fn a_checked_type_has_its_texts_in_one_spelling() {
        assert_eq!((sold(0).name.as_str(), sold(0).description.as_str()), ("Early bird", "First\ncome"));
    }

    #[test]
    fn every_fault_of_a_type_is_reported_by_its_field() {
        use FieldCode::{
            Empty, NotATime, NotAfterStart, NotInFuture, TooLarge, TooLong, TooSmall, UnknownValue,
        };
        let far = "+020270-01-01T00:00:00Z".parse().unwrap();
        let currency =
            |currency: &str, minor_units| PriceDraft::InCurrency { currency: currency.into(), minor_units };
        for (bad, expected) in [
            (TicketTypeDraft { name: " ".into(), ..draft() }, ("name", Empty)),
            (TicketTypeDraft { description: "x".repeat(1_001), ..draft() }, ("description", TooLong)),
            (TicketTypeDraft { price: PriceDraft::Fixed(-1), ..draft() }, ("price.sats", TooSmall)),
            (TicketTypeDraft { price: PriceDraft::Fixed(i64::MAX), ..draft() }, ("price.sats", TooLarge)),
            (
                TicketTypeDraft { price: PriceDraft::PayWhatYouWant(-1), ..draft() },
                ("price.min_sats", TooSmall),
            ),
            (TicketTypeDraft { price: currency("USD", 0), ..draft() }, ("price.amount_minor", TooSmall)),
            (TicketTypeDraft { price: currency("dollar", 1), ..draft() }, ("price.currency", UnknownValue)),
            (TicketTypeDraft { quota: Some(0), ..draft() }, ("quota", TooSmall)),
            (TicketTypeDraft { quota: Some(MAX_CAPACITY + 1), ..draft() }, ("quota", TooLarge)),
            (TicketTypeDraft { min_per_order: 0, ..draft() }, ("min_per_order", TooSmall)),
            (TicketTypeDraft { min_per_order: 5, ..draft() }, ("max_per_order", TooSmall)),
            (
                TicketTypeDraft { min_per_order: 11, max_per_order: None, ..draft() },
                ("min_per_order", TooLarge),
            ),
            (TicketTypeDraft { max_per_order: Some(-5), ..draft() }, ("max_per_order", TooSmall)),
            (TicketTypeDraft { position: -1, ..draft() }, ("position", TooSmall)),
            (TicketTypeDraft { sale_ends_at: Some(far), ..draft() }, ("sale_end", NotATime)),
            (
                TicketTypeDraft { sale_starts_at: draft().sale_ends_at, ..draft() },
                ("sale_end", NotAfterStart),
            ),
            (
                TicketTypeDraft { sale_starts_at: None, sale_ends_at: Some(now()), ..draft() },
                ("sale_end", NotInFuture),
            ),
        ] {
            assert_eq!(faults(bad), [expected]);
        }
    }

    #[test]
    fn a_quota_is_not_lowered_below_what_is_taken_and_the_error_has_both_numbers() {
        let quota = |quota| TicketTypePatch { quota: OptionPatch::Set(quota), ..TicketTypePatch::default() };
        let error = quota(Some(5)).apply(&sold(6), now()).unwrap_err();
        assert_eq!(error, TypePatchError::QuotaBelowTaken { quota: 5, taken: 6 });
        assert_eq!(error.to_string(), "the quota cannot be 5: 6 tickets of this type are sold or held");
        assert_eq!(quota(Some(6)).apply(&sold(6), now()).unwrap().quota, Some(6));
        assert_eq!(quota(None).apply(&sold(6), now()).unwrap().quota, None);
    }

    #[test]
    fn a_price_change_is_recorded_and_writing_the_same_price_is_none() {
        let later = now() + Duration::hours(1);
        let price = |price| TicketTypePatch { price: Some(price), ..TicketTypePatch::default() };
        let changed = |patch: &TicketTypePatch| patch.apply(&sold(6), later).unwrap().price_changed_at;
        assert_eq!(changed(&price(PriceDraft::Fixed(2_100))), None);
        assert_eq!(changed(&price(PriceDraft::Fixed(2_101))), Some(later));
        assert_eq!(changed(&price(PriceDraft::PayWhatYouWant(2_100))), Some(later));
    }

    #[test]
    fn an_empty_change_changes_nothing_but_the_time_and_a_type_is_archived_and_restored() {
        let later = now() + Duration::days(9);
        let same = TicketTypePatch::default().apply(&sold(6), later).unwrap();
        assert_eq!(same, TicketType { updated_at: later, ..sold(6) });
        let archive = |archived| TicketTypePatch { archived: Some(archived), ..TicketTypePatch::default() };
        let archived = archive(true).apply(&sold(6), now()).unwrap();
        assert_eq!(archive(true).apply(&archived, later).unwrap().archived_at, Some(now()));
        assert_eq!(archive(false).apply(&archived, later).unwrap().archived_at, None);
    }
}
