//! Purchases of a hot event.

use super::{
    Bound::{AtLeast, AtMost},
    Effort, Goal,
};
use crate::{
    load::{
        driver::{Figures, Load},
        limits,
        scenario::Scenario,
        site::{MeasuredLoad, Site},
    },
    say,
};
use testkit::postgres::Cluster;

fn p99(figures: &Figures) -> f64 {
    figures.at(990).as_secs_f64()
}

async fn buy(site: &Site, hot: &Scenario, effort: Effort, callers: usize) -> MeasuredLoad {
    let drawn = site.drive(&site.load(effort.time, callers), &hot.requests).await;
    say(format!("  shop                     c={callers:<4} {drawn}"));
    hot.check(&drawn.figures);
    site.rest().await;
    drawn
}

/// Goals 1 to 4.
pub(super) async fn on_postgres(effort: Effort) -> Vec<Goal> {
    let cluster = Cluster::start(true);
    let site = Site::open(Some(&cluster)).await;
    let hot = Scenario::prepare("hot", &site).await;
    let (mut naive_ratio, mut ceiling, mut more, mut tail) = (vec![], vec![], vec![], vec![]);
    for round in 1..=effort.rounds {
        say(format!("round {round}"));
        let few = buy(&site, &hot, effort, 8).await;
        let naive = limits::sql::naive(&cluster, &site.load(effort.time, 64)).await;
        say(format!("  naive transaction        c=64   {naive}"));
        let ours = buy(&site, &hot, effort, 64).await;
        let group = limits::sql::group(&cluster, &site.load(effort.time, 64)).await;
        say(format!("  one statement for all    c=64   {group}"));
        let many = buy(&site, &hot, effort, 256).await;
        naive_ratio.push(ours.figures.rate() / naive.rate());
        ceiling.push(ours.figures.rate() / group.rate());
        more.push(many.figures.rate() / few.figures.rate());
        tail.push(p99(&ours.figures) / p99(&naive));
    }
    site.audit();
    vec![
        Goal::of("1 hot event, c=64 ÷ naive transaction", &naive_ratio, AtLeast(5.0), AtLeast(15.0)),
        Goal::of(
            "2 hot event, c=64 ÷ one statement for all that wait",
            &ceiling,
            AtLeast(0.15),
            AtLeast(0.3),
        ),
        Goal::of("3 hot event, c=256 ÷ c=8", &more, AtLeast(1.5), AtLeast(2.5)),
        Goal::of("4 hot event, p99 at c=64 ÷ naive p99", &tail, AtMost(0.2), AtMost(1.0 / 15.0)),
    ]
}

/// Settings with quotas on outstanding seats; the load uses many networks.
const QUOTAS: [(&str, &str); 3] =
    [("RATE_LIMITS", "on"), ("RATE_PURCHASE", "1000000"), ("TRUSTED_PROXIES", "127.0.0.1")];

/// A hot event with quotas, relative to one without.
pub(super) async fn with_quotas(effort: Effort) -> Vec<Goal> {
    let cluster = Cluster::start(true);
    let mut ratio = vec![];
    for round in 1..=effort.rounds {
        say(format!("round {round}"));
        let mut rates = vec![];
        let none: &[(&str, &str)] = &[];
        for (name, settings) in [("hot", none), ("networks", QUOTAS.as_slice())] {
            let site = Site::open_with(Some(&cluster), settings).await;
            let scenario = Scenario::prepare(name, &site).await;
            rates.push(buy(&site, &scenario, effort, 64).await.figures.rate());
            site.audit();
        }
        ratio.push(rates[1] / rates[0]);
    }
    vec![Goal::of("hot event with quotas, c=64 ÷ without", &ratio, AtLeast(0.6), AtLeast(0.85))]
}

/// Orders of four tickets over three types with a promo code: their tickets relative to single purchases.
pub(super) async fn of_orders(effort: Effort) -> Vec<Goal> {
    let cluster = Cluster::start(true);
    let site = Site::open(Some(&cluster)).await;
    let hot = Scenario::prepare("hot", &site).await;
    let orders = Scenario::prepare("orders", &site).await;
    let mut ratio = vec![];
    for round in 1..=effort.rounds {
        say(format!("round {round}"));
        let single = buy(&site, &hot, effort, 64).await;
        let several = buy(&site, &orders, effort, 64).await;
        ratio.push(4.0 * several.figures.rate() / single.figures.rate());
    }
    site.audit();
    vec![Goal::of("tickets in orders of four, c=64 ÷ single purchases", &ratio, AtLeast(1.0), AtLeast(2.0))]
}

/// Goal 5.
pub(super) async fn on_sqlite(effort: Effort) -> Vec<Goal> {
    let site = Site::open(None).await;
    let hot = Scenario::prepare("hot", &site).await;
    let mut ceiling = vec![];
    for round in 1..=effort.rounds {
        say(format!("round {round}"));
        let ours = buy(&site, &hot, effort, 64).await;
        let load = Load { port: 0, callers: 64, time: effort.time, rate: None };
        let group = limits::embedded::group(&load).await;
        say(format!("  one transaction for all  c=64   {group}"));
        ceiling.push(ours.figures.rate() / group.rate());
    }
    site.audit();
    vec![Goal::of(
        "5 hot event on SQLite, c=64 ÷ one transaction for all that wait",
        &ceiling,
        AtLeast(0.15),
        AtLeast(0.35),
    )]
}
