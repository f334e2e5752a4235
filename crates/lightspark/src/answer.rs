//! Classification of API responses, above all by whether the server may have acted.

use crate::{documents::Effect, signing::SigningKeyError};
use payments::LightningError;
use reqwest::StatusCode;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::error::Error;

/// Error of a document.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("Lightspark does not accept the credentials")]
    Unauthorized,
    /// The server rejected the operation.
    #[error("{name}: {message}")]
    Refused { name: String, message: String },
    /// Rejected before any work (HTTP 429).
    #[error("Lightspark is busy: {0}")]
    Busy(String),
    /// The node is offline, possibly only since the work began.
    #[error("Lightspark's node is offline: {0}")]
    Offline(String),
    /// A status that proves nothing about the work, such as 408.
    #[error("{0}: is the base address right?")]
    Status(StatusCode),
    /// No connection was made.
    #[error("Lightspark was not reached")]
    NotReached(#[source] reqwest::Error),
    /// The request was sent; its outcome is unknown.
    #[error("Lightspark gave no answer")]
    Lost(#[source] Box<dyn Error + Send + Sync>),
    /// The response cannot be parsed.
    #[error("Lightspark's answer cannot be read: {0}")]
    Unreadable(String),
    #[error(transparent)]
    NotSigned(#[from] SigningKeyError),
}

impl ApiError {
    /// The error for the caller, by whether something may have been done.
    pub(crate) fn into_lightning(self, effect: Effect) -> LightningError {
        match (self, effect) {
            (error, Effect::Pays) => match Refusal::of(&error) {
                Some(Refusal::NotBegun) => LightningError::Unavailable(Box::new(error)),
                Some(_) => LightningError::Refused { reason: error.to_string() },
                None => LightningError::Unknown(Box::new(error)),
            },
            (error @ (Self::Unauthorized | Self::Refused { .. } | Self::NotSigned(_)), _)
            | (error @ (Self::Unreadable(_) | Self::Status(_)), Effect::Reads) => {
                LightningError::Refused { reason: error.to_string() }
            }
            (error @ (Self::Busy(_) | Self::NotReached(_) | Self::Offline(_)), _)
            | (error @ Self::Lost(_), Effect::Reads) => LightningError::Unavailable(Box::new(error)),
            (error @ (Self::Lost(_) | Self::Unreadable(_) | Self::Status(_)), Effect::Changes) => {
                LightningError::Unknown(Box::new(error))
            }
        }
    }

    pub(crate) fn is_named(&self, expected: &str) -> bool {
        matches!(self, Self::Refused { name, .. } if name == expected)
    }
}

/// The closed list of responses that prove a payment request was not begun, since Lightspark checks these before any work. Any
/// other leaves the outcome unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No connection was made, or HTTP 429: retry later.
    NotBegun,
    /// HTTP 401 or 403, or `UnauthorizedException`.
    Credentials,
    /// Signing failed, or `InvalidSignatureException`.
    Signature,
    /// `InvalidNodePasswordException`.
    NodePassword,
    /// `InvalidLightsparkIDException`.
    NodeId,
    /// `InvalidInputException`.
    Input,
}

impl Refusal {
    pub(crate) fn of(error: &ApiError) -> Option<Self> {
        match error {
            ApiError::NotReached(_) | ApiError::Busy(_) => Some(Self::NotBegun),
            ApiError::Unauthorized => Some(Self::Credentials),
            ApiError::NotSigned(_) => Some(Self::Signature),
            ApiError::Refused { name, .. } => match name.as_str() {
                "InvalidSignatureException" => Some(Self::Signature),
                "InvalidNodePasswordException" => Some(Self::NodePassword),
                "InvalidLightsparkIDException" => Some(Self::NodeId),
                "InvalidInputException" => Some(Self::Input),
                _ => None,
            },
            ApiError::Offline(_) | ApiError::Status(_) | ApiError::Lost(_) | ApiError::Unreadable(_) => None,
        }
    }
}

/// Content of a GraphQL response: data and an error may both be present.
#[derive(Debug)]
pub(crate) struct GraphQlResponse {
    data: Option<Value>,
    pub(crate) error: Option<ApiError>,
}

impl GraphQlResponse {
    /// The data, unless there is an error.
    pub(crate) fn whole(self) -> Result<Value, ApiError> {
        match (self.error, self.data) {
            (Some(error), _) => Err(error),
            (None, Some(data)) => Ok(data),
            (None, None) => Err(ApiError::Unreadable("it has no data".to_owned())),
        }
    }

    pub(crate) const fn has_error(&self) -> bool {
        self.error.is_some()
    }

    /// The member at `path` (a JSON pointer) if present, in spite of errors; otherwise the error.
    pub(crate) fn member<T: DeserializeOwned>(mut self, path: &str) -> Result<T, ApiError> {
        let member = self.data.as_mut().and_then(|data| data.pointer_mut(path)).map(Value::take);
        match (member.filter(|member| !member.is_null()), self.error) {
            (Some(member), _) => {
                serde_json::from_value(member).map_err(|error| ApiError::Unreadable(error.to_string()))
            }
            (None, Some(error)) => Err(error),
            (None, None) => Err(ApiError::Unreadable("it has no data".to_owned())),
        }
    }
}

pub(crate) fn lost(error: impl Into<Box<dyn Error + Send + Sync>>) -> ApiError {
    ApiError::Lost(error.into())
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    data: Option<Value>,
    #[serde(default)]
    errors: Option<Vec<GraphQlError>>,
}

#[derive(Deserialize)]
struct GraphQlError {
    #[serde(default)]
    message: String,
    #[serde(default)]
    extensions: Option<Extensions>,
}

#[derive(Deserialize)]
struct Extensions {
    #[serde(default)]
    error_name: Option<String>,
}

/// Classifies an HTTP response. The GraphQL error list decides, not the status: it may be non-empty with 200, and an empty one is
/// no error.
pub(crate) fn classify(
    status: StatusCode,
    retry_after: Option<&str>,
    body: &[u8],
) -> Result<GraphQlResponse, ApiError> {
    match status {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(ApiError::Unauthorized),
        StatusCode::TOO_MANY_REQUESTS => {
            let wait =
                retry_after.map_or_else(String::new, |wait| format!(", retry after {}", printable(wait)));
            return Err(ApiError::Busy(format!("too many requests{wait}")));
        }
        _ if status.is_server_error() => return Err(lost(format!("HTTP status {}", status.as_u16()))),
        _ => return Err(ApiError::Status(status)),
    }
    let answer: Answer =
        serde_json::from_slice(body).map_err(|error| ApiError::Unreadable(error.to_string()))?;
    let error = answer.errors.iter().flatten().next().map(|error| {
        let message = printable(&error.message);
        match error.extensions.as_ref().and_then(|extensions| extensions.error_name.as_deref()) {
            // Without a name it is an internal error, which may follow partial work.
            None => lost(message),
            Some("UnauthorizedException") => ApiError::Unauthorized,
            Some("NodeOfflineException") => ApiError::Offline(message),
            Some(name) => ApiError::Refused { name: printable(name), message },
        }
    });
    Ok(GraphQlResponse { data: answer.data.filter(|data| !data.is_null()), error })
}

/// The server's message, made safe for a log line.
fn printable(message: &str) -> String {
    message.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::vectors;

    #[test]
    fn error_responses_are_distinguished() {
        for case in vectors()["responses"]["errors"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let body = case["body_text"].as_str().map_or_else(|| case["body"].to_string(), str::to_owned);
            let status =
                StatusCode::from_u16(u16::try_from(case["status"].as_u64().unwrap()).unwrap()).unwrap();
            let outcome = classify(status, None, body.as_bytes()).and_then(GraphQlResponse::whole);
            let as_expected = match name {
                "bad variable" => {
                    outcome.as_ref().is_err_and(|error| error.is_named("InvalidInputException"))
                }
                "internal error" | "server trouble" => matches!(outcome, Err(ApiError::Lost(_))),
                "data and an error side by side" => matches!(outcome, Err(ApiError::Offline(_))),
                "not authorized, as a GraphQL error" | "not authorized, as HTTP" => {
                    matches!(outcome, Err(ApiError::Unauthorized))
                }
                "empty error list" => outcome.is_ok(),
                other => panic!("a new vector: {other}"),
            };
            assert!(as_expected, "{name}: {outcome:?}");
        }
    }

    #[test]
    fn lost_mutation_is_unknown_and_lost_query_is_retryable() {
        let outcome = |error: ApiError, effect| error.into_lightning(effect);
        assert!(matches!(outcome(lost("x"), Effect::Changes), LightningError::Unknown(_)));
        assert!(matches!(outcome(lost("x"), Effect::Reads), LightningError::Unavailable(_)));
        assert!(matches!(
            outcome(ApiError::Unreadable(String::new()), Effect::Changes),
            LightningError::Unknown(_)
        ));
        assert!(matches!(
            outcome(ApiError::Busy(String::new()), Effect::Changes),
            LightningError::Unavailable(_)
        ));
        assert!(matches!(outcome(ApiError::Unauthorized, Effect::Changes), LightningError::Refused { .. }));
    }

    #[test]
    fn only_a_closed_list_proves_a_payment_was_not_begun() {
        let answer = |status: u16, body: &str| {
            let parts = classify(StatusCode::from_u16(status).unwrap(), None, body.as_bytes());
            let payment = parts.and_then(|parts| parts.member::<Value>("/pay_invoice/payment"));
            payment.map_err(|error| error.into_lightning(Effect::Pays))
        };
        let named = |name: &str| {
            format!(r#"{{"data":null,"errors":[{{"message":"x","extensions":{{"error_name":"{name}"}}}}]}}"#)
        };
        for status in [100, 204, 301, 307, 400, 404, 408, 409, 410, 418, 500, 502, 503, 504, 599] {
            assert!(matches!(answer(status, ""), Err(LightningError::Unknown(_))), "{status}");
        }
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"data":{"pay_invoice":null}}"#,
            r#"{"data":null,"errors":[{"message":"x"}]}"#,
        ] {
            assert!(matches!(answer(200, body), Err(LightningError::Unknown(_))), "{body}");
        }
        for name in
            ["NodeOfflineException", "PaymentException", "", "invalidinputexception", "TimeoutException"]
        {
            assert!(matches!(answer(200, &named(name)), Err(LightningError::Unknown(_))), "{name}");
        }
        for name in ["UnauthorizedException", "InvalidInputException", "InvalidLightsparkIDException"] {
            assert!(matches!(answer(200, &named(name)), Err(LightningError::Refused { .. })), "{name}");
        }
        assert!(matches!(answer(401, ""), Err(LightningError::Refused { .. })));
        assert!(matches!(answer(429, ""), Err(LightningError::Unavailable(_))));
        let beside = named("InvalidInputException")
            .replace("null", r#"{"pay_invoice":{"payment":{"id":"OutgoingPayment:1"}}}"#);
        assert!(answer(200, &beside).is_ok(), "the payment counts in spite of the error");
    }

    #[test]
    fn response_without_data_or_json_is_an_error() {
        for body in ["", "<html>", "{}", r#"{"data":null}"#, r#"{"data":null,"errors":[]}"#] {
            assert!(
                matches!(
                    classify(StatusCode::OK, None, body.as_bytes()).and_then(GraphQlResponse::whole),
                    Err(ApiError::Unreadable(_))
                ),
                "{body}"
            );
        }
    }

    #[test]
    fn retry_after_is_quoted_in_the_error() {
        let error = classify(StatusCode::TOO_MANY_REQUESTS, Some("7\u{1b}"), b"").unwrap_err();
        assert_eq!(error.to_string(), "Lightspark is busy: too many requests, retry after 7 ");
    }
}
