use crate::{
    arena::{Arena, Store},
    shop::PASSWORD,
    stage::ADMIN,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path, time::Duration};

const ATTEMPTS: usize = 40;
/// Emails that one network may cause to one domain in an hour: a tenth of the domain's limit.
const NETWORK_SHARE: usize = 10;
const RESETS_PER_ADDRESS: usize = 5;
/// Confirmation links and notices of one account a day.
const PER_ACCOUNT: usize = 5 + 5;

/// Recipients of the emails that were sent, with their number.
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

/// Waits for emails that were requested after all others: jobs run in the order in which they are due.
async fn drain(arena: &Arena, folder: &Path, round: &str) {
    for number in 0..2 {
        let address = format!("honest@{round}{number}.example");
        let body = json!({ "email": address, "name": "Honest", "password": PASSWORD });
        arena.from(&format!("198.51.100.{}", 100 + number)).post("/api/users", &body).await.data();
        while !mailbox(folder).contains_key(&address) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn registration(email: &str) -> Value {
    json!({ "email": email, "name": "Max", "password": PASSWORD })
}

/// Profile updates, registrations and password resets are used to fill the mailboxes of others.
pub(crate) async fn mailboxes_of_others_are_not_filled(store: Store) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    let settings =
        [("SMTP_URL", url.as_str()), ("MAIL_FROM", "tickets@shop.example"), ("MAIL_PER_DOMAIN", "100")];
    let arena = Arena::open(store, &settings).await;

    let attacker = arena.from("203.0.113.1");
    attacker.post("/api/users", &registration("max@attacker.example")).await.data();
    let account = attacker.log_in("max@attacker.example").await;
    let own = attacker.clone().with(&account);
    let path = format!("/api/users/{}", account.id);
    for number in 0..ATTEMPTS {
        let change = json!({ "email": "max@attacker.example", "name": format!("Max {number}") });
        own.send(Method::PUT, &path, Some(&change), &[]).await.data();
    }
    drain(&arena, folder.path(), "first").await;
    assert_eq!(mailbox(folder.path())["max@attacker.example"], 1, "names are changed without emails");

    for number in 0..ATTEMPTS {
        let email = format!("victim{number}@profile.example");
        let change = json!({ "email": email, "name": "Max", "current_password": PASSWORD });
        own.send(Method::PUT, &path, Some(&change), &[]).await.data();
    }
    for number in 0..ATTEMPTS {
        let body = registration(&format!("victim{number}@registration.example"));
        arena.from("203.0.113.2").post("/api/users", &body).await.data();
    }
    for number in 0..ATTEMPTS {
        let network = arena.from(&format!("198.18.0.{number}"));
        let answer = network.post("/api/users/password-reset", &json!({ "email": ADMIN })).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    drain(&arena, folder.path(), "second").await;

    let sent = mailbox(folder.path());
    let to = |domain: &str| -> usize {
        sent.iter().filter(|(to, _)| to.ends_with(&format!("@{domain}"))).map(|(_, count)| count).sum()
    };
    let changed = to("profile.example");
    assert!((1..=PER_ACCOUNT).contains(&changed), "{changed} emails to addresses that one account named");
    let caused = to("registration.example");
    assert!((1..=NETWORK_SHARE).contains(&caused), "{caused} emails that one network caused to a domain");
    let resets = sent[ADMIN];
    assert!((1..=RESETS_PER_ADDRESS).contains(&resets), "{resets} reset links to one address");
}
