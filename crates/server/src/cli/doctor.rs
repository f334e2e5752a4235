use super::{Outcome, Words, operate::without_listening, say};
use crate::wiring::{self, Machine};
use std::{error::Error, fmt::Display};

/// Nobody runs this before it was written: a clock that says so is wrong.
const WRITTEN: i64 = 1_767_225_600;

struct Findings {
    wrong: usize,
}

impl Findings {
    fn good(what: &str, detail: impl Display) {
        say(&format!("  ok     {what}: {detail}"));
    }

    fn bad(&mut self, what: &str, detail: impl Display) {
        self.wrong = self.wrong.saturating_add(1);
        say(&format!("  WRONG  {what}: {detail}"));
    }

    fn note(what: &str, detail: impl Display) {
        say(&format!("  note   {what}: {detail}"));
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

/// Checks everything that can be checked without selling anything.
pub(super) async fn doctor(mut words: Words) -> Outcome {
    let mut findings = Findings { wrong: 0 };
    let machine = Machine::default();
    let now = machine.clock.now();
    if now.timestamp() < WRITTEN {
        findings.bad("clock", format!("it shows {now}; signatures and invoices need the right time"));
    } else {
        Findings::good("clock", now.to_rfc3339());
    }
    let config = match words.configuration() {
        Ok(config) => without_listening(config),
        Err(error) => {
            findings.bad("configuration", error);
            return verdict(&findings);
        }
    };
    Findings::good("configuration", format!("for {}", config.http.domain));
    match wiring::uma_keys(&config) {
        Ok((keys, next)) => {
            match keys.check(now.timestamp()) {
                Ok(()) => Findings::good("UMA keys", "they fit their certificates, which have not expired"),
                Err(error) => findings.bad("UMA keys", error),
            }
            if let Some((since, keys)) = next {
                match keys.check(since.timestamp()) {
                    Ok(()) => {
                        Findings::good("next UMA keys", format!("they take over at {}", since.to_rfc3339()));
                    }
                    Err(error) => findings.bad("next UMA keys", error),
                }
            }
        }
        Err(error) => findings.bad("UMA keys", chain(&error)),
    }
    let wired = match wiring::open(&config, &machine).await {
        Ok(wired) => wired,
        Err(error) => {
            findings.bad("shop", chain(&error));
            return verdict(&findings);
        }
    };
    match wired.database.store.ping().await {
        Ok(()) => Findings::good("database", "it answers and is up to date"),
        Err(error) => findings.bad("database", chain(&error)),
    }
    match wired.node.check().run().await {
        Ok(sentence) => Findings::good("Lightning node", sentence),
        Err(error) => findings.bad("Lightning node", chain(&*error)),
    }
    match wired.office.node_balance().await {
        Ok(balance) => {
            Findings::good("balance", format!("{} sats can be sent", balance.available.to_sats_floor()));
        }
        Err(error) => findings.bad("balance", chain(&error)),
    }
    if let Some(prices) = &wired.prices {
        match prices.refresh().await {
            Ok(rate) => Findings::good(
                "price",
                format!("1 {} is about {:.0} sats, says {}", rate.currency, rate.sats_per_unit, rate.source),
            ),
            Err(error) => findings.bad("price", chain(&error)),
        }
    }
    for email in &config.identity.admin_emails {
        match wired.database.store.user_by_email(email).await {
            Ok(Some(user)) if user.email_verified_at.is_some() => {}
            Ok(_) => Findings::note(
                "organisers",
                format!("run `tickets admin {}` to make this account", email.as_str()),
            ),
            Err(error) => findings.bad("organisers", chain(&error)),
        }
    }
    if !config.http.domain.is_local() && config.http.trusted_proxies.is_empty() {
        Findings::note(
            "proxies",
            "TRUSTED_PROXIES is not set: behind a proxy, X-Forwarded-For is ignored, and limits per network count all clients as one",
        );
    }
    if config.mail.is_none() {
        Findings::note("mail", "SMTP_URL is not set: buyers get no mails");
    }
    if let Ok(stats) = wired.database.store.job_stats(now).await
        && stats.dead > 0
    {
        Findings::note("jobs", format!("{} were given up: see the organiser's pages", stats.dead));
    }
    verdict(&findings)
}

fn verdict(findings: &Findings) -> Outcome {
    match findings.wrong {
        0 => {
            say("Nothing is wrong.");
            Ok(())
        }
        1 => Err("one thing is wrong".into()),
        wrong => Err(format!("{wrong} things are wrong").into()),
    }
}
