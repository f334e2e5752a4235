//! Refusals of orders, ticket types and promo codes.

use super::{Detail, Problem, ProblemType};
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
            OrderRefusal::NoLines => Self::bad(ProblemType::Invalid, sentence.clone()).with_field(
                "lines",
                FieldCode::Empty,
                sentence,
            ),
            OrderRefusal::Line { line, reason, .. } => of_line(line, reason, sentence),
            OrderRefusal::TooManyPerOrder { .. } => Self::bad(ProblemType::TooManyPerOrder, sentence.clone())
                .with_field("lines", FieldCode::TooLarge, sentence),
            OrderRefusal::TooManyPerBuyer { .. } => Self::bad(ProblemType::TooManyPerBuyer, sentence.clone())
                .with_field("lines", FieldCode::TooLarge, sentence),
            OrderRefusal::NothingToPay => Self::bad(ProblemType::Invalid, sentence),
            OrderRefusal::Promo(refusal) => refusal.into(),
            OrderRefusal::Seats(shortage) => shortage.into(),
            OrderRefusal::TotalTooLarge => Self::bad(ProblemType::Invalid, sentence.clone()).with_field(
                "lines",
                FieldCode::TooLarge,
                sentence,
            ),
            OrderRefusal::PriceChanged { total, .. } => {
                let mut problem = Self::conflict(ProblemType::PriceChanged, sentence);
                problem.detail = Some(Box::new(Detail::Price(total.get())));
                problem
            }
            OrderRefusal::QuoteMismatch => Self::bad(ProblemType::QuoteMismatch, sentence.clone())
                .with_field("quote", FieldCode::Invalid, sentence),
            OrderRefusal::EmailMissing | OrderRefusal::BuyerMissing => Self::bad(
                ProblemType::Invalid,
                sentence.clone(),
            )
            .with_field("email", FieldCode::Missing, sentence),
            OrderRefusal::EmailNotProved => {
                Self::new(StatusCode::FORBIDDEN, ProblemType::EmailNotProved, sentence)
            }
        }
    }
}

/// A refused line; `fields` names its member.
fn of_line(line: usize, reason: LineRefusal, sentence: String) -> Problem {
    let (kind, member, code) = match reason {
        LineRefusal::NoQuantity => (ProblemType::Invalid, "quantity", FieldCode::TooSmall),
        LineRefusal::DuplicateType => (ProblemType::Invalid, "ticket_type_id", FieldCode::Duplicate),
        LineRefusal::UnknownType => {
            (ProblemType::UnknownTicketType, "ticket_type_id", FieldCode::UnknownValue)
        }
        LineRefusal::NotOnSale(TypeNotOnSale::NotYet { .. }) => {
            (ProblemType::TicketTypeNotYet, "ticket_type_id", FieldCode::Invalid)
        }
        LineRefusal::NotOnSale(TypeNotOnSale::NoRate { .. }) => {
            (ProblemType::NoExchangeRate, "ticket_type_id", FieldCode::Invalid)
        }
        LineRefusal::NotOnSale(TypeNotOnSale::Archived | TypeNotOnSale::Ended { .. }) => {
            (ProblemType::TicketTypeEnded, "ticket_type_id", FieldCode::Invalid)
        }
        LineRefusal::BelowMinimum { .. } => (ProblemType::TooFewPerOrder, "quantity", FieldCode::TooSmall),
        LineRefusal::AboveMaximum { .. } => (ProblemType::TooManyPerOrder, "quantity", FieldCode::TooLarge),
        LineRefusal::AmountTooSmall { .. } => (ProblemType::Invalid, "price_sats", FieldCode::TooSmall),
        LineRefusal::AmountNotChoosable => (ProblemType::Invalid, "price_sats", FieldCode::Invalid),
        LineRefusal::PriceTooLarge => (ProblemType::Invalid, "price_sats", FieldCode::TooLarge),
    };
    Problem::bad(kind, sentence).with_field(&format!("lines[{line}].{member}"), code, reason.to_string())
}

impl From<Shortage> for Problem {
    fn from(shortage: Shortage) -> Self {
        let sentence = shortage.to_string();
        let short = shortage.short_line();
        let sold_out = shortage.event_left == 0 || short.is_some_and(|(_, line)| line.left == 0);
        let kind = if sold_out { ProblemType::SoldOut } else { ProblemType::NotEnoughLeft };
        let field = short.map_or_else(|| "lines".to_owned(), |(index, _)| format!("lines[{index}].quantity"));
        Self::bad(kind, sentence.clone()).with_field(&field, FieldCode::TooLarge, sentence)
    }
}

impl From<PromoRefusal> for Problem {
    fn from(refusal: PromoRefusal) -> Self {
        let sentence = refusal.to_string();
        let (kind, code) = match refusal {
            PromoRefusal::Unknown => (ProblemType::PromoCodeUnknown, FieldCode::UnknownValue),
            PromoRefusal::NotForThisEvent => (ProblemType::PromoCodeOtherEvent, FieldCode::Invalid),
            PromoRefusal::NotForTheseTypes => (ProblemType::PromoCodeOtherTypes, FieldCode::Invalid),
            PromoRefusal::NotYet { .. } => (ProblemType::PromoCodeNotYet, FieldCode::Invalid),
            PromoRefusal::Expired { .. } => (ProblemType::PromoCodeExpired, FieldCode::Invalid),
            PromoRefusal::Exhausted => (ProblemType::PromoCodeExhausted, FieldCode::Invalid),
            PromoRefusal::ExhaustedForBuyer { .. } => {
                (ProblemType::PromoCodeExhaustedForBuyer, FieldCode::Invalid)
            }
            PromoRefusal::BuyerUnknown => (ProblemType::PromoCodeBuyerUnknown, FieldCode::Invalid),
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
                Self::new(StatusCode::SERVICE_UNAVAILABLE, ProblemType::UpdateInProgress, refusal.to_string())
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
                Self::conflict(ProblemType::OrderExpired, sentence)
            }
            OrderChangeError::Refused(ConfirmRefusal::Limit(refusal)) => refusal.into(),
            OrderChangeError::NotCancellable => Self::conflict(ProblemType::NotCancellable, sentence),
            OrderChangeError::Store(error) => error.into(),
        }
    }
}

impl From<HolderError> for Problem {
    fn from(error: HolderError) -> Self {
        let sentence = error.to_string();
        match error {
            HolderError::NotFound => Self::not_found("ticket"),
            HolderError::NotValid => Self::conflict(ProblemType::TicketNotValid, sentence),
            HolderError::CheckedIn => Self::conflict(ProblemType::TicketCheckedIn, sentence),
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
            TicketTypeError::QuotaBelowTaken(_) => Self::conflict(
                ProblemType::QuotaBelowTaken,
                sentence.clone(),
            )
            .with_field("quota", FieldCode::CapacityBelowSold, sentence),
            TicketTypeError::TooMany => Self::conflict(ProblemType::TooManyTicketTypes, sentence),
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
            PromoCodeError::Taken => Self::conflict(ProblemType::PromoCodeTaken, sentence.clone())
                .with_field("code", FieldCode::Duplicate, sentence),
            PromoCodeError::MaxUsesBelowUsed(_) => Self::conflict(
                ProblemType::MaxUsesBelowUsed,
                sentence.clone(),
            )
            .with_field("max_uses", FieldCode::TooSmall, sentence),
            PromoCodeError::Store(error) => error.into(),
        }
    }
}
