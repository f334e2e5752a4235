use super::{Detail, LimitView, Problem, ProblemType};
use actix_web::http::StatusCode;
use box_office::{
    AccountError, CatalogError, GiveUpError, HoldLimit, InvoiceCheckError, PaymentCallbackError,
    PaymentViewError, PlaceRefusal, PurchaseError, PurchaseRefusal, QueueError, ReceiveWebhookError,
    RefundError, RetryError, TicketError, WatchError,
};
use events::NotOnSale;
use kernel::{FieldCode, StoreError};
use payments::{GiveUpRefusal, LightningError};
use std::sync::Arc;
use tickets::Refusal;

/// `Retry-After` of a refused hold, seconds: seats become free at any time.
const HOLD_RETRY_SECS: u64 = 60;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_transient() { Self::unavailable(error) } else { Self::internal(error) }
    }
}

impl From<Arc<StoreError>> for Problem {
    fn from(error: Arc<StoreError>) -> Self {
        if error.is_transient() { Self::unavailable(error) } else { Self::internal(error) }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

impl From<LightningError> for Problem {
    fn from(error: LightningError) -> Self {
        let status = match &error {
            LightningError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            LightningError::Refused { .. } | LightningError::Unknown(_) => StatusCode::BAD_GATEWAY,
        };
        Self::new(
            status,
            ProblemType::LightningUnavailable,
            "the payment system is not answering: you were not charged, try again in a minute",
        )
        .retry_after(30)
        .with_cause(error)
    }
}

impl From<NotOnSale> for Problem {
    fn from(refusal: NotOnSale) -> Self {
        let kind = match refusal {
            NotOnSale::Inactive => ProblemType::EventInactive,
            NotOnSale::Cancelled => ProblemType::EventCancelled,
            NotOnSale::Over => ProblemType::EventOver,
        };
        Self::bad(kind, refusal.to_string())
    }
}

impl From<PurchaseRefusal> for Problem {
    fn from(refusal: PurchaseRefusal) -> Self {
        let sentence = refusal.to_string();
        match refusal {
            PurchaseRefusal::SoldOut => Self::bad(ProblemType::SoldOut, sentence),
            PurchaseRefusal::NotOnSale(refusal) => refusal.into(),
            PurchaseRefusal::UnknownEvent => Self::not_found("event"),
            PurchaseRefusal::UnknownUser => Self::not_found("user"),
            PurchaseRefusal::AddressMissing => {
                Self::field("uma_address", FieldCode::Missing, "is required for a paid event")
            }
            PurchaseRefusal::PriceChanged { price } => {
                let mut problem = Self::conflict(ProblemType::PriceChanged, sentence);
                problem.detail = Some(Box::new(Detail::Price(price.get())));
                problem
            }
            PurchaseRefusal::LoginRequired => {
                Self::new(StatusCode::UNAUTHORIZED, ProblemType::LoginRequired, sentence)
            }
            PurchaseRefusal::EmailNotProved => {
                Self::new(StatusCode::FORBIDDEN, ProblemType::EmailNotProved, sentence)
            }
            PurchaseRefusal::Limit(HoldLimit { scope, allowed, outstanding }) => {
                let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, ProblemType::HoldLimit, sentence)
                    .retry_after(HOLD_RETRY_SECS);
                let limit = LimitView { scope: scope.as_str(), allowed, outstanding };
                problem.detail = Some(Box::new(Detail::Limit(limit)));
                problem
            }
            PurchaseRefusal::KeyReused => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, ProblemType::IdempotencyKeyReused, sentence)
            }
            PurchaseRefusal::Order(PlaceRefusal::Order(refusal)) => refusal.into(),
            PurchaseRefusal::Order(refusal) => Self::unavailable(refusal),
        }
    }
}

impl From<PurchaseError> for Problem {
    fn from(error: PurchaseError) -> Self {
        match error {
            PurchaseError::Refused(refusal) => refusal.into(),
            PurchaseError::BadAddress(error) => Self::field(
                "uma_address",
                FieldCode::NotAPaymentAddress,
                "must be an address such as $alice@wallet.example",
            )
            .with_cause(error),
            PurchaseError::Node(error) => error.into(),
            PurchaseError::StillPreparing => {
                Self::conflict(ProblemType::StillPreparing, error.to_string()).retry_after(2)
            }
            PurchaseError::Busy | PurchaseError::HoldLost => Self::unavailable(error),
            PurchaseError::Entropy(error) => Self::internal(error),
            PurchaseError::Store(error) => error.into(),
        }
    }
}

impl From<WatchError> for Problem {
    fn from(error: WatchError) -> Self {
        match error {
            WatchError::NotFound => Self::not_found("event"),
            WatchError::NoTicket => {
                Self::new(StatusCode::FORBIDDEN, ProblemType::NoTicket, error.to_string())
            }
            WatchError::Invalid(fields) => fields.into(),
            WatchError::Entropy(error) => Self::internal(error),
            WatchError::Store(error) => error.into(),
        }
    }
}

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Store(error) => error.into(),
            QueueError::Full | QueueError::Stopped => Self::unavailable(error),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let sentence = error.to_string();
        match error {
            AccountError::Invalid(fields) => fields.into(),
            AccountError::EmailTaken => Self::conflict(ProblemType::EmailTaken, sentence),
            AccountError::WrongCredentials => {
                Self::new(StatusCode::UNAUTHORIZED, ProblemType::InvalidCredentials, sentence)
            }
            AccountError::NotFound => Self::not_found("user"),
            AccountError::Forbidden | AccountError::ForeignLink => Self::forbidden(sentence),
            // Not 401, because clients drop their access token on 401.
            AccountError::WrongPassword => Self::new(
                StatusCode::FORBIDDEN,
                ProblemType::WrongPassword,
                sentence,
            )
            .with_field("current_password", FieldCode::WrongPassword, "is missing or wrong"),
            AccountError::BadLink => {
                Self::field("token", FieldCode::ExpiredLink, "is not valid any more: request a new link")
            }
            AccountError::TooManyAttempts { retry_after } => {
                let seconds = u64::try_from(retry_after.num_seconds()).unwrap_or_default();
                Self::new(StatusCode::TOO_MANY_REQUESTS, ProblemType::RateLimited, sentence)
                    .retry_after(seconds.saturating_add(1))
            }
            AccountError::HoldsTickets => Self::conflict(ProblemType::HasTickets, sentence),
            AccountError::BadToken(error) => Self::unauthorized(error.to_string()),
            AccountError::BadWallet(complaint) => {
                Self::field("nwc_connection_uri", FieldCode::UnusableWallet, complaint)
            }
            AccountError::SilentWallet(_) => {
                Self::field("nwc_connection_uri", FieldCode::UnreachableWallet, sentence)
            }
            AccountError::TooManyWalletChecks(seconds) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, ProblemType::RateLimited, sentence)
                    .retry_after(seconds)
            }
            AccountError::NoWallet => Self::not_found("wallet connection"),
            AccountError::Encryption(error) => Self::internal(error),
            AccountError::Entropy(error) => Self::internal(error),
            AccountError::Store(error) => error.into(),
            error @ (AccountError::Stopped | AccountError::Busy | AccountError::HashingBusy) => {
                Self::unavailable(error)
            }
        }
    }
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        let sentence = error.to_string();
        match error {
            CatalogError::Invalid(fields) => fields.into(),
            CatalogError::NotFound => Self::not_found("event"),
            CatalogError::BelowTaken(_) => Self::conflict(ProblemType::CapacityBelowSold, sentence.clone())
                .with_field("capacity", FieldCode::CapacityBelowSold, sentence),
            CatalogError::TicketTypes(_) => Self::conflict(
                ProblemType::TicketTypes,
                format!("{sentence}: change them at /api/admin/events/{{id}}/ticket-types"),
            ),
            CatalogError::Cancelled(_) | CatalogError::NoPayments => {
                Self::conflict(ProblemType::EventCancelled, sentence)
            }
            CatalogError::Repriced => Self::conflict(ProblemType::PriceChanged, sentence),
            CatalogError::HasTickets => Self::conflict(ProblemType::EventHasTickets, sentence),
            CatalogError::Free => Self::bad(ProblemType::FreeEvent, sentence),
            CatalogError::Node(error) => error.into(),
            CatalogError::Entropy(error) => Self::internal(error),
            CatalogError::Store(error) => error.into(),
        }
    }
}

impl From<TicketError> for Problem {
    fn from(error: TicketError) -> Self {
        let sentence = error.to_string();
        match error {
            TicketError::NotFound => Self::not_found("ticket"),
            TicketError::Refused(refusal) => Self::bad(
                match refusal {
                    Refusal::WrongEvent => ProblemType::WrongEvent,
                    Refusal::NotPaid(_) => ProblemType::Unpaid,
                    Refusal::TooEarly => ProblemType::TooEarly,
                    Refusal::TooLate => ProblemType::EventOver,
                },
                sentence,
            ),
            TicketError::Forbidden => Self::forbidden(sentence),
            TicketError::NotPending => Self::conflict(ProblemType::NotPending, sentence),
            TicketError::Store(error) => error.into(),
        }
    }
}

impl From<RetryError> for Problem {
    fn from(error: RetryError) -> Self {
        let sentence = error.to_string();
        match error {
            RetryError::NotFound => Self::not_found("payment"),
            RetryError::NotRetryable => Self::bad(ProblemType::NotRetryable, sentence),
            RetryError::SoldOut => Self::conflict(ProblemType::SoldOut, sentence),
            RetryError::PromoCodeUsedUp => Self::conflict(ProblemType::PromoCodeExhausted, sentence),
            RetryError::EventCancelled => Self::conflict(ProblemType::EventCancelled, sentence),
            RetryError::RefundOpen => Self::conflict(ProblemType::RefundOpen, sentence),
            RetryError::WalletOpen => Self::conflict(ProblemType::WalletPaymentOpen, sentence),
            RetryError::Purchase(error) => error.into(),
            RetryError::Store(error) => error.into(),
        }
    }
}

impl From<PaymentViewError> for Problem {
    fn from(error: PaymentViewError) -> Self {
        match error {
            PaymentViewError::NotFound => Self::not_found("payment"),
            PaymentViewError::Forbidden => Self::forbidden(error.to_string()),
            PaymentViewError::Store(error) => error.into(),
        }
    }
}

impl From<InvoiceCheckError> for Problem {
    fn from(error: InvoiceCheckError) -> Self {
        match error {
            InvoiceCheckError::Node(error) => error.into(),
            InvoiceCheckError::Store(error) => error.into(),
        }
    }
}

impl From<PaymentCallbackError> for Problem {
    fn from(error: PaymentCallbackError) -> Self {
        match error {
            PaymentCallbackError::Malformed => {
                Self::field("payment_hash", FieldCode::NotAPaymentHash, "must be 64 hexadecimal digits")
            }
            PaymentCallbackError::Mismatch => Self::bad(ProblemType::Invalid, error.to_string()),
            PaymentCallbackError::UnknownInvoice => Self::not_found("invoice"),
            PaymentCallbackError::Check(error) => error.into(),
        }
    }
}

impl From<ReceiveWebhookError> for Problem {
    fn from(error: ReceiveWebhookError) -> Self {
        match error {
            ReceiveWebhookError::NotConfigured | ReceiveWebhookError::Bad(_) => {
                Self::bad(ProblemType::BadWebhook, error.to_string())
            }
            ReceiveWebhookError::Store(error) => error.into(),
        }
    }
}

impl From<GiveUpError> for Problem {
    fn from(error: GiveUpError) -> Self {
        let sentence = error.to_string();
        match error {
            GiveUpError::NoRefund => Self::not_found("refund"),
            GiveUpError::Refused(GiveUpRefusal::Ended) => Self::conflict(ProblemType::RefundEnded, sentence),
            GiveUpError::Refused(GiveUpRefusal::InFlight) => {
                Self::conflict(ProblemType::RefundInFlight, sentence)
            }
            GiveUpError::Refused(GiveUpRefusal::Unresolved) => {
                Self::conflict(ProblemType::RefundUnresolved, sentence)
            }
            GiveUpError::Refund(error) => error.into(),
        }
    }
}

impl From<RefundError> for Problem {
    fn from(error: RefundError) -> Self {
        let sentence = error.to_string();
        match error {
            RefundError::NotFound => Self::not_found("payment"),
            RefundError::UnknownTicket => Self::not_found("ticket"),
            RefundError::NotPaid => Self::conflict(ProblemType::NotPaid, sentence),
            RefundError::AlreadyRevoked => Self::conflict(ProblemType::AlreadyRefunded, sentence),
            RefundError::UnknownOrder => Self::not_found("order"),
            RefundError::AddressNotNeeded => Self::conflict(ProblemType::AddressNotNeeded, sentence),
            RefundError::NothingDue => Self::conflict(ProblemType::NothingDue, sentence),
            RefundError::BadDestination => {
                Self::field("destination", FieldCode::NotAPaymentAddress, sentence)
            }
            RefundError::DestinationMissing => Self::field("destination", FieldCode::Missing, sentence),
            RefundError::Store(error) => error.into(),
        }
    }
}
