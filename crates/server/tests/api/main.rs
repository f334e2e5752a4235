//! Contract of the HTTP API, over real sockets, with the sandbox and SQLite.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod account_links;
mod accounts;
mod anonymous_access;
mod api_description;
mod app;
mod authority;
mod catalog;
mod check_in;
mod complimentary;
mod consent;
mod emails;
mod event_pages;
mod exchange_rates;
mod fixtures;
mod http;
mod live;
mod login_limits;
mod order_emails;
mod order_quotes;
mod order_retries;
mod orders;
mod organisers;
mod promo_codes;
mod purchases;
mod quotas;
mod restored_backup;
mod ticket_refunds;
mod ticket_types;
mod uma;
mod upgrade;
mod wallet;
mod watch;
