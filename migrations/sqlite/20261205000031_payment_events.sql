-- migrate:up

-- Append-only history of payments: evidence with its time and origin, written with the transition. Payments of
-- earlier releases have no rows.
CREATE TABLE payment_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id INTEGER NOT NULL REFERENCES payments (id),
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    actor_id INTEGER,
    amount_msats INTEGER CHECK (amount_msats >= 0),
    payment_hash TEXT,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX payment_events_of_payment ON payment_events (payment_id, id);

-- migrate:down

DROP TABLE payment_events;
