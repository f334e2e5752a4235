//! One POST: a document goes out, its answer comes back, and what went wrong is told apart by whether the server may have acted.

use crate::{
    config::{ConfigError, LightsparkConfig, is_loopback},
    documents::{Document, Effect},
    signing::{SigningKey, SigningKeyError},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::{Clock, Entropy, Secret};
use payments::LightningError;
use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    redirect,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{error::Error, sync::Arc, time::Duration};
use url::Url;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long the node itself tries a payment, in seconds.
pub(crate) const PAY_TIMEOUT_SECS: u32 = 30;
/// Longer than the node's own wait, or every slow payment would look lost.
const PAY_TIMEOUT: Duration = Duration::from_secs(45);
/// Answers have a few hundred bytes.
const MAX_ANSWER: usize = 1 << 20;
/// How long a signed request stays valid, as the SDKs have it.
const SIGNATURE_LIFE: chrono::Duration = chrono::Duration::hours(1);
const SDK: &str = concat!("tickets-lightspark/", env!("CARGO_PKG_VERSION"));

/// Why a document has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("Lightspark does not accept the credentials")]
    Unauthorized,
    /// The server understood and said no.
    #[error("{name}: {message}")]
    Refused { name: String, message: String },
    /// The server did nothing: it is overloaded, or its node is away.
    #[error("Lightspark is busy: {0}")]
    Busy(String),
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
    /// What it means to whoever asked: certainly nothing, or perhaps something, was done.
    pub(crate) fn into_lightning(self, effect: Effect) -> LightningError {
        match (self, effect) {
            (error @ (Self::Unauthorized | Self::Refused { .. } | Self::NotSigned(_)), _)
            | (error @ Self::Unreadable(_), Effect::Reads) => {
                LightningError::Refused { reason: error.to_string() }
            }
            (error @ (Self::Busy(_) | Self::NotReached(_)), _) | (error @ Self::Lost(_), Effect::Reads) => {
                LightningError::Unavailable(Box::new(error))
            }
            (error @ (Self::Lost(_) | Self::Unreadable(_)), Effect::Changes) => {
                LightningError::Unknown(Box::new(error))
            }
        }
    }

    pub(crate) fn is_named(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { name, .. } if name == wanted)
    }
}

/// The door to the API.
pub(crate) struct Api {
    client: Client,
    endpoint: Url,
    authorization: HeaderValue,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Api {
    pub(crate) fn new(
        config: &LightsparkConfig,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, ConfigError> {
        let endpoint = config.endpoint()?;
        // Another part of the program may have installed a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .user_agent(SDK);
        if is_loopback(&endpoint) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| ConfigError::Client(error.to_string()))?;
        let pair = Secret::new(format!("{}:{}", config.client_id, config.client_secret.expose()));
        let basic = Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())));
        let mut authorization =
            HeaderValue::from_str(basic.expose()).map_err(|error| ConfigError::Client(error.to_string()))?;
        authorization.set_sensitive(true);
        Ok(Self { client, endpoint, authorization, clock, entropy })
    }

    /// Runs a document that needs no signature.
    pub(crate) async fn run(&self, document: &Document, variables: Value) -> Result<Value, ApiError> {
        let body = serialize(&envelope(document, variables))?;
        self.send(document, self.request(document, body)).await
    }

    /// Runs a document that moves money: signed afresh on every try.
    pub(crate) async fn run_signed(
        &self,
        document: &Document,
        variables: Value,
        key: &SigningKey,
    ) -> Result<Value, ApiError> {
        let mut nonce = [0; 8];
        self.entropy.fill(&mut nonce).map_err(|_| SigningKeyError::Failed)?;
        let mut envelope = envelope(document, variables);
        // 63 bits: some readers of JSON know signed integers only.
        envelope.insert("nonce".to_owned(), (u64::from_le_bytes(nonce) >> 1).into());
        envelope.insert("expires_at".to_owned(), (self.clock.now() + SIGNATURE_LIFE).to_rfc3339().into());
        let body = serialize(&envelope)?;
        let signature = key.header(&body)?;
        let request =
            self.request(document, body).header("X-Lightspark-Signing", signature).timeout(PAY_TIMEOUT);
        self.send(document, request).await
    }

    fn request(&self, document: &Document, body: Vec<u8>) -> RequestBuilder {
        self.client
            .post(self.endpoint.clone())
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("X-GraphQL-Operation", document.name)
            .header("X-Lightspark-SDK", SDK)
            .body(body)
    }

    #[tracing::instrument(name = "lightspark.call", level = "debug", skip_all, fields(operation = document.name))]
    async fn send(&self, document: &Document, request: RequestBuilder) -> Result<Value, ApiError> {
        let outcome = async {
            let response = request.send().await.map_err(|error| {
                let error = error.without_url();
                if error.is_connect() || error.is_builder() {
                    ApiError::NotReached(error)
                } else {
                    lost(error)
                }
            })?;
            let status = response.status();
            let retry_after =
                response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let body = read(response).await?;
            classify(status, retry_after.as_deref(), &body)
        }
        .await;
        if let Err(error) = &outcome {
            tracing::debug!(%error, "Lightspark did not do what it was asked");
        }
        outcome
    }
}

fn envelope(document: &Document, variables: Value) -> Map<String, Value> {
    Map::from_iter([
        ("operationName".to_owned(), document.name.into()),
        ("query".to_owned(), document.text.into()),
        ("variables".to_owned(), variables),
    ])
}

/// Once: these bytes are signed, and these bytes are sent.
fn serialize(envelope: &Map<String, Value>) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(envelope).map_err(|error| ApiError::Unreadable(error.to_string()))
}

fn lost(error: impl Into<Box<dyn Error + Send + Sync>>) -> ApiError {
    ApiError::Lost(error.into())
}

async fn read(mut response: Response) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(error.without_url()))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(ApiError::Unreadable("it is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
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
fn classify(status: StatusCode, retry_after: Option<&str>, body: &[u8]) -> Result<Value, ApiError> {
    match status {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(ApiError::Unauthorized),
        StatusCode::TOO_MANY_REQUESTS => {
            let wait =
                retry_after.map_or_else(String::new, |wait| format!(", ask again in {}", printable(wait)));
            return Err(ApiError::Busy(format!("too many requests{wait}")));
        }
        _ if status.is_server_error() => return Err(lost(format!("HTTP status {}", status.as_u16()))),
        _ => {
            return Err(ApiError::Refused {
                name: format!("HTTP status {}", status.as_u16()),
                message: "is the base address right?".to_owned(),
            });
        }
    }
    let answer: Answer =
        serde_json::from_slice(body).map_err(|error| ApiError::Unreadable(error.to_string()))?;
    if let Some(error) = answer.errors.iter().flatten().next() {
        let message = printable(&error.message);
        return Err(
            match error.extensions.as_ref().and_then(|extensions| extensions.error_name.as_deref()) {
                // Without a name it is an internal error: the server stumbled, perhaps half-way.
                None => lost(message),
                Some("UnauthorizedException") => ApiError::Unauthorized,
                Some("NodeOfflineException") => ApiError::Busy(message),
                Some(name) => ApiError::Refused { name: printable(name), message },
            },
        );
    }
    answer
        .data
        .filter(|data| !data.is_null())
        .ok_or_else(|| ApiError::Unreadable("it has no data".to_owned()))
}

/// The server's words, fit for a log line.
fn printable(words: &str) -> String {
    words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::tests::config, model::tests::vectors};
    use chrono::DateTime;
    use kernel::{EntropyError, Timestamp};

    struct Fixed;
    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            DateTime::UNIX_EPOCH
        }
    }
    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(0xff);
            Ok(())
        }
    }

    #[test]
    fn credentials_go_out_as_the_sdks_send_them_and_are_never_printed() {
        let api = Api::new(&config("http://127.0.0.1:9/"), Arc::new(Fixed), Arc::new(Fixed)).unwrap();
        assert_eq!(api.authorization, vectors()["basic_auth"]["header"].as_str().unwrap());
        assert!(!format!("{:?}", api.authorization).contains("Y2xpZW5"));
    }

    #[test]
    fn answers_that_went_wrong_are_told_apart() {
        for case in vectors()["responses"]["errors"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let body = case["body_text"].as_str().map_or_else(|| case["body"].to_string(), str::to_owned);
            let status =
                StatusCode::from_u16(u16::try_from(case["status"].as_u64().unwrap()).unwrap()).unwrap();
            let outcome = classify(status, None, body.as_bytes());
            let as_expected = match name {
                "bad variable" => {
                    outcome.as_ref().is_err_and(|error| error.is_named("InvalidInputException"))
                }
                "internal error" | "server trouble" => matches!(outcome, Err(ApiError::Lost(_))),
                "data and an error side by side" => matches!(outcome, Err(ApiError::Busy(_))),
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
    fn an_answer_without_data_or_with_none_of_json_is_no_success() {
        for body in ["", "<html>", "{}", r#"{"data":null}"#, r#"{"data":null,"errors":[]}"#] {
            assert!(
                matches!(classify(StatusCode::OK, None, body.as_bytes()), Err(ApiError::Unreadable(_))),
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
