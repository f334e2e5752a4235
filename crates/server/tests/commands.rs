//! The command-line interface.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

fn run_cli(args: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tickets"));
    command.args(args).env_clear().envs(settings.iter().copied()).stdin(Stdio::null()).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn serve_on_a_public_domain_reports_all_missing_and_weak_settings() {
    let failed = run_cli(&["serve"], &[("JWT_SECRET", "short"), ("DOMAIN", "tickets.example.com")]);
    assert!(!failed.status.success());
    for name in ["DATABASE_URL", "JWT_SECRET", "WALLET_ENCRYPTION_KEY", "LIGHTSPARK_", "UMA_SIGNING_PRIVKEY"]
    {
        assert!(err(&failed).contains(name), "{name}: {}", err(&failed));
    }
    assert!(!err(&failed).contains("short,"), "secrets are not printed");
}

#[test]
fn serve_on_a_public_domain_refuses_test_money() {
    let failed = run_cli(&["serve"], &[("SANDBOX", "on"), ("DOMAIN", "tickets.example.com")]);
    assert!(!failed.status.success());
    assert!(err(&failed).contains("test money"), "{}", err(&failed));
}

#[test]
fn unknown_commands_and_arguments_fail_with_a_message() {
    for args in [&["sell"][..], &["serve", "--loud"], &["keys", "old"], &["openapi", "now"]] {
        let failed = run_cli(args, &[]);
        assert!(!failed.status.success(), "{args:?}");
        assert!(!err(&failed).is_empty(), "{args:?}");
    }
    assert!(out(&run_cli(&["help"], &[])).contains("usage: tickets"));
}

/// Parses `NAME='value'` lines.
fn unquoted(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name, value.strip_prefix('\'').unwrap().strip_suffix('\'').unwrap())).collect()
}

#[test]
fn generated_keys_are_read_unchanged_by_a_shell_and_by_systemd() {
    let made = run_cli(&["keys", "new", "--domain", "localhost:8080"], &[]);
    let text = out(&made);
    let kept = tempfile::tempdir().unwrap();
    let directory = kept.path().join("environment.d");
    std::fs::create_dir(&directory).unwrap();
    let file = directory.join("shop.conf");
    // The example of docs/operators.md: a shell would split the value at `&` without quotes.
    let wallet = "nostr+walletconnect://abc?relay=wss://relay.example&secret=def";
    std::fs::write(&file, format!("{text}NWC_URI='{wallet}'\n")).unwrap();
    let mut expected = unquoted(&text);
    expected.push(("NWC_URI", wallet));
    let mut shell = Command::new("sh");
    shell.args(["-euc", "set -a; . \"$0\"; env"]).arg(&file);
    let mut readers = vec![shell];
    // Parses files like `EnvironmentFile`.
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
            // The generator quotes values with special characters.
            let quoted = format!("\"{}\"", value.replace('\\', "\\\\"));
            assert!(shown == *value || shown == quoted, "{name}: {shown}");
        }
    }
}

#[test]
fn generated_keys_are_a_configuration_that_passes_the_doctor() {
    let made = run_cli(&["keys", "new", "--domain", "localhost:8080"], &[]);
    assert!(made.status.success(), "{}", err(&made));
    let text = out(&made);
    let mut settings = unquoted(&text);
    assert_eq!(settings.len(), 7);
    settings.extend([("SANDBOX", "on"), ("DATABASE_URL", "sqlite://:memory:")]);
    let healthy = run_cli(&["doctor"], &settings);
    assert!(healthy.status.success(), "{}{}", out(&healthy), err(&healthy));
    assert!(out(&healthy).contains("All checks passed"));
    assert!(out(&healthy).contains("ok     invoice: made and found again"), "{}", out(&healthy));
    settings.push(("NWC_URI", "nostr+walletconnect://x"));
    let invalid = run_cli(&["doctor"], &settings);
    assert!(!invalid.status.success() && out(&invalid).contains("exclude each other"), "{}", out(&invalid));
}

/// A migration job has the database URL and none of the server's secrets.
#[tokio::test(flavor = "multi_thread")]
async fn migrate_needs_only_the_settings_of_the_database() {
    let made = out(&run_cli(&["keys", "new", "--domain", "localhost:8080"], &[]));
    let chain = unquoted(&made).into_iter().find(|(name, _)| *name == "UMA_SIGNING_CERT_CHAIN").unwrap().1;
    let chain = chain.replace("\\n", "\n");
    let data = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}", data.path().join("shop.db").display());
    let cluster = testkit::postgres::Cluster::start(false);
    for url in [file, cluster.url("postgres")] {
        let settings = [("DATABASE_URL", url.as_str()), ("DATABASE_CA", &chain)];
        let done = run_cli(&["migrate"], &settings);
        assert!(done.status.success(), "{}", err(&done));
        assert!(out(&done).contains("he database is up to date."), "{}", out(&done));
    }
    let failed = run_cli(&["migrate"], &[("DATABASE_CA", "none")]);
    assert!(err(&failed).contains("2 errors") && err(&failed).contains("DATABASE_URL"), "{}", err(&failed));
}

#[test]
fn an_unreachable_database_has_another_exit_code_than_an_invalid_setting() {
    let unreachable = run_cli(&["migrate"], &[("DATABASE_URL", "postgres://u:p@127.0.0.1:1/shop")]);
    assert_eq!(unreachable.status.code(), Some(75), "{}", err(&unreachable));
    assert!(err(&unreachable).contains("database"), "{}", err(&unreachable));
    for url in ["mysql://127.0.0.1/shop", ""] {
        let invalid = run_cli(&["migrate"], &[("DATABASE_URL", url)]);
        assert_eq!(invalid.status.code(), Some(1), "{}", err(&invalid));
        assert!(err(&invalid).contains("DATABASE_URL"), "{}", err(&invalid));
    }
}

#[test]
fn openapi_prints_the_api_description() {
    let printed = run_cli(&["openapi"], &[]);
    assert_eq!(out(&printed), server::http::document().unwrap());
}

struct Up {
    child: Child,
    banner: String,
}

fn up(data: &Path, port: u16) -> Up {
    up_logging(data, port, "off", Stdio::null())
}

fn up_logging(data: &Path, port: u16, log: &str, to: Stdio) -> Up {
    up_with(data, port, &[("LOG", log)], to)
}

fn up_with(data: &Path, port: u16, settings: &[(&str, &str)], to: Stdio) -> Up {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tickets"))
        .args(["--port", &port.to_string(), "--data", data.to_str().unwrap()])
        .env_clear()
        .envs([("BCRYPT_COST", "4"), ("LOG_FORMAT", "json")])
        .envs(settings.iter().copied())
        .stdout(Stdio::piped())
        .stderr(to)
        .spawn()
        .unwrap();
    let mut banner = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        banner.push_str(&line);
        banner.push('\n');
        if line.contains("Ctrl-C") {
            break;
        }
    }
    Up { child, banner }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn up_starts_without_configuration_and_keeps_its_secrets() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().unwrap();
    let port = testkit::ports::free_ports();
    let mut first = up(data.path(), port);
    assert!(first.banner.contains(&format!("http://localhost:{port}/")), "{}", first.banner);
    assert!(first.banner.contains("shown only once"), "{}", first.banner);
    let keys = std::fs::metadata(data.path().join("keys.json")).unwrap();
    assert_eq!(keys.permissions().mode() & 0o777, 0o600, "only the owner may read secrets");
    let kept = std::fs::read(data.path().join("keys.json")).unwrap();

    let stopped = Command::new("kill").args(["-TERM", &first.child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert!(first.child.wait().unwrap().success(), "SIGTERM ends the process gracefully");

    let second = up(data.path(), port);
    assert!(!second.banner.contains("shown only once"), "{}", second.banner);
    assert_eq!(std::fs::read(data.path().join("keys.json")).unwrap(), kept, "secrets are generated once");
    assert!(second.banner.contains("tickets admin admin@tickets.example --data"), "{}", second.banner);
    let doctor = run_cli(&["doctor", "--data", data.path().to_str().unwrap()], &[]);
    let wallet = format!("shop on port {port}, test wallet on port {}, which is running", port + 1);
    assert!(doctor.status.success() && out(&doctor).contains(&wallet), "{}", out(&doctor));
    let offer = |address: &str| {
        let address = format!("{address}@localhost:{}", port + 1);
        let tried = run_cli(&["doctor", "--data", data.path().to_str().unwrap(), "--try", &address], &[]);
        (tried.status.success(), out(&tried))
    };
    let (success, text) = offer("$alice");
    assert!(success && text.contains("ok     UMA Requests: "), "{text}");
    let offered =
        format!("ok     offer: $alice@localhost:{} receives 1 sats to 100000000 sats, in SAT", port + 1);
    assert!(text.contains(&offered), "{text}");
    let (success, text) = offer("alice");
    assert!(success && text.contains("ok     offer: alice@localhost"), "{text}");
    for unknown in ["$nobody", "nobody", "no body"] {
        let (success, text) = offer(unknown);
        assert!(!success && text.contains("ERROR  offer: "), "{unknown}: {text}");
    }
    drop(second);
    let doctor = run_cli(&["doctor", "--data", data.path().to_str().unwrap()], &[]);
    assert!(doctor.status.success() && out(&doctor).contains("which is not running"), "{}", out(&doctor));
}

#[test]
fn up_prints_the_warnings_of_the_doctor() {
    let data = tempfile::tempdir().unwrap();
    let settings = [("LOG", "off"), ("ADMIN_EMAILS", "boss@tickets.example")];
    let shop = up_with(data.path(), testkit::ports::free_ports(), &settings, Stdio::null());
    assert!(
        shop.banner.contains("note   organisers: run `tickets admin boss@tickets.example`"),
        "{}",
        shop.banner
    );
    assert!(!shop.banner.contains("ERROR") && !shop.banner.contains("ok   "), "{}", shop.banner);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_compares_the_clocks_of_shop_and_database() {
    let made = out(&run_cli(&["keys", "new", "--domain", "localhost:8080"], &[]));
    let cluster = testkit::postgres::Cluster::start(false);
    let url = cluster.url("postgres");
    let mut settings = unquoted(&made);
    settings.extend([("SANDBOX", "on"), ("DATABASE_URL", &url)]);
    let migrated = run_cli(&["migrate"], &settings);
    assert!(migrated.status.success(), "{}", err(&migrated));
    let right = run_cli(&["doctor"], &settings);
    assert!(right.status.success(), "{}", out(&right));
    assert!(out(&right).contains("ok     clock: agrees with the clock of the database"), "{}", out(&right));
    for (skew, side) in [("-300", "ahead of"), ("300", "behind")] {
        settings.push(("TICKETS_CLOCK_SKEW_SECONDS", skew));
        let text = out(&run_cli(&["doctor"], &settings));
        let error = text.lines().find(|line| line.contains("ERROR  clock: the clock of the database is "));
        assert!(error.is_some_and(|line| line.contains(&format!("s {side} the shop's"))), "{text}");
    }
}

/// The one-line error of `up` when it cannot start.
fn startup_error(data: &Path, port: u16) -> String {
    let failed = run_cli(&["--port", &port.to_string(), "--data", data.to_str().unwrap()], &[("LOG", "off")]);
    assert!(!failed.status.success());
    let line = err(&failed);
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    line
}

#[test]
fn a_failed_start_of_up_names_the_cause_and_the_remedy_in_one_line() {
    let data = tempfile::tempdir().unwrap();
    let port = testkit::ports::free_ports();
    let shop = up(data.path(), port);

    let second = startup_error(data.path(), testkit::ports::free_ports());
    assert!(second.contains(data.path().to_str().unwrap()) && second.contains("in use"), "{second}");
    assert!(second.contains("--data"), "{second}");

    let other = tempfile::tempdir().unwrap();
    for taken in [port, port - 1] {
        // With `port - 1`, the test wallet of the second process needs the port of the first.
        let line = startup_error(other.path(), taken);
        assert!(line.contains(&format!("127.0.0.1:{port}")) && line.contains("--port"), "{line}");
    }
    drop(shop);

    let database = data.path().join("shop.db");
    for end in ["-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{end}", database.display())));
    }
    std::fs::write(&database, "no database ".repeat(1_000)).unwrap();
    let damaged = startup_error(data.path(), port);
    assert!(damaged.contains(database.to_str().unwrap()) && damaged.contains("restore"), "{damaged}");
    std::fs::write(data.path().join("keys.json"), "{").unwrap();
    let damaged = startup_error(data.path(), port);
    assert!(damaged.contains("keys.json is corrupt") && damaged.contains("restore"), "{damaged}");

    // A path below a file: not writable for root either.
    let file = other.path().join("file");
    std::fs::write(&file, "").unwrap();
    let unusable = startup_error(&file.join("data"), port);
    assert!(unusable.contains(file.to_str().unwrap()) && unusable.contains("--data"), "{unusable}");
}

#[tokio::test]
async fn simulated_payments_say_what_happened() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let data = tempfile::tempdir().unwrap();
    let port = testkit::ports::free_ports();
    let shop = up(data.path(), port);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = async |path: &str, token: &str, body: &serde_json::Value| {
        let url = format!("http://127.0.0.1:{port}{path}");
        let reply = client.post(url).bearer_auth(token).json(body).send().await.unwrap();
        reply.json::<serde_json::Value>().await.unwrap()["data"].clone()
    };
    let account =
        serde_json::json!({ "email": "one@people.example", "name": "One", "password": "hushhushhush" });
    post("/api/users", "", &account).await;
    let me = post("/api/users/login", "", &account).await;
    let order = serde_json::json!({
        "event_id": 1, "user_id": me["user"]["id"], "uma_address": format!("$alice@localhost:{}", port + 1),
    });
    let bought = post("/api/tickets/purchase", me["token"].as_str().unwrap(), &order).await;
    let bolt11 = bought["uma_request"]["bolt11"].as_str().unwrap();
    let directory = data.path().to_str().unwrap();
    let pay = |what: &str| run_cli(&["simulate-payment", what, "--data", directory], &[("LOG", "off")]);

    let both = std::thread::scope(|scope| {
        let calls = [scope.spawn(|| pay(bolt11)), scope.spawn(|| pay(bolt11))];
        calls.map(|call| call.join().unwrap())
    });
    let mut said = both.each_ref().map(|one| out(one).trim().to_owned());
    said.sort();
    assert_eq!(said, ["Paid.", "This invoice is already paid."], "{}{}", err(&both[0]), err(&both[1]));
    assert_eq!(out(&pay(bolt11)).trim(), "This invoice is already paid.");

    // The invoice of another node: an example of BOLT 11.
    let foreign = "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh";
    for (invoice, why) in [
        ("nonsense", "the argument is not a valid bolt11 invoice"),
        (foreign, "there is no such open invoice"),
    ] {
        let failed = pay(invoice);
        let line = err(&failed);
        assert!(!failed.status.success() && line.contains(why) && !line.contains('{'), "{line}");
        assert_eq!(out(&failed), "");
    }
    drop(shop);
    let failed = pay(foreign);
    assert!(err(&failed).contains("start the shop with `tickets up`"), "{}", err(&failed));
}

#[tokio::test]
async fn the_log_has_a_line_per_request_and_no_secret() {
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
