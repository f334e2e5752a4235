-- migrate:up

-- Times are microseconds since 1970 in UTC, amounts are integers of the unit in their name. AUTOINCREMENT, because ids are
-- public and must never be reused.

CREATE TABLE users (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Lower case; NULL after erasure of the account.
    email             TEXT UNIQUE,
    name              TEXT NOT NULL,
    password_hash     TEXT,
    email_verified_at INTEGER,
    tokens_valid_from INTEGER NOT NULL,
    deleted_at        INTEGER,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    CHECK (deleted_at IS NOT NULL OR (email IS NOT NULL AND password_hash IS NOT NULL))
) STRICT;

CREATE TABLE events (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    title        TEXT NOT NULL CHECK (title <> ''),
    description  TEXT NOT NULL,
    start_time   INTEGER NOT NULL,
    end_time     INTEGER NOT NULL,
    capacity     INTEGER NOT NULL CHECK (capacity > 0),
    price_sats   INTEGER NOT NULL CHECK (price_sats >= 0),
    stream_url   TEXT NOT NULL,
    is_active    INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    cancelled_at INTEGER,
    -- Pending and paid tickets; changed in one transaction with them.
    seats_taken  INTEGER NOT NULL DEFAULT 0 CHECK (seats_taken >= 0),
    -- Title and description in lower case: SQLite folds ASCII only.
    search_text  TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    CHECK (start_time < end_time)
) STRICT;
CREATE INDEX events_by_start ON events (start_time, id);

CREATE TABLE tickets (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id        INTEGER NOT NULL REFERENCES events (id),
    -- NULL after erasure of the account.
    user_id         INTEGER REFERENCES users (id),
    ticket_code     TEXT NOT NULL UNIQUE,
    payment_status  TEXT NOT NULL
        CHECK (payment_status IN ('pending', 'paid', 'failed', 'expired', 'cancelled', 'refunded')),
    uma_address     TEXT NOT NULL,
    hold_expires_at INTEGER,
    checked_in_at   INTEGER,
    paid_at         INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX tickets_by_event ON tickets (event_id, payment_status);
CREATE INDEX tickets_by_user ON tickets (user_id);
-- For the query that expires holds.
CREATE INDEX tickets_holds ON tickets (hold_expires_at) WHERE payment_status = 'pending';
CREATE INDEX tickets_paid_at ON tickets (paid_at) WHERE paid_at IS NOT NULL;

CREATE TABLE payments (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id         INTEGER NOT NULL UNIQUE REFERENCES tickets (id),
    event_id          INTEGER NOT NULL REFERENCES events (id),
    status            TEXT NOT NULL CHECK (status IN ('pending', 'paid', 'failed', 'expired', 'refunded')),
    price_msats       INTEGER NOT NULL CHECK (price_msats > 0),
    refunded_msats    INTEGER NOT NULL DEFAULT 0 CHECK (refunded_msats >= 0),
    late              INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)),
    -- These four are derived from the columns above and the settled invoices, for lists and sums.
    received_msats    INTEGER NOT NULL DEFAULT 0 CHECK (received_msats >= 0),
    kept_msats        INTEGER NOT NULL DEFAULT 0 CHECK (kept_msats >= 0),
    refundable_msats  INTEGER NOT NULL DEFAULT 0 CHECK (refundable_msats >= 0),
    exception         TEXT NOT NULL DEFAULT 'none'
        CHECK (exception IN ('none', 'late', 'over', 'under', 'duplicate', 'refund_due')),
    collection_state  TEXT NOT NULL DEFAULT 'queued'
        CHECK (collection_state IN ('queued', 'wallet_paying', 'request_sent', 'unreachable', 'refused')),
    collection_detail TEXT NOT NULL DEFAULT '',
    wallet_allowed    INTEGER NOT NULL DEFAULT 0 CHECK (wallet_allowed IN (0, 1)),
    paid_at           INTEGER,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX payments_by_event ON payments (event_id);
CREATE INDEX payments_by_status ON payments (status);
-- Partial: few rows, read by every admin overview.
CREATE INDEX payments_exceptional ON payments (exception) WHERE exception <> 'none';
CREATE INDEX payments_refundable ON payments (id) WHERE refundable_msats > 0;

-- All bolt11 invoices of our node: for a payment, or for an event.
CREATE TABLE uma_request_invoices (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id    INTEGER REFERENCES payments (id),
    event_id      INTEGER NOT NULL REFERENCES events (id),
    invoice_id    TEXT NOT NULL,
    payment_hash  TEXT NOT NULL UNIQUE CHECK (length(payment_hash) = 64),
    bolt11        TEXT NOT NULL,
    amount_msats  INTEGER NOT NULL CHECK (amount_msats >= 0),
    metadata      TEXT NOT NULL,
    uma_address   TEXT NOT NULL,
    uma_invoice   TEXT,
    status        TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'settled', 'unpaid')),
    settled_msats INTEGER NOT NULL DEFAULT 0 CHECK (settled_msats >= 0),
    settled_at    INTEGER,
    expires_at    INTEGER NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX uma_request_invoices_by_payment ON uma_request_invoices (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX uma_request_invoices_by_event ON uma_request_invoices (event_id);
CREATE INDEX uma_request_invoices_by_invoice_id ON uma_request_invoices (invoice_id);
CREATE INDEX uma_request_invoices_by_bolt11 ON uma_request_invoices (bolt11);

-- Refunds.
CREATE TABLE refunds (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id   INTEGER NOT NULL REFERENCES payments (id),
    amount_msats INTEGER NOT NULL CHECK (amount_msats > 0),
    destination  TEXT NOT NULL,
    status       TEXT NOT NULL DEFAULT 'requested' CHECK (status IN ('requested', 'sending', 'paid', 'failed')),
    -- The bolt11 that our node pays, once chosen.
    bolt11       TEXT,
    payment_hash TEXT UNIQUE CHECK (length(payment_hash) = 64),
    fee_msats    INTEGER NOT NULL DEFAULT 0 CHECK (fee_msats >= 0),
    error        TEXT NOT NULL DEFAULT '',
    -- NULL for the command line.
    requested_by INTEGER REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX refunds_by_payment ON refunds (payment_id);
CREATE INDEX refunds_unfinished ON refunds (id) WHERE status IN ('requested', 'sending');

-- Spending secrets are sealed with a key that is not in the database.
CREATE TABLE nwc_connections (
    user_id        INTEGER PRIMARY KEY REFERENCES users (id),
    connection_uri TEXT NOT NULL,
    expires_at     INTEGER,
    refresh_token  TEXT,
    client_id      TEXT,
    token_endpoint TEXT,
    uma_address    TEXT,
    -- Reason why the connection is unusable; NULL while it is usable.
    failure        TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    task        TEXT NOT NULL CHECK (json_valid(task)),
    key         TEXT,
    status      TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'done', 'dead')),
    run_at      INTEGER NOT NULL,
    -- End of the worker's lease.
    lease_until INTEGER,
    attempts    INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    last_error  TEXT,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX jobs_by_key ON jobs (key) WHERE status = 'queued';
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE status = 'queued';
CREATE INDEX jobs_dead ON jobs (id) WHERE status = 'dead';
CREATE INDEX jobs_finished ON jobs (run_at) WHERE status = 'done';

CREATE TABLE webhook_inbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The provider's event id.
    event_id    TEXT NOT NULL UNIQUE,
    body        BLOB NOT NULL,
    signature   TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    -- The job that processes it.
    job_id      INTEGER REFERENCES jobs (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX webhook_inbox_by_age ON webhook_inbox (received_at);
CREATE INDEX webhook_inbox_by_job ON webhook_inbox (job_id);

CREATE TABLE nonces (
    domain  TEXT NOT NULL,
    nonce   TEXT NOT NULL,
    -- The message's timestamp.
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (domain, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_by_age ON nonces (seen_at);

CREATE TABLE idempotency_keys (
    scope       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    ticket_id   INTEGER NOT NULL REFERENCES tickets (id),
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE audit_log (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- NULL for the command line.
    actor_id   INTEGER REFERENCES users (id),
    action     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    detail     TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- migrate:down

DROP TABLE audit_log;
DROP TABLE idempotency_keys;
DROP TABLE nonces;
DROP TABLE webhook_inbox;
DROP TABLE jobs;
DROP TABLE nwc_connections;
DROP TABLE refunds;
DROP TABLE uma_request_invoices;
DROP TABLE payments;
DROP TABLE tickets;
DROP TABLE events;
DROP TABLE users;
