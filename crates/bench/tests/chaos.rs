//! The reliability suite in its short form; `just chaos` runs it with many seeds.

use bench::chaos::{Plan, run};
use testkit::postgres::Cluster;

const SEEDS: [u64; 3] = [1, 2, 3];
const SECONDS: u64 = 8;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_done_twice_whatever_breaks() {
    // One that forgets its last commits in a crash would lose what was answered.
    let cluster = Cluster::start(true);
    for seed in SEEDS {
        let plan = Plan { seed, seconds: SECONDS, program: env!("CARGO_BIN_EXE_bench").into() };
        let report = run(&plan, &cluster).await;
        assert!(report.paid > 0, "nobody got a ticket: {report}");
        bench::say(report);
    }
}
