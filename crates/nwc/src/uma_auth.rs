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

/// A form was not answered.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// Nothing left this machine, or the address is not allowed: the tokens are as they were.
    #[error("the wallet's provider could not be reached")]
    NotSent(#[source] Box<dyn Error + Send + Sync>),
    /// It may have arrived.
    #[error("the answer of the wallet's provider was lost")]
    Lost(#[source] Box<dyn Error + Send + Sync>),
}

/// An HTTP answer, whatever its status.
#[derive(Debug)]
pub struct PostResponse {
    /// The status code.
    pub status: u16,
    /// The body; it carries secrets.
    pub body: Secret<Vec<u8>>,
}

/// Posts a form to an address that others chose: the guarded HTTP client, behind a port of our own.
#[async_trait]
pub trait TokenPost: Send + Sync {
    /// `application/x-www-form-urlencoded`; no redirect is followed, no credentials are added.
    async fn post_form(&self, endpoint: &Url, form: &[(&str, &str)]) -> Result<PostResponse, PostError>;
}

/// A renewed connection. It replaces URI and refresh token together, in one transaction, before either is used: the old ones
/// are void.
#[derive(Debug)]
pub struct Renewed {
    /// The new connection.
    pub uri: WalletUri,
    /// For the next time; when the provider sends none, the old one stays good.
    pub refresh_token: Option<Secret<String>>,
    /// When the URI stops working.
    pub expires_at: Option<Timestamp>,
    /// When the whole connection ends, and no refresh helps any more.
    pub connection_ends_at: Option<Timestamp>,
    /// What the wallet grants.
    pub commands: Vec<String>,
    /// The wallet's UMA address.
    pub uma_address: Option<String>,
}

/// Why a connection was not renewed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The provider said no: the buyer has to connect anew.
    #[error("the wallet's provider refused to renew the connection ({status}): {words}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The provider's words, redacted.
        words: String,
    },
    /// The tokens are as they were: try again later.
    #[error("the connection cannot be renewed now")]
    Later(#[source] Box<dyn Error + Send + Sync>),
    /// The old pair may be void and the new one is lost: the buyer has to connect anew.
    #[error("the renewed connection was lost on its way")]
    Lost(#[source] Box<dyn Error + Send + Sync>),
    /// An answer that is no connection; the old pair is probably void.
    #[error("the provider's answer is not a connection: {0}")]
    Malformed(&'static str),
}

impl RefreshError {
    /// Whether the tokens are certainly as they were, so that another try is safe.
    pub const fn is_harmless(&self) -> bool {
        matches!(self, Self::Later(_))
    }
}

/// Keeps UMA Auth connections alive (UMADE-01, grant `refresh_token`).
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

/// Straight from the parser into a secret.
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

    /// Exchanges the refresh token for a new connection. At most one exchange of a connection at a time, under its lock: each
    /// one voids the URI and the token before it.
    pub async fn refresh(
        &self,
        token_endpoint: &Url,
        client_id: &str,
        refresh_token: &Secret<String>,
    ) -> Result<Renewed, RefreshError> {
        let asked_at = self.clock.now();
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
            200..=299 => read(answer.body.expose(), asked_at),
            429 | 503 => Err(RefreshError::Later(status_text(answer.status).into())),
            // A gateway's error may come after the provider exchanged the token.
            500..=599 => Err(RefreshError::Lost(status_text(answer.status).into())),
            status => {
                let words = redact(&String::from_utf8_lossy(answer.body.expose()));
                Err(RefreshError::Refused { status, words })
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
        // Revoking twice is harmless, so a lost answer is worth another try.
        let answer = self.post.post_form(revocation_endpoint, &form).await.map_err(|error| match error {
            PostError::NotSent(cause) | PostError::Lost(cause) => RefreshError::Later(cause),
        })?;
        match answer.status {
            200..=299 => Ok(()),
            429 | 500..=599 => Err(RefreshError::Later(status_text(answer.status).into())),
            status => Err(RefreshError::Refused {
                status,
                words: redact(&String::from_utf8_lossy(answer.body.expose())),
            }),
        }
    }
}

fn status_text(status: u16) -> String {
    format!("the provider answered with status {status}")
}

fn moment(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.and_then(kernel::time::from_seconds)
}

fn read(body: &[u8], asked_at: Timestamp) -> Result<Renewed, RefreshError> {
    let answer: TokenAnswer =
        serde_json::from_slice(body).map_err(|_| RefreshError::Malformed("not the JSON of a token"))?;
    let uri = answer.nwc_connection_uri.ok_or(RefreshError::Malformed("nwc_connection_uri is missing"))?.0;
    ConnectionUri::parse(uri.expose()).map_err(|error: UriError| {
        RefreshError::Malformed(match error {
            UriError::Relay => "the connection names no relay",
            UriError::Scheme | UriError::WalletKey | UriError::Secret => "nwc_connection_uri cannot be read",
        })
    })?;
    let connection_ends_at = moment(answer.nwc_expires_at);
    let token_ends = answer
        .expires_in
        .filter(|seconds| *seconds > 0)
        .and_then(TimeDelta::try_seconds)
        .and_then(|life| asked_at.checked_add_signed(life))
        .filter(|end| kernel::time::is_plausible(*end));
    // Some providers cut the token at the connection's end, while `expires_in` still says its full life.
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

    fn moment(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    async fn refresh(
        answer: impl Fn() -> Result<(u16, String), PostError> + Send + Sync + 'static,
    ) -> (Result<Renewed, RefreshError>, Vec<(Url, Form)>) {
        let provider = Arc::new(Provider { answer: Box::new(answer), seen: Mutex::default() });
        let auth = UmaAuth::new(provider.clone(), Arc::new(ManualClock::at(moment(1_000))));
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
    async fn a_refresh_asks_as_a_public_client_and_reads_everything_it_is_given() {
        let body = format!(
            r#"{{"access_token":"x","token_type":"Bearer","expires_in":2592000,"refresh_token":"new","commands":["pay_invoice"],
                "budget":"500.USD/month","nwc_connection_uri":"{URI}","nwc_expires_at":1700005000,"uma_address":"$a@vasp.example"}}"#
        );
        let (outcome, seen) = refresh(move || Ok((200, body.clone()))).await;
        let renewed = outcome.unwrap();
        assert_eq!(renewed.uri.expose(), URI);
        assert_eq!(renewed.refresh_token.unwrap().expose(), "new");
        // `expires_in` says thirty days, but the whole connection ends before.
        assert_eq!(renewed.expires_at, Some(moment(5_000)));
        assert_eq!(renewed.connection_ends_at, Some(moment(5_000)));
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
    async fn ends_that_make_no_sense_are_left_out() {
        for end in ["1700005000000", "0", "-1", "9223372036854775807"] {
            let body =
                format!(r#"{{"nwc_connection_uri":"{URI}","expires_in":{end},"nwc_expires_at":{end}}}"#);
            let renewed = answered(200, body).await.unwrap();
            assert_eq!((renewed.expires_at, renewed.connection_ends_at), (None, None), "{end}");
        }
    }

    #[tokio::test]
    async fn an_answer_with_the_least_there_can_be_is_enough() {
        let renewed = answered(
            200,
            format!(r#"{{"nwc_connection_uri":"{URI}","expires_in":60,"nwc_expires_at":null}}"#),
        )
        .await
        .unwrap();
        assert_eq!((renewed.expires_at, renewed.connection_ends_at), (Some(moment(1_060)), None));
        assert!(renewed.refresh_token.is_none());
    }

    #[tokio::test]
    async fn what_went_wrong_says_whether_the_old_tokens_are_still_good() {
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
