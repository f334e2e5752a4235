use crate::ticket_type::TicketType;
use kernel::{EventId, FieldCode, PromoCodeId, Sats, TicketTypeId, Timestamp, text};
use std::{collections::BTreeSet, fmt};

const MIN_CHARS: usize = 3;
const MAX_CHARS: usize = 40;
/// Longer input is refused before it is normalised.
const MAX_INPUT_BYTES: usize = 256;

/// The text of a promo code: 3 to 40 letters A–Z and digits. It is a secret of its audience and never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PromoCodeText(String);

/// Why a text is no promo code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PromoTextError {
    /// Too few letters and digits.
    #[error("must have at least {MIN_CHARS} letters or digits")]
    TooShort,
    /// Too many.
    #[error("must have at most {MAX_CHARS} letters and digits")]
    TooLong,
    /// Anything but letters and digits.
    #[error("must have letters (A–Z) and digits only")]
    Characters,
}

impl PromoTextError {
    /// Stable code for programs.
    pub const fn code(self) -> FieldCode {
        match self {
            Self::TooShort => FieldCode::TooShort,
            Self::TooLong => FieldCode::TooLong,
            Self::Characters => FieldCode::Invalid,
        }
    }
}

impl PromoCodeText {
    /// Reads a code as entered: any case and width of letters, spaces and dashes ignored ([`text::code`]).
    pub fn parse(entered: &str) -> Result<Self, PromoTextError> {
        if entered.len() > MAX_INPUT_BYTES {
            return Err(PromoTextError::TooLong);
        }
        let code = text::code(entered).to_ascii_uppercase();
        if !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(PromoTextError::Characters);
        }
        match code.len() {
            ..MIN_CHARS => Err(PromoTextError::TooShort),
            MIN_CHARS..=MAX_CHARS => Ok(Self(code)),
            _ => Err(PromoTextError::TooLong),
        }
    }

    /// The code: for its organiser, the buyer who entered it, or the database.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PromoCodeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PromoCodeText(***)")
    }
}

/// Percentage from 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent(u8);

impl Percent {
    /// A percentage from 1 to 100.
    pub const fn new(percent: u8) -> Option<Self> {
        if percent >= 1 && percent <= 100 { Some(Self(percent)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// Discount on each ticket that a code applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discount {
    /// Per cent of the list price. The discounted price is rounded up to whole satoshis.
    Percent(Percent),
    /// Satoshis off; never below zero.
    SatsOff(Sats),
    /// The whole price.
    Free,
}

impl Discount {
    /// Satoshis off a ticket with this list price; at most the list price.
    pub fn amount_off(self, list_price: Sats) -> Sats {
        match self {
            Self::Free => list_price,
            Self::SatsOff(off) => off.min(list_price),
            // A discounted price that is rounded up is a discount that is rounded down. The supply of bitcoin times 100 fits.
            Self::Percent(percent) => {
                let off = list_price.get().saturating_mul(percent.0.into()) / 100;
                Sats::new(off).unwrap_or(list_price).min(list_price)
            }
        }
    }
}

/// Ticket types of a promo code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromoTypes {
    /// All types of the code's events. Hidden types stay hidden: a code for everything is no invitation to them.
    All,
    /// These types, the hidden ones among them included.
    Only(BTreeSet<TicketTypeId>),
}

/// A promo code.
///
/// One *use* is one order, whatever its number of tickets: taken with the order's seats, and released with the last of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromoCode {
    /// Its number.
    pub id: PromoCodeId,
    /// Event of the code; `None` is valid for all events.
    pub event_id: Option<EventId>,
    /// Its text; unique among the codes of an event, and among those for all events.
    pub code: PromoCodeText,
    /// Discount on each ticket. On a "pay what you want" type, off the amount that the buyer chose; the minimum is that of the amount
    /// before the discount.
    pub discount: Discount,
    /// Types it applies to.
    pub ticket_types: PromoTypes,
    /// Most uses; `None` is unlimited.
    pub max_uses: Option<u32>,
    /// Orders that have a seat with this code. A counter beside the orders, as [`crate::Event::seats_taken`].
    pub used: u32,
    /// Most uses by one buyer; `None` is unlimited.
    pub max_uses_per_buyer: Option<u32>,
    /// Start of validity; `None` is from the start.
    pub valid_from: Option<Timestamp>,
    /// End of validity, exclusive; `None` has no end.
    pub valid_until: Option<Timestamp>,
    /// Time of its archival: an archived code is unknown to buyers.
    pub archived_at: Option<Timestamp>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

/// Why a promo code is refused. Answers tell the cases apart only behind a rate limit: differences help guessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PromoRefusal {
    /// No such code, or an archived one.
    #[error("this promo code does not exist")]
    Unknown,
    /// A code of another event.
    #[error("this promo code is not valid for this event")]
    NotForThisEvent,
    /// It applies to none of the order's ticket types.
    #[error("this promo code is not valid for these tickets")]
    NotForTheseTypes,
    /// Before its validity.
    #[error("this promo code is not valid yet")]
    NotYet {
        /// Start of validity.
        valid_from: Timestamp,
    },
    /// After its validity.
    #[error("this promo code has expired")]
    Expired {
        /// End of validity.
        valid_until: Timestamp,
    },
    /// All uses are taken.
    #[error("this promo code has been used up")]
    Exhausted,
    /// The buyer has no use left.
    #[error("you have used this promo code as often as possible")]
    ExhaustedForBuyer {
        /// Most uses by one buyer.
        max: u32,
    },
    /// Uses are limited for each buyer, and the order does not identify one.
    #[error("log in, confirm your email address or give your UMA address to use this promo code")]
    BuyerUnknown,
}

impl PromoCode {
    /// Whether an order of these types at `event` may use the code at `now`. Limits per buyer are [`Self::check_buyer`].
    pub fn check(
        &self,
        event: EventId,
        types: impl IntoIterator<Item = TicketTypeId>,
        now: Timestamp,
    ) -> Result<(), PromoRefusal> {
        if self.archived_at.is_some() {
            return Err(PromoRefusal::Unknown);
        }
        if self.event_id.is_some_and(|own| own != event) {
            return Err(PromoRefusal::NotForThisEvent);
        }
        if let Some(valid_from) = self.valid_from.filter(|from| now < *from) {
            return Err(PromoRefusal::NotYet { valid_from });
        }
        if let Some(valid_until) = self.valid_until.filter(|until| now >= *until) {
            return Err(PromoRefusal::Expired { valid_until });
        }
        if !types.into_iter().any(|one| self.applies_to(one)) {
            return Err(PromoRefusal::NotForTheseTypes);
        }
        self.check_uses()
    }

    /// Whether the code has a use left.
    pub fn check_uses(&self) -> Result<(), PromoRefusal> {
        if self.used >= self.max_uses.unwrap_or(u32::MAX) { Err(PromoRefusal::Exhausted) } else { Ok(()) }
    }

    /// Whether a buyer with so many uses may use it once more; `None` is a buyer who cannot be identified.
    pub fn check_buyer(&self, uses: Option<u32>) -> Result<(), PromoRefusal> {
        match (self.max_uses_per_buyer, uses) {
            (Some(_), None) => Err(PromoRefusal::BuyerUnknown),
            (Some(max), Some(uses)) if uses >= max => Err(PromoRefusal::ExhaustedForBuyer { max }),
            (None, _) | (Some(_), Some(_)) => Ok(()),
        }
    }

    /// Whether tickets of this type are discounted.
    pub fn applies_to(&self, ticket_type: TicketTypeId) -> bool {
        match &self.ticket_types {
            PromoTypes::All => true,
            PromoTypes::Only(types) => types.contains(&ticket_type),
        }
    }

    /// Whether the code offers a hidden type: it has to name the type.
    pub fn unlocks(&self, ticket_type: TicketTypeId) -> bool {
        matches!(&self.ticket_types, PromoTypes::Only(types) if types.contains(&ticket_type))
    }

    /// Satoshis off one ticket of a type with this list price.
    pub fn amount_off(&self, ticket_type: &TicketType, list_price: Sats) -> Sats {
        if self.applies_to(ticket_type.id) { self.discount.amount_off(list_price) } else { Sats::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Duration, TimeZone, Utc};
    use proptest::prelude::*;

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn sats(amount: u64) -> Sats {
        Sats::new(amount).unwrap()
    }

    fn percent(percent: u8) -> Discount {
        Discount::Percent(Percent::new(percent).unwrap())
    }

    fn promo() -> PromoCode {
        PromoCode {
            id: PromoCodeId::new(1),
            event_id: Some(EventId::new(1)),
            code: PromoCodeText::parse("EARLY10").unwrap(),
            discount: percent(10),
            ticket_types: PromoTypes::Only([TicketTypeId::new(1), TicketTypeId::new(2)].into()),
            max_uses: Some(5),
            used: 4,
            max_uses_per_buyer: Some(1),
            valid_from: Some(now()),
            valid_until: Some(now() + Duration::days(1)),
            archived_at: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    proptest! {
        #[test]
        fn a_discounted_price_is_rounded_up_and_never_below_zero(price in 0_u64..=2_100_000_000_000_000, part in 1_u8..=100, off in 0_u64..=2_100_000_000_000_000) {
            let left = |discount: Discount| sats(price).checked_sub(discount.amount_off(sats(price))).unwrap().get();
            let exact = u128::from(price) * u128::from(100 - part);
            prop_assert_eq!(u128::from(left(percent(part))), exact.div_ceil(100));
            prop_assert_eq!(left(Discount::SatsOff(sats(off))), price.saturating_sub(off));
            prop_assert_eq!(left(Discount::Free), 0);
        }

        #[test]
        fn a_code_reads_the_same_in_every_spelling(code in "[A-Z0-9]{3,40}") {
            let plain = PromoCodeText::parse(&code).unwrap();
            prop_assert_eq!(plain.expose(), &code);
            let spaced: String = code.to_lowercase().chars().flat_map(|c| [c, '-', ' ']).collect();
            prop_assert_eq!(PromoCodeText::parse(&spaced), Ok(plain));
        }

        #[test]
        fn no_text_makes_a_code_panic(text in ".{0,80}") {
            let _ = PromoCodeText::parse(&text);
        }
    }

    #[test]
    fn a_code_has_three_to_forty_letters_and_digits_and_does_not_print() {
        use PromoTextError::{Characters, TooLong, TooShort};
        assert_eq!(PromoCodeText::parse(" ｅarly‑10 ").unwrap(), promo().code);
        assert_eq!(format!("{:?}", promo().code), "PromoCodeText(***)");
        let long = "A".repeat(41);
        for (bad, error) in [
            ("", TooShort),
            ("a-b", TooShort),
            (long.as_str(), TooLong),
            ("50%OFF", Characters),
            ("a_b", Characters),
            ("서울의밤", Characters),
        ] {
            assert_eq!(PromoCodeText::parse(bad), Err(error), "{bad}");
        }
        assert_eq!(PromoCodeText::parse(&" ".repeat(257)), Err(TooLong));
    }

    #[test]
    fn a_percentage_of_an_odd_price_leaves_a_price_that_is_rounded_up() {
        for (price, part, off) in [(999, 10, 99), (1, 99, 0), (1, 100, 1), (3, 50, 1), (0, 50, 0)] {
            assert_eq!(percent(part).amount_off(sats(price)).get(), off, "{part} % of {price}");
        }
        assert_eq!((Percent::new(0), Percent::new(101)), (None, None));
        assert_eq!(Percent::new(100).map(Percent::get), Some(100));
    }

    #[test]
    fn each_refusal_of_a_code_has_its_reason() {
        let (event, other) = (EventId::new(1), EventId::new(2));
        let check = |promo: PromoCode, event, types: &[i64], now| {
            promo.check(event, types.iter().map(|id| TicketTypeId::new(*id)), now)
        };
        let (from, until) = (now(), now() + Duration::days(1));
        assert_eq!(check(promo(), event, &[3, 2], from), Ok(()));
        let archived = PromoCode { archived_at: Some(now()), ..promo() };
        assert_eq!(check(archived, event, &[1], from), Err(PromoRefusal::Unknown));
        assert_eq!(check(promo(), other, &[1], from), Err(PromoRefusal::NotForThisEvent));
        assert_eq!(check(PromoCode { event_id: None, ..promo() }, other, &[1], from), Ok(()));
        let early = check(promo(), event, &[1], from - Duration::seconds(1));
        assert_eq!(early, Err(PromoRefusal::NotYet { valid_from: from }));
        assert_eq!(check(promo(), event, &[1], until), Err(PromoRefusal::Expired { valid_until: until }));
        assert_eq!(check(promo(), event, &[3], from), Err(PromoRefusal::NotForTheseTypes));
        assert_eq!(check(promo(), event, &[], from), Err(PromoRefusal::NotForTheseTypes));
        let used_up = PromoCode { used: 5, ..promo() };
        assert_eq!(check(used_up, event, &[1], from), Err(PromoRefusal::Exhausted));
        assert_eq!(check(PromoCode { used: 6, max_uses: None, ..promo() }, event, &[1], from), Ok(()));
    }

    #[test]
    fn uses_of_one_buyer_are_limited_and_need_a_buyer() {
        assert_eq!(promo().check_buyer(Some(0)), Ok(()));
        assert_eq!(promo().check_buyer(Some(1)), Err(PromoRefusal::ExhaustedForBuyer { max: 1 }));
        assert_eq!(promo().check_buyer(None), Err(PromoRefusal::BuyerUnknown));
        let open = PromoCode { max_uses_per_buyer: None, ..promo() };
        assert_eq!((open.check_buyer(None), open.check_buyer(Some(99))), (Ok(()), Ok(())));
    }

    #[test]
    fn only_a_code_that_names_a_hidden_type_offers_it() {
        let (named, other) = (TicketTypeId::new(1), TicketTypeId::new(3));
        assert!(promo().unlocks(named) && !promo().unlocks(other));
        let all = PromoCode { ticket_types: PromoTypes::All, ..promo() };
        assert!(all.applies_to(other) && !all.unlocks(other));
    }
}
