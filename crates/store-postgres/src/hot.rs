use crate::{PgConfig, connect::Connector, watch::LogErrors};
use bb8::ManageConnection;
use futures_util::{StreamExt, try_join};
use tokio_postgres::{Client, Statement};

pub(crate) type HotPool = bb8::Pool<HotManager>;

/// Columns of `events` in the order of [`crate::rows::EventRow`].
macro_rules! event_columns {
    () => {
        "id, title, description, start_time, end_time, capacity, price_sats, stream_url, is_active, cancelled_at, \
         seats_taken, created_at, updated_at, time_zone, price_changed_at, network_limit"
    };
}

/// Columns of `tickets` in the order of [`crate::rows::TicketRow`].
macro_rules! ticket_columns {
    () => {
        "id, event_id, user_id, ticket_code, payment_status, uma_address, hold_expires_at, checked_in_at, paid_at, \
         created_at, updated_at, link_key"
    };
}

/// Columns of `payments` in the order of [`crate::rows::PaymentRow`].
macro_rules! payment_columns {
    () => {
        "id, ticket_id, event_id, status, price_msats, refunded_msats, late, collection_state, collection_detail, \
         wallet_allowed, paid_at, created_at, updated_at"
    };
}

/// Columns of `uma_request_invoices` in the order of [`crate::rows::InvoiceRow`].
macro_rules! invoice_columns {
    () => {
        "id, payment_id, event_id, invoice_id, payment_hash, bolt11, amount_msats, metadata, uma_address, \
         uma_invoice, status, settled_msats, settled_at, expires_at, created_at, role"
    };
}

/// The tickets that each line of `asked` wants, with all that belongs to them, the newest ticket first.
macro_rules! joined {
    ($asked:literal, $wanted:literal) => {
        concat!(
            "SELECT asked.number, t.*, e.*, p.*, i.* FROM ",
            $asked,
            " \
            CROSS JOIN LATERAL (SELECT ",
            ticket_columns!(),
            " FROM tickets WHERE ",
            $wanted,
            ") AS t \
            CROSS JOIN LATERAL (SELECT ",
            event_columns!(),
            " FROM events WHERE id = t.event_id) AS e \
            LEFT JOIN LATERAL (SELECT ",
            payment_columns!(),
            " FROM payments WHERE ticket_id = t.id) AS p ON true \
            LEFT JOIN LATERAL (SELECT ",
            invoice_columns!(),
            " FROM uma_request_invoices WHERE payment_id = p.id) AS i ON true \
            ORDER BY asked.number, t.id DESC, i.id DESC"
        )
    };
}

/// Which tickets are outstanding: [`tickets::Ticket::is_outstanding`].
macro_rules! unpaid_or_free {
    () => {
        "(payment_status = 'pending' OR (payment_status = 'paid' AND hold_expires_at IS NULL))"
    };
}

/// The statements of the hot path and of the queue of jobs, each a whole batch at once. Event rows, and then payment rows, are locked in the order of
/// their ids, so that batches of several replicas never wait for each other in a circle.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        /// Prepared once for each connection.
        pub(crate) struct Statements {
            $($(#[$doc])* pub(crate) $name: Statement,)+
        }

        impl Statements {
            async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
                // One flush: a new connection costs one round trip more, not one for each statement.
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
    /// Accounts that exist; whoever erases one waits until the batch is written.
    lock_users = "SELECT id FROM users WHERE id = ANY($1::bigint[]) AND deleted_at IS NULL ORDER BY id FOR KEY SHARE";
    known_keys = "SELECT k.scope, k.key, k.fingerprint, k.ticket_id FROM idempotency_keys k \
        JOIN unnest($1::text[], $2::text[]) AS asked (scope, key) USING (scope, key)";
    /// Newest tickets of accounts that hold a seat, to find a purchase that is sent twice.
    recent_purchases = "SELECT t.id, t.event_id, t.user_id, t.uma_address, coalesce(p.price_msats, 0), t.created_at \
        FROM unnest($1::bigint[]) AS asked (user_id) \
        CROSS JOIN LATERAL (SELECT id, event_id, user_id, uma_address, payment_status, created_at FROM tickets \
            WHERE user_id = asked.user_id ORDER BY id DESC LIMIT 50) AS t \
        LEFT JOIN LATERAL (SELECT price_msats FROM payments WHERE ticket_id = t.id) AS p ON true \
        WHERE t.payment_status IN ('pending', 'paid') AND t.created_at > $2";
    /// Outstanding seats by quota: kind, place in the parameters of that kind, count.
    outstanding = concat!(
        "SELECT 0, asked.number, (SELECT count(*) FROM tickets WHERE user_id = asked.user_id AND event_id = asked.event_id AND ",
        unpaid_or_free!(),
        ") FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS asked (user_id, event_id, number) \
        UNION ALL SELECT 1, asked.number, (SELECT count(*) FROM tickets WHERE network_tag = asked.tag AND user_id IS NULL \
            AND lower(uma_address) = asked.address AND ",
        unpaid_or_free!(),
        ") FROM unnest($3::bytea[], $4::text[]) WITH ORDINALITY AS asked (tag, address, number) \
        UNION ALL SELECT 2, asked.number, (SELECT count(*) FROM tickets WHERE network_tag = asked.tag AND ",
        unpaid_or_free!(),
        ") FROM unnest($5::bytea[]) WITH ORDINALITY AS asked (tag, number) \
        UNION ALL SELECT 3, asked.number, (SELECT count(*) FROM tickets WHERE site_tag = asked.tag AND ",
        unpaid_or_free!(),
        ") FROM unnest($6::bytea[]) WITH ORDINALITY AS asked (tag, number)"
    );
    /// Numbers for rows, so that all of them can be written in one go. Some stay unused.
    ticket_ids = "SELECT nextval('tickets_id_seq'), nextval('payments_id_seq') FROM generate_series(1, $1::integer)";
    add_tickets = "INSERT INTO tickets (id, event_id, user_id, ticket_code, payment_status, uma_address, hold_expires_at, \
        paid_at, network_tag, site_tag, created_at, link_key, updated_at) \
        SELECT *, created_at FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], \
        $7::timestamptz[], $8::timestamptz[], $9::bytea[], $10::bytea[], $11::timestamptz[], $12::bytea[]) \
        AS new (id, event_id, user_id, ticket_code, payment_status, uma_address, hold_expires_at, paid_at, network_tag, \
        site_tag, created_at, link_key)";
    add_payments = "INSERT INTO payments (id, ticket_id, event_id, status, price_msats, wallet_allowed, created_at, updated_at) \
        SELECT id, ticket_id, event_id, 'pending', price_msats, wallet_allowed, created_at, created_at \
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[], $6::timestamptz[]) \
        AS new (id, ticket_id, event_id, price_msats, wallet_allowed, created_at)";
    add_keys = "INSERT INTO idempotency_keys (scope, key, fingerprint, ticket_id, created_at) \
        SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::timestamptz[])";
    put_seats = "UPDATE events SET seats_taken = new.taken \
        FROM unnest($1::bigint[], $2::integer[]) AS new (id, taken) WHERE events.id = new.id";
    add_jobs = "INSERT INTO jobs (task, key, run_at) SELECT * FROM unnest($1::jsonb[], $2::text[], $3::timestamptz[]) \
        ON CONFLICT (key) WHERE status = 'queued' DO NOTHING";
    claim_jobs = "WITH due AS MATERIALIZED (\
            SELECT id FROM jobs WHERE status = 'queued' AND run_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) \
            AND task->>'task' = ANY($4::text[]) ORDER BY run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED\
        ) \
        UPDATE jobs SET attempts = attempts + 1, lease_until = $2 FROM due WHERE jobs.id = due.id \
        RETURNING jobs.id, task, run_at, attempts, last_error, created_at";
    /// Only an unfinished job has a lease. Saying so too (`status = 'queued'`) would invite a plan that reads the whole queue.
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
    /// The status is hidden from the planner: while statistics are older than a sale, it takes the index of pending payments for
    /// empty, and reads all of them once for each batch.
    note_payments = "WITH noted AS (\
            UPDATE payments SET collection_state = new.state, collection_detail = new.detail, updated_at = new.at \
            FROM unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::text[]) \
                AS new (id, state, detail, at, invoice) \
            WHERE payments.id = new.id AND payments.status || '' = 'pending' \
            AND (new.invoice IS NULL OR new.invoice = coalesce((SELECT i.payment_hash FROM uma_request_invoices i \
                WHERE i.payment_id = new.id AND i.role = 'current' ORDER BY i.id DESC LIMIT 1), new.invoice)) \
            RETURNING payments.id, payments.ticket_id\
        ), refused AS (\
            UPDATE uma_pushes SET refused_at = new.at FROM unnest($6::bigint[], $7::timestamptz[]) AS new (id, at) \
            JOIN noted ON noted.id = new.id WHERE uma_pushes.payment_id = new.id\
        ) SELECT id, ticket_id FROM noted";
    lock_payments = "SELECT id, ticket_id, status FROM payments WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE";
    /// Invoices of these hashes, and all of these payments.
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
    tickets_of = joined!(
        "unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS asked (user_id, most, skipped, number)",
        "user_id = asked.user_id ORDER BY id DESC LIMIT asked.most OFFSET asked.skipped"
    );
    tickets_by_id = joined!("unnest($1::bigint[]) WITH ORDINALITY AS asked (id, number)", "id = asked.id");
}

/// A connection of the hot path.
pub(crate) struct HotConnection {
    pub(crate) client: Client,
    pub(crate) statements: Statements,
    /// Whether a transaction may be open: then nobody else may have this connection.
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
        // Known without a round trip; the check itself is a local error when the connection is gone.
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

/// The pool of the hot path; connections are opened when they are needed.
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
