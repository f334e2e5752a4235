//! Abuse scenarios against server processes: on SQLite, and on Postgres with two replicas.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod accounts;
mod check_in;
mod deployment;
mod enumeration;
mod guest_purchases;
mod invoices;
mod mail;
mod outbound_requests;
#[expect(dead_code, reason = "shared with the suite `processes`")]
#[path = "../processes/process.rs"]
mod process;
mod seats;
#[expect(dead_code, reason = "shared with the suite `processes`")]
#[path = "../processes/test_server.rs"]
mod test_server;
mod wallets;

macro_rules! on_both_stores {
    ($($group:ident::$case:ident)+) => {
        mod sqlite {
            use crate::deployment::Store;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                crate::$group::$case(Store::Sqlite).await;
            })+
        }
        mod two_replicas_on_postgres {
            use crate::deployment::Store;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                crate::$group::$case(Store::TwoReplicas).await;
            })+
        }
    };
}

on_both_stores! {
    check_in::of_concurrent_scans_exactly_one_is_the_first
    enumeration::one_network_cannot_enumerate_accounts_and_tickets
    invoices::anonymous_callers_do_not_replace_a_pending_orders_invoice
    guest_purchases::another_network_with_the_same_key_and_body_gets_another_ticket
    accounts::guessed_passwords_do_not_lock_the_owner_out
    seats::anonymous_callers_cannot_order_free_seats_for_an_account
    seats::one_network_cannot_hold_all_seats
    mail::emails_to_addresses_of_others_are_limited
    wallets::a_payers_wallet_has_two_unanswered_requests_at_most
    outbound_requests::anonymous_calls_cause_few_requests_to_the_node_and_other_hosts
}
