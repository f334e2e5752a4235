//! What an answer of the API means: above all, whether the server may have acted.

use crate::{documents::Effect, signing::SigningKeyError};
use payments::LightningError;
use reqwest::StatusCode;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::error::Error;

/// Why a document has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("Lightspark does not accept the credentials")]
    Unauthorized,
    /// The server understood and said no.
    #[error("{name}: {message}")]
    Refused { name: String, message: String },
    /// Rejected before any work (HTTP 429).
    #[error("Lightspark is busy: {0}")]
    Busy(String),
    /// The node is away, perhaps only since the work began.
    #[error("Lightspark's node is offline: {0}")]
    Offline(String),
    /// A status that says nothing about the work, such as 408.
    #[error("{0}: is the base address right?")]
    Status(StatusCode),
    /// The request did not get there.
    #[error("Lightspark was not reached")]
    NotReached(#[source] reqwest::Error),
    /// The request was sent; what became of it is not known.
    #[error("Lightspark gave no answer")]
    Lost(#[source] Box<dyn Error + Send + Sync>),
    /// There is an answer, but it cannot be read.
    #[error("Lightspark's answer cannot be read: {0}")]
    Unreadable(String),
    #[error(transparent)]
    NotSigned(#[from] SigningKeyError),
}

impl ApiError {
    /// Its meaning for the caller: certainly nothing, or perhaps something, was done.
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

    pub(crate) fn is_named(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { name, .. } if name == wanted)
    }
}

/// The closed list of answers which prove that an order to pay was not begun: Lightspark checks these before any work. Everything
/// else leaves the payment's fate open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No connection was made, or HTTP 429: try again later.
    NotBegun,
    /// HTTP 401 or 403, or `UnauthorizedException`.
    Credentials,
    /// Not signed by us, or `InvalidSignatureException`.
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

/// The parts of an answer: data and an error may come together.
#[derive(Debug)]
pub(crate) struct Parts {
    data: Option<Value>,
    pub(crate) error: Option<ApiError>,
}

impl Parts {
    /// The data, if there is no error beside it.
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

    /// The member at `path` (a JSON pointer) if it is there, whatever errors its own members had; the error otherwise.
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

/// What an HTTP answer means. Success may be an error, and an error may be none: only a non-empty error list counts.
pub(crate) fn classify(
    status: StatusCode,
    retry_after: Option<&str>,
    body: &[u8],
) -> Result<Parts, ApiError> {
    match status {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(ApiError::Unauthorized),
        StatusCode::TOO_MANY_REQUESTS => {
            let wait =
                retry_after.map_or_else(String::new, |wait| format!(", ask again in {}", printable(wait)));
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
            // Without a name it is an internal error: the server stumbled, perhaps half-way.
            None => lost(message),
            Some("UnauthorizedException") => ApiError::Unauthorized,
            Some("NodeOfflineException") => ApiError::Offline(message),
            Some(name) => ApiError::Refused { name: printable(name), message },
        }
    });
    Ok(Parts { data: answer.data.filter(|data| !data.is_null()), error })
}

/// The server's words, fit for a log line.
fn printable(words: &str) -> String {
    words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::vectors;

    #[test]
    fn answers_that_went_wrong_are_told_apart() {
        for case in vectors()["responses"]["errors"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let body = case["body_text"].as_str().map_or_else(|| case["body"].to_string(), str::to_owned);
            let status =
                StatusCode::from_u16(u16::try_from(case["status"].as_u64().unwrap()).unwrap()).unwrap();
            let outcome = classify(status, None, body.as_bytes()).and_then(Parts::whole);
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
    fn a_lost_change_is_unknown_and_a_lost_question_may_be_asked_again() {
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
    fn only_a_closed_list_proves_that_an_order_to_pay_was_not_begun() {
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
        assert!(answer(200, &beside).is_ok(), "a payment counts, whatever error stands beside it");
    }

    #[test]
    fn an_answer_without_data_or_with_none_of_json_is_no_success() {
        for body in ["", "<html>", "{}", r#"{"data":null}"#, r#"{"data":null,"errors":[]}"#] {
            assert!(
                matches!(
                    classify(StatusCode::OK, None, body.as_bytes()).and_then(Parts::whole),
                    Err(ApiError::Unreadable(_))
                ),
                "{body}"
            );
        }
    }

    #[test]
    fn waiting_is_asked_for_in_the_servers_words() {
        let error = classify(StatusCode::TOO_MANY_REQUESTS, Some("7\u{1b}"), b"").unwrap_err();
        assert_eq!(error.to_string(), "Lightspark is busy: too many requests, ask again in 7 ");
    }
}
