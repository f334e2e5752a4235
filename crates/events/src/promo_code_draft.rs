use crate::{
    draft_check::MAX_CAPACITY,
    fields::{OptionPatch, check_window, number},
    promo_code::{Discount, Percent, PromoCode, PromoCodeText, PromoTypes},
};
use kernel::{EventId, FieldCode, FieldErrors, Sats, TicketTypeId, Timestamp};
use std::collections::BTreeSet;

/// An organiser's entry for a promo code, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromoCodeDraft {
    /// See [`PromoCode::code`].
    pub code: String,
    /// See [`PromoCode::discount`].
    pub discount: DiscountDraft,
    /// See [`PromoCode::ticket_types`].
    pub ticket_types: PromoTypes,
    /// See [`PromoCode::max_uses`].
    pub max_uses: Option<i64>,
    /// See [`PromoCode::max_uses_per_buyer`].
    pub max_uses_per_buyer: Option<i64>,
    /// See [`PromoCode::valid_from`].
    pub valid_from: Option<Timestamp>,
    /// See [`PromoCode::valid_until`].
    pub valid_until: Option<Timestamp>,
}

/// A discount as entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscountDraft {
    /// Per cent, from 1 to 100.
    Percent(i64),
    /// Satoshis off each ticket; at least 1.
    SatsOff(i64),
    /// The whole price.
    Free,
}

/// A checked new promo code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPromoCode {
    /// See [`PromoCode::event_id`].
    pub event_id: Option<EventId>,
    /// See [`PromoCode::code`].
    pub code: PromoCodeText,
    /// See [`PromoCode::discount`].
    pub discount: Discount,
    /// See [`PromoCode::ticket_types`].
    pub ticket_types: PromoTypes,
    /// See [`PromoCode::max_uses`].
    pub max_uses: Option<u32>,
    /// See [`PromoCode::max_uses_per_buyer`].
    pub max_uses_per_buyer: Option<u32>,
    /// See [`PromoCode::valid_from`].
    pub valid_from: Option<Timestamp>,
    /// See [`PromoCode::valid_until`].
    pub valid_until: Option<Timestamp>,
    /// See [`PromoCode::created_at`].
    pub created_at: Timestamp,
}

/// A change of a promo code; the default changes nothing. The text stays: it was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PromoCodePatch {
    /// See [`PromoCode::discount`]. Orders that were placed keep their discount.
    pub discount: Option<DiscountDraft>,
    /// See [`PromoCode::ticket_types`].
    pub ticket_types: Option<PromoTypes>,
    /// See [`PromoCode::max_uses`].
    pub max_uses: OptionPatch<i64>,
    /// See [`PromoCode::max_uses_per_buyer`].
    pub max_uses_per_buyer: OptionPatch<i64>,
    /// See [`PromoCode::valid_from`].
    pub valid_from: OptionPatch<Timestamp>,
    /// See [`PromoCode::valid_until`].
    pub valid_until: OptionPatch<Timestamp>,
    /// Whether it is archived; `false` makes it valid again.
    pub archived: Option<bool>,
}

/// Why a change of a promo code is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromoPatchError {
    /// A field is invalid.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// Fewer uses than are taken.
    #[error("the number of uses cannot be {max_uses}: {used} orders use this code")]
    MaxUsesBelowUsed {
        /// The number requested.
        max_uses: u32,
        /// Uses taken.
        used: u32,
    },
}

/// Fields that are checked alike in drafts and changes.
struct Terms {
    discount: Discount,
    max_uses: Option<u32>,
    max_uses_per_buyer: Option<u32>,
}

impl PromoCodeDraft {
    /// Checks a new code of `event_id` (`None`: all events), entered at `now`, except for the uniqueness of its text, which
    /// the store checks. Its validity must not be over yet; `types` are those of the event, the archived ones included.
    pub fn check(
        self,
        event_id: Option<EventId>,
        types: &BTreeSet<TicketTypeId>,
        now: Timestamp,
    ) -> Result<NewPromoCode, FieldErrors> {
        let mut errors = FieldErrors::default();
        let code = PromoCodeText::parse(&self.code);
        if let Err(error) = code {
            errors.add("code", error.code(), error.to_string());
        }
        let terms = self.check_terms(types, &mut errors);
        if self.valid_until.is_some_and(|until| until <= now) {
            errors.add("valid_until", FieldCode::NotInFuture, "must be in the future");
        }
        let code = match (errors.into_result(), code) {
            (Ok(()), Ok(code)) => code,
            (Err(errors), _) => return Err(errors),
            (Ok(()), Err(error)) => return Err(FieldErrors::one("code", error.code(), error.to_string())),
        };
        Ok(NewPromoCode {
            event_id,
            code,
            discount: terms.discount,
            ticket_types: self.ticket_types,
            max_uses: terms.max_uses,
            max_uses_per_buyer: terms.max_uses_per_buyer,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            created_at: now,
        })
    }

    fn check_terms(&self, types: &BTreeSet<TicketTypeId>, errors: &mut FieldErrors) -> Terms {
        if let PromoTypes::Only(named) = &self.ticket_types {
            if named.is_empty() {
                errors.add(
                    "ticket_type_ids",
                    FieldCode::Empty,
                    "must name a ticket type, or be left out for all",
                );
            } else if !named.is_subset(types) {
                errors.add("ticket_type_ids", FieldCode::UnknownValue, "must be ticket types of the event");
            }
        }
        check_window(("valid_from", self.valid_from), ("valid_until", self.valid_until), errors);
        let mut uses =
            |field, uses: Option<i64>| uses.map(|uses| number(field, uses, 1, MAX_CAPACITY, errors));
        let max_uses = uses("max_uses", self.max_uses);
        let max_uses_per_buyer = uses("max_per_buyer", self.max_uses_per_buyer);
        Terms { discount: self.discount.check(errors), max_uses, max_uses_per_buyer }
    }
}

impl DiscountDraft {
    fn check(self, errors: &mut FieldErrors) -> Discount {
        match self {
            Self::Free => Discount::Free,
            Self::Percent(percent) => {
                let checked = u8::try_from(percent).ok().and_then(Percent::new);
                if checked.is_none() {
                    errors.add("discount.value", FieldCode::OutOfRange, "must be from 1 to 100");
                }
                checked.map_or(Discount::Free, Discount::Percent)
            }
            Self::SatsOff(off) => match Sats::try_from(off) {
                Ok(off) if !off.is_zero() => Discount::SatsOff(off),
                Ok(_) | Err(kernel::MoneyError::Negative) => {
                    errors.add("discount.value", FieldCode::TooSmall, "must be at least 1");
                    Discount::Free
                }
                Err(error) => {
                    errors.add("discount.value", FieldCode::TooLarge, error.to_string());
                    Discount::Free
                }
            },
        }
    }
}

impl From<Discount> for DiscountDraft {
    fn from(discount: Discount) -> Self {
        match discount {
            Discount::Percent(percent) => Self::Percent(percent.get().into()),
            Discount::SatsOff(off) => Self::SatsOff(off.to_i64()),
            Discount::Free => Self::Free,
        }
    }
}

impl PromoCodePatch {
    /// The code with this change, if it may be made. Decided under the code's lock: `used` is compared with the new number of uses.
    pub fn apply(
        &self,
        current: &PromoCode,
        types: &BTreeSet<TicketTypeId>,
        now: Timestamp,
    ) -> Result<PromoCode, PromoPatchError> {
        let draft = PromoCodeDraft {
            code: String::new(),
            discount: self.discount.unwrap_or_else(|| current.discount.into()),
            ticket_types: self.ticket_types.clone().unwrap_or_else(|| current.ticket_types.clone()),
            max_uses: self.max_uses.apply(current.max_uses.map(i64::from)),
            max_uses_per_buyer: self.max_uses_per_buyer.apply(current.max_uses_per_buyer.map(i64::from)),
            valid_from: self.valid_from.apply(current.valid_from),
            valid_until: self.valid_until.apply(current.valid_until),
        };
        let mut errors = FieldErrors::default();
        let terms = draft.check_terms(types, &mut errors);
        errors.into_result()?;
        if let Some(max_uses) = terms.max_uses.filter(|max| *max < current.used) {
            return Err(PromoPatchError::MaxUsesBelowUsed { max_uses, used: current.used });
        }
        Ok(PromoCode {
            discount: terms.discount,
            ticket_types: draft.ticket_types,
            max_uses: terms.max_uses,
            max_uses_per_buyer: terms.max_uses_per_buyer,
            valid_from: draft.valid_from,
            valid_until: draft.valid_until,
            archived_at: match self.archived {
                None => current.archived_at,
                Some(true) => current.archived_at.or(Some(now)),
                Some(false) => None,
            },
            updated_at: now,
            ..current.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Duration, TimeZone, Utc};
    use kernel::PromoCodeId;

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn types(ids: &[i64]) -> BTreeSet<TicketTypeId> {
        ids.iter().copied().map(TicketTypeId::new).collect()
    }

    fn draft() -> PromoCodeDraft {
        PromoCodeDraft {
            code: "early-10".into(),
            discount: DiscountDraft::Percent(10),
            ticket_types: PromoTypes::Only(types(&[1])),
            max_uses: Some(5),
            max_uses_per_buyer: Some(1),
            valid_from: Some(now()),
            valid_until: Some(now() + Duration::days(1)),
        }
    }

    fn used(used: u32) -> PromoCode {
        let new = draft().check(Some(EventId::new(1)), &types(&[1, 2]), now()).unwrap();
        PromoCode {
            id: PromoCodeId::new(1),
            event_id: new.event_id,
            code: new.code,
            discount: new.discount,
            ticket_types: new.ticket_types,
            max_uses: new.max_uses,
            used,
            max_uses_per_buyer: new.max_uses_per_buyer,
            valid_from: new.valid_from,
            valid_until: new.valid_until,
            archived_at: None,
            created_at: new.created_at,
            updated_at: now(),
        }
    }

    #[test]
    fn every_fault_of_a_code_is_reported_by_its_field() {
        use FieldCode::{
            Empty, Invalid, NotAfterStart, NotInFuture, OutOfRange, TooLarge, TooSmall, UnknownValue,
        };
        let discount = |discount| PromoCodeDraft { discount, ..draft() };
        for (bad, expected) in [
            (PromoCodeDraft { code: "50%".into(), ..draft() }, ("code", Invalid)),
            (discount(DiscountDraft::Percent(0)), ("discount.value", OutOfRange)),
            (discount(DiscountDraft::Percent(357)), ("discount.value", OutOfRange)),
            (discount(DiscountDraft::SatsOff(0)), ("discount.value", TooSmall)),
            (discount(DiscountDraft::SatsOff(-1)), ("discount.value", TooSmall)),
            (discount(DiscountDraft::SatsOff(i64::MAX)), ("discount.value", TooLarge)),
            (
                PromoCodeDraft { ticket_types: PromoTypes::Only(types(&[])), ..draft() },
                ("ticket_type_ids", Empty),
            ),
            (
                PromoCodeDraft { ticket_types: PromoTypes::Only(types(&[1, 9])), ..draft() },
                ("ticket_type_ids", UnknownValue),
            ),
            (PromoCodeDraft { max_uses: Some(0), ..draft() }, ("max_uses", TooSmall)),
            (PromoCodeDraft { max_uses_per_buyer: Some(0), ..draft() }, ("max_per_buyer", TooSmall)),
            (PromoCodeDraft { valid_from: draft().valid_until, ..draft() }, ("valid_until", NotAfterStart)),
            (
                PromoCodeDraft { valid_from: None, valid_until: Some(now()), ..draft() },
                ("valid_until", NotInFuture),
            ),
        ] {
            let errors = bad.check(Some(EventId::new(1)), &types(&[1, 2]), now()).unwrap_err();
            let found: Vec<_> = errors.fields().iter().map(|(field, (code, _))| (*field, *code)).collect();
            assert_eq!(found, [expected]);
        }
    }

    #[test]
    fn a_code_for_all_events_names_no_types() {
        let none = types(&[]);
        assert!(draft().check(None, &none, now()).is_err());
        let all = PromoCodeDraft { ticket_types: PromoTypes::All, ..draft() };
        assert_eq!(all.check(None, &none, now()).unwrap().event_id, None);
    }

    #[test]
    fn the_number_of_uses_is_not_lowered_below_those_taken_and_the_error_has_both_numbers() {
        let uses = |max| PromoCodePatch { max_uses: OptionPatch::Set(max), ..PromoCodePatch::default() };
        let apply = |max| uses(max).apply(&used(4), &types(&[1]), now());
        let error = apply(Some(3)).unwrap_err();
        assert_eq!(error, PromoPatchError::MaxUsesBelowUsed { max_uses: 3, used: 4 });
        assert_eq!(error.to_string(), "the number of uses cannot be 3: 4 orders use this code");
        assert_eq!(apply(Some(4)).unwrap().max_uses, Some(4));
        assert_eq!(apply(None).unwrap().max_uses, None);
    }

    #[test]
    fn a_change_keeps_the_text_and_what_it_does_not_name() {
        let later = now() + Duration::days(9);
        let apply =
            |patch: &PromoCodePatch, code: &PromoCode| patch.apply(code, &types(&[1]), later).unwrap();
        let same = apply(&PromoCodePatch::default(), &used(4));
        assert_eq!(same, PromoCode { updated_at: later, ..used(4) });
        let free = PromoCodePatch { discount: Some(DiscountDraft::Free), ..PromoCodePatch::default() };
        assert_eq!(apply(&free, &used(4)).discount, Discount::Free);
        let archive = |archived| PromoCodePatch { archived: Some(archived), ..PromoCodePatch::default() };
        let archived = apply(&archive(true), &used(4));
        assert_eq!(archived.archived_at, Some(later));
        assert_eq!(apply(&archive(false), &archived).archived_at, None);
    }
}
