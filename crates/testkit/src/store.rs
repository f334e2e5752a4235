//! Contract suite of `box_office::Store` and `box_office::Holds`, one case per sentence of the ports'
//! documentation.
//!
//! Rules that the ports leave open and the cases fix for all stores:
//! - "Newest first" means descending ids.
//! - Foreign text (reasons, details, errors) may contain NUL; stores replace it with U+FFFD.
//! - Times have microsecond precision; returned rows equal stored rows.
//! - Overwriting a missing row fails, and its session is rolled back.
//! - A dead job does not block its key; requeueing it does not duplicate an unfinished job with that key.

use box_office::{Holds, Orders, Store};
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
pub mod order_holders;
pub mod order_limits;
pub mod order_sessions;
pub mod order_views;
pub mod orders;
pub mod outgoing;
pub mod payments;
pub mod promo_codes;
pub mod queue;
pub mod quotas;
pub mod race;
pub mod recipient_limits;
pub mod sessions;
pub mod tickets;
pub mod users;
pub mod views;
pub mod watching;

/// Runs a statement that both databases accept, to simulate another release or an operator.
pub type RunSql = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A new, empty store.
pub struct StoreUnderTest {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Its hot path.
    pub holds: Arc<dyn Holds>,
    /// Its orders.
    pub orders: Arc<dyn Orders>,
    /// An independent handle on the same data with its own connections; `None` if unsupported.
    pub second: Option<(Arc<dyn Store>, Arc<dyn Holds>)>,
    /// The orders of the second handle.
    pub second_orders: Option<Arc<dyn Orders>>,
    /// SQL access that bypasses the ports; `None` if unsupported.
    pub run_sql: Option<RunSql>,
    /// Resources that must outlive the store, such as a temporary directory.
    pub keep: Box<dyn Any + Send>,
}

impl fmt::Debug for StoreUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUnderTest(second: {})", self.second.is_some())
    }
}

impl StoreUnderTest {
    /// Returns the second handle, or the first one if there is none.
    pub fn outside(&self) -> (Arc<dyn Store>, Arc<dyn Holds>) {
        self.second.clone().unwrap_or_else(|| (Arc::clone(&self.store), Arc::clone(&self.holds)))
    }

    /// The orders of both handles; twice the first one if there is no second.
    pub fn both_orders(&self) -> [Arc<dyn Orders>; 2] {
        let second = self.second_orders.as_ref().unwrap_or(&self.orders);
        [Arc::clone(&self.orders), Arc::clone(second)]
    }
}

/// Generates the contract tests for a store; `make` names an `async fn() -> StoreUnderTest` in scope.
#[macro_export]
macro_rules! store_contract {
    ($make:ident) => {
        $crate::store_cases! { $make:
            events [
                event_is_read_with_its_seats_taken
                events_are_paged_by_start_time_then_id
                event_count_covers_all_pages
                active_only_excludes_inactive_and_cancelled_events
                events_are_filtered_by_free_or_paid
                events_are_filtered_by_maximum_price
                events_are_filtered_by_end_and_start_times
                past_events_are_listed_latest_first
                search_matches_words_in_title_and_description_ignoring_case
                search_treats_wildcards_as_ordinary_characters
                search_for_a_nul_finds_nothing
                times_are_truncated_to_microseconds
                new_event_is_active_without_seats_taken
                put_event_overwrites_the_event_and_its_seats_taken
                overwriting_a_missing_event_fails
                event_lock_serialises_sessions
                unused_event_is_deleted
                event_with_a_ticket_or_invoice_is_not_deleted
                event_ids_are_never_reused
                five_digit_year_is_read_as_the_latest_rfc_3339_time
            ]
            event_updates [
                event_updates_are_added_for_orders_with_a_recipient
                event_updates_are_one_per_order_and_one_per_named_holder
                unsent_event_update_keeps_its_values_and_is_enqueued_again
                event_update_is_deleted_or_stores_the_sent_details
                concurrent_callers_take_each_event_update_once
            ]
            tickets [
                ticket_is_read_by_id_and_by_code
                tickets_are_paged_newest_first
                tickets_are_filtered_by_account_event_and_status
                lapsed_holds_are_read_oldest_first_up_to_limit
                events_held_are_those_with_a_paid_ticket
                paid_ticket_of_a_future_event_is_found
                free_tickets_of_future_events_are_read
                erasure_waits_for_a_concurrent_payment
                concurrent_check_ins_admit_a_ticket_once
                ticket_lock_serialises_sessions
                put_ticket_does_not_change_seats
                account_is_unlinked_from_all_its_tickets
                account_is_unlinked_from_unpaid_tickets_only
            ]
            history [
                payment_history_is_appended_and_read_in_order
                payment_events_round_trip
            ]
            payments [
                payment_is_read_by_id_and_by_ticket
                free_ticket_has_no_payment
                invoices_of_a_payment_are_read_newest_first
                invoice_is_read_by_payment_hash
                invoice_is_read_by_node_id
                newest_event_level_invoice_is_read
                event_level_invoices_are_paged_newest_first
                concurrent_sessions_add_one_extra_invoice
                invoices_of_one_role_are_retired
                put_payment_overwrites_state_collection_and_times
                settlements_are_stored_on_the_invoices
                duplicate_invoice_returns_the_stored_one
                put_invoice_overwrites_status_settlement_and_uma_invoice
                put_invoice_never_lowers_settled_msats
                payment_lock_serialises_sessions
                amounts_up_to_the_bitcoin_supply_round_trip
                refunds_are_stored_as_requested_and_read_newest_first
                put_refund_overwrites_status_invoice_fee_and_error
                payment_hash_of_a_refund_is_unique
            ]
            outgoing [
                refunds_since_returns_changed_refunds_with_an_invoice
                outgoing_orders_are_read_newest_first
                payer_has_one_order_per_payment_hash
                concurrent_replicas_add_an_order_once
                outgoing_order_lock_serialises_sessions
                put_outgoing_order_overwrites_attempt_times_status_and_detail
                ordered_from_wallet_excludes_failed_and_unsent_orders
            ]
            users [
                account_is_read_by_id_and_by_email
                erased_account_is_readable_and_releases_its_email
                duplicate_email_adds_nothing_and_keeps_the_session_usable
                change_to_a_duplicate_email_changes_nothing_and_keeps_the_session_usable
                concurrent_registrations_of_one_email_add_one_account
                account_lock_serialises_sessions
                wallet_connection_is_added_replaced_and_deleted
                wallet_connections_are_filtered_by_sealing_key
                wallet_connection_lock_serialises_sessions
                unicode_names_round_trip
            ]
            email_tokens [
                email_token_is_read_by_its_hash
                new_email_token_replaces_the_earlier_one_of_its_purpose
                email_token_is_consumed_by_one_session
                email_tokens_of_an_account_are_deleted_together
                expired_email_tokens_are_pruned
            ]
            known_networks [
                network_of_an_account_is_stored_with_its_time
                newest_networks_of_an_account_are_kept
                networks_of_an_account_are_deleted_together
                networks_not_seen_for_long_are_pruned
            ]
            erasure [
                account_is_erased_from_ended_orders_and_later_from_pending_ones
                erasure_keeps_the_orders_of_other_accounts
                ended_orders_are_erased_with_all_their_invoices_up_to_limit
            ]
            recipient_limits [
                emails_are_counted_by_their_scopes
                delayed_emails_are_counted_once
                email_of_a_retried_job_is_counted_once
                deferred_email_is_not_counted
                concurrent_workers_of_a_job_count_its_email_once
                replicas_share_the_limit_of_a_recipient
                unused_email_limits_are_pruned
                two_requests_per_payer_are_pushed_and_the_rest_queue
                replicas_share_the_push_limit_of_a_payer
                payer_of_an_earlier_paid_order_is_not_limited
                requests_of_ended_orders_are_pruned
            ]
            queue [
                due_jobs_are_leased_oldest_first_up_to_limit
                jobs_of_unknown_kinds_are_left_unclaimed
                concurrent_callers_claim_each_job_once
                job_with_an_expired_lease_is_claimed_again
                each_claim_increments_attempts
                finished_job_is_not_claimed_again
                retried_job_is_due_at_its_new_time
                dead_job_is_listed_and_can_be_requeued
                requeue_writes_job_and_audit_entry_together
                finishing_a_lost_claim_has_no_effect
                lease_is_extended_while_the_claim_is_valid
                finish_jobs_returns_results_in_order
                key_allows_one_unfinished_job
                requeue_does_not_duplicate_an_unfinished_job
                uncommitted_jobs_are_not_visible
                tasks_round_trip
                job_stats_count_due_and_dead_jobs
                webhook_is_stored_once_with_its_job
                webhook_body_round_trips
                old_finished_rows_are_pruned
                pruning_deletes_at_most_limit_rows_per_table
                audit_log_is_read_newest_first
                nul_in_foreign_text_is_replaced
            ]
            nonces [
                nonce_is_accepted_once_per_vasp
                concurrent_replicas_accept_a_nonce_once
            ]
            holds [
                hold_writes_seat_ticket_and_payment
                returned_rows_equal_stored_rows
                outcomes_follow_request_order
                seats_are_granted_in_order_up_to_capacity
                refused_request_does_not_affect_its_batch
                refusals_have_distinct_reasons
                free_ticket_is_paid_at_once_and_its_email_enqueued
                price_is_fixed_when_the_seat_is_held
                empty_batch_returns_no_outcomes
                concurrent_callers_buy_the_last_seat_once
                concurrent_replicas_never_oversell_an_event
                batches_and_sessions_share_the_seat_lock
                seat_counters_match_rows_after_random_operations
            ]
            consent [
                changed_price_is_refused_with_the_current_price
                wallet_is_allowed_for_a_shown_or_hour_old_price
                repeated_purchase_returns_the_same_ticket
                different_purchase_is_not_a_repetition
                purchase_without_a_seat_is_not_repeated
                concurrent_repeated_purchases_give_one_ticket
                guest_ticket_has_no_account
                free_ticket_requires_an_eligible_account
            ]
            quotas [
                account_quota_limits_outstanding_seats
                paid_expired_and_cancelled_seats_leave_the_quota
                network_and_site_quotas_limit_outstanding_seats
                payer_quota_limits_guests_per_address_and_network
                payer_quota_ignores_case
                event_raises_or_lifts_the_network_limit
                concurrent_replicas_share_the_network_quota
                network_tags_of_past_events_are_cleared
            ]
            orders [
                order_writes_lines_tickets_payment_and_counters
                placed_rows_equal_stored_rows
                free_order_is_issued_at_once_and_one_email_enqueued
                guest_order_has_no_account
                order_outcomes_follow_request_order
                seats_are_granted_in_order_up_to_quota_and_capacity
                refused_order_takes_nothing
                several_tickets_need_a_finished_rollout
                known_key_replays_its_order
                repeated_order_returns_the_first_one
                concurrent_replicas_never_oversell_a_type
                holds_and_orders_share_the_seats
                counters_match_rows_after_random_orders
            ]
            order_limits [
                buyer_limit_counts_tickets_of_all_orders
                account_quota_counts_every_seat_of_an_order
                network_is_stored_while_seats_are_outstanding
                connected_wallet_is_allowed_for_a_shown_or_hour_old_price
            ]
            order_sessions [
                ticket_types_round_trip
                put_ticket_type_overwrites_the_type_and_its_counter
                event_with_unused_types_and_codes_is_deleted
                ticket_types_of_several_events_are_read_at_once
                ticket_type_is_deleted_unless_an_order_or_a_code_names_it
                order_is_locked_with_its_tickets
                inventory_has_types_codes_and_usage_of_buyers
                ticket_of_an_earlier_release_has_no_order
                event_of_an_earlier_release_is_sold_at_its_price
                purchase_repeats_one_of_an_earlier_release
                ticket_of_an_earlier_release_gets_its_order_under_the_lock
                ticket_is_authoritative_until_the_rollout_is_finished
                transition_changes_order_tickets_and_counters
                transition_of_seats_needs_the_event
                lapsed_order_is_read_once
                erased_account_is_unlinked_from_its_orders
            ]
            order_views [
                sales_report_counts_valid_tickets_by_type_and_code
                payments_are_found_by_any_number_of_their_order
                orders_are_read_at_once_with_their_tickets
                complimentary_order_needs_no_buyer_and_is_audited
            ]
            order_holders [
                holders_are_stored_with_the_order_changed_and_erased_with_the_account
                orders_of_an_account_are_listed_newest_first
                issued_orders_of_a_guest_are_adopted_by_the_account_with_the_address
            ]
            promo_codes [
                promo_codes_round_trip
                text_is_unique_per_event_and_among_codes_for_all_events
                put_promo_code_overwrites_terms_types_and_counter
                promo_code_is_deleted_unless_an_order_names_it
                promo_code_lock_serialises_sessions
                code_for_all_events_is_counted_over_the_events_of_a_batch
                uses_per_buyer_are_counted_over_orders
                code_of_another_event_is_found_and_refused
                concurrent_replicas_never_use_a_code_too_often
            ]
            keys [
                known_key_replays_its_ticket
                key_repeated_in_a_batch_replays_its_ticket
                key_with_a_different_request_is_refused
                keys_are_scoped_to_their_caller
                refused_request_does_not_consume_its_key
                concurrent_requests_with_one_key_give_one_ticket
            ]
            attachments [
                attached_invoices_enqueue_collection_and_watch_jobs
                attachment_to_a_non_pending_payment_does_not_affect_its_batch
                current_invoice_is_kept_until_a_retry_replaces_it
                concurrent_attachments_give_one_current_invoice
                repeated_attachment_is_stored_once
                last_collection_update_of_a_payment_in_a_batch_is_stored
                collection_update_of_a_replaced_invoice_is_rejected
            ]
            sessions [
                session_reads_its_own_writes
                uncommitted_writes_are_invisible_to_others
                dropped_session_is_rolled_back
                dropped_session_releases_its_locks
                session_cancelled_during_a_call_is_rolled_back
                rollback_discards_all_writes
                commit_makes_all_writes_visible
                concurrent_sessions_all_commit
                reads_do_not_wait_for_an_open_session
                ping_reaches_the_database
                commits_publish_domain_events
                domain_events_are_published_before_commit_returns
                uncommitted_changes_publish_nothing
            ]
            views [
                ticket_view_joins_event_payment_and_invoice
                tickets_by_id_match_single_reads
                payment_view_equals_the_ticket_view
                ticket_views_are_filtered_and_paged
                views_show_the_current_invoice
                payments_are_filtered_by_payer
                tickets_of_returns_one_page_per_request
                payment_views_are_paged_and_filtered
                payment_count_covers_all_pages
                payment_search_matches_parts_of_ids_invoices_and_addresses
                payment_search_treats_wildcards_as_ordinary_characters
                event_sales_cover_all_events_or_one
                sales_series_groups_by_hour
                attendees_are_paid_tickets_with_their_accounts
                in_flight_counts_open_holds_orders_and_refunds
            ]
            watching [
                newest_watch_session_of_a_ticket_replaces_the_earlier_one
                watch_session_is_published_on_commit
                announcement_is_replaced_and_withdrawn
                viewers_of_all_processes_are_counted_and_the_peak_stays
                concurrent_viewer_counts_are_all_stored
                event_with_viewer_counts_is_deleted
            ]
            lists [
                keyset_pages_miss_no_rows
                list_counts_cover_all_pages
            ]
            ledger [
                consistent_ledger_balances
                ledger_shows_money_without_a_ticket
                ledger_shows_event_level_amounts
                ledger_shows_miscounted_events
                ledger_shows_oversold_events
                ledger_shows_tickets_that_contradict_their_payment
                ledger_shows_types_codes_and_orders_that_contradict_their_rows
                ledger_shows_payments_without_a_ticket_and_invoices_without_a_payment
                ledger_counts_overdue_holds_and_jobs
            ]
        }
    };
}

/// Implementation of [`store_contract!`].
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
