//! UMA Auth (UMADE-01): OAuth 2.0 with PKCE that grants a connection to a user's wallet, renewable by refresh token.

mod auth_request;
mod routes;
mod store;

pub use auth_request::AuthError;

pub(crate) use routes::{Discovery, routes};

use crate::{
    keys,
    nostr::{Grant, WalletService},
    vasp::Vasp,
    world::WorldError,
};
use auth_request::AuthRequest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::{Granted, Store};

/// RFC 6749 §4.1.2 recommends at most ten minutes.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);
/// Lifetime of a connection string without renewal.
pub const ACCESS_LIFE: TimeDelta = TimeDelta::days(30);
/// Time after the last renewal within which a connection can be renewed.
const REFRESH_LIFE: TimeDelta = TimeDelta::days(120);

/// An authorisation code before its exchange.
struct Code {
    ask: AuthRequest,
    user: String,
    ends_at: Timestamp,
}

/// The provider of UMA Auth: asks its users for consent and stores the grants.
pub struct Authority {
    vasp: Arc<Vasp>,
    wallets: BTreeMap<String, Arc<WalletService>>,
    codes: Mutex<HashMap<String, Code>>,
    store: Store,
}

/// Response of the token endpoint.
#[derive(Serialize)]
pub(crate) struct Issued {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
    nwc_connection_uri: String,
    commands: Vec<String>,
    budget: Option<String>,
    nwc_expires_at: Option<i64>,
    uma_address: String,
}

/// Form of a token request (RFC 6749 §4.1.3, §6; RFC 7636 §4.5).
#[derive(Deserialize)]
pub(crate) struct TokenRequest {
    grant_type: String,
    client_id: String,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
}

/// Form of a revocation (RFC 7009 §2.1).
#[derive(Deserialize)]
pub(crate) struct RevocationRequest {
    token: String,
    client_id: String,
}

impl Authority {
    /// Opens the stored grants; their connections work again.
    pub(crate) fn open(
        vasp: Arc<Vasp>,
        wallets: BTreeMap<String, Arc<WalletService>>,
        data_dir: Option<&Path>,
    ) -> Result<Self, WorldError> {
        let store = Store::open(data_dir)?;
        for granted in store.all() {
            if let Some(wallet) = wallets.get(&granted.user) {
                wallet
                    .connect(&granted.connection_name(), granted.ask.grant(Some(granted.access_ends_at)))?;
            }
        }
        Ok(Self { vasp, wallets, codes: Mutex::default(), store })
    }

    fn codes(&self) -> MutexGuard<'_, HashMap<String, Code>> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn secret(&self) -> Result<String, WorldError> {
        Ok(URL_SAFE_NO_PAD.encode(keys::random::<32>(self.vasp.entropy())?))
    }

    /// Grants the app's request; returns its code.
    fn allow(&self, ask: AuthRequest, user: &str) -> Result<String, AuthError> {
        if !self.wallets.contains_key(user) {
            return Err(AuthError::Request("there is no such wallet".to_owned()));
        }
        let code = self.secret()?;
        let ends_at = self.vasp.now() + CODE_LIFE;
        self.codes().insert(code.clone(), Code { ask, user: user.to_owned(), ends_at });
        Ok(code)
    }

    /// Handles a token request.
    pub(crate) fn token(&self, form: &TokenRequest) -> Result<Issued, AuthError> {
        match form.grant_type.as_str() {
            "authorization_code" => self.exchange(form),
            "refresh_token" => self.refresh(form),
            _ => Err(AuthError::GrantType),
        }
    }

    fn exchange(&self, form: &TokenRequest) -> Result<Issued, AuthError> {
        // Removed in any case: a code is valid for one attempt.
        let code = form.code.as_ref().and_then(|code| self.codes().remove(code));
        let code = code
            .filter(|code| self.vasp.now() < code.ends_at)
            .ok_or(AuthError::Grant("the code has expired"))?;
        let verifier = form.code_verifier.as_deref().unwrap_or_default();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        if challenge != code.ask.code_challenge {
            return Err(AuthError::Grant("the code verifier does not match"));
        }
        if code.ask.client_id != form.client_id || form.redirect_uri.as_ref() != Some(&code.ask.redirect_uri)
        {
            return Err(AuthError::Grant("the code was issued to another app or address"));
        }
        self.issue(Granted::new(self.secret()?, code.user, code.ask))
    }

    fn refresh(&self, form: &TokenRequest) -> Result<Issued, AuthError> {
        let token = form.refresh_token.as_deref().unwrap_or_default();
        // Removed: of two concurrent renewals one is refused.
        let granted = self.store.take(token, &form.client_id)?;
        let granted = granted
            .filter(|granted| self.vasp.now() < granted.refresh_ends_at)
            .ok_or(AuthError::Grant("the refresh token was used or has expired"))?;
        self.issue(granted.next())
    }

    /// Revokes the connection of a refresh token; an unknown token is no error (RFC 7009 §2.2).
    pub(crate) fn revoke(&self, form: &RevocationRequest) -> Result<(), AuthError> {
        let Some(granted) = self.store.take(&form.token, &form.client_id)? else { return Ok(()) };
        if let Some(wallet) = self.wallets.get(&granted.user) {
            wallet.disconnect(&granted.connection_name())?;
        }
        Ok(())
    }

    /// Issues connection string and refresh token of a new generation; the previous ones become void.
    fn issue(&self, mut granted: Granted) -> Result<Issued, AuthError> {
        let now = self.vasp.now();
        let wallet = self.wallets.get(&granted.user).ok_or(AuthError::Grant("the wallet does not exist"))?;
        granted.refresh_token = self.secret()?;
        granted.access_ends_at = now + ACCESS_LIFE;
        granted.refresh_ends_at = now + REFRESH_LIFE;
        let grant = granted.ask.grant(Some(granted.access_ends_at));
        let uri = match granted.name_before() {
            None => wallet.connect(&granted.connection_name(), grant)?,
            Some(before) => wallet.replace(&before, &granted.connection_name(), grant)?,
        };
        self.store.keep(granted.clone())?;
        let secret =
            uri.split_once("secret=").and_then(|(_, rest)| rest.split('&').next()).unwrap_or_default();
        Ok(Issued {
            access_token: secret.to_owned(),
            token_type: "Bearer",
            expires_in: ACCESS_LIFE.num_seconds(),
            refresh_token: granted.refresh_token,
            commands: granted.ask.commands.iter().cloned().collect(),
            budget: granted.ask.budget.as_ref().map(|budget| budget.text.clone()),
            nwc_expires_at: None,
            uma_address: format!("${}@{}", granted.user, self.vasp.domain()),
            nwc_connection_uri: uri,
        })
    }
}

impl AuthRequest {
    fn grant(&self, until: Option<Timestamp>) -> Grant {
        let grant = Grant::only(self.commands.iter().cloned());
        let grant = match &self.budget {
            Some(budget) => grant.within_each(budget.amount, budget.period()),
            None => grant,
        };
        match until {
            Some(end) => grant.until(end),
            None => grant,
        }
    }
}
