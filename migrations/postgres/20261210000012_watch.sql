-- migrate:up

-- The newest watch session of a ticket, as a hash of its secret.
CREATE TABLE watch_sessions (
    ticket_id bigint PRIMARY KEY REFERENCES tickets (id),
    session bytea NOT NULL,
    opened_at timestamptz NOT NULL
);

CREATE TABLE watched_events (
    event_id bigint PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    announcement text,
    announced_at timestamptz,
    peak integer NOT NULL DEFAULT 0 CHECK (peak >= 0)
);

-- Viewers that a process serves; deleted once the process no longer updates them.
CREATE TABLE watch_viewers (
    event_id bigint NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    process bigint NOT NULL,
    viewers integer NOT NULL CHECK (viewers >= 0),
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (event_id, process)
);

-- migrate:down

DROP TABLE watch_viewers;
DROP TABLE watched_events;
DROP TABLE watch_sessions;
