#![doc = include_str!("../README.md")]

mod calendar;
pub mod cli;
pub mod config;
pub mod demo;
pub mod http;
pub mod letters;
pub mod machine;
pub mod metrics;
mod poster;
pub mod rates;
pub mod shop;
pub mod telemetry;
mod threads;
mod told;
pub mod wiring;
pub mod worker;
