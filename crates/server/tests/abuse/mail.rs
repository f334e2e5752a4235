use crate::{
    deployment::{Deployment, Store},
    process::PASSWORD,
    test_server::ADMIN,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path, time::Duration};

const ATTEMPTS: usize = 40;
/// Emails per hour that one network may cause to one domain: a tenth of the domain's limit.
const NETWORK_SHARE: usize = 10;
const RESETS_PER_ADDRESS: usize = 5;
/// Confirmation links and notices per account and day.
const EMAILS_PER_ACCOUNT: usize = 5 + 5;

/// Number of sent emails by recipient.
fn mailbox(folder: &Path) -> BTreeMap<String, usize> {
    let mut sent = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|end| end != "eml") {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        if let Some(to) = text.lines().find_map(|line| line.strip_prefix("To: ")) {
            *sent.entry(to.trim().to_owned()).or_default() += 1;
        }
    }
    sent
}

/// Waits for emails that were requested last: jobs run in order of their due time.
async fn drain(deployment: &Deployment, folder: &Path, round: &str) {
    for number in 0..2 {
        let address = format!("last@{round}{number}.example");
        let body = json!({ "email": address, "name": "Last", "password": PASSWORD });
        deployment.from(&format!("198.51.100.{}", 100 + number)).post("/api/users", &body).await.data();
        while !mailbox(folder).contains_key(&address) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn registration(email: &str) -> Value {
    json!({ "email": email, "name": "Max", "password": PASSWORD })
}

/// Profile updates, registrations and password resets send emails to addresses of others.
pub(crate) async fn emails_to_addresses_of_others_are_limited(store: Store) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    let settings =
        [("SMTP_URL", url.as_str()), ("MAIL_FROM", "tickets@shop.example"), ("MAIL_PER_DOMAIN", "100")];
    let deployment = Deployment::open(store, &settings).await;

    let attacker = deployment.from("203.0.113.1");
    attacker.post("/api/users", &registration("max@attacker.example")).await.data();
    let account = attacker.log_in("max@attacker.example").await;
    let logged_in = attacker.clone().with(&account);
    let path = format!("/api/users/{}", account.id);
    for number in 0..ATTEMPTS {
        let change = json!({ "email": "max@attacker.example", "name": format!("Max {number}") });
        logged_in.send(Method::PUT, &path, Some(&change), &[]).await.data();
    }
    drain(&deployment, folder.path(), "first").await;
    assert_eq!(mailbox(folder.path())["max@attacker.example"], 1, "a new name sends no email");

    for number in 0..ATTEMPTS {
        let email = format!("victim{number}@profile.example");
        let change = json!({ "email": email, "name": "Max", "current_password": PASSWORD });
        logged_in.send(Method::PUT, &path, Some(&change), &[]).await.data();
    }
    for number in 0..ATTEMPTS {
        let body = registration(&format!("victim{number}@registration.example"));
        deployment.from("203.0.113.2").post("/api/users", &body).await.data();
    }
    for number in 0..ATTEMPTS {
        let network = deployment.from(&format!("198.18.0.{number}"));
        let answer = network.post("/api/users/password-reset", &json!({ "email": ADMIN })).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    drain(&deployment, folder.path(), "second").await;

    let sent = mailbox(folder.path());
    let to = |domain: &str| -> usize {
        sent.iter().filter(|(to, _)| to.ends_with(&format!("@{domain}"))).map(|(_, count)| count).sum()
    };
    let changed = to("profile.example");
    assert!(
        (1..=EMAILS_PER_ACCOUNT).contains(&changed),
        "{changed} emails to addresses that one account entered"
    );
    let caused = to("registration.example");
    assert!((1..=NETWORK_SHARE).contains(&caused), "{caused} emails to a domain that one network caused");
    let resets = sent[ADMIN];
    assert!((1..=RESETS_PER_ADDRESS).contains(&resets), "{resets} reset links to one address");
}
