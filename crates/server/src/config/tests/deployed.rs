//! The environments of `deploy/` are valid configurations.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

const CHAIN: &str = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----";
/// Optional secrets.
const OPTIONAL: [&str; 4] = ["LIGHTSPARK_NODE_PASSWORD", "NWC_URI", "SMTP_URL", "METRICS_TOKEN"];

fn file(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Lines from one that ends with `start` to the next with less indentation.
fn block(text: &str, start: &str) -> Vec<String> {
    let mut lines = text.lines().skip_while(|line| !line.trim().ends_with(start));
    let first = lines.next().unwrap_or_else(|| panic!("{start} is missing"));
    let depth = |line: &str| line.len() - line.trim_start().len();
    lines.take_while(|line| depth(line) > depth(first)).map(|line| line.trim().to_owned()).collect()
}

/// `NAME = expression` by name.
fn assignments(lines: &[String]) -> BTreeMap<String, String> {
    let pairs = lines.iter().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// Values of the expressions in the files, as for an operator with these settings.
fn value(expression: &str, everything: bool) -> String {
    let optional = |text: &str| if everything { text.to_owned() } else { String::new() };
    match expression {
        "var.domain" => "api.tickets.example.com".to_owned(),
        "var.admin_emails" => "you@example.com".to_owned(),
        "\"https://${var.web_domain}\"" => "https://tickets.example.com".to_owned(),
        "aws_vpc.main.cidr_block" => "10.0.0.0/16".to_owned(),
        "var.mail_from" => optional("Tickets <tickets@example.com>"),
        "var.uma_auth.app_pubkey" => optional(KEY),
        "var.uma_auth.relay" => optional("wss://relay.example.com"),
        "var.uma_auth.redirect_uri" => optional("https://tickets.example.com/wallet"),
        literal => {
            let text = literal.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            text.filter(|text| !text.contains("${"))
                .unwrap_or_else(|| panic!("unknown: {literal}"))
                .to_owned()
        }
    }
}

fn secret(name: &str) -> String {
    match name {
        "DATABASE_URL" => "postgres://tickets_app:x@database/tickets?sslmode=verify-full",
        "NWC_URI" => "nostr+walletconnect://x",
        "SMTP_URL" => "smtps://user:password@mail.example.com",
        name if name.ends_with("_CHAIN") || name == "DATABASE_CA" => CHAIN,
        _ => KEY,
    }
    .to_owned()
}

/// Environment of the shop's container in `deploy/terraform`, with the secrets for which `filled` is true.
fn terraform(everything: bool, filled: impl Fn(&str) -> bool) -> Env {
    let (shop, secrets) = (file("terraform/shop.tf"), file("terraform/secrets.tf"));
    let environment = assignments(&block(&shop, "environment = {"));
    assert!(environment.len() > 8, "{environment:?}");
    let mut settings: Vec<_> =
        environment.iter().map(|(name, text)| (name.clone(), value(text, everything))).collect();
    let operator = block(&secrets, "operator_secrets = toset([");
    let mut names: Vec<String> =
        operator.iter().map(|line| line.trim_matches(['"', ',']).to_owned()).collect();
    assert!(names.len() > 10, "{names:?}");
    // Terraform sets the first of these.
    names.extend(assignments(&block(&shop, "parameter.arn }, {")).into_keys());
    for name in names {
        let value = if name == "DATABASE_URL" || filled(&name) { secret(&name) } else { "unset".to_owned() };
        settings.push((name, value));
    }
    Env::from_pairs(settings)
}

#[test]
fn terraforms_shop_starts_with_and_without_optional_settings() {
    let shop = Config::from_env(&terraform(false, |name| !OPTIONAL.contains(&name))).unwrap();
    assert!(shop.mail.is_none() && shop.uma_auth.is_none() && shop.http.metrics_token.is_none());
    let Lightning::Lightspark(node) = shop.lightning else { panic!("{:?}", shop.lightning) };
    assert!(node.node_password.is_none(), "`unset` is no password");

    let shop = Config::from_env(&terraform(true, |name| name != "NWC_URI")).unwrap();
    assert!(shop.mail.is_some() && shop.uma_auth.is_some() && shop.http.metrics_token.is_some());
    let Lightning::Lightspark(node) = shop.lightning else { panic!("{:?}", shop.lightning) };
    assert!(node.node_password.is_some());

    let wallet = Config::from_env(&terraform(true, |name| !name.starts_with("LIGHTSPARK_"))).unwrap();
    assert!(matches!(wallet.lightning, Lightning::Nwc(_)));
}

#[test]
fn terraforms_shop_without_secrets_names_each_missing_one() {
    let error = Config::from_env(&terraform(false, |_| false)).unwrap_err();
    let errors = error.errors();
    for name in ["JWT_SECRET", "WALLET_ENCRYPTION_KEY", "UMA_SIGNING_PRIVKEY", "UMA_ENCRYPTION_CERT_CHAIN"] {
        let says = |error: &&String| error.starts_with(name) && error.contains("not set");
        assert_eq!(errors.iter().filter(says).count(), 1, "{name}: {error}");
    }
    assert!(errors.iter().any(|error| error.contains("LIGHTSPARK_* or NWC_URI")), "{error}");
    assert!(!error.to_string().contains("SMTP_URL"), "{error}");
}

#[test]
fn terraforms_migration_task_has_the_required_settings() {
    let secrets = assignments(&block(&file("terraform/job.tf"), "migrate = {"));
    let settings = secrets.keys().map(|name| (name.clone(), secret(name)));
    let database = Database::from_env(&Env::from_pairs(settings)).unwrap();
    assert!(matches!(database, Database::Postgres { ca: Some(_), .. }), "{database:?}");
}

#[test]
fn all_variables_of_terraform_are_settings() {
    let shop = file("terraform/shop.tf");
    let mut names = assignments(&block(&shop, "environment = {")).into_keys().collect::<BTreeSet<_>>();
    let secrets = block(&file("terraform/secrets.tf"), "operator_secrets = toset([");
    names.extend(secrets.iter().map(|line| line.trim_matches(['"', ',']).to_owned()));
    // Read by the image's entrypoint.
    assert!(names.remove("MIGRATE"));
    let table = file("../crates/server/src/config.rs");
    for name in names {
        let short = name.strip_prefix("LIGHTSPARK").unwrap_or(&name);
        assert!(table.contains(&format!("`{name}`")) || table.contains(&format!("`{short}`")), "{name}");
    }
}

/// The example contains every variable, with the published architecture as defaults.
#[test]
fn the_example_of_terraforms_variables_is_complete() {
    let variables = file("terraform/variables.tf");
    let declared: BTreeSet<&str> =
        variables.lines().filter_map(|line| line.strip_prefix("variable \"")?.strip_suffix("\" {")).collect();
    let example = file("terraform/terraform.tfvars.example");
    let top = example.lines().filter(|line| !line.starts_with([' ', '#', '}']));
    let named: BTreeSet<&str> = top.filter_map(|line| Some(line.split_once('=')?.0.trim())).collect();
    assert_eq!(declared, named);
    for text in [&variables, &example] {
        assert!(text.contains("[\"10.0.1.0/24\", \"10.0.2.0/24\"]") && text.contains("\"db.t3.micro\""));
    }
    assert!(file("terraform/versions.tf").contains("\">= 3.39, < 6\""));
}

/// compose's `env_file`, as copied and with an operator's values.
#[test]
fn the_example_of_composes_environment_is_a_configuration() {
    let lines: Vec<String> = file("env.example").lines().map(str::to_owned).collect();
    let example = assignments(&lines);
    let with = |typed: fn(&str) -> Option<String>| {
        let settings =
            example.iter().map(|(name, text)| (name.clone(), typed(name).unwrap_or_else(|| text.clone())));
        let compose = ("DATABASE_URL".to_owned(), secret("DATABASE_URL"));
        Config::from_env(&Env::from_pairs(settings.chain([compose])))
    };
    assert!(with(|_| None).unwrap_err().to_string().contains("JWT_SECRET"));
    let optional = ["NWC_URI", "LIGHTSPARK_BASE_URL", "LIGHTSPARK_NODE_PASSWORD", "RATE_URL", "MAIL_FROM"];
    assert_eq!(optional.iter().filter(|name| !example.contains_key(**name)).count(), 0);
    let shop = with(|name| {
        let needed = ["JWT_SECRET", "WALLET_ENCRYPTION_KEY"].contains(&name)
            || name.starts_with("UMA_SIGNING_")
            || name.starts_with("UMA_ENCRYPTION_")
            || name.starts_with("LIGHTSPARK_") && name != "LIGHTSPARK_BASE_URL";
        needed.then(|| secret(name))
    });
    assert!(shop.unwrap().mail.is_none());
}
