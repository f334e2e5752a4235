use crate::{
    code::redact,
    uri::{ConnectionUri, UriError},
};
use async_trait::async_trait;
use chrono::TimeDelta;
use kernel::{Clock, Secret, Timestamp};
use payments::WalletUri;
use serde::Deserialize;
use std::{error::Error, sync::Arc};
use url::Url;

/// Error of a posted form.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// Nothing was sent: the tokens are unchanged.
    #[error("the wallet's provider could not be reached")]
    NotSent(#[source] Box<dyn Error + Send + Sync>),
    /// The form may have arrived.
    #[error("the response of the wallet's provider was lost")]
    Lost(#[source] Box<dyn Error + Send + Sync>),
}

/// An HTTP response of any status.
#[derive(Debug)]
pub struct PostResponse {
    /// Status code.
    pub status: u16,
    /// Body; it may contain secrets.
    pub body: Secret<Vec<u8>>,
}

/// Posts forms to untrusted addresses: port of the guarded HTTP client.
#[async_trait]
pub trait TokenPost: Send + Sync {
    /// Posts `application/x-www-form-urlencoded`; follows no redirect and adds no credentials.
    async fn post_form(&self, endpoint: &Url, form: &[(&str, &str)]) -> Result<PostResponse, PostError>;
}

/// A renewed connection. URI and refresh token are replaced together in one transaction before either is used, since the old ones
/// are void.
#[derive(Debug)]
pub struct Renewed {
    /// New connection URI.
    pub uri: WalletUri,
    /// New refresh token; if `None`, the old one stays valid.
    pub refresh_token: Option<Secret<String>>,
    /// Expiry of the URI.
    pub expires_at: Option<Timestamp>,
    /// End of the whole connection, after which it cannot be refreshed.
    pub connection_ends_at: Option<Timestamp>,
    /// Granted methods.
    pub commands: Vec<String>,
    /// UMA address of the wallet.
    pub uma_address: Option<String>,
}

/// Why a connection was not renewed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The provider refused: the buyer has to connect anew.
    #[error("the wallet's provider refused to renew the connection ({status}): {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The provider's message, redacted.
        message: String,
    },
    /// The tokens are unchanged: retry later.
    #[error("the connection cannot be renewed now")]
    Later(#[source] Box<dyn Error + Send + Sync>),
    /// The old pair may be void and the new one is lost: the buyer has to connect anew.
    #[error("the response with the renewed connection was lost")]
    Lost(#[source] Box<dyn Error + Send + Sync>),
    /// The response is not a connection; the old pair is probably void.
    #[error("the provider's answer is not a connection: {0}")]
    Malformed(&'static str),
}

impl RefreshError {
    /// Whether the tokens are certainly unchanged, so that a retry is safe.
    pub const fn is_harmless(&self) -> bool {
        matches!(self, Self::Later(_))
    }
}

/// Refreshes UMA Auth connections (UMADE-01, grant `refresh_token`).
pub struct UmaAuth {
    post: Arc<dyn TokenPost>,
    clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    nwc_connection_uri: Option<Secret2>,
    refresh_token: Option<Secret2>,
    expires_in: Option<i64>,
    nwc_expires_at: Option<i64>,
    commands: Option<Vec<String>>,
    uma_address: Option<String>,
}

/// Deserialises directly into a secret.
#[derive(Deserialize)]
#[serde(from = "String")]
struct Secret2(Secret<String>);

impl From<String> for Secret2 {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}

impl UmaAuth {
    /// `post` must be the guarded client.
    pub fn new(post: Arc<dyn TokenPost>, clock: Arc<dyn Clock>) -> Self {
        Self { post, clock }
    }

    /// Exchanges the refresh token for a new connection. Callers hold the connection's lock: each exchange voids the previous
    /// URI and token.
    pub async fn refresh(
        &self,
        token_endpoint: &Url,
        client_id: &str,
        refresh_token: &Secret<String>,
    ) -> Result<Renewed, RefreshError> {
        let requested_at = self.clock.now();
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose().as_str()),
            ("client_id", client_id),
        ];
        let answer = self.post.post_form(token_endpoint, &form).await.map_err(|error| match error {
            PostError::NotSent(cause) => RefreshError::Later(cause),
            PostError::Lost(cause) => RefreshError::Lost(cause),
        })?;
        match answer.status {
            200..=299 => read(answer.body.expose(), requested_at),
            429 | 503 => Err(RefreshError::Later(status_text(answer.status).into())),
            // A gateway's error may follow an exchange by the provider.
            500..=599 => Err(RefreshError::Lost(status_text(answer.status).into())),
            status => {
                let message = redact(&String::from_utf8_lossy(answer.body.expose()));
                Err(RefreshError::Refused { status, message })
            }
        }
    }

    /// Revokes a refresh token, and with it the connection (RFC 7009).
    pub async fn revoke(
        &self,
        revocation_endpoint: &Url,
        client_id: &str,
        refresh_token: &Secret<String>,
    ) -> Result<(), RefreshError> {
        let form = [
            ("token", refresh_token.expose().as_str()),
            ("token_type_hint", "refresh_token"),
            ("client_id", client_id),
        ];
        // Revocation is idempotent, so a lost response is worth a retry.
        let answer = self.post.post_form(revocation_endpoint, &form).await.map_err(|error| match error {
            PostError::NotSent(cause) | PostError::Lost(cause) => RefreshError::Later(cause),
        })?;
        match answer.status {
            200..=299 => Ok(()),
            429 | 500..=599 => Err(RefreshError::Later(status_text(answer.status).into())),
            status => Err(RefreshError::Refused {
                status,
                message: redact(&String::from_utf8_lossy(answer.body.expose())),
            }),
        }
    }
}

fn status_text(status: u16) -> String {
    format!("the provider answered with status {status}")
}

fn timestamp(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.and_then(kernel::time::from_seconds)
}

fn read(body: &[u8], requested_at: Timestamp) -> Result<Renewed, RefreshError> {
    let answer: TokenAnswer =
        serde_json::from_slice(body).map_err(|_| RefreshError::Malformed("not the JSON of a token"))?;
    let uri = answer.nwc_connection_uri.ok_or(RefreshError::Malformed("nwc_connection_uri is missing"))?.0;
    ConnectionUri::parse(uri.expose()).map_err(|error: UriError| {
        RefreshError::Malformed(match error {
            UriError::Relay => "the connection names no relay",
            UriError::Scheme | UriError::WalletKey | UriError::Secret => "nwc_connection_uri cannot be read",
        })
    })?;
    let connection_ends_at = timestamp(answer.nwc_expires_at);
    let token_ends = answer
        .expires_in
        .filter(|seconds| *seconds > 0)
        .and_then(TimeDelta::try_seconds)
        .and_then(|life| requested_at.checked_add_signed(life))
        .filter(|end| kernel::time::is_plausible(*end));
    // Some providers end the token with the connection, while `expires_in` still has its full lifetime.
    let expires_at = match (token_ends, connection_ends_at) {
        (Some(token), Some(connection)) => Some(token.min(connection)),
        (one, other) => one.or(other),
    };
    Ok(Renewed {
        uri,
        refresh_token: answer.refresh_token.map(|token| token.0).filter(|token| !token.expose().is_empty()),
        expires_at,
        connection_ends_at,
        commands: answer.commands.unwrap_or_default(),
        uma_address: answer.uma_address.filter(|address| !address.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use testkit::ManualClock;

    const URI: &str = "nostr+walletconnect://b889ff5b1513b641e2a139f661a661364979c5beee91842f8f0ef42ab558e9d4\
                       ?relay=wss://relay.example&secret=71a8c14c1407c113601079c4302dab36460f0ccd0ad506f1f2dc73b5100e4f3c";

    type Form = Vec<(String, String)>;

    struct Provider {
        answer: Box<dyn Fn() -> Result<(u16, String), PostError> + Send + Sync>,
        seen: Mutex<Vec<(Url, Form)>>,
    }

    #[async_trait]
    impl TokenPost for Provider {
        async fn post_form(&self, endpoint: &Url, form: &[(&str, &str)]) -> Result<PostResponse, PostError> {
            let form = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            self.seen.lock().unwrap().push((endpoint.clone(), form));
            let (status, body) = (self.answer)()?;
            Ok(PostResponse { status, body: Secret::new(body.into_bytes()) })
        }
    }

    fn timestamp(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    async fn refresh(
        answer: impl Fn() -> Result<(u16, String), PostError> + Send + Sync + 'static,
    ) -> (Result<Renewed, RefreshError>, Vec<(Url, Form)>) {
        let provider = Arc::new(Provider { answer: Box::new(answer), seen: Mutex::default() });
        let auth = UmaAuth::new(provider.clone(), Arc::new(ManualClock::at(timestamp(1_000))));
        let endpoint = Url::parse("https://vasp.example/token").unwrap();
        let outcome =
            auth.refresh(&endpoint, "npub1x wss://relay.example", &Secret::new("old".to_owned())).await;
        let seen = provider.seen.lock().unwrap().clone();
        (outcome, seen)
    }

    async fn answered(status: u16, body: String) -> Result<Renewed, RefreshError> {
        refresh(move || Ok((status, body.clone()))).await.0
    }

    #[tokio::test]
    async fn refresh_uses_a_public_client_and_reads_all_fields() {
        let body = format!(
            r#"{{"access_token":"x","token_type":"Bearer","expires_in":2592000,"refresh_token":"new","commands":["pay_invoice"],
                "budget":"500.USD/month","nwc_connection_uri":"{URI}","nwc_expires_at":1700005000,"uma_address":"$a@vasp.example"}}"#
        );
        let (outcome, seen) = refresh(move || Ok((200, body.clone()))).await;
        let renewed = outcome.unwrap();
        assert_eq!(renewed.uri.expose(), URI);
        assert_eq!(renewed.refresh_token.unwrap().expose(), "new");
        // `expires_in` is thirty days, but the connection ends earlier.
        assert_eq!(renewed.expires_at, Some(timestamp(5_000)));
        assert_eq!(renewed.connection_ends_at, Some(timestamp(5_000)));
        assert_eq!((renewed.commands.len(), renewed.uma_address.as_deref()), (1, Some("$a@vasp.example")));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let form = vec![
            pair("grant_type", "refresh_token"),
            pair("refresh_token", "old"),
            pair("client_id", "npub1x wss://relay.example"),
        ];
        assert_eq!(seen, [(Url::parse("https://vasp.example/token").unwrap(), form)]);
    }

    #[tokio::test]
    async fn invalid_expiries_are_ignored() {
        for end in ["1700005000000", "0", "-1", "9223372036854775807"] {
            let body =
                format!(r#"{{"nwc_connection_uri":"{URI}","expires_in":{end},"nwc_expires_at":{end}}}"#);
            let renewed = answered(200, body).await.unwrap();
            assert_eq!((renewed.expires_at, renewed.connection_ends_at), (None, None), "{end}");
        }
    }

    #[tokio::test]
    async fn minimal_response_is_accepted() {
        let renewed = answered(
            200,
            format!(r#"{{"nwc_connection_uri":"{URI}","expires_in":60,"nwc_expires_at":null}}"#),
        )
        .await
        .unwrap();
        assert_eq!((renewed.expires_at, renewed.connection_ends_at), (Some(timestamp(1_060)), None));
        assert!(renewed.refresh_token.is_none());
    }

    #[tokio::test]
    async fn errors_state_whether_the_old_tokens_are_valid() {
        let refused = answered(401, "Invalid refresh token".to_owned()).await.unwrap_err();
        assert!(
            !refused.is_harmless() && refused.to_string().ends_with("(401): Invalid refresh token"),
            "{refused}"
        );
        assert!(matches!(answered(503, String::new()).await, Err(RefreshError::Later(_))));
        assert!(matches!(answered(429, String::new()).await, Err(RefreshError::Later(_))));
        assert!(matches!(answered(502, String::new()).await, Err(RefreshError::Lost(_))));
        assert!(matches!(answered(200, "{}".to_owned()).await, Err(RefreshError::Malformed(_))));
        assert!(matches!(answered(200, "<html>".to_owned()).await, Err(RefreshError::Malformed(_))));
        let lost = refresh(|| Err(PostError::Lost("reset".into()))).await.0;
        assert!(lost.is_err_and(|error| !error.is_harmless() && matches!(error, RefreshError::Lost(_))));
        let unsent = refresh(|| Err(PostError::NotSent("dns".into()))).await.0;
        assert!(matches!(unsent, Err(RefreshError::Later(_))));
    }
}
