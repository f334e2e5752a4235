use crate::{nostr::METHODS, world::WorldError};
use chrono::TimeDelta;
use kernel::{Msats, Sats};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use url::Url;

/// Exchange rate of a US cent, in millisatoshis.
const MSATS_OF_A_CENT: u64 = 10_282;

/// Error of an authorisation or token request.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The request is invalid, or its redirect address is not allowed.
    #[error("{0}")]
    Request(String),
    /// The code or refresh token is invalid.
    #[error("{0}")]
    Grant(&'static str),
    /// Unsupported grant type.
    #[error("only authorization_code and refresh_token are granted")]
    GrantType,
    /// Internal error of the sandbox.
    #[error(transparent)]
    World(#[from] WorldError),
}

impl AuthError {
    /// Error code (RFC 6749 §5.2).
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Request(_) => "invalid_request",
            Self::Grant(_) => "invalid_grant",
            Self::GrantType => "unsupported_grant_type",
            Self::World(_) => "server_error",
        }
    }
}

/// Spending limit of an app, such as `500.USD/month`. Defaults: lowest unit of satoshis, no renewal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Budget {
    pub(super) text: String,
    pub(super) amount: Msats,
    days: Option<i64>,
}

impl Budget {
    fn parse(text: &str) -> Option<Self> {
        // The button's library encodes the slash twice.
        let plain = text.replace("%2F", "/").replace("%2f", "/");
        let (sum, period) =
            plain.split_once('/').map_or((plain.as_str(), "forever"), |(sum, period)| (sum, period));
        let (digits, currency) = sum.split_once('.').unwrap_or((sum, "SAT"));
        let units: u64 = digits.parse().ok()?;
        let amount = match currency.to_ascii_uppercase().as_str() {
            "SAT" => Sats::new(units).ok()?.to_msats(),
            "USD" => Msats::new(units.checked_mul(MSATS_OF_A_CENT)?).ok()?,
            _ => return None,
        };
        let days = match period.to_ascii_lowercase().as_str() {
            "day" | "daily" => Some(1),
            "week" | "weekly" => Some(7),
            "month" | "monthly" => Some(30),
            "year" | "yearly" => Some(365),
            "" | "forever" | "none" | "never" => None,
            _ => return None,
        };
        Some(Self { text: plain, amount, days })
    }

    /// Renewal period of the budget.
    pub(super) fn period(&self) -> Option<TimeDelta> {
        self.days.and_then(TimeDelta::try_days)
    }
}

/// An app's request to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AuthRequest {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) code_challenge: String,
    pub(super) state: Option<String>,
    pub(super) commands: BTreeSet<String>,
    pub(super) budget: Option<Budget>,
    /// The expected user, if any.
    pub(super) user: Option<String>,
}

/// Query of an authorisation request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuthRequestForm {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    code_challenge: String,
    code_challenge_method: String,
    state: Option<String>,
    required_commands: String,
    optional_commands: String,
    budget: String,
    uma_username: String,
}

/// Codes are sent to the shop and to loopback only.
fn is_allowed(redirect: &Url, shop: &str) -> bool {
    let local = matches!(redirect.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let of_shop = Url::parse(shop).is_ok_and(|shop| shop.origin() == redirect.origin());
    matches!(redirect.scheme(), "http" | "https") && (local || of_shop)
}

fn require(holds: bool, why: &str) -> Result<(), AuthError> {
    if holds { Ok(()) } else { Err(AuthError::Request(why.to_owned())) }
}

impl AuthRequestForm {
    /// Validates the request. Errors are not redirected, since the redirect address may be the invalid part.
    pub(super) fn check(self, shop: &str) -> Result<AuthRequest, AuthError> {
        let redirect = Url::parse(&self.redirect_uri).ok();
        require(
            redirect.is_some_and(|redirect| is_allowed(&redirect, shop)),
            "redirect_uri must be of the shop or loopback",
        )?;
        let (app, relay) = self.client_id.split_once(' ').unwrap_or_default();
        require(
            app.starts_with("npub1") && (relay.starts_with("wss://") || relay.starts_with("ws://")),
            "client_id must be an npub and the address of a relay, with one space between",
        )?;
        require(self.response_type == "code", "response_type must be code")?;
        require(
            self.code_challenge_method == "S256" && self.code_challenge.len() == 43,
            "there must be a code_challenge of method S256",
        )?;
        let budget = match self.budget.as_str() {
            "" => None,
            text => {
                let read = Budget::parse(text);
                Some(read.ok_or_else(|| AuthError::Request("budget must be like 500.USD/month".to_owned()))?)
            }
        };
        let known = |word: &&str| METHODS.contains(word);
        let required: Vec<&str> = self.required_commands.split_whitespace().collect();
        require(!required.is_empty(), "required_commands must not be empty")?;
        require(required.iter().all(known), "this wallet does not support every required command")?;
        let optional = self.optional_commands.split_whitespace().filter(known);
        // Like uma-nwc-server, `get_info` is granted with any other method.
        let commands =
            required.iter().copied().chain(optional).chain(["get_info"]).map(str::to_owned).collect();
        let user = self.uma_username.trim_start_matches('$').split('@').next().unwrap_or_default();
        Ok(AuthRequest {
            client_id: self.client_id,
            redirect_uri: self.redirect_uri,
            code_challenge: self.code_challenge,
            state: self.state,
            commands,
            budget,
            user: Some(user.to_owned()).filter(|user| !user.is_empty()),
        })
    }
}

impl AuthRequest {
    /// The redirect address with the given parameters.
    pub(super) fn back(&self, parameters: &[(&str, &str)]) -> Result<String, AuthError> {
        let mut url = Url::parse(&self.redirect_uri)
            .map_err(|_| AuthError::Request("redirect_uri cannot be read".to_owned()))?;
        let mut query = url.query_pairs_mut();
        query.extend_pairs(parameters);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        drop(query);
        Ok(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_parsed_in_the_apps_format() {
        let read = |text: &str| Budget::parse(text).map(|budget| (budget.amount.get(), budget.days));
        assert_eq!(read("500"), Some((500_000, None)));
        assert_eq!(read("500.SAT/week"), Some((500_000, Some(7))));
        assert_eq!(read("500.USD%2Fmonth"), Some((5_141_000, Some(30))));
        for nonsense in ["", "x", "5.EUR/month", "5/fortnight", "-1", "99999999999999999999.SAT"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn codes_are_sent_to_the_shop_and_loopback_only() {
        let allowed = |redirect: &str| is_allowed(&Url::parse(redirect).unwrap(), "https://tickets.example");
        assert!(allowed("https://tickets.example/oauth/callback") && allowed("http://localhost:3000/x"));
        for foreign in
            ["https://evil.example/", "http://tickets.example/", "https://localhost.evil.example/", "data:x"]
        {
            assert!(!allowed(foreign), "{foreign}");
        }
    }
}
