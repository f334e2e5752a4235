use crate::{PgConfig, connect::Connector, watch::LogErrors};
use bb8::ManageConnection;
use futures_util::{StreamExt, try_join};
use tokio_postgres::{Client, Statement};

pub(crate) type HotPool = bb8::Pool<HotManager>;

/// Columns of `events` in the order of [`crate::rows::EventRow`].
macro_rules! event_columns {
    () => {
        "id, title, description, start_time, end_time, capacity, price_sats, stream_url, is_active, cancelled_at, \
         seats_taken, created_at, updated_at, time_zone, price_changed_at, network_limit, host_name, contact, tags, replay_until, \
         gated"
    };
}

/// Columns of `tickets` in the order of [`crate::rows::TicketRow`].
macro_rules! ticket_columns {
    () => {
        "id, event_id, user_id, ticket_code, payment_status, uma_address, hold_expires_at, checked_in_at, paid_at, \
         created_at, updated_at, link_key, order_id, ticket_type_id, price_msats, holder_name, holder_email"
    };
}

/// Columns of `payments` in the order of [`crate::rows::PaymentRow`].
macro_rules! payment_columns {
    () => {
        "id, ticket_id, event_id, status, price_msats, revoked_msats, refunded_msats, revoked_refunded_msats, late, collection_state, collection_detail, \
         wallet_allowed, payer_address, paid_at, created_at, updated_at"
    };
}

/// Columns of `uma_request_invoices` in the order of [`crate::rows::InvoiceRow`].
macro_rules! invoice_columns {
    () => {
        "id, payment_id, event_id, invoice_id, payment_hash, bolt11, amount_msats, metadata, uma_address, \
         uma_invoice, status, settled_msats, settled_at, expires_at, created_at, role"
    };
}

/// Columns of `ticket_types` in the order of [`crate::order_rows::TypeRow`].
macro_rules! type_columns {
    () => {
        "id, event_id, name, description, price_kind, price_sats, price_currency, price_minor_units, quota, taken, \
         sale_starts_at, sale_ends_at, min_per_order, max_per_order, visibility, position, archived_at, price_changed_at, \
         created_at, updated_at"
    };
}

/// Columns of `promo_codes` in the order of [`crate::order_rows::CodeRow`].
macro_rules! code_columns {
    () => {
        "id, event_id, code, discount_kind, discount_amount, all_types, max_uses, used, max_uses_per_buyer, valid_from, \
         valid_until, archived_at, created_at, updated_at"
    };
}

pub(crate) const TYPES_OF_EVENTS: &str = concat!(
    "SELECT ",
    type_columns!(),
    " FROM ticket_types WHERE event_id = ANY($1::bigint[]) ORDER BY position, id"
);

/// Tickets of each row of `$requested` with event, payment and invoices, newest ticket first.
macro_rules! joined {
    ($requested:literal, $condition:literal) => {
        concat!(
            "SELECT requested.number, t.*, e.*, p.*, i.* FROM ",
            $requested,
            " \
            CROSS JOIN LATERAL (SELECT ",
            ticket_columns!(),
            " FROM tickets WHERE ",
            $condition,
            ") AS t \
            CROSS JOIN LATERAL (SELECT ",
            event_columns!(),
            " FROM events WHERE id = t.event_id) AS e \
            LEFT JOIN LATERAL (SELECT ",
            payment_columns!(),
            " FROM payments WHERE ticket_id = t.id OR order_id = t.order_id) AS p ON true \
            LEFT JOIN LATERAL (SELECT ",
            invoice_columns!(),
            " FROM uma_request_invoices WHERE payment_id = p.id) AS i ON true \
            ORDER BY requested.number, t.id DESC, i.id DESC"
        )
    };
}

/// Condition of [`tickets::Ticket::is_outstanding`].
macro_rules! unpaid_or_free {
    () => {
        "(payment_status = 'pending' OR (payment_status = 'paid' AND hold_expires_at IS NULL))"
    };
}

/// Batched statements of the hot path and the job queue. Event rows, then payment rows, are locked in id
/// order, which avoids deadlocks between replicas.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        /// Prepared statements of a connection.
        pub(crate) struct Statements {
            $($(#[$doc])* pub(crate) $name: Statement,)+
        }

        impl Statements {
            async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
                // Pipelined: preparing all statements costs one round trip.
                let ($($name,)+) = try_join!($(client.prepare($sql)),+)?;
                Ok(Self { $($name),+ })
            }
        }
    };
}

statements! {
    lock_events = concat!(
        "SELECT ", event_columns!(), " FROM events WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"
    );
    /// Existing accounts. The lock makes an erasure wait until the batch has committed.
    lock_users = "SELECT id FROM users WHERE id = ANY($1::bigint[]) AND deleted_at IS NULL ORDER BY id FOR KEY SHARE";
    /// Outstanding seats by quota: kind, 1-based position in that kind's parameters, count.
    outstanding = concat!(
        "SELECT 0, requested.number, (SELECT count(*) FROM tickets WHERE user_id = requested.user_id AND event_id = requested.event_id AND ",
        unpaid_or_free!(),
        ") FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS requested (user_id, event_id, number) \
        UNION ALL SELECT 1, requested.number, (SELECT count(*) FROM tickets WHERE network_tag = requested.tag AND user_id IS NULL \
            AND lower(uma_address) = requested.address AND ",
        unpaid_or_free!(),
        ") FROM unnest($3::bytea[], $4::text[]) WITH ORDINALITY AS requested (tag, address, number) \
        UNION ALL SELECT 2, requested.number, (SELECT count(*) FROM tickets WHERE network_tag = requested.tag AND ",
        unpaid_or_free!(),
        ") FROM unnest($5::bytea[]) WITH ORDINALITY AS requested (tag, number) \
        UNION ALL SELECT 3, requested.number, (SELECT count(*) FROM tickets WHERE site_tag = requested.tag AND ",
        unpaid_or_free!(),
        ") FROM unnest($6::bytea[]) WITH ORDINALITY AS requested (tag, number)"
    );
    add_keys = "INSERT INTO idempotency_keys (scope, key, fingerprint, ticket_id, created_at) \
        SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::timestamptz[])";
    /// Seats of events and of ticket types; one statement costs less than two.
    put_seats = "WITH types AS (\
            UPDATE ticket_types SET taken = new.taken FROM unnest($3::bigint[], $4::integer[]) AS new (id, taken) \
            WHERE ticket_types.id = new.id\
        ) UPDATE events SET seats_taken = new.taken \
        FROM unnest($1::bigint[], $2::integer[]) AS new (id, taken) WHERE events.id = new.id";
    add_jobs = "INSERT INTO jobs (task, key, run_at) SELECT * FROM unnest($1::jsonb[], $2::text[], $3::timestamptz[]) \
        ON CONFLICT (key) WHERE status = 'queued' DO NOTHING";
    add_audit = "INSERT INTO audit_log (actor_id, action, subject, detail, created_at) \
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])";
    claim_jobs = "WITH due AS MATERIALIZED (\
            SELECT id FROM jobs WHERE status = 'queued' AND run_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) \
            AND task->>'task' = ANY($4::text[]) ORDER BY run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED\
        ) \
        UPDATE jobs SET attempts = attempts + 1, lease_until = $2 FROM due WHERE jobs.id = due.id \
        RETURNING jobs.id, task, run_at, attempts, last_error, created_at";
    /// Only a queued job has a lease. An explicit `status = 'queued'` could make the planner read the whole
    /// queue.
    finish_jobs = "WITH ended AS (\
            UPDATE jobs SET status = new.status, run_at = coalesce(new.run_at, jobs.run_at), last_error = new.last_error, \
                lease_until = NULL \
            FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::timestamptz[], $5::text[]) \
                AS new (id, attempts, status, run_at, last_error) \
            WHERE jobs.id = new.id AND jobs.attempts = new.attempts AND jobs.lease_until IS NOT NULL \
            RETURNING jobs.id\
        ), processed AS (\
            UPDATE webhook_inbox SET processed_at = now() \
            FROM unnest($6::bigint[], $7::bigint[]) AS done (job_id, webhook_id) JOIN ended ON ended.id = done.job_id \
            WHERE webhook_inbox.id = done.webhook_id\
        ) SELECT id FROM ended";
    add_nonces = "INSERT INTO nonces (domain, nonce, seen_at) \
        SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS new (domain, nonce, seen_at) ORDER BY domain, nonce \
        ON CONFLICT DO NOTHING RETURNING domain, nonce";
    /// `status || ''` hides the condition from the planner: with outdated statistics it would scan all
    /// pending payments for each batch, expecting none.
    update_collections = "WITH updated AS (\
            UPDATE payments SET collection_state = new.state, collection_detail = new.detail, updated_at = new.at \
            FROM unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::text[]) \
                AS new (id, state, detail, at, invoice) \
            WHERE payments.id = new.id AND payments.status || '' = 'pending' \
            AND (new.invoice IS NULL OR new.invoice = coalesce((SELECT i.payment_hash FROM uma_request_invoices i \
                WHERE i.payment_id = new.id AND i.role = 'current' ORDER BY i.id DESC LIMIT 1), new.invoice)) \
            RETURNING payments.id, payments.ticket_id\
        ), refused AS (\
            UPDATE uma_pushes SET refused_at = new.at FROM unnest($6::bigint[], $7::timestamptz[]) AS new (id, at) \
            JOIN updated ON updated.id = new.id WHERE uma_pushes.payment_id = new.id\
        ) SELECT id, ticket_id FROM updated";
    lock_payments = "SELECT id, ticket_id, status FROM payments WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE";
    /// Invoices with these hashes, and all invoices of these payments.
    known_invoices = concat!(
        "SELECT ", invoice_columns!(), " FROM uma_request_invoices WHERE payment_hash = ANY($1::text[]) \
        UNION ALL SELECT ", invoice_columns!(), " FROM uma_request_invoices WHERE payment_id = ANY($2::bigint[]) \
        AND payment_hash <> ALL($1::text[])"
    );
    retire_invoices = "UPDATE uma_request_invoices SET role = 'earlier' WHERE id = ANY($1::bigint[])";
    invoice_ids = "SELECT nextval('uma_request_invoices_id_seq') FROM generate_series(1, $1::integer)";
    add_invoices = "INSERT INTO uma_request_invoices (id, payment_id, event_id, invoice_id, payment_hash, bolt11, \
        amount_msats, metadata, uma_address, uma_invoice, expires_at, created_at, role) \
        SELECT *, 'current' FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], \
        $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[])";
    types_of_events = TYPES_OF_EVENTS;
    lock_codes = concat!(
        "SELECT ", code_columns!(), " FROM promo_codes WHERE code = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE"
    );
    types_of_codes = "SELECT promo_code_id, ticket_type_id FROM promo_code_types \
        WHERE promo_code_id IN (SELECT id FROM promo_codes WHERE code = ANY($1::text[]))";
    known_keys = "SELECT k.scope, k.key, k.fingerprint, k.ticket_id FROM idempotency_keys k \
        JOIN unnest($1::text[], $2::text[]) AS requested (scope, key) USING (scope, key)";
    /// Lines of the accounts' newest orders that hold a seat, to detect repeated orders. A ticket of a release without orders is one line.
    recent_orders = "SELECT coalesce((SELECT min(id) FROM tickets WHERE order_id = t.order_id), t.id), t.event_id, t.user_id, \
            nullif(t.uma_address, ''), coalesce(o.total_sats, p.price_msats / 1000, 0), o.promo_code_id, t.created_at, \
            coalesce(l.ticket_type_id, 0), coalesce(l.quantity, 1), coalesce(l.list_price_sats, 0) \
        FROM unnest($1::bigint[], $2::timestamptz[]) AS requested (user_id, since) \
        CROSS JOIN LATERAL (SELECT DISTINCT ON (coalesce(order_id, -id)) * FROM (\
            SELECT id, order_id, event_id, user_id, uma_address, payment_status, created_at FROM tickets \
            WHERE user_id = requested.user_id ORDER BY id DESC LIMIT 50) AS newest \
            WHERE payment_status IN ('pending', 'paid') AND created_at > requested.since ORDER BY coalesce(order_id, -id), id) AS t \
        LEFT JOIN orders o ON o.id = t.order_id LEFT JOIN order_lines l ON l.order_id = t.order_id \
        LEFT JOIN LATERAL (SELECT price_msats FROM payments WHERE t.order_id IS NULL AND ticket_id = t.id) AS p ON true \
        ORDER BY t.id, l.position";
    /// Seats of buyers at the events of the batch.
    seats_of_buyers = "SELECT o.buyer_key, o.event_id, count(*) FROM orders o JOIN tickets t ON t.order_id = o.id \
        WHERE o.buyer_key = ANY($1::text[]) AND o.event_id = ANY($2::bigint[]) AND t.payment_status IN ('pending', 'paid') \
        GROUP BY o.buyer_key, o.event_id";
    /// Orders of buyers that hold a seat with one of these codes.
    uses_of_buyers = "SELECT o.buyer_key, o.promo_code_id, count(*) FROM orders o JOIN promo_codes c ON c.id = o.promo_code_id \
        WHERE o.buyer_key = ANY($1::text[]) AND c.code = ANY($2::text[]) \
        AND EXISTS (SELECT FROM tickets t WHERE t.order_id = o.id AND t.payment_status IN ('pending', 'paid')) \
        GROUP BY o.buyer_key, o.promo_code_id";
    /// Reserves ids, so that all rows are written in one flush, and tells whether all processes maintain orders. Refused requests
    /// leave gaps.
    reserve_ids = "SELECT CASE WHEN number <= $1 THEN nextval('orders_id_seq') END, CASE WHEN number <= $1 THEN nextval('payments_id_seq') END, \
        nextval('tickets_id_seq'), (SELECT finished_at IS NOT NULL FROM orders_rollout WHERE id = 1) \
        FROM generate_series(1, greatest($1, $2::integer)) AS number";
    /// Orders and their lines; one statement costs less than two.
    add_orders = "WITH lines AS (\
            INSERT INTO order_lines (order_id, position, ticket_type_id, quantity, list_price_sats, discount_sats, conversion) \
            SELECT * FROM unnest($15::bigint[], $16::integer[], $17::bigint[], $18::integer[], $19::bigint[], $20::bigint[], $21::text[])\
        ) INSERT INTO orders (id, event_id, kind, user_id, guest_email, email_confirmed_at, payer_address, buyer_key, total_sats, \
        promo_code_id, status, hold_expires_at, issued_at, language, created_at, updated_at) \
        SELECT *, created_at FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::text[], \
        $8::text[], $9::bigint[], $10::bigint[], $11::text[], $12::timestamptz[], $13::timestamptz[], $22::text[], $14::timestamptz[]) \
        AS new (id, event_id, kind, user_id, guest_email, email_confirmed_at, payer_address, buyer_key, total_sats, promo_code_id, status, \
        hold_expires_at, issued_at, language, created_at)";
    add_order_tickets = "INSERT INTO tickets (id, event_id, user_id, ticket_code, payment_status, uma_address, hold_expires_at, \
        paid_at, network_tag, site_tag, created_at, link_key, order_id, ticket_type_id, price_msats, holder_name, holder_email, updated_at) \
        SELECT *, created_at FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], \
        $7::timestamptz[], $8::timestamptz[], $9::bytea[], $10::bytea[], $11::timestamptz[], $12::bytea[], $13::bigint[], $14::bigint[], \
        $15::bigint[], $16::text[], $17::text[]) AS new (id, event_id, user_id, ticket_code, payment_status, uma_address, hold_expires_at, paid_at, network_tag, \
        site_tag, created_at, link_key, order_id, ticket_type_id, price_msats, holder_name, holder_email)";
    add_order_payments = "INSERT INTO payments (id, ticket_id, event_id, status, price_msats, wallet_allowed, created_at, order_id, updated_at) \
        SELECT id, ticket_id, event_id, 'pending', price_msats, wallet_allowed, created_at, order_id, created_at \
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[], $6::timestamptz[], $7::bigint[]) \
        AS new (id, ticket_id, event_id, price_msats, wallet_allowed, created_at, order_id)";
    put_codes_used = "UPDATE promo_codes SET used = new.used \
        FROM unnest($1::bigint[], $2::integer[]) AS new (id, used) WHERE promo_codes.id = new.id";
    tickets_of = joined!(
        "unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS requested (user_id, most, skipped, number)",
        "user_id = requested.user_id ORDER BY id DESC LIMIT requested.most OFFSET requested.skipped"
    );
    tickets_by_id = joined!("unnest($1::bigint[]) WITH ORDINALITY AS requested (id, number)", "id = requested.id");
}

/// A connection of the hot path.
pub(crate) struct HotConnection {
    pub(crate) client: Client,
    pub(crate) statements: Statements,
    /// Whether a transaction may be open; the pool then closes the connection instead of reusing it.
    pub(crate) open: bool,
}

/// Opens connections of the hot path.
#[derive(Clone)]
pub(crate) struct HotManager(Connector);

impl ManageConnection for HotManager {
    type Connection = HotConnection;
    type Error = tokio_postgres::Error;

    async fn connect(&self) -> Result<HotConnection, tokio_postgres::Error> {
        let (client, mut messages) = self.0.bare().await?;
        tokio::spawn(async move { while let Some(Ok(_)) = messages.next().await {} });
        let statements = Box::pin(Statements::prepare(&client)).await?;
        Ok(HotConnection { client, statements, open: false })
    }

    async fn is_valid(&self, connection: &mut HotConnection) -> Result<(), tokio_postgres::Error> {
        // A closed connection is detected without a round trip; the query only produces the error.
        if connection.client.is_closed() {
            connection.client.simple_query("").await.map(drop)
        } else {
            Ok(())
        }
    }

    fn has_broken(&self, connection: &mut HotConnection) -> bool {
        connection.open || connection.client.is_closed()
    }
}

/// Creates the pool of the hot path; connections are opened on demand.
pub(crate) async fn hot_pool(
    connector: Connector,
    config: &PgConfig,
) -> Result<HotPool, tokio_postgres::Error> {
    bb8::Pool::builder()
        .max_size(PgConfig::HOT_CONNECTIONS)
        .connection_timeout(config.connect_timeout)
        .error_sink(Box::new(LogErrors))
        .build(HotManager(connector))
        .await
}
