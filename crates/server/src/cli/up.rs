use super::{
    Arguments, Outcome,
    doctor::{Findings, check_clock, check_shop},
    print_line,
};
use crate::{
    config::{Config, Database, Env, Lightning},
    demo,
    shop::{Shop, StopSignal, WorkerMode, listen},
    telemetry,
    wiring::{self, Runtime, SystemPorts},
};
use box_office::Registration;
use identity::Email;
use kernel::StoreError;
use std::{error::Error, path::Path};

const PORT: u16 = 8080;

/// The database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("{database} cannot be used: restore it from a backup, or remove the data directory to start over")]
struct Unusable {
    database: String,
    #[source]
    source: StoreError,
}

fn database_name(database: &Database) -> String {
    match database {
        Database::Sqlite(Some(path)) => path.display().to_string(),
        Database::Sqlite(None) => "the database in memory".to_owned(),
        // The URL may contain a password.
        Database::Postgres { .. } => "the database of DATABASE_URL".to_owned(),
    }
}

/// Completes an environment with the settings of `up` in its data directory.
pub(super) fn complete(env: &mut Env, data: &Path, port: Option<u16>) -> Outcome {
    if let Some(port) = port {
        env.set("PORT", port.to_string());
    }
    let port = match env.text("PORT") {
        Some(text) => text.parse().map_err(|_| format!("PORT must be a port number, not {text:?}"))?,
        None => PORT,
    };
    demo::set_missing(env, data, (port, port.saturating_add(1)), &SystemPorts::default())?;
    Ok(())
}

/// Runs a shop with test money, without configuration.
pub(super) async fn up(mut args: Arguments) -> Outcome {
    let data = args.option("data")?.unwrap_or_else(|| "data".to_owned());
    let port = args
        .option("port")?
        .map(|text| text.parse::<u16>().map_err(|_| format!("--port must be a port number, not {text:?}")))
        .transpose()?;
    args.done()?;
    let mut env = Env::process();
    env.set_default("LOG", "warn,access=info,server=info,box_office=info");
    let system = SystemPorts::default();
    check_clock(system.clock.now())?;
    let _lock = demo::lock(Path::new(&data))?;
    complete(&mut env, Path::new(&data), port)?;
    let config = Config::from_env(&env)?;
    telemetry::start(config.log_format, &config.log_filter);
    wiring::Database::migrate(&config.database, true)
        .await
        .map_err(|source| Unusable { database: database_name(&config.database), source })?;
    let stop = StopSignal::listen();
    let listener = listen(&config)?;
    let runtime = wiring::open(&config, &system).await?;
    if demo::is_empty(&*runtime.database.store).await? {
        demo::seed(&runtime.office).await?;
    }
    let password = create_first_admin(&config, &runtime, &system).await?;
    let shop = Shop::start(&config, runtime, listener, WorkerMode::Background)?;
    let mut findings = Findings::silent();
    check_shop(&mut findings, &config, &shop.runtime, &system).await;
    print_start_message(&config, &shop, password.as_deref(), &data, &findings);
    shop.run(stop).await?;
    print_line("Stopped. The data is kept; run the command again to continue.");
    Ok(())
}

/// Creates the organiser's account at the first start and returns its password, which is not stored.
async fn create_first_admin(
    config: &Config,
    runtime: &Runtime,
    system: &SystemPorts,
) -> Result<Option<String>, Box<dyn Error + Send + Sync>> {
    let is_ours = config.identity.admin_emails.iter().any(|email| email.as_str() == demo::ADMIN_EMAIL);
    let email = Email::parse(demo::ADMIN_EMAIL)?;
    if !is_ours || runtime.database.store.user_by_email(&email).await?.is_some() {
        return Ok(None);
    }
    let password = demo::random_hex::<8>(system)?;
    let form = Registration {
        email: demo::ADMIN_EMAIL.to_owned(),
        name: "Organiser".to_owned(),
        password: password.clone(),
        language: kernel::Language::En,
    };
    runtime.office.install_admin(form).await?;
    Ok(Some(password))
}

fn print_start_message(
    config: &Config,
    shop: &Shop,
    password: Option<&str>,
    data: &str,
    findings: &Findings,
) {
    let url = &config.http.public_url;
    print_line("");
    print_line("  Tickets by UMA is running.");
    print_line("");
    print_line(&format!("  Shop          {url}/"));
    if let (Lightning::Sandbox(_), Some(sandbox)) = (&config.lightning, &shop.runtime.node.sandbox) {
        print_line(&format!("  Test wallet   {}/", sandbox.base_url()));
    }
    print_line(&format!("  Organiser     {url}/admin"));
    match password {
        Some(password) => {
            print_line(&format!(
                "                {} / {password}   (shown only once: save it)",
                demo::ADMIN_EMAIL
            ));
        }
        None => {
            print_line(&format!(
                "                {} / the password printed at the first start",
                demo::ADMIN_EMAIL
            ));
            print_line(&format!(
                "                (lost? `tickets admin {} --data {data}` sets another)",
                demo::ADMIN_EMAIL
            ));
        }
    }
    print_line(&format!("  Emails        {url}/sandbox/emails"));
    print_line(&format!("  API           {url}/api/docs/"));
    print_line(&format!("  Data          {data}"));
    if let Some(sandbox) = &shop.runtime.node.sandbox {
        print_line("");
        print_line("  Try it: open the shop, create an account, choose an event and buy a ticket with");
        print_line(&format!(
            "  {}. Then approve the request in the test wallet.",
            sandbox.uma_address("alice")
        ));
        print_line("  All payments use test money.");
    }
    let mut warnings = findings.warnings().peekable();
    if warnings.peek().is_some() {
        print_line("");
    }
    warnings.for_each(print_line);
    print_line("");
    print_line("  Ctrl-C stops the shop.");
    print_line("");
}
