//! Cost of answering a pay request relative to the cryptography it requires: the median ratio of short alternating rounds.
//! Measured in CPU time of this thread, to limit the influence of other processes.
//!
//! Run: `cargo bench -p uma-protocol --bench floor`
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a benchmark")]

mod common;

use std::hint::black_box;

use common::{Bare, SCOPES, Shop, cpu_time};

const ROUNDS: usize = 41;
const CALLS: u32 = 400;

/// CPU nanoseconds per call.
fn measure(mut call: impl FnMut()) -> f64 {
    let start = cpu_time();
    for _ in 0..CALLS {
        call();
    }
    cpu_time().saturating_sub(start).as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let (shop, bare) = (Shop::new(), Bare::new());
    println!("{:<28} {:>12} {:>12} {:>10}", "payreq, operations per second", "bare crypto", "ours", "share");
    for (name, scope) in SCOPES {
        let body = shop.body(scope);
        let (mut floor, mut ours, mut share) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let bare_ns = measure(|| bare.all(scope));
            let ours_ns = measure(|| {
                black_box(shop.answer(black_box(&body), scope));
            });
            floor.push(1e9 / bare_ns);
            ours.push(1e9 / ours_ns);
            share.push(bare_ns / ours_ns);
        }
        println!(
            "{name:<28} {:>12.0} {:>12.0} {:>9.1}%",
            median(&mut floor),
            median(&mut ours),
            100.0 * median(&mut share)
        );
    }
}
