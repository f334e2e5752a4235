//! The HTTP API over real sockets, against the sandbox and the embedded store: the contract, line by line.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod account_links;
mod accounts;
mod app;
mod authority;
mod buying;
mod catalog;
mod check_in;
mod consent;
mod description;
mod emails;
mod fixtures;
mod live;
mod login_limits;
mod manners;
mod organisers;
mod pages;
mod quotas;
mod rates;
mod restored;
mod strangers;
mod uma;
mod wallet;
