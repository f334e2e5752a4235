use super::{Arguments, Outcome, print_line};
use crate::{config::Domain, demo::Secrets, wiring::SystemPorts};

/// Generates secrets, UMA keys and certificates as environment variables.
pub(super) fn keys(mut args: Arguments) -> Outcome {
    let action = args.positional("`new`")?;
    if action != "new" {
        return Err(format!("unknown action {action:?}; use `tickets keys new`").into());
    }
    let domain = match args.option("domain")? {
        Some(domain) => domain,
        None => {
            std::env::var("DOMAIN").map_err(|_| "--domain is missing: certificates name the shop's domain")?
        }
    };
    args.done()?;
    let domain = Domain::parse(&domain)?;
    let secrets = Secrets::generate(&domain, &SystemPorts::default())?;
    print_line(&format!(
        "# Secrets of {domain}. Only the shop may read them; keep a backup in a safe place."
    ));
    print_line(&format!("DOMAIN='{domain}'"));
    // A shell, systemd's EnvironmentFile and compose's env_file all parse single quotes equally.
    for (name, value) in secrets.settings() {
        print_line(&format!("{name}='{}'", value.expose().trim().replace('\n', "\\n")));
    }
    Ok(())
}
