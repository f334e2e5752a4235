//! The command line as operators use it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    io::{BufRead, BufReader},
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
fn a_live_shop_takes_no_test_money() {
    let failed = tickets(&["serve"], &[("SANDBOX", "on"), ("DOMAIN", "tickets.example.com")]);
    assert!(!failed.status.success());
    assert!(err(&failed).contains("test money"), "{}", err(&failed));
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

/// `NAME='value'` lines as pairs.
fn unquoted(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name, value.strip_prefix('\'').unwrap().strip_suffix('\'').unwrap())).collect()
}

#[test]
fn made_keys_are_read_by_a_shell_and_by_systemd_as_they_were_made() {
    let made = tickets(&["keys", "new", "--domain", "localhost:8080"], &[]);
    let text = out(&made);
    let kept = tempfile::tempdir().unwrap();
    let directory = kept.path().join("environment.d");
    std::fs::create_dir(&directory).unwrap();
    let file = directory.join("shop.conf");
    // The example of docs/operators.md for a value that a shell would cut in two.
    let wallet = "nostr+walletconnect://abc?relay=wss://relay.example&secret=def";
    std::fs::write(&file, format!("{text}NWC_URI='{wallet}'\n")).unwrap();
    let mut expected = unquoted(&text);
    expected.push(("NWC_URI", wallet));
    let mut shell = Command::new("sh");
    shell.args(["-euc", "set -a; . \"$0\"; env"]).arg(&file);
    let mut readers = vec![shell];
    // Reads such files as `EnvironmentFile` does.
    let systemd =
        Path::new("/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator");
    if systemd.exists() {
        let mut generator = Command::new(systemd);
        generator.env("XDG_CONFIG_HOME", kept.path());
        readers.push(generator);
    }
    for reader in &mut readers {
        let read = reader.output().unwrap();
        assert!(read.status.success(), "{}", err(&read));
        let read = out(&read);
        for (name, value) in &expected {
            let shown = read.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
            let shown = shown.unwrap_or_else(|| panic!("{name} is missing: {read}"));
            // The generator quotes what a shell would not read as it is.
            let quoted = format!("\"{}\"", value.replace('\\', "\\\\"));
            assert!(shown == *value || shown == quoted, "{name}: {shown}");
        }
    }
}

#[test]
fn made_keys_are_a_configuration_that_the_doctor_accepts() {
    let made = tickets(&["keys", "new", "--domain", "localhost:8080"], &[]);
    assert!(made.status.success(), "{}", err(&made));
    let text = out(&made);
    let mut settings = unquoted(&text);
    assert_eq!(settings.len(), 7);
    settings.extend([("SANDBOX", "on"), ("DATABASE_URL", "sqlite://:memory:")]);
    let healthy = tickets(&["doctor"], &settings);
    assert!(healthy.status.success(), "{}{}", out(&healthy), err(&healthy));
    assert!(out(&healthy).contains("All checks passed"));
    settings.push(("NWC_URI", "nostr+walletconnect://x"));
    let ill = tickets(&["doctor"], &settings);
    assert!(!ill.status.success() && out(&ill).contains("exclude each other"), "{}", out(&ill));
}

/// A job that migrates has the database's address, and none of the shop's secrets.
#[tokio::test(flavor = "multi_thread")]
async fn migrating_needs_the_settings_of_the_database_alone() {
    let made = out(&tickets(&["keys", "new", "--domain", "localhost:8080"], &[]));
    let chain = unquoted(&made).into_iter().find(|(name, _)| *name == "UMA_SIGNING_CERT_CHAIN").unwrap().1;
    let chain = chain.replace("\\n", "\n");
    let data = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}", data.path().join("shop.db").display());
    let cluster = testkit::postgres::Cluster::start(false);
    for url in [file, cluster.url("postgres")] {
        let settings = [("DATABASE_URL", url.as_str()), ("DATABASE_CA", &chain)];
        let done = tickets(&["migrate"], &settings);
        assert!(done.status.success(), "{}", err(&done));
        assert!(out(&done).contains("he database is up to date."), "{}", out(&done));
    }
    let failed = tickets(&["migrate"], &[("DATABASE_CA", "none")]);
    assert!(err(&failed).contains("2 errors") && err(&failed).contains("DATABASE_URL"), "{}", err(&failed));
}

#[test]
fn a_database_that_does_not_answer_is_told_from_a_fault_of_the_configuration() {
    let away = tickets(&["migrate"], &[("DATABASE_URL", "postgres://u:p@127.0.0.1:1/shop")]);
    assert_eq!(away.status.code(), Some(75), "{}", err(&away));
    assert!(err(&away).contains("database"), "{}", err(&away));
    for url in ["mysql://127.0.0.1/shop", ""] {
        let faulty = tickets(&["migrate"], &[("DATABASE_URL", url)]);
        assert_eq!(faulty.status.code(), Some(1), "{}", err(&faulty));
        assert!(err(&faulty).contains("DATABASE_URL"), "{}", err(&faulty));
    }
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
    up_logging(data, port, "off", Stdio::null())
}

fn up_logging(data: &Path, port: u16, log: &str, to: Stdio) -> Up {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tickets"))
        .args(["--port", &port.to_string(), "--data", data.to_str().unwrap()])
        .env_clear()
        .envs([("BCRYPT_COST", "4"), ("LOG", log), ("LOG_FORMAT", "json")])
        .stdout(Stdio::piped())
        .stderr(to)
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
    let port = testkit::ports::free_ports();
    let mut first = up(data.path(), port);
    assert!(first.greeting.contains(&format!("http://localhost:{port}/")), "{}", first.greeting);
    assert!(first.greeting.contains("shown only once"), "{}", first.greeting);
    let keys = std::fs::metadata(data.path().join("keys.json")).unwrap();
    assert_eq!(keys.permissions().mode() & 0o777, 0o600, "secrets are for their owner alone");
    let kept = std::fs::read(data.path().join("keys.json")).unwrap();

    let stopped = Command::new("kill").args(["-TERM", &first.child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert!(first.child.wait().unwrap().success(), "told to stop, it closes in good order");

    let second = up(data.path(), port);
    assert!(!second.greeting.contains("shown only once"), "{}", second.greeting);
    assert_eq!(std::fs::read(data.path().join("keys.json")).unwrap(), kept, "secrets are made once");
    assert!(second.greeting.contains("tickets admin admin@tickets.example --data"), "{}", second.greeting);
    let doctor = tickets(&["doctor", "--data", data.path().to_str().unwrap()], &[]);
    let wallet = format!("shop on port {port}, test wallet on port {}, which is running", port + 1);
    assert!(doctor.status.success() && out(&doctor).contains(&wallet), "{}", out(&doctor));
    drop(second);
    let doctor = tickets(&["doctor", "--data", data.path().to_str().unwrap()], &[]);
    assert!(doctor.status.success() && out(&doctor).contains("which is not running"), "{}", out(&doctor));
}

/// What `up` says, in one line, when it cannot start.
fn complaint(data: &Path, port: u16) -> String {
    let failed = tickets(&["--port", &port.to_string(), "--data", data.to_str().unwrap()], &[("LOG", "off")]);
    assert!(!failed.status.success());
    let line = err(&failed);
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    line
}

#[test]
fn a_shop_that_cannot_come_up_says_where_and_what_to_do_in_one_line() {
    let data = tempfile::tempdir().unwrap();
    let port = testkit::ports::free_ports();
    let shop = up(data.path(), port);

    let second = complaint(data.path(), testkit::ports::free_ports());
    assert!(second.contains(data.path().to_str().unwrap()) && second.contains("in use"), "{second}");
    assert!(second.contains("--data"), "{second}");

    let other = tempfile::tempdir().unwrap();
    for taken in [port, port - 1] {
        // The second one's wallet would have the port of the first one's shop.
        let line = complaint(other.path(), taken);
        assert!(line.contains(&format!("127.0.0.1:{port}")) && line.contains("--port"), "{line}");
    }
    drop(shop);

    let database = data.path().join("shop.db");
    for end in ["-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{end}", database.display())));
    }
    std::fs::write(&database, "no database ".repeat(1_000)).unwrap();
    let damaged = complaint(data.path(), port);
    assert!(damaged.contains(database.to_str().unwrap()) && damaged.contains("restore"), "{damaged}");
    std::fs::write(data.path().join("keys.json"), "{").unwrap();
    let damaged = complaint(data.path(), port);
    assert!(damaged.contains("keys.json is corrupt") && damaged.contains("restore"), "{damaged}");

    // A directory that cannot be written to, for root too.
    let file = other.path().join("file");
    std::fs::write(&file, "").unwrap();
    let unusable = complaint(&file.join("data"), port);
    assert!(unusable.contains(file.to_str().unwrap()) && unusable.contains("--data"), "{unusable}");
}

#[tokio::test]
async fn the_log_names_every_request_and_gives_away_nothing() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("log");
    let port = testkit::ports::free_ports();
    let shop = up_logging(data.path(), port, "debug", std::fs::File::create(&log).unwrap().into());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let post = async |path: &str, token: &str, body: serde_json::Value| {
        let request = client.post(url(path)).bearer_auth(token).json(&body);
        request.send().await.unwrap().json::<serde_json::Value>().await.unwrap()["data"].clone()
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let account =
        serde_json::json!({ "email": "quiet@people.example", "name": "Q", "password": "hushhushhush" });
    client.post(url("/api/users")).json(&account).send().await.unwrap();
    let me = client.post(url("/api/users/login")).json(&account).send().await.unwrap();
    let me = me.json::<serde_json::Value>().await.unwrap()["data"].clone();
    let token = text(&me["token"]);
    let purchase_request = serde_json::json!({
        "event_id": 1, "user_id": me["user"]["id"], "uma_address": format!("$alice@localhost:{}", port + 1),
    });
    let bought = post("/api/tickets/purchase", &token, purchase_request).await;
    let wallets = client.get(format!("http://127.0.0.1:{}/api/requests", port + 1)).send().await.unwrap();
    let wallets = wallets.json::<serde_json::Value>().await.unwrap();
    let uri = text(&wallets["users"][0]["nwc_uri"]);
    let secret = uri.split_once("secret=").unwrap().1.split('&').next().unwrap().to_owned();
    assert_eq!(secret.len(), 64);
    post("/api/users/me/nwc-connection", &token, serde_json::json!({ "nwc_connection_uri": uri })).await;
    let (code, status_token) = (text(&bought["ticket"]["ticket_code"]), text(&bought["status_token"]));
    post("/api/tickets/validate", &token, serde_json::json!({ "ticket_code": code, "event_id": 1 })).await;
    client.get(url(&format!("/api/tickets/1/status?token={status_token}"))).send().await.unwrap();
    let bolt11 = text(&bought["uma_request"]["bolt11"]);
    client.get(url(&format!("/api/payments/{bolt11}/status"))).bearer_auth(&token).send().await.unwrap();
    drop(shop);
    let log = std::fs::read_to_string(log).unwrap();
    for line in [
        "\"/api/users/login\"",
        "\"/api/tickets/purchase\"",
        "\"/api/tickets/1/status\"",
        "\"request_id\"",
        "\"duration_ms\"",
    ] {
        assert!(log.contains(line), "{line} is missing");
    }
    let nostr = uri.split('?').next().unwrap().to_owned();
    for private in [
        token.as_str(),
        &status_token,
        &code,
        &secret,
        &nostr,
        &bolt11,
        "quiet@people.example",
        "hushhushhush",
    ] {
        let found = log.lines().find(|line| line.contains(private));
        assert_eq!(found, None, "{private}");
    }
}
