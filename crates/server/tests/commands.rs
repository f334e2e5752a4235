//! The command line as operators use it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

fn tickets(words: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tickets"));
    command.args(words).env_clear().envs(settings.iter().copied()).stdin(Stdio::null()).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_live_shop_names_everything_that_is_missing_or_weak_at_once() {
    let failed = tickets(&["serve"], &[("JWT_SECRET", "short"), ("DOMAIN", "tickets.example.com")]);
    assert!(!failed.status.success());
    for name in ["DATABASE_URL", "JWT_SECRET", "WALLET_ENCRYPTION_KEY", "LIGHTSPARK_", "UMA_SIGNING_PRIVKEY"]
    {
        assert!(err(&failed).contains(name), "{name}: {}", err(&failed));
    }
    assert!(!err(&failed).contains("short,"), "secrets are not repeated");
}

#[test]
fn a_live_shop_takes_no_pretend_money() {
    let failed = tickets(&["serve"], &[("SANDBOX", "on"), ("DOMAIN", "tickets.example.com")]);
    assert!(!failed.status.success());
    assert!(err(&failed).contains("pretend money"), "{}", err(&failed));
}

#[test]
fn what_is_not_understood_changes_nothing() {
    for words in [&["sell"][..], &["serve", "--loud"], &["keys", "old"], &["openapi", "now"]] {
        let failed = tickets(words, &[]);
        assert!(!failed.status.success(), "{words:?}");
        assert!(!err(&failed).is_empty(), "{words:?}");
    }
    assert!(out(&tickets(&["help"], &[])).contains("usage: tickets"));
}

#[test]
fn made_keys_are_a_configuration_that_the_doctor_accepts() {
    let made = tickets(&["keys", "new", "--domain", "localhost:8080"], &[]);
    assert!(made.status.success(), "{}", err(&made));
    let text = out(&made);
    let mut settings: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('=')).collect();
    assert_eq!(settings.len(), 7);
    settings.extend([("SANDBOX", "on"), ("DATABASE_URL", "sqlite://:memory:")]);
    let healthy = tickets(&["doctor"], &settings);
    assert!(healthy.status.success(), "{}{}", out(&healthy), err(&healthy));
    assert!(out(&healthy).contains("Nothing is wrong"));
    settings.push(("NWC_URI", "nostr+walletconnect://x"));
    let ill = tickets(&["doctor"], &settings);
    assert!(!ill.status.success() && out(&ill).contains("exclude each other"), "{}", out(&ill));
}

#[test]
fn the_description_is_printed() {
    let printed = tickets(&["openapi"], &[]);
    assert_eq!(out(&printed), server::http::document().unwrap());
}

struct Up {
    child: Child,
    greeting: String,
}

fn up(data: &Path, port: u16) -> Up {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tickets"))
        .args(["--port", &port.to_string(), "--data", data.to_str().unwrap()])
        .env_clear()
        .envs([("BCRYPT_COST", "4"), ("LOG", "off")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut greeting = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        greeting.push_str(&line);
        greeting.push('\n');
        if line.contains("Ctrl-C") {
            break;
        }
    }
    Up { child, greeting }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_shop_comes_up_without_configuration_says_so_and_keeps_everything() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().unwrap();
    let port = port();
    let mut first = up(data.path(), port);
    assert!(first.greeting.contains(&format!("http://localhost:{port}/")), "{}", first.greeting);
    assert!(first.greeting.contains("shown this once"), "{}", first.greeting);
    let keys = std::fs::metadata(data.path().join("keys.json")).unwrap();
    assert_eq!(keys.permissions().mode() & 0o777, 0o600, "secrets are for their owner alone");
    let kept = std::fs::read(data.path().join("keys.json")).unwrap();

    let stopped = Command::new("kill").args(["-TERM", &first.child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert!(first.child.wait().unwrap().success(), "told to stop, it closes in good order");

    let second = up(data.path(), port);
    assert!(!second.greeting.contains("shown this once"), "{}", second.greeting);
    assert_eq!(std::fs::read(data.path().join("keys.json")).unwrap(), kept, "secrets are made once");
    let busy = tickets(&["--port", &port.to_string(), "--data", data.path().to_str().unwrap()], &[]);
    assert!(err(&busy).contains("cannot listen"), "{}", err(&busy));
}
