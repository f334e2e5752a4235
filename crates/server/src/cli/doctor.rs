use super::{Arguments, Outcome, operate::without_listening, print_line};
use crate::{
    config::{Config, Lightning},
    wiring::{self, NodeCheck, SystemPorts},
};
use box_office::WalletKeys;
use kernel::Timestamp;
use std::{
    error::Error,
    fmt::Display,
    net::{Ipv4Addr, TcpStream},
};

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

struct Findings {
    failed: usize,
}

impl Findings {
    fn pass(what: &str, detail: impl Display) {
        print_line(&format!("  ok     {what}: {detail}"));
    }

    fn fail(&mut self, what: &str, detail: impl Display) {
        self.failed = self.failed.saturating_add(1);
        print_line(&format!("  ERROR  {what}: {detail}"));
    }

    fn note(what: &str, detail: impl Display) {
        print_line(&format!("  note   {what}: {detail}"));
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

async fn check_node(findings: &mut Findings, node: &NodeCheck) {
    match node.run().await {
        Ok((text, warning)) => {
            Findings::pass("Lightning node", text);
            if let Some(warning) = warning {
                Findings::note("Lightning node", warning);
            }
        }
        Err(error) => findings.fail("Lightning node", chain(&*error)),
    }
}

/// Runs all checks that need no sale.
pub(super) async fn doctor(mut args: Arguments) -> Outcome {
    let mut findings = Findings { failed: 0 };
    let system = SystemPorts::default();
    let now = system.clock.now();
    match check_clock(now) {
        Ok(()) => Findings::pass("clock", now.to_rfc3339()),
        Err(text) => findings.fail("clock", text),
    }
    let sandbox_is_open;
    let config = match args.configuration() {
        Ok(config) => {
            sandbox_is_open = report_sandbox(&config);
            without_listening(config)
        }
        Err(error) => {
            findings.fail("configuration", error);
            return outcome(&findings);
        }
    };
    Findings::pass("configuration", format!("for {}", config.http.domain));
    match wiring::uma_keys(&config) {
        Ok((keys, next)) => {
            match keys.check(now.timestamp()) {
                Ok(()) => Findings::pass("UMA keys", "the keys match their certificates, which are valid"),
                Err(error) => findings.fail("UMA keys", error),
            }
            if let Some((since, keys)) = next {
                match keys.check(since.timestamp()) {
                    Ok(()) => {
                        Findings::pass("next UMA keys", format!("active from {}", since.to_rfc3339()));
                    }
                    Err(error) => findings.fail("next UMA keys", error),
                }
            }
        }
        Err(error) => findings.fail("UMA keys", chain(&error)),
    }
    let runtime = match wiring::open(&config, &system).await {
        Ok(runtime) => runtime,
        Err(error) => {
            findings.fail("shop", chain(&error));
            return outcome(&findings);
        }
    };
    match runtime.database.store.ping().await {
        Ok(()) => Findings::pass("database", "reachable, and the schema is up to date"),
        Err(error) => findings.fail("database", chain(&error)),
    }
    check_node(&mut findings, &runtime.node.check()).await;
    match runtime.office.node_balance().await {
        Ok(balance) => {
            Findings::pass("balance", format!("{} sats can be sent", balance.available.to_sats_floor()));
        }
        Err(error) => findings.fail("balance", chain(&error)),
    }
    // The sandbox serves its own price while it is running.
    if let Some(prices) = runtime.prices.as_ref().filter(|_| sandbox_is_open) {
        match prices.refresh().await {
            Ok(rate) => Findings::pass(
                "price",
                format!(
                    "1 {} is about {:.0} sats, according to {}",
                    rate.currency, rate.sats_per_unit, rate.source
                ),
            ),
            Err(error) => findings.fail("price", chain(&error)),
        }
    }
    for email in config.identity.admin_emails.iter() {
        match runtime.database.store.user_by_email(email).await {
            Ok(Some(user)) if user.email_verified_at.is_some() => {}
            Ok(_) => Findings::note(
                "organisers",
                format!("run `tickets admin {}` to create this account", email.as_str()),
            ),
            Err(error) => findings.fail("organisers", chain(&error)),
        }
    }
    if !config.http.domain.is_local() && config.http.trusted_proxies.is_empty() {
        Findings::note(
            "proxies",
            "TRUSTED_PROXIES is not set: behind a proxy, X-Forwarded-For is ignored, and limits per network count all clients as one",
        );
    }
    if config.mail.is_none() {
        Findings::note("mail", "SMTP_URL is not set: no emails are sent");
    }
    match runtime.office.wallet_keys().await {
        Ok(keys) => wallet_keys(&mut findings, &keys),
        Err(error) => findings.fail("wallet keys", chain(&error)),
    }
    if let Ok(stats) = runtime.database.store.job_stats(now).await
        && stats.dead > 0
    {
        Findings::note("jobs", format!("{} failed jobs: see the admin pages", stats.dead));
    }
    outcome(&findings)
}

/// Reports the sandbox's ports; false if its port is closed.
fn report_sandbox(config: &Config) -> bool {
    let Lightning::Sandbox(sandbox) = &config.lightning else { return true };
    if sandbox.port == 0 {
        return true;
    }
    let (shop, wallet) = (config.http.port, sandbox.port);
    let open = is_open(wallet);
    let state = if open { "is running" } else { "is not running: start it with `tickets up`" };
    Findings::note("sandbox", format!("shop on port {shop}, test wallet on port {wallet}, which {state}"));
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
        Findings::note(
            "wallet keys",
            format!(
                "{count} wallet connections are still sealed with {key}: keep this key until the running shop has re-sealed them with {}",
                keys.current
            ),
        );
    }
    if earlier.is_empty() && keys.unreadable.is_empty() {
        let sealed = keys.opened.get(&keys.current).copied().unwrap_or_default();
        Findings::pass(
            "wallet keys",
            format!("{sealed} wallet connections are sealed with {}; no other key is needed", keys.current),
        );
    }
}

fn outcome(findings: &Findings) -> Outcome {
    match findings.failed {
        0 => {
            print_line("All checks passed.");
            Ok(())
        }
        1 => Err("1 check failed".into()),
        failed => Err(format!("{failed} checks failed").into()),
    }
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
