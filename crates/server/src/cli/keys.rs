use super::{Outcome, Words, say};
use crate::{config::Domain, demo::Secrets, wiring::Machine};

/// Makes secrets, UMA keys and certificates, as environment variables.
pub(super) fn keys(mut words: Words) -> Outcome {
    let action = words.word("`new`")?;
    if action != "new" {
        return Err(format!("keys {action} is not understood; it is `tickets keys new`").into());
    }
    let domain = match words.option("domain")? {
        Some(domain) => domain,
        None => {
            std::env::var("DOMAIN").map_err(|_| "--domain is missing: certificates name the shop's domain")?
        }
    };
    words.done()?;
    let domain = Domain::parse(&domain)?;
    let secrets = Secrets::make(&domain, &Machine::default())?;
    say(&format!(
        "# Secrets of {domain}. Keep them where only the shop can read them, and a copy in a safe."
    ));
    say(&format!("DOMAIN='{domain}'"));
    // Single quotes: a shell, systemd's EnvironmentFile and compose's env_file read the same from them.
    for (name, value) in secrets.settings() {
        say(&format!("{name}='{}'", value.expose().trim().replace('\n', "\\n")));
    }
    Ok(())
}
