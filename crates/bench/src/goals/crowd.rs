//! Readers beside buyers and log-ins.

use super::{
    Bound::{AtLeast, AtMost},
    Effort, Goal,
};
use crate::{
    load::{
        driver::{Requests, drive_on_own_thread as drive},
        scenario::{Scenario, get, post},
        site::Site,
    },
    say, shop,
};
use serde_json::json;
use std::{sync::Arc, time::Instant};
use testkit::postgres::Cluster;

const READERS: usize = 16;
const BUYING: usize = 64;
const LOGGING_IN: usize = 32;
const COST: u32 = 10;

/// Goals 16 and 17.
pub(super) async fn beside_others(effort: Effort) -> Vec<Goal> {
    let cluster = Cluster::start(true);
    let site = Site::open_with(Some(&cluster), &[("BCRYPT_COST", &COST.to_string())]).await;
    let hot = Scenario::prepare("hot", &site).await;
    let page = get(&format!("/api/events/{}", site.organiser.event("To read", 100, 21).await));
    let page: Requests = Arc::new(move |_| page.clone());
    let body = json!({ "email": shop::ADMIN, "password": shop::PASSWORD }).to_string();
    let login: Requests = Arc::new(move |_| post("/api/users/login", &body, ""));
    let (read, buy, log_in) =
        (site.load(effort.time, READERS), site.load(effort.time, BUYING), site.load(effort.time, LOGGING_IN));
    let (mut selling, mut hashing, mut logins) = (vec![], vec![], vec![]);
    for round in 1..=effort.rounds {
        say(format!("round {round}"));
        let alone = drive(read, &page).await;
        say(format!("  reading, alone               {alone}"));
        let (beside, bought) = tokio::join!(drive(read, &page), drive(buy, &hot.requests));
        say(format!("  reading beside 64 buyers     {beside}\n  buying meanwhile             {bought}"));
        hot.check(&bought);
        site.rest().await;
        let (besides, logged) = tokio::join!(drive(read, &page), drive(log_in, &login));
        say(format!("  reading beside 32 log-ins    {besides}\n  logging in meanwhile         {logged}"));
        let only = drive(log_in, &login).await;
        let ceiling = hashes_a_second();
        say(format!(
            "  logging in, alone            {only}\n  hashes on one core           {ceiling:>8.1}/s"
        ));
        assert_eq!(only.statuses.keys().collect::<Vec<_>>(), [&200]);
        let p99 = alone.at(990).as_secs_f64();
        selling.push(beside.at(990).as_secs_f64() / p99);
        hashing.push(besides.at(990).as_secs_f64() / p99);
        logins.push(only.rate() / ceiling);
    }
    vec![
        Goal::of("16 p99 of reading beside 64 buyers ÷ alone", &selling, AtMost(5.0), AtMost(2.0)),
        Goal::of("17 p99 of reading beside 32 log-ins ÷ alone", &hashing, AtMost(5.0), AtMost(2.0)),
        Goal::of("17 log-ins ÷ hashes of one core", &logins, AtLeast(0.8), AtLeast(0.8)),
    ]
}

fn hashes_a_second() -> f64 {
    let hash = bcrypt::hash(shop::PASSWORD, COST).unwrap();
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed().as_secs_f64() < 1.0 {
        assert!(bcrypt::verify(shop::PASSWORD, &hash).unwrap());
        count += 1;
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}
