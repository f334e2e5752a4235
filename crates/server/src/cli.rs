//! Command line interface.

mod audit;
mod doctor;
mod keys;
mod operate;
mod sandbox;
mod up;

use crate::{
    config::{Config, Env},
    demo, threads,
};
use kernel::StoreError;
use std::{error::Error, io::Write, process::ExitCode};

const HELP: &str = "\
tickets: sell event tickets, paid over Lightning with UMA

usage: tickets [command] [options]

  up [--port N] [--data DIR]   run a shop with test money, without configuration (the default);
                               data directory: ./data
  serve                        run a production shop, configured by environment variables
  migrate [--finish]           migrate the database schema; with --finish, once no earlier release runs any more, end the
                               compatibility with it
  seed                         create three demo events
  admin EMAIL [--name NAME]    create an organiser's account or set its password, read from ADMIN_PASSWORD or standard input
  keys new [--domain DOMAIN]   generate secrets, UMA keys and certificates, as lines for a shell or systemd's EnvironmentFile
  openapi                      print the OpenAPI document
  doctor [--try ADDRESS]       check configuration, database, node (with a test invoice of 1 sat), keys and clocks;
                               with --try, also ask a UMA or Lightning address for its offer
  audit [--node [--days N]]    check the ledger; with --node, also against the node's list of payments
  sandbox [--port N] [--data DIR] [--shop URL]
                               run a test node (with Lightspark's API) and wallet for another shop process on this machine
  simulate-payment BOLT11      pay an invoice of this shop with test money
  help, version

`serve` and all commands below it read the environment; with `--data DIR` they use the data and secrets of `up` in that directory.";

/// Result of a command.
type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// Command-line arguments.
struct Arguments {
    args: Vec<String>,
}

/// Prints a line to standard output. A closed pipe is no error.
fn print_line(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
}

fn print_error(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Exit code when the database is unavailable, so that a caller may retry (`EX_TEMPFAIL` of sysexits.h).
const TRANSIENT: u8 = 75;

fn is_transient(error: &(dyn Error + 'static)) -> bool {
    let store = error.downcast_ref::<StoreError>().is_some_and(StoreError::is_transient);
    store || error.source().is_some_and(is_transient)
}

/// Runs a command and returns the exit code.
pub fn run(arguments: Vec<String>) -> ExitCode {
    match threads::block_on(run_command(arguments)).unwrap_or_else(|error| Err(error.into())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut line = format!("tickets: {error}");
            let mut next = error.source();
            while let Some(cause) = next {
                line.push_str(": ");
                line.push_str(&cause.to_string());
                next = cause.source();
            }
            print_error(&line);
            if is_transient(&*error) { ExitCode::from(TRANSIENT) } else { ExitCode::FAILURE }
        }
    }
}

async fn run_command(arguments: Vec<String>) -> Outcome {
    let mut args = Arguments { args: arguments };
    let command = args.command().unwrap_or_else(|| "up".to_owned());
    match command.as_str() {
        "up" => up::up(args).await,
        "serve" => operate::serve(args).await,
        "migrate" => operate::migrate(args).await,
        "seed" => operate::seed(args).await,
        "admin" => operate::admin(args).await,
        "simulate-payment" => operate::simulate_payment(args).await,
        "keys" => keys::keys(args),
        "openapi" => {
            args.done()?;
            match std::io::stdout().lock().write_all(crate::http::document()?.as_bytes()) {
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
                _ => Ok(()),
            }
        }
        "sandbox" => sandbox::sandbox(args).await,
        "doctor" => doctor::doctor(args).await,
        "audit" => audit::audit(args).await,
        "help" | "--help" | "-h" => {
            print_line(HELP);
            Ok(())
        }
        "version" | "--version" | "-V" => {
            print_line(concat!("tickets ", env!("CARGO_PKG_VERSION")));
            Ok(())
        }
        other => Err(format!("unknown command {other:?}; see `tickets help`").into()),
    }
}

impl Arguments {
    /// The command: the first argument that is not an option.
    fn command(&mut self) -> Option<String> {
        let is_command = self
            .args
            .first()
            .is_some_and(|arg| !arg.starts_with("--") || arg == "--help" || arg == "--version");
        is_command.then(|| self.args.remove(0))
    }

    /// Value of `--name VALUE` or `--name=VALUE`.
    fn option(&mut self, name: &str) -> Result<Option<String>, String> {
        let flag = format!("--{name}");
        let Some(at) = self.args.iter().position(|arg| *arg == flag || arg.starts_with(&format!("{flag}=")))
        else {
            return Ok(None);
        };
        let arg = self.args.remove(at);
        match arg.split_once('=') {
            Some((_, value)) => Ok(Some(value.to_owned())),
            None if at < self.args.len() => Ok(Some(self.args.remove(at))),
            None => Err(format!("{flag} needs a value")),
        }
    }

    /// Whether `--name` is given.
    fn flag(&mut self, name: &str) -> bool {
        let flag = format!("--{name}");
        let at = self.args.iter().position(|arg| *arg == flag);
        at.map(|at| self.args.remove(at)).is_some()
    }

    /// The next positional argument.
    fn positional(&mut self, what: &str) -> Result<String, String> {
        match self.args.iter().position(|arg| !arg.starts_with("--")) {
            Some(at) => Ok(self.args.remove(at)),
            None => Err(format!("{what} is missing; see `tickets help`")),
        }
    }

    /// Rejects remaining arguments.
    fn done(&self) -> Result<(), String> {
        match self.args.first() {
            None => Ok(()),
            Some(arg) => Err(format!("unexpected argument {arg:?}; see `tickets help`")),
        }
    }

    /// The environment; with `--data DIR`, completed by the settings of `up` in that directory.
    fn environment(&mut self) -> Result<Env, Box<dyn Error + Send + Sync>> {
        let mut env = Env::process();
        if let Some(data) = self.option("data")? {
            let data = std::path::Path::new(&data);
            // The certificates name the port of that shop.
            let port = if env.has("PORT") { None } else { demo::stored_port(data) };
            up::complete(&mut env, data, port)?;
        }
        Ok(env)
    }

    /// The validated configuration.
    fn configuration(&mut self) -> Result<Config, Box<dyn Error + Send + Sync>> {
        let env = self.environment()?;
        self.done()?;
        Ok(Config::from_env(&env)?)
    }
}
