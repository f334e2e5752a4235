//! The contract of `box_office::Store` and `box_office::Holds`: one case per sentence of the ports' docs.
//!
//! Rules that the ports leave to the reader, and that the cases fix for every store:
//! - Lists that are "newest first" are ordered by number, descending.
//! - Words of others (reasons, details, errors) may contain NUL; a store keeps U+FFFD in its place.
//! - Times are kept to the microsecond, and what a store returns is what it kept.
//! - Overwriting a row that does not exist fails, and nothing of that session is kept.
//! - A job that was given up does not block its key; reviving it does not double an unfinished job of the same key.

use box_office::{Holds, Store};
use std::{any::Any, fmt, future::Future, pin::Pin, sync::Arc};

pub mod attachments;
pub mod consent;
pub mod email_tokens;
pub mod erasure;
pub mod event_updates;
pub mod events;
pub mod history;
pub mod holds;
pub mod keys;
pub mod known_networks;
pub mod ledger;
pub mod lists;
pub mod nonces;
pub mod outgoing;
pub mod payments;
pub mod queue;
pub mod quotas;
pub mod race;
pub mod recipient_limits;
pub mod sessions;
pub mod tickets;
pub mod users;
pub mod views;

/// Runs a statement that both databases understand, as another release or an operator might.
pub type RunSql = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A fresh, empty store.
pub struct StoreUnderTest {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Its hot path.
    pub holds: Arc<dyn Holds>,
    /// An independent handle on the same data, with connections of its own; `None` when the store has no such thing.
    pub second: Option<(Arc<dyn Store>, Arc<dyn Holds>)>,
    /// Access beside the ports; `None` when the store has none.
    pub run_sql: Option<RunSql>,
    /// Whatever must live as long as the store, such as a temporary directory.
    pub keep: Box<dyn Any + Send>,
}

impl fmt::Debug for StoreUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUnderTest(second: {})", self.second.is_some())
    }
}

impl StoreUnderTest {
    /// The view from outside: the second handle, or the first one where there is none.
    pub fn outside(&self) -> (Arc<dyn Store>, Arc<dyn Holds>) {
        self.second.clone().unwrap_or_else(|| (Arc::clone(&self.store), Arc::clone(&self.holds)))
    }
}

/// Stamps out the whole contract for the store that `make` gives. `make` names an `async fn() -> StoreUnderTest` in scope.
#[macro_export]
macro_rules! store_contract {
    ($make:ident) => {
        $crate::store_cases! { $make:
            events [
                one_event_with_its_seats
                a_page_of_events_by_start_time_then_id
                events_are_counted_on_all_pages_together
                only_active_uncancelled_events_when_asked
                free_or_paid_events_when_asked
                events_that_cost_at_most_this
                events_by_the_times_they_end_and_start
                words_are_looked_for_in_title_and_description_case_insensitively
                percent_and_underscore_are_ordinary_characters
                a_search_for_a_nul_finds_nothing
                times_are_kept_to_the_microsecond
                a_new_event_is_active_and_no_seat_is_taken
                an_event_is_overwritten_its_seats_taken_included
                overwriting_an_event_that_does_not_exist_fails
                others_are_kept_from_changing_an_event_until_the_session_ends
                an_event_that_never_had_a_ticket_is_deleted
                an_event_with_a_ticket_or_an_invoice_is_not_deleted
                an_events_number_is_never_given_again
                an_event_in_a_year_of_five_digits_is_read_as_the_latest_time_that_can_be_shown
            ]
            event_updates [
                an_event_update_is_added_for_each_paid_ticket_that_an_account_holds
                an_unfinished_event_update_keeps_what_it_says_and_is_taken_again
                an_event_update_ends_or_says_what_its_holder_knows_now
                no_two_callers_take_the_same_event_update
            ]
            tickets [
                one_ticket_by_number_and_by_code
                a_page_of_tickets_newest_first
                tickets_of_one_person_one_event_one_status
                lapsed_holds_oldest_first_at_most_limit
                events_a_person_holds_a_paid_ticket_for
                whether_a_person_holds_a_ticket_of_an_event_to_come
                free_tickets_of_events_to_come
                a_ticket_paid_while_its_account_is_erased_is_seen_or_waits
                of_concurrent_check_ins_one_is_the_first
                others_are_kept_from_changing_a_ticket_until_the_session_ends
                overwriting_a_ticket_leaves_the_seats_to_the_caller
                a_person_is_taken_off_all_their_tickets
                an_account_is_unlinked_from_unpaid_tickets_only
            ]
            history [
                a_payments_history_grows_with_its_transitions_and_is_read_in_their_order
                every_entry_of_a_history_comes_back_as_it_was
            ]
            payments [
                a_payment_by_number_and_by_ticket
                a_free_ticket_has_no_payment
                a_payments_invoices_newest_first
                the_invoice_with_this_payment_hash
                the_invoice_with_this_node_id
                the_newest_event_level_invoice_of_an_event
                a_page_of_event_level_invoices_newest_first
                many_sessions_at_once_add_one_extra_invoice
                invoices_of_one_role_are_retired
                a_payments_state_collection_and_times_are_overwritten
                settlements_are_written_by_the_invoices
                an_invoice_that_is_known_already_is_returned_as_it_is
                an_invoices_status_settlement_and_uma_invoice_are_overwritten
                an_invoice_that_received_more_already_stays_as_it_is
                others_are_kept_from_changing_a_payment_until_the_session_ends
                amounts_up_to_the_supply_of_bitcoin_are_kept
                refunds_are_remembered_as_requested_newest_first
                a_refunds_status_invoice_fee_and_error_are_overwritten
                no_two_refunds_have_the_same_payment_hash
            ]
            outgoing [
                refunds_with_an_invoice_that_changed_since_then
                a_payments_outgoing_orders_newest_first
                one_payer_has_one_order_for_a_payment_hash
                two_replicas_racing_with_one_order_add_it_once
                others_are_kept_from_changing_an_outgoing_order_until_the_session_ends
                an_outgoing_orders_attempt_times_status_and_detail_are_overwritten
                orders_to_a_wallet_are_summed_without_those_that_paid_nothing
            ]
            users [
                an_account_by_number_and_by_address
                an_erased_account_is_still_read_and_its_address_is_free
                an_address_that_is_taken_adds_nothing_and_leaves_the_session_usable
                a_new_address_that_is_taken_changes_nothing_and_leaves_the_session_usable
                two_sessions_racing_for_one_address_give_one_account
                others_are_kept_from_changing_an_account_until_the_session_ends
                a_wallet_connection_is_added_replaced_and_forgotten
                wallet_connections_are_listed_by_the_key_that_sealed_them
                others_are_kept_from_changing_a_wallet_connection_until_the_session_ends
                names_in_any_script_come_back_as_they_were
            ]
            email_tokens [
                an_email_token_is_read_by_its_hash
                a_new_email_token_replaces_the_earlier_one_of_its_purpose
                an_email_token_is_taken_by_one_session
                an_accounts_email_tokens_are_deleted_together
                expired_email_tokens_are_pruned
            ]
            known_networks [
                a_network_of_an_account_is_remembered_with_its_time
                the_newest_networks_of_an_account_are_kept
                an_accounts_networks_are_deleted_together
                networks_not_seen_for_long_are_pruned
            ]
            erasure [
                an_account_is_erased_from_orders_that_ended_and_from_pending_ones_when_they_end
                an_erasure_leaves_the_orders_of_others_alone
                ended_orders_are_erased_with_all_their_invoices_a_few_at_a_time
            ]
            recipient_limits [
                emails_are_counted_by_their_scopes
                delayed_emails_are_counted_once
                a_jobs_email_is_counted_once
                an_email_that_is_not_allowed_yet_is_not_counted
                replicas_racing_with_one_job_count_its_email_once
                replicas_racing_for_a_recipient_send_no_more_than_one_would
                unused_limits_of_emails_are_pruned
                two_requests_per_payer_are_pushed_and_others_wait_for_their_end
                replicas_racing_for_a_payer_push_two_requests
                a_payer_that_paid_an_earlier_order_of_the_account_is_not_limited
                requests_of_orders_that_ended_are_pruned
            ]
            queue [
                due_jobs_are_leased_oldest_first_up_to_limit
                jobs_of_an_unknown_kind_are_left_to_a_newer_release
                no_two_callers_get_the_same_job
                a_lease_that_ran_out_is_claimed_again
                each_claim_adds_one_to_attempts
                a_finished_job_is_gone
                a_job_put_back_is_due_at_its_new_time
                a_job_given_up_is_shown_and_can_be_revived
                a_requeued_job_and_its_audit_line_are_written_together
                ending_a_lost_claim_has_no_effect
                a_lease_is_extended_while_the_claim_lasts
                claims_that_end_together_are_answered_each_in_their_order
                a_key_admits_one_unfinished_job
                a_revived_job_does_not_double_an_unfinished_one
                jobs_of_a_session_that_is_not_committed_do_not_exist
                every_task_comes_back_as_it_was
                how_the_jobs_are_doing
                a_webhook_is_kept_with_its_job_once
                a_webhook_comes_back_byte_by_byte
                what_is_old_and_finished_is_forgotten
                forgetting_takes_at_most_limit_rows_of_each
                the_audit_log_is_read_newest_first
                a_nul_in_the_words_of_others_does_not_stop_the_store
            ]
            nonces [
                a_nonce_is_remembered_once_per_vasp
                two_replicas_racing_with_one_nonce_admit_one
            ]
            holds [
                a_seat_is_claimed_and_its_ticket_and_payment_are_written
                what_is_answered_is_what_is_kept
                answers_come_in_the_order_of_the_requests
                seats_are_granted_in_arrival_order_never_more_than_there_are
                one_refused_request_fails_alone
                every_refusal_is_told_apart
                a_free_events_ticket_is_paid_at_once_and_its_letter_is_enqueued
                the_price_is_frozen_when_the_seat_is_held
                an_empty_batch_is_answered_with_nothing
                the_last_seat_raced_by_many_callers_is_sold_once
                a_hot_event_raced_through_two_handles_is_never_oversold
                batches_and_sessions_do_not_lose_each_others_seats
                counters_agree_with_the_rows_after_anything
            ]
            consent [
                another_price_than_the_one_shown_is_refused_with_the_price_of_now
                a_wallet_may_be_asked_for_a_price_that_was_shown_or_is_an_hour_old
                an_identical_purchase_of_the_same_account_gives_the_same_ticket
                another_purchase_is_not_a_repetition
                a_purchase_that_lost_its_seat_is_not_repeated
                one_purchase_clicked_at_two_handles_gives_one_ticket
                a_guests_ticket_is_linked_to_no_account
                a_free_ticket_needs_an_account_that_may_have_one
            ]
            quotas [
                an_account_holds_at_most_its_limit_of_outstanding_seats
                a_seat_that_is_paid_lapses_or_is_given_back_counts_no_more
                a_network_and_a_site_hold_at_most_their_share
                guests_of_one_address_in_one_network_are_limited
                capitals_in_an_address_are_no_other_payer
                an_event_raises_or_lifts_the_limit_of_networks
                one_network_racing_through_two_handles_keeps_only_its_share
                networks_of_events_that_are_over_are_forgotten
            ]
            keys [
                a_key_seen_before_gives_the_same_ticket_again
                a_key_seen_earlier_in_the_batch_gives_the_same_ticket_again
                a_key_with_another_request_is_refused
                keys_of_different_callers_never_meet
                a_refused_request_does_not_use_up_its_key
                one_key_raced_by_two_handles_gives_one_ticket
            ]
            attachments [
                invoices_are_attached_and_collecting_and_watching_enqueued
                an_attachment_to_a_payment_that_is_not_pending_fails_alone
                a_payment_keeps_its_current_invoice_until_a_retry_replaces_it
                a_payment_billed_by_many_at_once_has_one_current_invoice
                an_attachment_given_twice_is_remembered_once
                notes_are_kept_together_and_the_last_one_of_a_payment_counts
                a_note_about_a_replaced_invoice_is_not_kept
            ]
            sessions [
                a_session_sees_its_own_writes
                others_see_a_sessions_writes_after_commit_only
                a_dropped_session_leaves_no_trace
                a_dropped_session_frees_its_locks
                a_session_cancelled_in_the_middle_of_a_call_leaves_no_trace
                a_rollback_leaves_no_trace
                a_commit_makes_all_writes_visible_to_others
                many_sessions_at_once_all_commit
                reads_do_not_wait_for_an_open_session
                the_database_answers
                commits_are_heard_of
                commits_are_heard_of_before_they_return
                what_is_not_committed_is_not_heard_of
            ]
            views [
                one_ticket_with_all_that_belongs_to_it
                tickets_by_number_all_at_once
                the_ticket_of_a_payment_with_all_that_belongs_to_it
                a_page_of_tickets_with_all_that_belongs_to_them
                the_current_invoice_is_shown
                payments_of_one_payer
                pages_of_peoples_tickets_one_for_each_that_is_asked_for
                a_page_of_payments_newest_first_and_by_every_criterion
                payments_are_counted_on_all_pages_together
                payments_are_found_by_part_of_what_people_know_of_them
                a_search_for_payments_escapes_nothing_and_survives_anything
                sales_of_each_event_or_of_one
                hours_with_sales
                paid_tickets_with_their_holders
                what_is_under_way_right_now
            ]
            lists [
                pages_that_follow_a_number_miss_nothing
                lists_are_counted_on_all_pages_together
            ]
            ledger [
                the_books_of_a_shop_in_order_balance
                the_books_show_money_that_has_no_ticket
                the_books_show_gifts_to_an_event
                the_books_show_a_counter_that_is_off
                the_books_show_an_oversold_event
                the_books_show_a_ticket_that_does_not_fit_its_payment
                the_books_show_what_is_overdue
            ]
        }
    };
}

/// The inside of [`store_contract!`].
#[doc(hidden)]
#[macro_export]
macro_rules! store_cases {
    ($make:ident: $($group:ident [$($case:ident)+])+) => {$(
        mod $group {
            use super::$make;
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    $crate::store::$group::$case($make().await).await;
                }
            )+
        }
    )+};
}
