//! Ports for processes that are told where to listen.

use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Below the ports that a system gives to whoever asks for any: none of those is taken between the look and the use.
const FIRST: u32 = 12_000;
const PAIRS: u32 = 9_000;

static TAKEN: AtomicU32 = AtomicU32::new(0);

/// Two ports in a row that nobody has: for a shop, and for the wallet beside it. Processes that ask at the same time look at
/// different ones.
///
/// # Panics
/// When there are none.
pub fn free_ports() -> u16 {
    for _ in 0..PAIRS {
        let step = TAKEN.fetch_add(1, Ordering::Relaxed);
        let pair = process::id().wrapping_mul(37).wrapping_add(step) % PAIRS;
        let port = u16::try_from(FIRST + 2 * pair).unwrap();
        if [port, port + 1].iter().all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()) {
            return port;
        }
    }
    panic!("no two ports in a row are free");
}
