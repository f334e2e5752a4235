//! Error responses; the only module that chooses status codes, with `status_codes`.

mod orders;
mod problem_type;
mod status_codes;

pub(crate) use problem_type::ProblemType;

use actix_web::{HttpResponse, ResponseError, http::StatusCode, http::header};
use kernel::{FieldCode, FieldErrors};
use serde::Serialize;
use std::{collections::BTreeMap, error::Error, fmt};
use utoipa::ToSchema;

/// Exhausted hold limit.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = HoldLimit)]
pub(crate) struct LimitView {
    /// `account`, `payer` or `network`.
    #[schema(example = "account")]
    scope: &'static str,
    /// Allowed number of unpaid and free tickets of the event.
    #[schema(example = 10)]
    allowed: u32,
    /// Unpaid and free tickets of the event at the time of the request.
    #[schema(example = 10)]
    outstanding: u32,
}

/// Error response.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// The HTTP reason phrase.
    #[schema(example = "Bad Request")]
    error: String,
    /// Human-readable message.
    #[schema(example = "Event is sold out")]
    message: String,
    /// The HTTP status.
    #[schema(example = 400)]
    code: u16,
    /// Stable error code.
    #[serde(rename = "type")]
    #[schema(example = "sold_out")]
    kind: ProblemType,
    /// Human-readable message of each invalid field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    fields: BTreeMap<String, String>,
    /// Stable error code of each invalid field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    field_types: BTreeMap<String, String>,
    /// Current price, for `price_changed`: of the ticket, or the total of an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_sats: Option<u64>,
    /// Exhausted limit, for `hold_limit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<LimitView>,
}

/// Additional members of the body for one error type.
#[derive(Debug, Clone, Copy)]
enum Detail {
    /// Current price, in satoshis.
    Price(u64),
    /// The quota.
    Limit(LimitView),
}

/// Error of a field.
#[derive(Debug)]
struct FieldProblem {
    message: String,
    code: FieldCode,
}

/// An error response.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    kind: ProblemType,
    message: String,
    fields: BTreeMap<String, FieldProblem>,
    detail: Option<Box<Detail>>,
    retry_after_secs: Option<u64>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Problem {
    /// An error with status, type and message; the message's first letter is capitalised here.
    pub(crate) fn new(status: StatusCode, kind: ProblemType, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: sentence(&message.into()),
            fields: BTreeMap::new(),
            detail: None,
            retry_after_secs: None,
            cause: None,
        }
    }

    /// 400 with an error type.
    pub(crate) fn bad(kind: ProblemType, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, kind, message)
    }

    /// 400 for one field, with an error code.
    pub(crate) fn field(field: &str, code: FieldCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::bad(ProblemType::Invalid, format!("{field} {message}")).with_field(field, code, message)
    }

    /// Adds a field error with its code.
    pub(crate) fn with_field(mut self, field: &str, code: FieldCode, message: impl Into<String>) -> Self {
        self.fields.insert(field.to_owned(), FieldProblem { message: message.into(), code });
        self
    }

    /// 401.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ProblemType::Unauthorized, message)
    }

    /// 403.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, ProblemType::Forbidden, message)
    }

    /// 404.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, ProblemType::NotFound, format!("{what} not found"))
    }

    /// 409 with an error type.
    pub(crate) fn conflict(kind: ProblemType, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, kind, message)
    }

    /// Adds `Retry-After`.
    pub(crate) const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_secs = Some(seconds);
        self
    }

    /// Adds the cause, which is logged and not sent.
    pub(crate) fn with_cause(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// 500.
    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ProblemType::Internal,
            "something went wrong on our side",
        )
        .with_cause(cause)
    }

    /// 503.
    pub(crate) fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ProblemType::Unavailable,
            "the service is temporarily unavailable: try again shortly",
        )
        .retry_after(2)
        .with_cause(cause)
    }

    /// Error for a status from below the handlers.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let (kind, message) = match status {
            StatusCode::NOT_FOUND => (ProblemType::NotFound, "there is nothing here"),
            StatusCode::METHOD_NOT_ALLOWED => {
                (ProblemType::MethodNotAllowed, "this address does not take that method")
            }
            StatusCode::REQUEST_TIMEOUT => (ProblemType::Timeout, "the request took too long to arrive"),
            StatusCode::PAYLOAD_TOO_LARGE => (ProblemType::TooLarge, "the request is too large"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                ProblemType::UnsupportedMediaType,
                "send JSON, with the header Content-Type: application/json",
            ),
            status if status.is_server_error() => (ProblemType::Internal, "something went wrong on our side"),
            _ => (ProblemType::Invalid, "the request cannot be understood"),
        };
        Self::new(status, kind, message)
    }

    /// The error type.
    pub(crate) const fn kind(&self) -> ProblemType {
        self.kind
    }

    fn log(&self) {
        let Some(cause) = &self.cause else { return };
        let mut chain = cause.to_string();
        let mut next = cause.source();
        while let Some(error) = next {
            chain.push_str(": ");
            chain.push_str(&error.to_string());
            next = error.source();
        }
        if self.status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(kind = self.kind.as_str(), cause = %chain, "request failed");
        } else if self.status.is_server_error() {
            tracing::warn!(kind = self.kind.as_str(), cause = %chain, "request not served");
        } else {
            tracing::debug!(kind = self.kind.as_str(), cause = %chain, "request refused");
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.log();
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_after_secs {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        let (price_sats, limit) = match self.detail.as_deref() {
            None => (None, None),
            Some(Detail::Price(price)) => (Some(*price), None),
            Some(Detail::Limit(limit)) => (None, Some(*limit)),
        };
        let per_field = |of: fn(&FieldProblem) -> String| {
            self.fields.iter().map(|(field, problem)| (field.clone(), of(problem))).collect()
        };
        response.json(ProblemBody {
            error: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            message: self.message.clone(),
            code: self.status.as_u16(),
            kind: self.kind,
            fields: per_field(|problem| problem.message.clone()),
            field_types: per_field(|problem| problem.code.as_str().to_owned()),
            price_sats,
            limit,
        })
    }
}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        let problem = Self::bad(ProblemType::Invalid, errors.to_string());
        errors.fields().iter().fold(problem, |problem, (field, (code, message))| {
            problem.with_field(field, *code, message.clone())
        })
    }
}

fn sentence(text: &str) -> String {
    let mut test_mailbox = text.chars();
    // A field's name is not capitalised.
    match test_mailbox.next() {
        Some(first) if !text.split(' ').next().is_some_and(|word| word.contains(['_', '.', '['])) => {
            first.to_uppercase().chain(test_mailbox).collect()
        }
        _ => text.to_owned(),
    }
}
