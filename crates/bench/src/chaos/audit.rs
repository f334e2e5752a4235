//! Audit of the database and the node, in addition to the shop's own.

use super::{Trial, buyers::Results};
use crate::replica::tickets;
use sandbox::InvoiceState;
use std::{collections::BTreeMap, time::Duration};
use tokio_postgres::{Client, NoTls};

/// Interval and number of polls for pending work.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
const MAX_POLLS: u32 = 1_200;
/// Delay that `tickets audit` tolerates, seconds.
const TOLERANCE: i64 = 600;
/// Jobs that became due within this time may be in progress, seconds.
const IN_PROGRESS: i64 = 15;

/// Queries that count violations of orders and their tickets at events from $1 on.
const ORDER_RULES: [(&str, &str); 7] = [
    (
        "events have more paid tickets than seats",
        "SELECT count(*) FROM events e WHERE e.id >= $1 AND (SELECT count(*) FROM tickets t WHERE t.event_id = e.id \
            AND t.payment_status IN ('pending', 'paid')) > e.capacity",
    ),
    (
        "paid tickets were not settled exactly once",
        "SELECT count(*) FROM tickets t JOIN payments p ON p.order_id = t.order_id WHERE t.event_id >= $1 AND \
            t.payment_status = 'paid' AND p.exception <> 'duplicate' AND \
            (SELECT count(*) FROM uma_request_invoices i WHERE i.payment_id = p.id AND i.status = 'settled') <> 1",
    ),
    (
        "tickets do not belong to exactly one purchase request",
        "SELECT count(*) FROM tickets t WHERE t.event_id >= $1 AND (SELECT count(*) FROM idempotency_keys k \
            JOIN tickets first ON first.id = k.ticket_id WHERE first.order_id = t.order_id) <> 1",
    ),
    (
        "orders are granted in part",
        "SELECT count(*) FROM (SELECT order_id FROM tickets WHERE event_id >= $1 GROUP BY order_id \
            HAVING count(DISTINCT payment_status) > 1) parts",
    ),
    (
        "orders have other tickets than lines",
        "SELECT count(*) FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.event_id >= $1 AND \
            l.quantity <> (SELECT count(*) FROM tickets t WHERE t.order_id = l.order_id AND t.ticket_type_id = l.ticket_type_id)",
    ),
    (
        "ticket types are miscounted or oversold",
        "SELECT count(*) FROM ticket_types y WHERE y.event_id >= $1 AND (y.taken > y.quota OR y.taken <> \
            (SELECT count(*) FROM tickets t WHERE t.ticket_type_id = y.id AND t.payment_status IN ('pending', 'paid')))",
    ),
    (
        "promo codes are miscounted or used too often",
        "SELECT count(*) FROM promo_codes c WHERE coalesce(c.event_id, $1) >= $1 AND (c.used > c.max_uses OR c.used <> \
            (SELECT count(*) FROM orders o WHERE o.promo_code_id = c.id AND o.status IN ('pending', 'awaiting_confirmation', 'paid')))",
    ),
];

/// Queries that count violations once no work is due.
const RULES: [(&str, &str); 5] = [
    ("tickets are still pending", "SELECT count(*) FROM tickets WHERE payment_status = 'pending'"),
    (
        "open invoices have no job",
        "SELECT count(*) FROM uma_request_invoices i WHERE status = 'open' AND NOT EXISTS \
            (SELECT 1 FROM jobs j WHERE j.status = 'queued' AND j.task::text LIKE '%' || i.payment_hash || '%')",
    ),
    ("webhooks were not processed", "SELECT count(*) FROM webhook_inbox WHERE processed_at IS NULL"),
    ("jobs are in the dead-letter state", "SELECT count(*) FROM jobs WHERE status = 'dead'"),
    (
        "emails were written twice",
        "SELECT count(*) FROM (SELECT task FROM jobs WHERE task::jsonb ->> 'task' LIKE 'mail%' GROUP BY task HAVING count(*) > 1) twice",
    ),
];

/// A database connection that reconnects after restarts.
pub(super) struct Audit {
    url: String,
    client: Client,
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

impl Audit {
    pub(super) async fn open(url: &str) -> Self {
        Self { url: url.to_owned(), client: connect(url).await }
    }

    async fn number(&self, sql: &str) -> i64 {
        self.client.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Waits until a count is zero; after a timeout it reports the rest, and the audit finds the cause.
    async fn wait_until_zero(&mut self, what: &str, sql: &str) {
        for _ in 0..MAX_POLLS {
            if self.number(sql).await == 0 {
                return;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        crate::say(format!("{what}: {} left after a long wait", self.number(sql).await));
    }

    pub(super) async fn until_holds_are_over(&mut self) {
        self.wait_until_zero("pending tickets", RULES[0].1).await;
    }

    /// Waits until no work is due up to this many seconds ahead.
    pub(super) async fn until_quiet(&mut self, time: i64) {
        self.client = connect(&self.url).await;
        let due = format!(
            "SELECT (SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at <= now() + interval '{time} seconds') \
            + (SELECT count(*) FROM webhook_inbox WHERE processed_at IS NULL)"
        );
        self.wait_until_zero("jobs and webhooks", &due).await;
    }

    /// Violations at events from this one on; there are none at any time, also while orders are placed and replicas are killed.
    pub(super) async fn violations(&self, first_event: i64) -> Vec<String> {
        let mut found = Vec::new();
        for (what, sql) in ORDER_RULES {
            let count: i64 = self.client.query_one(sql, &[&first_event]).await.unwrap().get(0);
            if count != 0 {
                found.push(format!("{count} {what}"));
            }
        }
        found
    }

    /// Numbers of paid tickets and of payments to be refunded.
    pub(super) async fn totals(&self) -> (i64, i64) {
        let paid = self.number("SELECT count(*) FROM tickets WHERE payment_status = 'paid'").await;
        (paid, self.number("SELECT count(*) FROM payments WHERE refundable_msats > 0").await)
    }

    /// The amount received by the node, and all discrepancies.
    pub(super) async fn compare(&self, scene: &Trial<'_>, crowd: &Results) -> (u64, Vec<String>) {
        let mut faulty = crowd.unexpected.clone();
        faulty.extend(self.violations(0).await);
        for (what, sql) in RULES {
            let count = self.number(sql).await;
            if count != 0 {
                faulty.push(format!("{count} {what}"));
            }
        }
        let received = self.compare_money(scene, &mut faulty).await;
        self.compare_answers(crowd, &mut faulty).await;
        let mut settings = scene.settings.clone();
        let ahead = scene.time + TOLERANCE - IN_PROGRESS;
        settings.insert("TICKETS_CLOCK_SKEW_SECONDS".to_owned(), ahead.to_string());
        let audit = tickets(&scene.program, &settings, &["audit"]);
        if !audit.status.success() {
            faulty.push(format!(
                "{}{}",
                String::from_utf8_lossy(&audit.stdout),
                String::from_utf8_lossy(&audit.stderr)
            ));
        }
        (received, faulty)
    }

    /// The database's rows of an invoice.
    async fn describe(&self, hash: &str) -> String {
        let sql = "SELECT jsonb_build_object('invoice', i.status, 'expires', i.expires_at, 'payment', to_jsonb(p), \
            'ticket', to_jsonb(t) - 'ticket_code', 'jobs', (SELECT jsonb_agg(to_jsonb(j)) FROM jobs j \
            WHERE j.task::text LIKE '%' || $1 || '%'))::text \
            FROM uma_request_invoices i LEFT JOIN payments p ON p.id = i.payment_id LEFT JOIN tickets t ON t.id = p.ticket_id \
            WHERE i.payment_hash = $1";
        let rows = self.client.query(sql, &[&hash]).await.unwrap();
        rows.first().map_or_else(|| "nothing".to_owned(), |row| row.get(0))
    }

    /// Compares the invoices paid at the node with those in the database, and their amounts.
    async fn compare_money(&self, scene: &Trial<'_>, faulty: &mut Vec<String>) -> u64 {
        let rows =
            self.client.query("SELECT payment_hash, settled_msats FROM uma_request_invoices", &[]).await;
        let mut ours: BTreeMap<String, i64> = rows
            .unwrap()
            .iter()
            .map(|row| (row.get(0), row.get(1)))
            .filter(|(_, msats)| *msats != 0)
            .collect();
        let mut received = 0;
        for invoice in scene.world.shop().invoices() {
            if let InvoiceState::Settled { amount, at } = invoice.state {
                received += amount.get();
                let booked = ours.remove(&invoice.payment_hash.to_hex()).unwrap_or_default();
                if u64::try_from(booked).unwrap() != amount.get() {
                    let ours = self.describe(&invoice.payment_hash.to_hex()).await;
                    faulty.push(format!(
                        "{} msats were received at {at} on the invoice of {}, {booked} are recorded; rows: {ours}",
                        amount.get(),
                        invoice.created_at
                    ));
                }
            }
        }
        faulty.extend(
            ours.into_iter()
                .map(|(hash, msats)| format!("{msats} msats are recorded that were not received: {hash}")),
        );
        received
    }

    /// Checks that every purchase answered with a ticket has it, and that every payer has a paid ticket or a refund due.
    async fn compare_answers(&self, crowd: &Results, faulty: &mut Vec<String>) {
        let rows = self.client.query("SELECT key, ticket_id FROM idempotency_keys", &[]).await.unwrap();
        let kept: BTreeMap<String, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        for (ticket, key) in &crowd.bought {
            if kept.get(key) != Some(ticket) {
                faulty.push(format!(
                    "ticket {ticket} was promised for key {key}, which has {:?}",
                    kept.get(key)
                ));
            }
        }
        let sql = "SELECT count(*) FROM tickets t JOIN payments p ON p.ticket_id = t.id WHERE t.id = $1 AND \
            (t.payment_status IN ('paid', 'refunded') OR p.refundable_msats = p.price_msats OR p.refunded_msats > 0)";
        for ticket in &crowd.paid {
            let good: i64 = self.client.query_one(sql, &[ticket]).await.unwrap().get(0);
            if good != 1 {
                faulty.push(format!(
                    "ticket {ticket} was paid for, and its buyer has neither a ticket nor a refund due"
                ));
            }
        }
    }
}
