//! More buyers than seats, while replicas are killed.

use super::{Bound::AtMost, Effort, Goal};
use crate::{
    chaos::{self, Plan},
    load::{
        scenario::{FEW, Scenario},
        site::Site,
    },
    say,
};
use testkit::postgres::Cluster;

const ATTEMPTS: u64 = if cfg!(debug_assertions) { 20_000 } else { 1_000_000 };

/// Goal 6: sell-outs, and [`ATTEMPTS`] at purchases. Sell-outs panic on a violation, so they have no figure.
pub(super) async fn trials(effort: Effort) -> Vec<Goal> {
    let cluster = Cluster::start(true);
    for round in 1..=effort.rounds {
        let seed = u64::try_from(round).unwrap();
        let plan = Plan { seed, seconds: 0, program: std::env::current_exe().unwrap() };
        say(chaos::sell_out(&plan, &cluster).await);
    }
    let oversold = f64::from(u32::try_from(a_million(&cluster, effort).await).unwrap());
    vec![Goal::of("6 seats oversold in racing purchases", &[oversold], AtMost(0.0), AtMost(0.0))]
}

/// [`ATTEMPTS`] at orders; panics on what it finds, so it has no figure.
pub(super) async fn race_orders(effort: Effort) -> Vec<Goal> {
    let plan = Plan { seed: 1, seconds: effort.time.as_secs(), program: std::env::current_exe().unwrap() };
    say(chaos::race_orders(&plan, &Cluster::start(true), ATTEMPTS).await);
    Vec::new()
}

/// Sells out event after event; returns the number of oversold seats.
async fn a_million(cluster: &Cluster, effort: Effort) -> u64 {
    let site = Site::open(Some(cluster)).await;
    let (mut attempts, mut sold, mut seats) = (0, 0, 0);
    while attempts < ATTEMPTS {
        let scenario = Scenario::prepare("sellout", &site).await;
        let drawn = site.drive(&site.load(effort.time, 256), &scenario.requests).await;
        scenario.check(&drawn.figures);
        attempts += drawn.figures.statuses.values().sum::<u64>();
        sold += drawn.figures.statuses.get(&201).copied().unwrap_or_default();
        seats += u64::from(FEW);
        say(format!("  {attempts} attempts, {sold} of {seats} seats sold; {drawn}"));
    }
    site.audit();
    sold.saturating_sub(seats)
}
