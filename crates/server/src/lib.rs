#![doc = include_str!("../README.md")]

mod calendar;
pub mod cli;
pub mod config;
pub mod demo;
pub mod http;
pub mod metrics;
mod poster;
pub mod rates;
pub mod shop;
pub mod system;
pub mod telemetry;
pub mod test_mailbox;
mod threads;
mod time_format;
pub mod wiring;
pub mod worker;
