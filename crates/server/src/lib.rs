#![doc = include_str!("../README.md")]

pub mod config;
pub mod http;
pub mod machine;
pub mod metrics;
pub mod telemetry;
pub mod wiring;
pub mod worker;
