//! Refusals of orders, ticket types and promo codes.

use super::{Detail, Problem};
use actix_web::http::StatusCode;
use box_office::{
    HolderError, OrderAccessError, OrderChangeError, PlaceError, PlaceRefusal, PromoCodeError,
    PurchaseRefusal, QuoteError, TicketTypeError,
};
use events::{PromoRefusal, TypeNotOnSale};
use kernel::FieldCode;
use tickets::{ConfirmRefusal, LineRefusal, OrderRefusal, Shortage};

/// `Retry-After` while an older release still runs, seconds.
const ROLLOUT_RETRY_SECS: u64 = 60;

impl From<OrderRefusal> for Problem {
    fn from(refusal: OrderRefusal) -> Self {
        let sentence = refusal.to_string();
        match refusal {
            OrderRefusal::EventNotOnSale(refusal) => refusal.into(),
            OrderRefusal::NoLines => {
                Self::bad("invalid", sentence.clone()).with_field("lines", FieldCode::Empty, sentence)
            }
            OrderRefusal::Line { line, reason, .. } => of_line(line, reason, sentence),
            OrderRefusal::TooManyPerOrder { .. } => Self::bad("too_many_per_order", sentence.clone())
                .with_field("lines", FieldCode::TooLarge, sentence),
            OrderRefusal::TooManyPerBuyer { .. } => Self::bad("too_many_per_buyer", sentence.clone())
                .with_field("lines", FieldCode::TooLarge, sentence),
            OrderRefusal::NothingToPay => Self::bad("invalid", sentence),
            OrderRefusal::Promo(refusal) => refusal.into(),
            OrderRefusal::Seats(shortage) => shortage.into(),
            OrderRefusal::TotalTooLarge => {
                Self::bad("invalid", sentence.clone()).with_field("lines", FieldCode::TooLarge, sentence)
            }
            OrderRefusal::PriceChanged { total, .. } => {
                let mut problem = Self::conflict("price_changed", sentence);
                problem.detail = Some(Box::new(Detail::Price(total.get())));
                problem
            }
            OrderRefusal::QuoteMismatch => Self::bad("quote_mismatch", sentence.clone()).with_field(
                "quote",
                FieldCode::Invalid,
                sentence,
            ),
            OrderRefusal::EmailMissing | OrderRefusal::BuyerMissing => {
                Self::bad("invalid", sentence.clone()).with_field("email", FieldCode::Missing, sentence)
            }
            OrderRefusal::EmailNotProved => Self::new(StatusCode::FORBIDDEN, "email_not_proved", sentence),
        }
    }
}

/// A refused line; `fields` names its member.
fn of_line(line: usize, reason: LineRefusal, sentence: String) -> Problem {
    let (kind, member, code) = match reason {
        LineRefusal::NoQuantity => ("invalid", "quantity", FieldCode::TooSmall),
        LineRefusal::DuplicateType => ("invalid", "ticket_type_id", FieldCode::Duplicate),
        LineRefusal::UnknownType => ("unknown_ticket_type", "ticket_type_id", FieldCode::UnknownValue),
        LineRefusal::NotOnSale(TypeNotOnSale::NotYet { .. }) => {
            ("ticket_type_not_yet", "ticket_type_id", FieldCode::Invalid)
        }
        LineRefusal::NotOnSale(TypeNotOnSale::NoRate { .. }) => {
            ("no_exchange_rate", "ticket_type_id", FieldCode::Invalid)
        }
        LineRefusal::NotOnSale(TypeNotOnSale::Archived | TypeNotOnSale::Ended { .. }) => {
            ("ticket_type_ended", "ticket_type_id", FieldCode::Invalid)
        }
        LineRefusal::BelowMinimum { .. } => ("too_few_per_order", "quantity", FieldCode::TooSmall),
        LineRefusal::AboveMaximum { .. } => ("too_many_per_order", "quantity", FieldCode::TooLarge),
        LineRefusal::AmountTooSmall { .. } => ("invalid", "price_sats", FieldCode::TooSmall),
        LineRefusal::AmountNotChoosable => ("invalid", "price_sats", FieldCode::Invalid),
        LineRefusal::PriceTooLarge => ("invalid", "price_sats", FieldCode::TooLarge),
    };
    Problem::bad(kind, sentence).with_field(&format!("lines[{line}].{member}"), code, reason.to_string())
}

impl From<Shortage> for Problem {
    fn from(shortage: Shortage) -> Self {
        let sentence = shortage.to_string();
        let short = shortage.short_line();
        let sold_out = shortage.event_left == 0 || short.is_some_and(|(_, line)| line.left == 0);
        let kind = if sold_out { "sold_out" } else { "not_enough_left" };
        let field = short.map_or_else(|| "lines".to_owned(), |(index, _)| format!("lines[{index}].quantity"));
        Self::bad(kind, sentence.clone()).with_field(&field, FieldCode::TooLarge, sentence)
    }
}

impl From<PromoRefusal> for Problem {
    fn from(refusal: PromoRefusal) -> Self {
        let sentence = refusal.to_string();
        let (kind, code) = match refusal {
            PromoRefusal::Unknown => ("promo_code_unknown", FieldCode::UnknownValue),
            PromoRefusal::NotForThisEvent => ("promo_code_other_event", FieldCode::Invalid),
            PromoRefusal::NotForTheseTypes => ("promo_code_other_types", FieldCode::Invalid),
            PromoRefusal::NotYet { .. } => ("promo_code_not_yet", FieldCode::Invalid),
            PromoRefusal::Expired { .. } => ("promo_code_expired", FieldCode::Invalid),
            PromoRefusal::Exhausted => ("promo_code_exhausted", FieldCode::Invalid),
            PromoRefusal::ExhaustedForBuyer { .. } => ("promo_code_exhausted_for_buyer", FieldCode::Invalid),
            PromoRefusal::BuyerUnknown => ("promo_code_buyer_unknown", FieldCode::Invalid),
        };
        Self::bad(kind, sentence.clone()).with_field("promo_code", code, sentence)
    }
}

impl From<QuoteError> for Problem {
    fn from(error: QuoteError) -> Self {
        match error {
            QuoteError::UnknownEvent => Self::not_found("event"),
            QuoteError::Refused(refusal) => refusal.into(),
            QuoteError::Encoding(error) => error.into(),
            QuoteError::Store(error) => error.into(),
        }
    }
}

impl From<PlaceRefusal> for Problem {
    fn from(refusal: PlaceRefusal) -> Self {
        match refusal {
            PlaceRefusal::Order(refusal) => refusal.into(),
            PlaceRefusal::RolloutUnfinished => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "update_in_progress", refusal.to_string())
                    .retry_after(ROLLOUT_RETRY_SECS)
            }
            other => PurchaseRefusal::from(other).into(),
        }
    }
}

impl From<PlaceError> for Problem {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Refused(refusal) => refusal.into(),
            PlaceError::Failed(error) => error.into(),
        }
    }
}

impl From<OrderAccessError> for Problem {
    fn from(error: OrderAccessError) -> Self {
        match error {
            OrderAccessError::NotFound => Self::not_found("order"),
            OrderAccessError::Store(error) => error.into(),
        }
    }
}

impl From<OrderChangeError> for Problem {
    fn from(error: OrderChangeError) -> Self {
        let sentence = error.to_string();
        match error {
            OrderChangeError::NotFound => Self::not_found("order"),
            OrderChangeError::Refused(ConfirmRefusal::NotAwaiting) => {
                Self::conflict("order_expired", sentence)
            }
            OrderChangeError::Refused(ConfirmRefusal::Limit(refusal)) => refusal.into(),
            OrderChangeError::NotCancellable => Self::conflict("not_cancellable", sentence),
            OrderChangeError::Store(error) => error.into(),
        }
    }
}

impl From<HolderError> for Problem {
    fn from(error: HolderError) -> Self {
        let sentence = error.to_string();
        match error {
            HolderError::NotFound => Self::not_found("ticket"),
            HolderError::NotValid => Self::conflict("ticket_not_valid", sentence),
            HolderError::CheckedIn => Self::conflict("ticket_checked_in", sentence),
            HolderError::Store(error) => error.into(),
        }
    }
}

impl From<TicketTypeError> for Problem {
    fn from(error: TicketTypeError) -> Self {
        let sentence = error.to_string();
        match error {
            TicketTypeError::Invalid(fields) => fields.into(),
            TicketTypeError::UnknownEvent => Self::not_found("event"),
            TicketTypeError::NotFound => Self::not_found("ticket type"),
            TicketTypeError::QuotaBelowTaken(_) => Self::conflict("quota_below_taken", sentence.clone())
                .with_field("quota", FieldCode::CapacityBelowSold, sentence),
            TicketTypeError::TooMany => Self::conflict("too_many_ticket_types", sentence),
            TicketTypeError::Store(error) => error.into(),
        }
    }
}

impl From<PromoCodeError> for Problem {
    fn from(error: PromoCodeError) -> Self {
        let sentence = error.to_string();
        match error {
            PromoCodeError::Invalid(fields) => fields.into(),
            PromoCodeError::UnknownEvent => Self::not_found("event"),
            PromoCodeError::NotFound => Self::not_found("promo code"),
            PromoCodeError::Taken => Self::conflict("promo_code_taken", sentence.clone()).with_field(
                "code",
                FieldCode::Duplicate,
                sentence,
            ),
            PromoCodeError::MaxUsesBelowUsed(_) => Self::conflict("max_uses_below_used", sentence.clone())
                .with_field("max_uses", FieldCode::TooSmall, sentence),
            PromoCodeError::Store(error) => error.into(),
        }
    }
}
