//! Connected wallets (NIP-47).

use super::{
    auth::{AuthFirst, Authenticated},
    body::Body,
    problem::{Problem, ProblemBody},
    response::{self, Answer, Done},
    state::State,
};
use actix_web::{HttpResponse, web};
use box_office::{BudgetChange, WalletOffer};
use chrono::{DateTime, Utc};
use identity::WalletState;
use kernel::{FieldCode, Sats, Secret};
use serde::{Deserialize, Serialize};
use uma_protocol::UmaAddress;
use utoipa::ToSchema;

/// Wallet to connect. Stored encrypted and never returned.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ConnectWallet {
    /// `nostr+walletconnect://…` (NIP-47).
    nwc_connection_uri: String,
    /// Expiry of the connection.
    #[serde(default, deserialize_with = "super::body::maybe_time")]
    expires_at: Option<DateTime<Utc>>,
    /// UMA Auth refresh token; afterwards only this server may refresh the connection.
    refresh_token: Option<String>,
    /// UMA Auth.
    client_id: Option<String>,
    /// UMA Auth token endpoint; by default read from the UMA configuration of the provider of `uma_address`.
    token_endpoint: Option<String>,
    /// UMA address of the wallet.
    uma_address: Option<String>,
    /// Limit per purchase of automatic payments, in whole satoshis; the current or default limit if absent.
    #[schema(minimum = 1)]
    budget_per_purchase_sats: Option<u64>,
    /// Daily limit (UTC) of automatic payments.
    #[schema(minimum = 1)]
    budget_per_day_sats: Option<u64>,
}

/// Spending limits of a connected wallet; `null` applies the server's default.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct WalletBudgetForm {
    /// Limit per purchase, in whole satoshis.
    #[schema(minimum = 1)]
    budget_per_purchase_sats: Option<u64>,
    /// Daily limit (UTC), in whole satoshis.
    #[schema(minimum = 1)]
    budget_per_day_sats: Option<u64>,
}

/// The end of a connection; `null` if it has none.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct End(Option<DateTime<Utc>>);

/// Whether a wallet is connected.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = WalletConnection)]
pub(crate) struct WalletView {
    connected: bool,
    /// `connected`, `expired`, `stale` (not responding) or `needs_reconnect`.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// Expiry of the connection; `null` if it does not expire, absent without a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: Option<End>,
    /// Whether the server refreshes it before it expires.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    renews: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<DateTime<Utc>>,
    /// UMA address of the wallet, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    uma_address: Option<String>,
    /// Reason why a connected wallet is no longer used.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// Amount sent or possibly sent by wallets today (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    spent_today_sats: Option<u64>,
    /// Limit per purchase of automatic payments; absent without a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_per_purchase_sats: Option<u64>,
    /// Daily limit (UTC) of automatic payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_per_day_sats: Option<u64>,
}

/// Get the wallet connection
#[utoipa::path(get, path = "/api/users/me/nwc-connection", tag = "wallet", security(("token" = [])), responses(
    (status = 200, body = Answer<WalletView>), (status = 401, body = ProblemBody)))]
pub(super) async fn wallet(
    state: web::Data<State>,
    Authenticated(caller): Authenticated,
) -> Result<HttpResponse, Problem> {
    let found = state.office.wallet_of(caller.id()).await?;
    let now = state.office.now();
    let view = match found {
        None => WalletView::default(),
        Some(wallet) => {
            let connected = wallet.state(now) == WalletState::Connected;
            let limits = wallet.limits(state.office.settings().wallet_budget);
            let spent = state.store.ordered_from_wallet(caller.id(), box_office::budget_day(now)).await?;
            WalletView {
                connected,
                spent_today_sats: Some(spent.to_sats_floor().get()),
                state: Some(wallet.state(now).as_str()),
                expires_at: Some(End(wallet.expires_at)),
                renews: wallet.refresh_token.is_some() && connected,
                created_at: Some(wallet.created_at),
                problem: box_office::wallet_problem(&wallet, now),
                budget_per_purchase_sats: limits.per_purchase.map(Sats::get),
                budget_per_day_sats: limits.per_day.map(Sats::get),
                uma_address: wallet.uma_address,
            }
        }
    };
    Ok(response::ok("NWC connection status retrieved", view))
}

/// Connect a wallet, replacing the current one
#[utoipa::path(post, path = "/api/users/me/nwc-connection", tag = "wallet", security(("token" = [])), request_body = ConnectWallet, responses(
    (status = 200, body = Done), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 429, body = ProblemBody)))]
pub(super) async fn connect_wallet(
    state: web::Data<State>,
    AuthFirst(Authenticated(caller), Body(form)): AuthFirst<Authenticated, Body<ConnectWallet>>,
) -> Result<HttpResponse, Problem> {
    let offer = wallet_offer(form, state.http.domain.is_local())?;
    state.office.connect_wallet(&caller, offer).await?;
    Ok(response::done("NWC connection stored successfully"))
}

/// Set spending limits of the wallet connection
#[utoipa::path(put, path = "/api/users/me/nwc-connection", tag = "wallet", security(("token" = [])), request_body = WalletBudgetForm, responses(
    (status = 200, body = Done), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(super) async fn change_budget(
    state: web::Data<State>,
    AuthFirst(Authenticated(caller), Body(form)): AuthFirst<Authenticated, Body<WalletBudgetForm>>,
) -> Result<HttpResponse, Problem> {
    let change = BudgetChange {
        per_purchase: Some(limit("budget_per_purchase_sats", form.budget_per_purchase_sats)?),
        per_day: Some(limit("budget_per_day_sats", form.budget_per_day_sats)?),
    };
    state.office.change_wallet_budget(&caller, change).await?;
    Ok(response::done("Wallet budget updated successfully"))
}

/// Disconnect the wallet
#[utoipa::path(delete, path = "/api/users/me/nwc-connection", tag = "wallet", security(("token" = [])), responses(
    (status = 200, body = Done), (status = 401, body = ProblemBody)))]
pub(super) async fn disconnect_wallet(
    state: web::Data<State>,
    Authenticated(caller): Authenticated,
) -> Result<HttpResponse, Problem> {
    state.office.disconnect_wallet(&caller).await?;
    Ok(response::done("NWC connection removed successfully"))
}

fn limit(field: &str, sats: Option<u64>) -> Result<Option<Sats>, Problem> {
    let limit = sats.map(|sats| Sats::new(sats).ok().filter(|sats| !sats.is_zero()));
    match limit {
        Some(None) => {
            Err(Problem::field(field, FieldCode::OutOfRange, "must be a whole number of satoshis above 0"))
        }
        Some(limit) => Ok(limit),
        None => Ok(None),
    }
}

/// Checks what the wallet's own grammar does not cover.
fn wallet_offer(form: ConnectWallet, local: bool) -> Result<WalletOffer, Problem> {
    const LONGEST: usize = 4_000;
    let fields = [
        ("nwc_connection_uri", Some(&form.nwc_connection_uri)),
        ("refresh_token", form.refresh_token.as_ref()),
        ("client_id", form.client_id.as_ref()),
        ("token_endpoint", form.token_endpoint.as_ref()),
        ("uma_address", form.uma_address.as_ref()),
    ];
    for (name, value) in fields {
        if value.is_some_and(|value| value.len() > LONGEST || value.contains('\0')) {
            return Err(Problem::field(name, FieldCode::TooLong, "is too long"));
        }
    }
    if let Some(endpoint) = &form.token_endpoint {
        let scheme = url::Url::parse(endpoint).map(|url| url.scheme().to_owned()).unwrap_or_default();
        if scheme != "https" && !(local && scheme == "http") {
            return Err(Problem::field("token_endpoint", FieldCode::NotAUrl, "must be an https address"));
        }
    }
    if form.refresh_token.is_some() && form.token_endpoint.is_none() && form.uma_address.is_none() {
        return Err(Problem::field(
            "token_endpoint",
            FieldCode::Missing,
            "or uma_address is required with refresh_token",
        ));
    }
    if form.uma_address.as_ref().is_some_and(|address| UmaAddress::parse(address).is_err()) {
        return Err(Problem::field(
            "uma_address",
            FieldCode::NotAPaymentAddress,
            "must be an address such as $alice@wallet.example",
        ));
    }
    let budget = BudgetChange {
        per_purchase: limit("budget_per_purchase_sats", form.budget_per_purchase_sats)?.map(Some),
        per_day: limit("budget_per_day_sats", form.budget_per_day_sats)?.map(Some),
    };
    Ok(WalletOffer {
        budget,
        uri: Secret::new(form.nwc_connection_uri),
        expires_at: form.expires_at,
        refresh_token: form.refresh_token.map(Secret::new),
        client_id: form.client_id,
        token_endpoint: form.token_endpoint,
        uma_address: form.uma_address,
    })
}
