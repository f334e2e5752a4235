use async_trait::async_trait;
use box_office::{RefreshError, RefreshedWallet, WalletRefresher};
use kernel::{Clock, Secret};
use nwc_wallet::{PostError, PostResponse, TokenPost, UmaAuth};
use std::sync::Arc;
use uma_http::{FetchError, GuardedClient};
use url::Url;

/// Refreshes UMA Auth connections through the guarded client, since token endpoints are untrusted addresses.
pub(super) struct Refresher(UmaAuth);

impl Refresher {
    pub(super) fn new(client: Arc<GuardedClient>, clock: Arc<dyn Clock>) -> Self {
        Self(UmaAuth::new(Arc::new(Guarded(client)), clock))
    }
}

struct Guarded(Arc<GuardedClient>);

#[async_trait]
impl TokenPost for Guarded {
    async fn post_form(&self, endpoint: &Url, form: &[(&str, &str)]) -> Result<PostResponse, PostError> {
        match self.0.post_form(endpoint, form).await {
            Ok(answer) => {
                Ok(PostResponse { status: answer.status, body: Secret::new(answer.body.into_bytes()) })
            }
            Err(error @ FetchError::NotAllowed(_)) => Err(PostError::NotSent(error.into())),
            Err(error) => Err(PostError::Lost(error.into())),
        }
    }
}

#[async_trait]
impl WalletRefresher for Refresher {
    async fn refresh(
        &self,
        token_endpoint: &str,
        client_id: &str,
        refresh_token: &Secret<String>,
    ) -> Result<RefreshedWallet, RefreshError> {
        let endpoint = Url::parse(token_endpoint)
            .map_err(|_| RefreshError::Unavailable("its token endpoint is not an address".to_owned()))?;
        match self.0.refresh(&endpoint, client_id, refresh_token).await {
            Ok(renewed) => Ok(RefreshedWallet {
                uri: renewed.uri,
                refresh_token: renewed.refresh_token,
                expires_at: renewed.expires_at,
            }),
            Err(error) => Err(refresh_error(&error)),
        }
    }

    async fn revoke(
        &self,
        revocation_endpoint: &str,
        client_id: &str,
        refresh_token: &Secret<String>,
    ) -> Result<(), RefreshError> {
        let endpoint = Url::parse(revocation_endpoint)
            .map_err(|_| RefreshError::Revoked("its revocation endpoint is not an address".to_owned()))?;
        self.0.revoke(&endpoint, client_id, refresh_token).await.map_err(|error| refresh_error(&error))
    }
}

/// The provider's message is only logged.
fn refresh_error(error: &nwc_wallet::RefreshError) -> RefreshError {
    let words = error.to_string();
    match error {
        nwc_wallet::RefreshError::Refused { .. } => RefreshError::Revoked(words),
        nwc_wallet::RefreshError::Later(_) => RefreshError::Unavailable(words),
        nwc_wallet::RefreshError::Lost(_) | nwc_wallet::RefreshError::Malformed(_) => {
            RefreshError::Lost(words)
        }
    }
}
