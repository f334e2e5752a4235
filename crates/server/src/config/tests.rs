mod deployed;

use super::*;

const PEM: &str = "-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----";
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn good() -> Env {
    Env::of([
        ("DOMAIN", "localhost:8080"),
        ("DATABASE_URL", "sqlite://x.db"),
        ("JWT_SECRET", KEY),
        ("WALLET_ENCRYPTION_KEY", KEY),
        ("SANDBOX", "on"),
        ("UMA_SIGNING_PRIVKEY", KEY),
        ("UMA_SIGNING_CERT_CHAIN", PEM),
        ("UMA_ENCRYPTION_PRIVKEY", KEY),
        ("UMA_ENCRYPTION_CERT_CHAIN", PEM),
    ])
}

fn errors(changes: &[(&str, &str)]) -> Vec<String> {
    let mut env = good();
    for (name, value) in changes {
        env.set(name, *value);
    }
    Config::from_env(&env).map_err(|error| error.errors).err().unwrap_or_default()
}

#[test]
fn a_complete_environment_has_no_errors() {
    assert_eq!(errors(&[]), Vec::<String>::new());
}

#[test]
fn an_empty_environment_reports_everything_at_once() {
    let error = Config::from_env(&Env::default()).unwrap_err();
    for name in [
        "DOMAIN",
        "DATABASE_URL",
        "JWT_SECRET",
        "WALLET_ENCRYPTION_KEY",
        "LIGHTSPARK_*",
        "UMA_SIGNING_PRIVKEY",
    ] {
        assert!(error.errors().iter().any(|error| error.contains(name)), "{name} is missing from {error}");
    }
}

#[test]
fn test_money_is_refused_on_a_public_domain() {
    assert!(errors(&[("DOMAIN", "tickets.example.com")]).iter().any(|error| error.contains("test money")));
    let both = errors(&[("NWC_URI", "nostr+walletconnect://x")]);
    assert!(both.iter().any(|error| error.contains("exclude each other")));
}

#[test]
fn next_uma_keys_are_complete_and_have_a_start() {
    let next = [
        ("UMA_NEXT_SIGNING_PRIVKEY", KEY),
        ("UMA_NEXT_SIGNING_CERT_CHAIN", PEM),
        ("UMA_NEXT_ENCRYPTION_PRIVKEY", KEY),
        ("UMA_NEXT_ENCRYPTION_CERT_CHAIN", PEM),
    ];
    let since = |moment: &'static str| errors(&[&next[..], &[("UMA_NEXT_SINCE", moment)]].concat());
    assert_eq!(since("2027-01-01T00:00:00Z"), Vec::<String>::new());
    assert_eq!(since("soon").len(), 1);
    assert_eq!(errors(&[("UMA_NEXT_SINCE", "2027-01-01T00:00:00Z")]).len(), 4);
}

#[test]
fn weak_secrets_are_refused() {
    assert_eq!(errors(&[("JWT_SECRET", "short")]).len(), 1);
    assert_eq!(errors(&[("JWT_SECRET", &"a".repeat(64))]).len(), 1);
    assert_eq!(errors(&[("WALLET_ENCRYPTION_KEY", &"0".repeat(64))]).len(), 1);
    let two =
        |one: &str, other: &str| format!("{one}:{KEY},{other}:{}", KEY.chars().rev().collect::<String>());
    let same = errors(&[("WALLET_ENCRYPTION_KEY", &two("k1", "k1"))]);
    assert!(same.len() == 1 && same[0].contains("two keys have the id k1"), "{same:?}");
    assert_eq!(errors(&[("WALLET_ENCRYPTION_KEY", &two("k2", "k1"))]).len(), 0);
    assert_eq!(errors(&[("METRICS_TOKEN", "abc")]).len(), 1);
}

#[test]
fn an_incomplete_node_configuration_names_what_is_missing() {
    let all = errors(&[("SANDBOX", "off"), ("LIGHTSPARK_CLIENT_ID", "x")]);
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|error| error.contains("LIGHTSPARK_")));
}

#[test]
fn a_secret_may_come_from_a_file_but_not_twice() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    std::fs::write(&path, format!("{KEY}\n")).unwrap();
    let mut env = good();
    env.unset("JWT_SECRET");
    env.set("JWT_SECRET_FILE", path.display().to_string());
    assert_eq!(Config::from_env(&env).unwrap().identity.jwt_secret.expose(), KEY);
    assert_eq!(errors(&[("JWT_SECRET_FILE", "/nonexistent")]).len(), 1);
}

#[test]
fn secrets_are_not_printed() {
    let printed = format!("{:?}", Config::from_env(&good()).unwrap());
    assert!(!printed.contains(&KEY[..16]));
}

#[test]
fn a_network_contains_its_addresses_and_no_others() {
    let network: Network = "10.1.0.0/16".parse().unwrap();
    assert!(network.contains("10.1.255.1".parse().unwrap()));
    assert!(network.contains("::ffff:10.1.0.7".parse().unwrap()));
    assert!(!network.contains("10.2.0.1".parse().unwrap()));
    let everything: Network = "0.0.0.0/0".parse().unwrap();
    assert!(everything.contains("8.8.8.8".parse().unwrap()));
    assert!("10.0.0.0/33".parse::<Network>().is_err());
}

#[test]
fn clock_skew_and_short_pauses_are_refused_on_a_public_domain() {
    for trial in [("TICKETS_CLOCK_SKEW_SECONDS", "-30"), ("TICKETS_MAX_PAUSE_SECONDS", "1")] {
        assert_eq!(errors(&[trial]), Vec::<String>::new());
        let live = errors(&[trial, ("DOMAIN", "tickets.example.com")]);
        assert!(live.iter().any(|error| error.contains(trial.0)), "{live:?}");
    }
}

#[test]
fn a_price_source_is_an_https_address() {
    let shop = |domain: &'static str, url: &'static str| {
        let node = [("SANDBOX", "off"), ("NWC_URI", "nostr+walletconnect://x")];
        errors(&[&node[..], &[("DOMAIN", domain), ("RATE_URL", url)]].concat())
    };
    assert_eq!(shop("tickets.example.com", "https://prices.example/btc?key=1"), Vec::<String>::new());
    assert_eq!(shop("localhost:8080", "http://localhost:8081/price"), Vec::<String>::new());
    for url in ["http://prices.example/btc", "prices.example", "file:///etc/passwd"] {
        assert!(shop("tickets.example.com", url)[0].contains("RATE_URL"), "{url}");
    }
    assert!(errors(&[("DATABASE_CA", "/etc/ssl/ca.pem")])[0].contains("DATABASE_CA"));
    assert!(errors(&[("RATE_CURRENCY", "dollars")])[0].contains("RATE_CURRENCY"));
    assert!(errors(&[("RATE_POINTER", "price")])[0].contains("RATE_POINTER"));
}

/// The operators' guide contains the same table as the code.
#[test]
fn the_documented_settings_are_those_of_the_code() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = std::fs::read_to_string(root.join("src/config.rs")).unwrap();
    let in_code: Vec<&str> = code.lines().filter_map(|line| line.strip_prefix("/// |")).collect();
    assert!(in_code.len() > 20);
    let guide = std::fs::read_to_string(root.join("../../docs/operators.md")).unwrap();
    let (_, rest) = guide.split_once("<!-- settings:").unwrap();
    let (table, _) = rest.split_once("<!-- /settings -->").unwrap();
    let in_docs: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix('|')).collect();
    assert_eq!(in_code, in_docs, "docs/operators.md");
}

/// Every variable that is read is in the table.
#[test]
fn every_setting_that_is_read_is_documented() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let table = std::fs::read_to_string(root.join("config.rs")).unwrap();
    let table: String = table.lines().filter(|line| line.starts_with("/// |")).collect();
    let mut read = 0;
    for file in std::fs::read_dir(root.join("config")).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() || path.ends_with("tests.rs") || path.ends_with("env.rs") {
            continue;
        }
        let code = std::fs::read_to_string(&path).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap();
        for name in code.split('"').skip(1).step_by(2) {
            let is_name = name.len() > 3
                && name.contains('_')
                && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
            if is_name {
                read += 1;
                let short = name.strip_prefix("LIGHTSPARK").unwrap_or(name);
                assert!(
                    table.contains(&format!("`{name}`")) || table.contains(&format!("`{short}`")),
                    "{name}"
                );
            }
        }
    }
    assert!(read > 20, "{read}");
}

#[test]
fn a_test_node_is_refused_on_a_public_domain() {
    let node = [
        ("SANDBOX", "off"),
        ("LIGHTSPARK_CLIENT_ID", "x"),
        ("LIGHTSPARK_CLIENT_SECRET", "x"),
        ("LIGHTSPARK_NODE_ID", "x"),
        ("LIGHTSPARK_WEBHOOK_SIGNING_KEY", "0123456789abcdef"),
    ];
    let with = |domain: &'static str, url: &'static str| {
        let more = [("DOMAIN", domain), ("LIGHTSPARK_BASE_URL", url)];
        errors(&[&node[..], &more[..]].concat())
    };
    assert_eq!(with("localhost:8080", "http://localhost:8081/graphql"), Vec::<String>::new());
    for (domain, url) in [
        ("tickets.example.com", "http://localhost:8081/graphql"),
        ("localhost:8080", "http://127.0.0.1.example.com/graphql"),
        ("localhost:8080", "http://node.example.com/graphql"),
    ] {
        assert!(with(domain, url).iter().any(|error| error.contains("LIGHTSPARK_BASE_URL")), "{url}");
    }
}
