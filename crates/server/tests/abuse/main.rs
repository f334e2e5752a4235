//! The attacker: acts against real processes of the shop, bounded in time and count, on SQLite and on Postgres with two replicas.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod accounts;
mod arena;
mod check_in;
mod counting;
mod guests;
mod invoices;
mod mail;
mod questions;
mod seats;
#[expect(dead_code, reason = "shared with the suite `processes`, which uses the rest")]
#[path = "../processes/shop.rs"]
mod shop;
#[expect(dead_code, reason = "shared with the suite `processes`, which uses the rest")]
#[path = "../processes/stage.rs"]
mod stage;
mod wallets;

macro_rules! on_both_stores {
    ($($group:ident::$case:ident)+) => {
        mod sqlite {
            use crate::arena::Store;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                crate::$group::$case(Store::Sqlite).await;
            })+
        }
        mod two_replicas_on_postgres {
            use crate::arena::Store;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                crate::$group::$case(Store::TwoReplicas).await;
            })+
        }
    };
}

on_both_stores! {
    check_in::of_many_scans_at_once_exactly_one_is_the_first
    counting::names_and_sales_are_not_counted_by_one_network
    invoices::strangers_do_not_replace_a_pending_orders_invoice
    guests::a_known_key_and_body_give_a_stranger_nothing
    accounts::guessed_passwords_do_not_lock_the_owner_out
    seats::free_seats_are_not_taken_in_a_strangers_name
    seats::one_network_keeps_no_event_sold_out
    mail::mailboxes_of_others_are_not_filled
    wallets::a_payers_wallet_is_asked_for_two_payments_at_a_time
    questions::strangers_make_the_shop_ask_its_node_and_other_hosts_seldom
}
