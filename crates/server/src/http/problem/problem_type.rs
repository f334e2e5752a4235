//! The one list of error types; the API description, the web app's texts and the integrators' guide follow it.

use serde::Serialize;
use utoipa::ToSchema;

macro_rules! problem_types {
    ($($variant:ident = $name:tt,)+) => {
        /// Stable code of an error, `type` in its body.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        pub(crate) enum ProblemType {
            $(
                #[doc = concat!("`", $name, "`.")]
                #[serde(rename = $name)]
                $variant,
            )+
        }

        impl ProblemType {
            /// Name in the API and in metrics.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

problem_types! {
    Invalid = "invalid",
    Unauthorized = "unauthorized",
    Forbidden = "forbidden",
    NotFound = "not_found",
    MethodNotAllowed = "method_not_allowed",
    Timeout = "timeout",
    TooLarge = "too_large",
    UnsupportedMediaType = "unsupported_media_type",
    RateLimited = "rate_limited",
    NetworkLimit = "network_limit",
    StreamLimit = "stream_limit",
    Internal = "internal",
    Unavailable = "unavailable",
    UpdateInProgress = "update_in_progress",
    LightningUnavailable = "lightning_unavailable",
    BadWebhook = "bad_webhook",
    EmailTaken = "email_taken",
    EmailNotProved = "email_not_proved",
    InvalidCredentials = "invalid_credentials",
    WrongPassword = "wrong_password",
    LoginRequired = "login_required",
    HasTickets = "has_tickets",
    NoTicket = "no_ticket",
    SoldOut = "sold_out",
    NotEnoughLeft = "not_enough_left",
    EventInactive = "event_inactive",
    EventOver = "event_over",
    EventCancelled = "event_cancelled",
    EventHasTickets = "event_has_tickets",
    FreeEvent = "free_event",
    CapacityBelowSold = "capacity_below_sold",
    PriceChanged = "price_changed",
    QuoteMismatch = "quote_mismatch",
    HoldLimit = "hold_limit",
    TooFewPerOrder = "too_few_per_order",
    TooManyPerOrder = "too_many_per_order",
    TooManyPerBuyer = "too_many_per_buyer",
    UnknownTicketType = "unknown_ticket_type",
    TicketTypeNotYet = "ticket_type_not_yet",
    TicketTypeEnded = "ticket_type_ended",
    TicketTypes = "ticket_types",
    TooManyTicketTypes = "too_many_ticket_types",
    QuotaBelowTaken = "quota_below_taken",
    NoExchangeRate = "no_exchange_rate",
    PromoCodeUnknown = "promo_code_unknown",
    PromoCodeOtherEvent = "promo_code_other_event",
    PromoCodeOtherTypes = "promo_code_other_types",
    PromoCodeNotYet = "promo_code_not_yet",
    PromoCodeExpired = "promo_code_expired",
    PromoCodeExhausted = "promo_code_exhausted",
    PromoCodeExhaustedForBuyer = "promo_code_exhausted_for_buyer",
    PromoCodeBuyerUnknown = "promo_code_buyer_unknown",
    PromoCodeTaken = "promo_code_taken",
    MaxUsesBelowUsed = "max_uses_below_used",
    StillPreparing = "still_preparing",
    IdempotencyKeyReused = "idempotency_key_reused",
    NotPending = "not_pending",
    NotCancellable = "not_cancellable",
    OrderExpired = "order_expired",
    NotRetryable = "not_retryable",
    WalletPaymentOpen = "wallet_payment_open",
    TicketNotValid = "ticket_not_valid",
    TicketCheckedIn = "ticket_checked_in",
    WrongEvent = "wrong_event",
    Unpaid = "unpaid",
    TooEarly = "too_early",
    NotPaid = "not_paid",
    AlreadyRefunded = "already_refunded",
    NothingDue = "nothing_due",
    AddressNotNeeded = "address_not_needed",
    RefundOpen = "refund_open",
    RefundEnded = "refund_ended",
    RefundInFlight = "refund_in_flight",
    RefundUnresolved = "refund_unresolved",
}
