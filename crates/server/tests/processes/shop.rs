//! A process of the shop, and verbs to use it.

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

/// The environment of a process.
pub(crate) type Settings = BTreeMap<String, String>;

/// What every shop here is told.
pub(crate) fn settings() -> Settings {
    [("RATE_LIMITS", "off"), ("BCRYPT_COST", "4"), ("ADMIN_PASSWORD", PASSWORD), ("LOG", "off")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// A running shop, killed when dropped: nothing is finished, nothing is returned.
pub(crate) struct Shop(Child);

impl Shop {
    pub(crate) fn start(words: &[&str], settings: &Settings) -> Self {
        Self::telling(words, settings, [Stdio::null(), Stdio::null()])
    }

    /// What it says on its two outputs goes into this file, after what is there.
    pub(crate) fn logging(words: &[&str], settings: &Settings, log: &Path) -> Self {
        let log = || OpenOptions::new().create(true).append(true).open(log).unwrap().into();
        Self::telling(words, settings, [log(), log()])
    }

    fn telling(words: &[&str], settings: &Settings, [out, err]: [Stdio; 2]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tickets"));
        command.args(words).env_clear().envs(settings).stdout(out).stderr(err);
        Self(command.spawn().unwrap())
    }
}

impl Shop {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)))
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // SIGKILL.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs one command to its end.
pub(crate) fn tickets(words: &[&str], settings: &Settings) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickets")).args(words).env_clear().envs(settings).output().unwrap()
}

pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap()
}

/// Asks until an answer comes that means something: the shop may be dead at any moment.
pub(crate) async fn insist(request: impl Fn() -> reqwest::RequestBuilder, good: StatusCode) -> Value {
    loop {
        if let Ok(answer) = request().send().await
            && answer.status() == good
            && let Ok(body) = answer.json().await
        {
            return body;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
