//! Performance goals. Each is a ratio of two figures measured alternately in one run.

mod crowd;
mod oversell;
mod process;
mod purchases;
mod reads;
mod size;

use crate::say;
use std::time::Duration;

/// Extent of the measurements.
#[derive(Debug, Clone, Copy)]
struct Effort {
    /// Rounds of every measurement; the median counts.
    rounds: usize,
    /// Duration of each load.
    time: Duration,
}

/// Direction of a bound.
#[derive(Debug, Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, "≥ {bound}"),
            Self::AtMost(bound) => write!(f, "≤ {bound}"),
        }
    }
}

/// A goal and its result.
struct Goal {
    what: &'static str,
    value: f64,
    must: Bound,
    stretch: Bound,
}

impl Goal {
    /// The median of the rounds.
    fn of(what: &'static str, turns: &[f64], must: Bound, stretch: Bound) -> Self {
        Self { what, value: median(turns), must, stretch }
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, value, must, stretch } = self;
        let verdict = match (must.holds(*value), stretch.holds(*value)) {
            (_, true) => "stretch",
            (true, false) => "must",
            (false, _) => "MISSED",
        };
        write!(f, "| {what} | {value:.3} | {must} | {stretch} | {verdict} |")
    }
}

fn median(turns: &[f64]) -> f64 {
    let mut sorted = turns.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

const SECTIONS: [&str; 11] = [
    "purchases",
    "quotas",
    "orders",
    "embedded",
    "oversell",
    "order_race",
    "payreq",
    "reads",
    "crowd",
    "process",
    "size",
];

/// `[ROUNDS] [SECONDS] [PART,…]`. False if a required bound is missed.
pub async fn run(arguments: &[String]) -> bool {
    let rounds = arguments.first().map_or(3, |text| text.parse().expect("ROUNDS is a number"));
    let seconds = arguments.get(1).map_or(5, |text| text.parse().expect("SECONDS is a number"));
    let parts = arguments.get(2).map_or_else(|| SECTIONS.join(","), Clone::clone);
    let effort = Effort { rounds, time: Duration::from_secs(seconds) };
    let mut goals = Vec::new();
    for part in parts.split(',') {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        say(format!("\n# {part}; load average before it {}", load.trim()));
        goals.extend(match part {
            "purchases" => purchases::on_postgres(effort).await,
            "quotas" => purchases::with_quotas(effort).await,
            "orders" => purchases::of_orders(effort).await,
            "embedded" => purchases::on_sqlite(effort).await,
            "oversell" => oversell::trials(effort).await,
            "order_race" => oversell::race_orders(effort).await,
            "payreq" => reads::pay_requests(effort).await,
            "reads" => reads::answers(effort).await,
            "crowd" => crowd::beside_others(effort).await,
            "process" => process::memory_and_start(effort).await,
            "size" => size::flat(effort).await,
            other => panic!("there is no part {other:?}: {}", SECTIONS.join(", ")),
        });
    }
    say("\n| goal | measured | must | stretch | verdict |\n| --- | --- | --- | --- | --- |");
    goals.iter().for_each(say);
    goals.iter().all(|goal| goal.must.holds(goal.value))
}
