//! Processes of the shop.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

/// The environment of a process.
pub(crate) type Settings = BTreeMap<String, String>;

/// A port that nobody has at the moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// One process of the shop, killed when dropped.
pub(crate) struct Replica {
    program: PathBuf,
    settings: Settings,
    log: PathBuf,
    child: Child,
}

impl Replica {
    pub(crate) fn start(program: &Path, settings: Settings, log: &Path) -> Self {
        let child = spawn(program, &settings, log);
        Self { program: program.to_owned(), settings, log: log.to_owned(), child }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: nothing is finished, nothing is returned.
    pub(crate) fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Starts it again with its clock moved this far.
    pub(crate) fn start_again(&mut self, skew_secs: i64) {
        self.kill();
        self.settings.insert("TICKETS_CLOCK_SKEW_SECONDS".to_owned(), skew_secs.to_string());
        self.child = spawn(&self.program, &self.settings, &self.log);
    }

    /// What a supervisor does: a process that gave up is started again.
    pub(crate) fn restart(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            self.child = spawn(&self.program, &self.settings, &self.log);
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(program: &Path, settings: &Settings, log: &Path) -> Child {
    let log = OpenOptions::new().create(true).append(true).open(log).unwrap();
    Command::new(program)
        .args(["tickets", "serve"])
        .env_clear()
        .envs(settings)
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Runs one command of the shop to its end.
pub(crate) fn tickets(program: &Path, settings: &Settings, words: &[&str]) -> Output {
    let child = Command::new(program)
        .arg("tickets")
        .args(words)
        .env_clear()
        .envs(settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait(child)
}

/// Waits with the input open: a process of ours ends when it closes.
fn wait(mut child: Child) -> Output {
    let input = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(input);
    output
}
