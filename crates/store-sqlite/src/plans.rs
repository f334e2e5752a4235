//! Query plans: frequent queries use indexes.

use crate::{connections, jobs, ledger, migrations::migrate, payments, prune, tickets, views};
use ::tickets::{TicketQuery, TicketStatus};
use box_office::{Job, JobEnd, PaymentQuery, Task};
use diesel::{
    QueryableByName, RunQueryDsl,
    connection::{Connection, InstrumentationEvent},
    sql_query,
    sql_types::Text,
    sqlite::SqliteConnection,
};
use kernel::{EventId, JobId, Page, PaymentId, TicketId, Timestamp, UserId};
use std::sync::{Arc, Mutex};

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Returns the query plan steps of the statements that `work` runs.
fn plans(work: impl FnOnce(&mut SqliteConnection)) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.db");
    let mut connection = connections::open(&path, connections::Durability::None).unwrap();
    migrate(&mut connection).unwrap();
    let statements = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&statements);
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            log.lock().unwrap().push(query.to_string());
        }
    });
    work(&mut connection);
    let statements = std::mem::take(&mut *statements.lock().unwrap());
    assert!(!statements.is_empty());
    let mut steps = Vec::new();
    for statement in statements {
        let explained: Vec<Step> =
            sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(&mut connection).unwrap();
        steps.extend(explained.into_iter().map(|step| step.detail));
    }
    steps
}

fn is_table_scan(step: &str) -> bool {
    step.starts_with("SCAN ") && !step.contains("USING") && !step.contains("CONSTANT")
}

/// Asserts that no table is scanned.
fn assert_no_scan(work: impl FnOnce(&mut SqliteConnection)) {
    let steps = plans(work);
    assert!(!steps.iter().any(|step| is_table_scan(step)), "{steps:#?}");
}

/// Asserts that no table is scanned and nothing is sorted, for lists without a size limit.
fn assert_no_scan_or_sort(work: impl FnOnce(&mut SqliteConnection)) {
    let steps = plans(work);
    let slow = |step: &String| is_table_scan(step) || step.contains("TEMP B-TREE");
    assert!(!steps.iter().any(slow), "{steps:#?}");
}

fn page() -> Page {
    Page::default()
}

#[test]
fn expired_hold_sweep_reads_only_pending_tickets() {
    let steps = plans(|connection| {
        tickets::lapsed(connection, Timestamp::UNIX_EPOCH, 10).unwrap();
    });
    assert!(steps.iter().any(|step| step.contains("tickets_holds")), "{steps:?}");
    assert!(steps.iter().all(|step| !step.contains("TEMP B-TREE")), "{steps:?}");
}

#[test]
fn due_jobs_are_claimed_in_index_order() {
    assert_no_scan_or_sort(|connection| {
        jobs::any_due(connection, 0).unwrap();
        jobs::claim(connection, 0, 1, 10).unwrap();
        let job = Job {
            id: JobId::new(1),
            task: Task::CancelEvent { event_id: EventId::new(1) },
            attempts: 1,
            run_at: Timestamp::UNIX_EPOCH,
            created_at: Timestamp::UNIX_EPOCH,
            last_error: None,
        };
        jobs::finish(connection, &job, &JobEnd::Done).unwrap();
        jobs::stats(connection, 0).unwrap();
    });
}

#[test]
fn ticket_lists_are_read_in_index_order() {
    let all = TicketQuery::default();
    for query in [
        TicketQuery { user_id: Some(UserId::new(1)), ..all },
        TicketQuery { event_id: Some(EventId::new(1)), status: Some(TicketStatus::Paid), ..all },
    ] {
        assert_no_scan_or_sort(|connection| {
            tickets::page(connection, &query, page()).unwrap();
        });
    }
    assert_no_scan(|connection| {
        tickets::held(connection, UserId::new(1), &[EventId::new(1)]).unwrap();
        tickets::holds_future(connection, UserId::new(1), Timestamp::UNIX_EPOCH).unwrap();
    });
}

#[test]
fn in_flight_counts_use_partial_indexes() {
    let steps = plans(|connection| {
        ledger::in_flight(connection).unwrap();
    });
    for index in ["tickets_holds", "pay_orders_open", "payments_refundable"] {
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:#?}");
    }
}

#[test]
fn admin_payment_filters_use_indexes() {
    for query in [
        PaymentQuery { anomaly: Some(::payments::PaymentAnomaly::RefundDue), ..PaymentQuery::default() },
        PaymentQuery { refundable: true, ..PaymentQuery::default() },
        PaymentQuery { event_id: Some(EventId::new(1)), ..PaymentQuery::default() },
        PaymentQuery { status: Some(::payments::PaymentStatus::Failed), ..PaymentQuery::default() },
    ] {
        let steps = plans(|connection| {
            views::payments(connection, &query, page()).unwrap();
        });
        assert!(steps.iter().any(|step| step.contains("payments_")), "{query:?}: {steps:#?}");
    }
}

#[test]
fn payments_invoices_and_refunds_are_found_by_index() {
    assert_no_scan(|connection| {
        payments::find(connection, PaymentId::new(1)).unwrap();
        payments::of_ticket(connection, TicketId::new(1)).unwrap();
        crate::invoices::of_payment(connection, PaymentId::new(1)).unwrap();
        crate::invoices::by_node_id(connection, "x").unwrap();
        crate::invoices::of_event(connection, EventId::new(1)).unwrap();
        crate::refunds::of_payment(connection, PaymentId::new(1)).unwrap();
    });
}

#[test]
fn pruning_uses_age_indexes() {
    let steps = plans(|connection| {
        prune::prune(connection, Timestamp::UNIX_EPOCH, 10).unwrap();
    });
    for index in ["jobs_finished", "webhook_inbox_by_age", "nonces_by_age", "idempotency_keys_by_age"] {
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:#?}");
    }
}
