mod clocks;
mod findings;
mod invoice;
mod offer;
mod proxies;

pub(super) use findings::Findings;

use super::{Arguments, Outcome, operate::without_listening, print_line};
use crate::{
    config::{Config, Lightning},
    wiring::{self, Database, NodeCheck, Runtime, SystemPorts},
};
use box_office::WalletKeys;
use findings::chain;
use kernel::{Sats, Timestamp};
use payments::InvoiceOrder;
use std::net::{Ipv4Addr, TcpStream};
use uma_protocol::{Metadata, UmaAddress, VaspKeys};

/// 2026-01-01T00:00:00Z: a clock before the build date is wrong.
const BUILD_TIME: i64 = 1_767_225_600;

/// Rejects a clock before [`BUILD_TIME`], with the remedy.
pub(super) fn check_clock(now: Timestamp) -> Result<(), String> {
    if now.timestamp() < BUILD_TIME {
        return Err(format!(
            "the system clock shows {}: set it, since signatures and invoices depend on the time",
            now.to_rfc3339()
        ));
    }
    Ok(())
}

fn check_keys(findings: &mut Findings, config: &Config, now: Timestamp) -> Option<VaspKeys> {
    let (keys, next) = match wiring::uma_keys(config) {
        Ok(sets) => sets,
        Err(error) => {
            findings.fail("UMA keys", chain(&error));
            return None;
        }
    };
    match keys.check(now.timestamp()) {
        Ok(()) => findings.pass("UMA keys", "the keys match their certificates, which are valid"),
        Err(error) => findings.fail("UMA keys", error),
    }
    if let Some((since, next)) = next {
        match next.check(since.timestamp()) {
            Ok(()) => findings.pass("next UMA keys", format!("active from {}", since.to_rfc3339())),
            Err(error) => findings.fail("next UMA keys", error),
        }
        if since <= now {
            return Some(next);
        }
    }
    Some(keys)
}

async fn check_node(findings: &mut Findings, node: &NodeCheck) {
    match node.run().await {
        Ok((text, warning)) => {
            findings.pass("Lightning node", text);
            if let Some(warning) = warning {
                findings.note("Lightning node", warning);
            }
        }
        Err(error) => findings.fail("Lightning node", chain(&*error)),
    }
}

async fn check_database(findings: &mut Findings, database: &Database, system: &SystemPorts) {
    match database.store.ping().await {
        Ok(()) => findings.pass("database", "reachable, and the schema is up to date"),
        Err(error) => return findings.fail("database", chain(&error)),
    }
    // SQLite has the clock of this machine.
    let Some(postgres) = &database.postgres else { return };
    let before = system.clock.now();
    match postgres.clock().await {
        Ok(clock) => {
            let ahead = clocks::ahead_secs(clock, before, system.clock.now());
            clocks::report(findings, "the database", ahead);
        }
        Err(error) => findings.fail("database", chain(&error)),
    }
}

/// Makes an invoice of one satoshi that expires like an order's.
async fn check_invoice(
    findings: &mut Findings,
    config: &Config,
    runtime: &Runtime,
    system: &SystemPorts,
    address: &UmaAddress,
) {
    let order = InvoiceOrder {
        amount: Sats::new(1).unwrap_or_default().to_msats(),
        metadata: Metadata::plain("Test invoice: do not pay")
            .with_identifier(address.as_str())
            .as_str()
            .to_owned(),
        expiry_secs: config.shop.hold_minutes.saturating_mul(60),
    };
    let public = !config.http.domain.is_local();
    invoice::check(findings, &*runtime.node.lightning, &*system.clock, &order, public).await;
}

fn address(config: &Config) -> Result<UmaAddress, String> {
    UmaAddress::parse(&format!("$tickets@{}", config.http.domain))
        .map_err(|error| format!("DOMAIN cannot be part of a UMA address: {}", error.reason()))
}

/// Checks what a sale depends on: database, node with an invoice, clocks, organisers and stored connections.
pub(super) async fn check_shop(
    findings: &mut Findings,
    config: &Config,
    runtime: &Runtime,
    system: &SystemPorts,
) {
    let store = &runtime.database.store;
    check_database(findings, &runtime.database, system).await;
    check_node(findings, &runtime.node.check()).await;
    match address(config) {
        Ok(address) => check_invoice(findings, config, runtime, system, &address).await,
        Err(error) => findings.fail("configuration", error),
    }
    match runtime.office.node_balance().await {
        Ok(balance) => {
            findings.pass("balance", format!("{} sats can be sent", balance.available.to_sats_floor()));
        }
        Err(error) => findings.fail("balance", chain(&error)),
    }
    for email in config.identity.admin_emails.iter() {
        match store.user_by_email(email).await {
            Ok(Some(user)) if user.email_verified_at.is_some() => {}
            Ok(_) => findings
                .note("organisers", format!("run `tickets admin {}` to create this account", email.as_str())),
            Err(error) => findings.fail("organisers", chain(&error)),
        }
    }
    let http = &config.http;
    proxies::check(findings, &http.trusted_proxies, http.bind, !http.domain.is_local());
    // The sandbox shows emails at `/sandbox/emails`.
    if config.mail.is_none() && !config.is_sandbox() {
        findings.note("mail", "SMTP_URL is not set: no emails are sent");
    }
    match runtime.office.wallet_keys().await {
        Ok(keys) => wallet_keys(findings, &keys),
        Err(error) => findings.fail("wallet keys", chain(&error)),
    }
    match store.job_stats(system.clock.now()).await {
        Ok(stats) if stats.dead > 0 => {
            findings.note("jobs", format!("{} failed jobs: see the admin pages", stats.dead));
        }
        Ok(_) => {}
        Err(error) => findings.fail("jobs", chain(&error)),
    }
}

/// Checks the configuration and all that a sale depends on, without a sale.
pub(super) async fn doctor(mut args: Arguments) -> Outcome {
    let mut findings = Findings::printed();
    let tried = args.option("try")?;
    let configured = args.configuration();
    let system = configured.as_ref().map(SystemPorts::of).unwrap_or_default();
    let now = system.clock.now();
    match check_clock(now) {
        Ok(()) => findings.pass("clock", now.to_rfc3339()),
        Err(text) => findings.fail("clock", text),
    }
    let sandbox_is_open;
    let config = match configured {
        Ok(config) => {
            sandbox_is_open = report_sandbox(&mut findings, &config);
            without_listening(config)
        }
        Err(error) => {
            findings.fail("configuration", error);
            return outcome(&findings);
        }
    };
    findings.pass("configuration", format!("for {}", config.http.domain));
    let keys = check_keys(&mut findings, &config, now);
    let runtime = match wiring::open(&config, &system).await {
        Ok(runtime) => runtime,
        Err(error) => {
            findings.fail("shop", chain(&error));
            return outcome(&findings);
        }
    };
    check_shop(&mut findings, &config, &runtime, &system).await;
    // The sandbox serves its own price while it is running.
    if let Some(prices) = runtime.prices.as_ref().filter(|_| sandbox_is_open) {
        match prices.refresh().await {
            Ok(rate) => findings.pass(
                "price",
                format!(
                    "1 {} is about {:.0} sats, according to {}",
                    rate.currency, rate.sats_per_unit, rate.source
                ),
            ),
            Err(error) => findings.fail("price", chain(&error)),
        }
    }
    if let (Some(tried), Some(keys)) = (tried, keys) {
        let address = address(&config)?;
        let counterparty = wiring::counterparty(&config, &system)?;
        let shop =
            offer::Shop { counterparty: &counterparty, system: &system, keys: &keys, address: &address };
        shop.try_address(&mut findings, &tried).await;
    }
    outcome(&findings)
}

/// Reports the sandbox's ports; false if its port is closed.
fn report_sandbox(findings: &mut Findings, config: &Config) -> bool {
    let Lightning::Sandbox(sandbox) = &config.lightning else { return true };
    if sandbox.port == 0 {
        return true;
    }
    let (shop, wallet) = (config.http.port, sandbox.port);
    let open = is_open(wallet);
    let state = if open { "is running" } else { "is not running: start it with `tickets up`" };
    findings.note("sandbox", format!("shop on port {shop}, test wallet on port {wallet}, which {state}"));
    open
}

fn is_open(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Reports the progress of a key rotation and unreadable connections.
fn wallet_keys(findings: &mut Findings, keys: &WalletKeys) {
    for (key, count) in &keys.unreadable {
        findings.fail(
            "wallet keys",
            format!(
                "{count} wallet connections are sealed with {key}, which WALLET_ENCRYPTION_KEY lacks or has with another value: \
                 restore it, or their owners must reconnect their wallets"
            ),
        );
    }
    let earlier: Vec<_> = keys.opened.iter().filter(|(key, _)| **key != keys.current).collect();
    for (key, count) in &earlier {
        findings.note(
            "wallet keys",
            format!(
                "{count} wallet connections are still sealed with {key}: keep this key until the running shop has re-sealed them with {}",
                keys.current
            ),
        );
    }
    if earlier.is_empty() && keys.unreadable.is_empty() {
        let sealed = keys.opened.get(&keys.current).copied().unwrap_or_default();
        findings.pass(
            "wallet keys",
            format!("{sealed} wallet connections are sealed with {}; no other key is needed", keys.current),
        );
    }
}

fn outcome(findings: &Findings) -> Outcome {
    print_line(&findings.summary()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_the_build_date_is_rejected_with_a_remedy() {
        let error = check_clock(Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(error.contains("1970-01-01") && error.contains("set it"), "{error}");
        assert!(check_clock(Timestamp::from_timestamp(BUILD_TIME, 0).unwrap()).is_ok());
    }
}
