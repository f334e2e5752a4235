//! Frequent reads and pay requests, relative to a server without logic.

use super::{
    Bound::{AtLeast, AtMost},
    Effort, Goal,
};
use crate::{
    load::{
        driver::Requests,
        limits::{self, Bare},
        scenario::{Scenario, get, post},
        site::Site,
    },
    say,
};
use std::sync::Arc;
use testkit::postgres::Cluster;

const CALLERS: usize = 64;
/// 10,000 waiting buyers who poll every 10 seconds.
const POLLS: f64 = 1_000.0;

/// Goals 13 to 15, and waiting buyers.
pub(super) async fn answers(effort: Effort) -> Vec<Goal> {
    let cluster = Cluster::start(true);
    let site = Site::open(Some(&cluster)).await;
    let event = site.organiser.event("A hot one", 1_000_000, 21).await;
    for number in 0..9 {
        site.organiser.event(&format!("Event {number}"), 1_000, 21).await;
    }
    let own = site.organiser.tickets_of(2).await;
    let simple = |request: Vec<u8>| -> Requests { Arc::new(move |_| request.clone()) };
    let bare = Bare::start().await;
    let load = site.load(effort.time, CALLERS);
    let (mut rate, mut cpu, mut page, mut list, mut mine) = (vec![], vec![], vec![], vec![], vec![]);
    for round in 1..=effort.rounds {
        say(format!("round {round}"));
        let ask = async |name: &str, request: &[u8]| {
            let drawn = site.drive(&load, &simple(request.to_vec())).await;
            say(format!("  {name:<14} {drawn}"));
            assert_eq!(drawn.figures.statuses.keys().collect::<Vec<_>>(), [&200]);
            drawn
        };
        let (limit, limit_ms) = bare.drive(&load, &get("/event")).await;
        say(format!("  bare JSON      {limit}; {limit_ms:.4} ms CPU each"));
        let json = ask("event JSON", &get(&format!("/api/events/{event}"))).await;
        rate.push(json.figures.rate() / limit.rate());
        cpu.push(json.server_ms / limit_ms);
        let (plain, plain_ms) = bare.drive(&load, &get("/page")).await;
        say(format!("  bare page      {plain}; {plain_ms:.4} ms CPU each"));
        page.push(ask("event page", &get(&format!("/events/{event}"))).await.figures.rate() / plain.rate());
        list.push(ask("list of events", &get("/api/events?limit=10")).await.figures.rate() / limit.rate());
        mine.push(ask("own tickets", &own).await.figures.rate() / limit.rate());
    }
    let waiting = Scenario::prepare("status", &site).await;
    site.rest().await;
    let mut share = vec![];
    for _ in 0..effort.rounds {
        let mut schedule = site.load(effort.time * 2, 500);
        schedule.rate = Some(POLLS);
        let drawn = site.drive(&schedule, &waiting.requests).await;
        waiting.check(&drawn.figures);
        say(format!("  10,000 waiting {drawn}"));
        share.push(drawn.server_ms * POLLS / 1_000.0);
    }
    vec![
        Goal::of("13 event as JSON ÷ bare answer, c=64", &rate, AtLeast(0.7), AtLeast(0.9)),
        Goal::of("13 its CPU ÷ the bare answer's", &cpu, AtMost(1.4), AtMost(1.1)),
        Goal::of("14 event page ÷ bare page", &page, AtLeast(0.5), AtLeast(0.8)),
        Goal::of("15 list of 10 events ÷ bare answer", &list, AtLeast(0.2), AtLeast(0.35)),
        Goal::of("15 own tickets ÷ bare answer", &mine, AtLeast(0.2), AtLeast(0.35)),
        Goal::of("10,000 waiting buyers: share of a core", &share, AtMost(0.15), AtMost(0.15)),
    ]
}

/// Goal 12.
pub(super) async fn pay_requests(effort: Effort) -> Vec<Goal> {
    let cluster = Cluster::start(true);
    let site = Site::open(Some(&cluster)).await;
    let asked = Scenario::prepare("payreq", &site).await;
    site.rest().await;
    let bare = Bare::start().await;
    let load = site.load(effort.time, 16);
    let mut cpu = vec![];
    for round in 1..=effort.rounds {
        say(format!("round {round}"));
        let signed_ms = limits::signatures();
        let (limit, limit_ms) = bare.drive(&load, &post("/echo", &"x".repeat(600), "")).await;
        say(format!("  bare echo   {limit}; {limit_ms:.4} ms CPU each"));
        let drawn = site.drive(&load, &asked.requests).await;
        say(format!("  pay request {drawn}"));
        asked.check(&drawn.figures);
        cpu.push(drawn.server_ms / (signed_ms + limit_ms));
    }
    vec![Goal::of("12 pay request, CPU ÷ (signatures + bare POST)", &cpu, AtMost(2.5), AtMost(1.6))]
}
