-- migrate:up

ALTER TABLE events ADD COLUMN host_name TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN contact TEXT NOT NULL DEFAULT '';
-- One tag per line.
ALTER TABLE events ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN replay_until INTEGER;
-- Ticket holders get the watch page instead of stream_url.
ALTER TABLE events ADD COLUMN gated INTEGER NOT NULL DEFAULT 0 CHECK (gated IN (0, 1));

-- migrate:down

ALTER TABLE events DROP COLUMN gated;
ALTER TABLE events DROP COLUMN replay_until;
ALTER TABLE events DROP COLUMN tags;
ALTER TABLE events DROP COLUMN contact;
ALTER TABLE events DROP COLUMN host_name;
