//! The reliability suite in its short form; `just chaos` runs it with many seeds.

use bench::chaos::{Plan, run};
use testkit::postgres::Cluster;

const SEEDS: [u64; 3] = [1, 2, 3];
const SECONDS: u64 = 8;

#[tokio::test(flavor = "multi_thread")]
async fn faults_lose_and_repeat_nothing() {
    // Durable commits: otherwise a crash loses acknowledged changes.
    let cluster = Cluster::start(true);
    for seed in SEEDS {
        let plan = Plan { seed, seconds: SECONDS, program: env!("CARGO_BIN_EXE_bench").into() };
        let report = run(&plan, &cluster).await;
        assert!(report.paid > 0, "no ticket was paid: {report}");
        bench::say(report);
    }
}
