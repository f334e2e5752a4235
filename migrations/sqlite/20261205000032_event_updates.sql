-- migrate:up

-- What the holder of a paid ticket was last notified of, while the event differs from it. A row ends with its email.
CREATE TABLE event_updates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id INTEGER NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    ticket_id INTEGER NOT NULL UNIQUE,
    title TEXT NOT NULL,
    start_time INTEGER NOT NULL,
    end_time INTEGER NOT NULL,
    stream_url TEXT NOT NULL,
    enqueued INTEGER NOT NULL DEFAULT 0 CHECK (enqueued IN (0, 1))
) STRICT;

CREATE INDEX event_updates_to_enqueue ON event_updates (event_id, id) WHERE enqueued = 0;

-- migrate:down

DROP TABLE event_updates;
