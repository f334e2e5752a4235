-- migrate:up

-- The newest watch session of a ticket, as a hash of its secret.
CREATE TABLE watch_sessions (
    ticket_id INTEGER PRIMARY KEY REFERENCES tickets (id),
    session BLOB NOT NULL,
    opened_at INTEGER NOT NULL
);

CREATE TABLE watched_events (
    event_id INTEGER PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    announcement TEXT,
    announced_at INTEGER,
    peak INTEGER NOT NULL DEFAULT 0 CHECK (peak >= 0)
);

-- Viewers that a process serves; deleted once the process no longer updates them.
CREATE TABLE watch_viewers (
    event_id INTEGER NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    process INTEGER NOT NULL,
    viewers INTEGER NOT NULL CHECK (viewers >= 0),
    counted_at INTEGER NOT NULL,
    PRIMARY KEY (event_id, process)
);

-- migrate:down

DROP TABLE watch_viewers;
DROP TABLE watched_events;
DROP TABLE watch_sessions;
