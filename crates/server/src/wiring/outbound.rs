//! HTTP clients for addresses that others choose.

use super::{SystemPorts, WiringError};
use crate::config::Config;
use std::sync::Arc;
use uma_http::{AddressRules, Clients, GuardedClient, HttpCounterparty, Limits, Resolver, SystemResolver};

/// Client of wallet providers' token endpoints and of price sources.
pub(super) fn wallets(config: &Config) -> Result<Arc<GuardedClient>, WiringError> {
    client(config, Limits { overall: 16, ..Limits::default() })
}

/// Client of other VASPs.
pub fn counterparty(config: &Config, system: &SystemPorts) -> Result<HttpCounterparty, WiringError> {
    // One client per purpose, so that slow hosts of one do not delay another.
    let clients = Clients {
        orders: client(config, Limits { overall: 64, ..Limits::default() })?,
        refunds: client(config, Limits::lightning_addresses())?,
        unauthenticated: client(
            config,
            Limits { overall: 16, per_host: 2, waits: false, ..Limits::default() },
        )?,
    };
    Ok(HttpCounterparty::new(clients, Arc::clone(&system.clock)))
}

/// A local shop may call local test wallets, whatever its node.
fn client(config: &Config, limits: Limits) -> Result<Arc<GuardedClient>, WiringError> {
    let rules = if config.http.domain.is_local() { AddressRules::sandbox() } else { AddressRules::public() };
    let resolver: Arc<dyn Resolver> = Arc::new(SystemResolver);
    GuardedClient::new(rules, limits, &resolver)
        .map(Arc::new)
        .map_err(|error| WiringError::Client(error.into()))
}
