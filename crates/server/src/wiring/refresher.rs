use async_trait::async_trait;
use box_office::{RefreshError, RefreshedWallet, WalletRefresher};
use kernel::{Clock, Secret};
use nwc_wallet::{PostError, Posted, TokenPost, UmaAuth};
use std::sync::Arc;
use uma_http::{FetchError, GuardedClient};
use url::Url;

/// Keeps UMA Auth connections alive, through the guarded client: token endpoints are addresses that others chose.
pub(super) struct Refresher(UmaAuth);

impl Refresher {
    pub(super) fn new(client: Arc<GuardedClient>, clock: Arc<dyn Clock>) -> Self {
        Self(UmaAuth::new(Arc::new(Guarded(client)), clock))
    }
}

struct Guarded(Arc<GuardedClient>);

#[async_trait]
impl TokenPost for Guarded {
    async fn post_form(&self, endpoint: &Url, form: &[(&str, &str)]) -> Result<Posted, PostError> {
        match self.0.post_form(endpoint, form).await {
            Ok(answer) => Ok(Posted { status: answer.status, body: Secret::new(answer.body.into_bytes()) }),
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
            .map_err(|_| RefreshError::Revoked("its token endpoint is not an address".to_owned()))?;
        match self.0.refresh(&endpoint, client_id, refresh_token).await {
            Ok(renewed) => Ok(RefreshedWallet {
                uri: renewed.uri,
                refresh_token: renewed.refresh_token,
                expires_at: renewed.expires_at,
            }),
            Err(error) if error.is_final() => Err(RefreshError::Revoked(error.to_string())),
            Err(error) => Err(RefreshError::Unavailable(error.to_string())),
        }
    }
}
