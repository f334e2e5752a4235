//! GraphQL calls over HTTP POST.

use crate::{
    answer::{ApiError, GraphQlResponse, classify, lost},
    config::{ConfigError, LightsparkConfig, is_loopback},
    documents::Document,
    signing::{SigningKey, SigningKeyError},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::{Clock, Entropy, Secret};
use reqwest::{
    Client, RequestBuilder, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    redirect,
};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};
use url::Url;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time limit of a call that signs nothing.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// Time limit of the node's own payment attempts, in seconds.
pub(crate) const PAY_TIMEOUT_SECS: u32 = 30;
/// Longer than the node's own limit; otherwise slow payments would look lost.
pub const PAYMENT_TIMEOUT: Duration = Duration::from_secs(45);
/// Responses have a few hundred bytes.
const MAX_ANSWER: usize = 1 << 20;
/// Validity of a signed request, as in the SDKs.
const SIGNATURE_LIFE: chrono::Duration = chrono::Duration::hours(1);
const SDK: &str = concat!("tickets-lightspark/", env!("CARGO_PKG_VERSION"));

/// Client of the API.
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
        // Another part of the process may have installed a provider already; any works.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
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

    /// Runs an unsigned document.
    pub(crate) async fn run(&self, document: &Document, variables: Value) -> Result<Value, ApiError> {
        self.response(document, variables).await?.whole()
    }

    /// Runs an unsigned document; keeps data that comes with an error.
    pub(crate) async fn response(
        &self,
        document: &Document,
        variables: Value,
    ) -> Result<GraphQlResponse, ApiError> {
        let body = serialize(&envelope(document, variables))?;
        self.send(document, self.request(document, body)).await
    }

    /// Runs a document that moves money. Each attempt has a new signature.
    pub(crate) async fn run_signed(
        &self,
        document: &Document,
        variables: Value,
        key: &SigningKey,
    ) -> Result<GraphQlResponse, ApiError> {
        let mut nonce = [0; 8];
        self.entropy.fill(&mut nonce).map_err(|_| SigningKeyError::Failed)?;
        let mut envelope = envelope(document, variables);
        // 63 bits: some JSON parsers support signed integers only.
        envelope.insert("nonce".to_owned(), (u64::from_le_bytes(nonce) >> 1).into());
        envelope.insert("expires_at".to_owned(), (self.clock.now() + SIGNATURE_LIFE).to_rfc3339().into());
        let body = serialize(&envelope)?;
        let signature = key.header(&body)?;
        let request =
            self.request(document, body).header("X-Lightspark-Signing", signature).timeout(PAYMENT_TIMEOUT);
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
    async fn send(&self, document: &Document, request: RequestBuilder) -> Result<GraphQlResponse, ApiError> {
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
        let error = outcome.as_ref().map_or_else(Some, |response| response.error.as_ref());
        if let Some(error) = error {
            tracing::debug!(%error, "Lightspark call failed");
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

/// Serialised once, since the signature covers exactly the bytes that are sent.
fn serialize(envelope: &Map<String, Value>) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(envelope).map_err(|error| ApiError::Unreadable(error.to_string()))
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
    fn credentials_are_sent_like_the_sdks_and_never_printed() {
        let api = Api::new(&config("http://127.0.0.1:9/"), Arc::new(Fixed), Arc::new(Fixed)).unwrap();
        assert_eq!(api.authorization, vectors()["basic_auth"]["header"].as_str().unwrap());
        assert!(!format!("{:?}", api.authorization).contains("Y2xpZW5"));
    }
}
