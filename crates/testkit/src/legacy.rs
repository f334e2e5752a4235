//! Databases as releases without orders left them.

use kernel::TicketId;

/// SQL dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Times are microseconds.
    Sqlite,
    /// Times are timestamps.
    Postgres,
}

impl Dialect {
    /// A time so many seconds after 2026-01-01.
    fn time(self, seconds: &str) -> String {
        match self {
            Self::Sqlite => format!("(1767225600 + {seconds}) * 1000000"),
            Self::Postgres => format!("to_timestamp(1767225600 + {seconds})"),
        }
    }

    fn numbers(self, count: u32) -> String {
        match self {
            Self::Sqlite => format!(
                "(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) SELECT n FROM numbers)"
            ),
            Self::Postgres => format!("(SELECT generate_series(1, {count}) AS n) AS numbers"),
        }
    }
}

/// Number of tickets in a test of the backfill; `LEGACY_TICKETS` sets another one, to measure it.
pub fn tickets() -> u32 {
    let number = std::env::var("LEGACY_TICKETS").ok().and_then(|number| number.parse().ok());
    number.unwrap_or(5_000)
}

/// Sales of a release without orders: each second event is free; tickets are pending, paid, expired and refunded by turns, of accounts
/// and guests.
pub fn sales(dialect: Dialect, events: u32, tickets: u32) -> String {
    let (time, later) = (dialect.time("n"), dialect.time("n + 3600"));
    let (of_events, of_tickets) = (dialect.numbers(events), dialect.numbers(tickets));
    let status =
        "CASE n % 4 WHEN 0 THEN 'pending' WHEN 1 THEN 'paid' WHEN 2 THEN 'expired' ELSE 'refunded' END";
    let free = format!("(1 + n % {events}) % 2 = 0");
    format!(
        "INSERT INTO users (id, email, name, password_hash, tokens_valid_from, created_at, updated_at) \
            SELECT n, 'user' || n || '@example.com', 'User', 'hash', {time}, {time}, {time} FROM {};
        INSERT INTO events (id, title, description, start_time, end_time, capacity, price_sats, stream_url, seats_taken, search_text, \
            created_at, updated_at) \
            SELECT n, 'Show ' || n, '', {time}, {later}, {tickets}, CASE WHEN n % 2 = 0 THEN 0 ELSE n * 10 END, 'https://stream.example', 0, '', \
            {time}, {time} FROM {of_events};
        INSERT INTO tickets (id, event_id, user_id, ticket_code, payment_status, uma_address, hold_expires_at, paid_at, created_at, updated_at) \
            SELECT n, 1 + n % {events}, CASE WHEN n % 3 = 0 THEN NULL ELSE 1 + n % 10 END, 'CODE' || n, \
            CASE WHEN {free} THEN 'paid' ELSE {status} END, CASE WHEN {free} THEN '' ELSE '$Buyer' || n || '@vasp.example' END, \
            CASE WHEN {free} THEN NULL ELSE {later} END, CASE WHEN {free} OR n % 4 IN (1, 3) THEN {time} END, {time}, {later} FROM {of_tickets};
        INSERT INTO payments (ticket_id, event_id, status, price_msats, created_at, updated_at) \
            SELECT t.id, event_id, payment_status, e.price_sats * 1000, t.created_at, t.updated_at FROM tickets t JOIN events e ON e.id = event_id \
            WHERE e.price_sats > 0 ORDER BY t.id;
        UPDATE events SET seats_taken = (SELECT count(*) FROM tickets t WHERE t.event_id = events.id AND payment_status IN ('pending', 'paid'));",
        dialect.numbers(10),
    )
}

/// Changes of a release without orders: a hold ends, the price rises.
pub fn changes(dialect: Dialect, ticket: TicketId) -> String {
    let now = dialect.time("9");
    format!(
        "UPDATE tickets SET payment_status = 'expired' WHERE id = {ticket}; UPDATE events SET seats_taken = seats_taken - 1, \
        price_sats = price_sats + 1, price_changed_at = {now}"
    )
}

/// Starts a rollout: a release without orders may run beside this one.
pub const UNFINISHED: &str = "UPDATE orders_rollout SET finished_at = NULL";

/// All processes maintain orders; for a database with one event.
pub const FINISHED: &str = "UPDATE orders_rollout SET finished_at = (SELECT created_at FROM events)";

/// Leaves all tickets as a release without orders does.
pub fn without_orders() -> String {
    "UPDATE payments SET order_id = NULL; UPDATE tickets SET order_id = NULL, ticket_type_id = NULL, price_msats = NULL; \
        DELETE FROM order_lines; DELETE FROM orders"
        .to_owned()
}

/// Queries that return rows, as text, where orders, lines, types and tickets contradict each other.
pub const CONTRADICTIONS: [&str; 7] = [
    "SELECT 'ticket ' || id AS row FROM tickets WHERE order_id IS NULL OR ticket_type_id IS NULL OR price_msats IS NULL",
    "SELECT 'order ' || o.id AS row FROM orders o LEFT JOIN tickets t ON t.order_id = o.id AND t.event_id = o.event_id \
        AND t.payment_status = o.status AND t.hold_expires_at IS NOT DISTINCT FROM o.hold_expires_at AND coalesce(t.user_id, 0) = coalesce(o.user_id, 0) \
        AND t.uma_address = coalesce(o.payer_address, '') WHERE t.id IS NULL",
    "SELECT 'payment ' || p.id AS row FROM payments p JOIN tickets t ON t.id = p.ticket_id \
        WHERE p.order_id IS NULL OR p.order_id <> t.order_id OR t.price_msats <> p.price_msats",
    "SELECT 'order ' || o.id AS row FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id GROUP BY o.id, o.total_sats \
        HAVING coalesce(sum(l.quantity * (l.list_price_sats - l.discount_sats)), -1) <> o.total_sats",
    "SELECT 'line of ' || l.order_id AS row FROM order_lines l LEFT JOIN tickets t ON t.order_id = l.order_id \
        AND t.ticket_type_id = l.ticket_type_id GROUP BY l.order_id, l.position, l.quantity HAVING count(t.id) <> l.quantity",
    "SELECT 'type ' || y.id AS row FROM ticket_types y LEFT JOIN tickets t ON t.ticket_type_id = y.id \
        AND t.payment_status IN ('pending', 'paid') GROUP BY y.id, y.taken HAVING count(t.id) <> y.taken",
    "SELECT 'event ' || e.id AS row FROM events e LEFT JOIN ticket_types y ON y.event_id = e.id GROUP BY e.id, e.seats_taken, e.price_sats \
        HAVING coalesce(sum(y.taken), -1) <> e.seats_taken OR count(y.id) <> 1 OR max(y.price_sats) <> e.price_sats",
];

/// All orders, as text.
pub const ORDERS: &str =
    "SELECT status || ':' || coalesce(buyer_key, '') || ':' || total_sats AS row FROM orders ORDER BY id";

/// Numbers of types, orders by whether they have an account, and lines; see [`summary`].
pub const SUMMARY: &str = "SELECT (SELECT count(*) FROM ticket_types) || ':' || (SELECT count(*) FROM orders WHERE buyer_key LIKE 'account/%') \
    || ':' || (SELECT count(*) FROM orders WHERE user_id IS NULL) || ':' || (SELECT count(*) FROM order_lines) AS row";

/// Result of [`SUMMARY`] after the backfill of [`sales`].
pub fn summary(events: u32, tickets: u32) -> Vec<String> {
    let guests = tickets / 3;
    vec![format!("{events}:{}:{guests}:{tickets}", tickets - guests)]
}
