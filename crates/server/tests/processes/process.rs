//! A server process and helpers to run commands and send requests.

use reqwest::StatusCode;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Environment variables of a process.
pub(crate) type Settings = BTreeMap<String, String>;

/// Settings shared by all tests.
pub(crate) fn settings() -> Settings {
    [("RATE_LIMITS", "off"), ("BCRYPT_COST", "4"), ("ADMIN_PASSWORD", PASSWORD), ("LOG", "off")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// A running server. Dropping it sends SIGKILL, so that no cleanup runs.
pub(crate) struct ServerProcess(Child);

impl ServerProcess {
    pub(crate) fn start(args: &[&str], settings: &Settings) -> Self {
        Self::spawn(args, settings, [Stdio::null(), Stdio::null()])
    }

    /// Appends stdout and stderr to a file.
    pub(crate) fn logging(args: &[&str], settings: &Settings, log: &Path) -> Self {
        let log = || OpenOptions::new().create(true).append(true).open(log).unwrap().into();
        Self::spawn(args, settings, [log(), log()])
    }

    fn spawn(args: &[&str], settings: &Settings, [out, err]: [Stdio; 2]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tickets"));
        command.args(args).env_clear().envs(settings).stdout(out).stderr(err);
        Self(command.spawn().unwrap())
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)))
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a command of the binary to completion.
pub(crate) fn run_cli(args: &[&str], settings: &Settings) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickets")).args(args).env_clear().envs(settings).output().unwrap()
}

pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap()
}

/// Retries until the response has this status: the process may be down at any time.
pub(crate) async fn retry_until(
    request: impl Fn() -> reqwest::RequestBuilder,
    expected: StatusCode,
) -> Value {
    loop {
        if let Ok(answer) = request().send().await
            && answer.status() == expected
            && let Ok(body) = answer.json().await
        {
            return body;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
