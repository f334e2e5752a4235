-- migrate:up

-- Outgoing orders, written before the call: payments by a buyer's wallet to us, or refunds by our node.
CREATE TABLE pay_orders (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    payer        TEXT NOT NULL CHECK (payer IN ('wallet', 'node')),
    payment_hash TEXT NOT NULL CHECK (length(payment_hash) = 64),
    payment_id   INTEGER NOT NULL REFERENCES payments (id),
    -- NULL for a wallet's order.
    refund_id    INTEGER REFERENCES refunds (id),
    bolt11       TEXT NOT NULL,
    amount_msats INTEGER NOT NULL CHECK (amount_msats > 0),
    attempt      INTEGER NOT NULL CHECK (attempt > 0),
    ordered_at   INTEGER NOT NULL,
    -- Latest expiry of the invoice and of the payment requests.
    expires_at   INTEGER NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('ordered', 'not_sent', 'paid', 'failed', 'unresolved')),
    detail       TEXT NOT NULL DEFAULT '',
    answered_at  INTEGER,
    UNIQUE (payer, payment_hash),
    CHECK ((payer = 'node') = (refund_id IS NOT NULL))
) STRICT;
CREATE INDEX pay_orders_by_payment ON pay_orders (payment_id, id);
CREATE INDEX pay_orders_by_time ON pay_orders (payer, ordered_at);

-- migrate:down

DROP TABLE pay_orders;
