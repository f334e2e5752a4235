//! Server processes that are killed, restarted, or delayed by their node.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod logged_secrets;
mod process;
mod receiving;
mod refunds;
mod rolling_restart;
mod sale;
mod test_server;
mod unfinished_requests;
mod wallet_faults;
mod wallet_orders;
