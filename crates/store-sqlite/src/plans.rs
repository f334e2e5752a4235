//! Shows that the questions asked all day are answered from indexes.

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

/// The steps of each statement that `work` runs, as SQLite plans them.
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

fn reads_a_whole_table(step: &str) -> bool {
    step.starts_with("SCAN ") && !step.contains("USING") && !step.contains("CONSTANT")
}

/// No table is read from end to end.
fn assert_searched(work: impl FnOnce(&mut SqliteConnection)) {
    let steps = plans(work);
    assert!(!steps.iter().any(|step| reads_a_whole_table(step)), "{steps:#?}");
}

/// And nothing is sorted by hand: for lists that may be long.
fn assert_in_order(work: impl FnOnce(&mut SqliteConnection)) {
    let steps = plans(work);
    let slow = |step: &String| reads_a_whole_table(step) || step.contains("TEMP B-TREE");
    assert!(!steps.iter().any(slow), "{steps:#?}");
}

fn page() -> Page {
    Page::default()
}

#[test]
fn the_sweep_for_lapsed_holds_reads_pending_tickets_alone() {
    let steps = plans(|connection| {
        tickets::lapsed(connection, Timestamp::UNIX_EPOCH, 10).unwrap();
    });
    assert!(steps.iter().any(|step| step.contains("tickets_holds")), "{steps:?}");
    assert!(steps.iter().all(|step| !step.contains("TEMP B-TREE")), "{steps:?}");
}

#[test]
fn due_jobs_are_found_and_claimed_in_the_order_of_their_index() {
    assert_in_order(|connection| {
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
fn lists_of_tickets_come_in_order_from_an_index() {
    let all = TicketQuery::default();
    for query in [
        TicketQuery { user_id: Some(UserId::new(1)), ..all },
        TicketQuery { event_id: Some(EventId::new(1)), status: Some(TicketStatus::Paid), ..all },
    ] {
        assert_in_order(|connection| {
            tickets::page(connection, &query, page()).unwrap();
        });
    }
    assert_searched(|connection| {
        tickets::held(connection, UserId::new(1), &[EventId::new(1)]).unwrap();
        tickets::holds_future(connection, UserId::new(1), Timestamp::UNIX_EPOCH).unwrap();
    });
}

#[test]
fn what_is_under_way_is_counted_without_reading_every_ticket_and_payment() {
    let steps = plans(|connection| {
        ledger::in_flight(connection).unwrap();
    });
    for index in ["tickets_holds", "pay_orders_open", "payments_refundable"] {
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:#?}");
    }
}

#[test]
fn what_an_admin_has_to_see_is_found_without_reading_every_payment() {
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
fn payments_and_what_belongs_to_them_are_found_by_index() {
    assert_searched(|connection| {
        payments::find(connection, PaymentId::new(1)).unwrap();
        payments::of_ticket(connection, TicketId::new(1)).unwrap();
        crate::invoices::of_payment(connection, PaymentId::new(1)).unwrap();
        crate::invoices::by_node_id(connection, "x").unwrap();
        crate::invoices::of_event(connection, EventId::new(1)).unwrap();
        crate::refunds::of_payment(connection, PaymentId::new(1)).unwrap();
    });
}

#[test]
fn forgetting_starts_from_the_oldest() {
    let steps = plans(|connection| {
        prune::prune(connection, Timestamp::UNIX_EPOCH, 10).unwrap();
    });
    for index in ["jobs_finished", "webhook_inbox_by_age", "nonces_by_age", "idempotency_keys_by_age"] {
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:#?}");
    }
}
