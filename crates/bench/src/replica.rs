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

/// A currently unused port.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A process of the shop, killed when dropped.
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

    /// Sends SIGKILL.
    pub(crate) fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Starts it again with this clock offset.
    pub(crate) fn start_again(&mut self, skew_secs: i64) {
        self.kill();
        self.settings.insert("TICKETS_CLOCK_SKEW_SECONDS".to_owned(), skew_secs.to_string());
        self.child = spawn(&self.program, &self.settings, &self.log);
    }

    /// Restarts an exited process, like a supervisor.
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

/// Runs a command of the shop to its end.
pub(crate) fn tickets(program: &Path, settings: &Settings, arguments: &[&str]) -> Output {
    let child = Command::new(program)
        .arg("tickets")
        .args(arguments)
        .env_clear()
        .envs(settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait(child)
}

/// Waits with standard input open, since the process ends when it closes.
fn wait(mut child: Child) -> Output {
    let input = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(input);
    output
}
