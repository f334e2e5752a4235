use super::{Arguments, Outcome, doctor::check_clock, print_line};
use crate::{
    config::{self, Lightning},
    demo,
    shop::{Shop, StopSignal, WorkerMode},
    telemetry,
    wiring::{self, Database, SystemPorts},
};
use box_office::Registration;
use std::{io::Read, time::Duration};

/// Runs a production shop, configured by the environment.
pub(super) async fn serve(mut args: Arguments) -> Outcome {
    let config = args.configuration()?;
    let system = SystemPorts::of(&config);
    check_clock(system.clock.now())?;
    telemetry::start(config.log_format, &config.log_filter);
    let stop = StopSignal::listen();
    let shop = Shop::open(&config, &system, WorkerMode::Background).await?;
    tracing::info!(address = %shop.address(), domain = %config.http.domain, "shop started");
    shop.run(stop).await?;
    Ok(())
}

/// Migrates the schema. Reads the database settings only, since the migration role has no others.
pub(super) async fn migrate(mut args: Arguments) -> Outcome {
    let finish = args.flag("finish");
    let env = args.environment()?;
    args.done()?;
    let config = config::Database::from_env(&env)?;
    let added = Database::migrate(&config, finish).await?;
    match added.len() {
        0 => print_line("The database is up to date."),
        count => print_line(&format!("{count} migrations applied; the database is up to date.")),
    }
    if !Database::open(&config).await?.store.orders_finished().await? {
        print_line(
            "Orders of several tickets are refused until `tickets migrate --finish`: run it when no process of the previous \
            release is left.",
        );
    }
    Ok(())
}

/// Creates three demo events.
pub(super) async fn seed(mut args: Arguments) -> Outcome {
    let config = without_listening(args.configuration()?);
    let runtime = wiring::open(&config, &SystemPorts::default()).await?;
    let added = demo::seed(&runtime.office).await?;
    print_line(&format!("{added} events created."));
    Ok(())
}

/// Creates an organiser's account or resets its password. The address counts as verified.
pub(super) async fn admin(mut args: Arguments) -> Outcome {
    let name = args.option("name")?.unwrap_or_else(|| "Organiser".to_owned());
    let email = args.positional("the organiser's EMAIL")?;
    let config = without_listening(args.configuration()?);
    if !config.identity.admin_emails.iter().any(|admin| admin.as_str().eq_ignore_ascii_case(&email)) {
        return Err(format!("{email} is not in ADMIN_EMAILS: add it first").into());
    }
    let password = match std::env::var("ADMIN_PASSWORD") {
        Ok(password) => password,
        Err(_) => {
            print_line("Password (end with Enter):");
            let mut typed = String::new();
            if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
                std::io::stdin().read_line(&mut typed)?;
            } else {
                std::io::stdin().read_to_string(&mut typed)?;
            }
            typed.trim_end_matches(['\r', '\n']).to_owned()
        }
    };
    let runtime = wiring::open(&config, &SystemPorts::default()).await?;
    let user = runtime
        .office
        .install_admin(Registration { email, name, password, language: kernel::Language::En })
        .await?;
    print_line(&format!("Account {} has admin rights.", user.id));
    Ok(())
}

/// Pays an invoice of this shop with test money.
pub(super) async fn simulate_payment(mut args: Arguments) -> Outcome {
    let bolt11 = args.positional("the BOLT11 invoice")?;
    let config = args.configuration()?;
    let invoice =
        payments::Bolt11::parse(bolt11.trim()).map_err(|error| format!("the argument is {error}"))?;
    let store = Database::open(&config.database).await?.store;
    let known = store.invoice_by_hash(invoice.payment_hash()).await?;
    if known.is_some_and(|invoice| invoice.status == payments::InvoiceStatus::Settled) {
        print_line(ALREADY_PAID);
        return Ok(());
    }
    if let Lightning::Sandbox(sandbox) = &config.lightning {
        // The sandbox runs in the shop's process, so the payment goes over HTTP.
        print_line(pay_in_sandbox(sandbox.port, invoice.as_str()).await?);
    } else {
        wiring::open(&config, &SystemPorts::default())
            .await?
            .office
            .simulate_payment(invoice.as_str())
            .await?;
        print_line("Paid.");
    }
    Ok(())
}

const ALREADY_PAID: &str = "This invoice is already paid.";

/// Settles an invoice at the sandbox of a running shop; the result as a sentence.
async fn pay_in_sandbox(
    port: u16,
    bolt11: &str,
) -> Result<&'static str, Box<dyn std::error::Error + Send + Sync>> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build()?;
    let url = format!("http://localhost:{port}/api/simulate");
    let sent = client.post(&url).json(&serde_json::json!({ "bolt11": bolt11 })).send().await;
    let answer = sent.map_err(|error| {
        format!("the sandbox does not answer at port {port} ({error}): start the shop with `tickets up`")
    })?;
    let accepted = answer.status().is_success();
    let text = answer.text().await?;
    let payment: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let word = |name: &str| payment.get(name).and_then(serde_json::Value::as_str);
    match (accepted, word("state"), word("code")) {
        (true, Some("paid"), _) => Ok("Paid."),
        (true, ..) => Ok("The payment is in flight."),
        (false, _, Some(sandbox::ALREADY_PAID)) => Ok(ALREADY_PAID),
        (false, ..) => {
            let why = word("message").unwrap_or("the sandbox gave no reason");
            Err(format!("payment refused: {why}").into())
        }
    }
}

/// Clears the sandbox's port, which a running shop uses.
pub(super) fn without_listening(mut config: crate::config::Config) -> crate::config::Config {
    if let Lightning::Sandbox(sandbox) = &mut config.lightning {
        sandbox.port = 0;
        sandbox.data_dir = None;
    }
    config
}
