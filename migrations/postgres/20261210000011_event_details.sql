-- migrate:up

ALTER TABLE events ADD COLUMN host_name text NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN contact text NOT NULL DEFAULT '';
-- One tag per line.
ALTER TABLE events ADD COLUMN tags text NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN replay_until timestamptz;
-- Ticket holders get the watch page instead of stream_url.
ALTER TABLE events ADD COLUMN gated boolean NOT NULL DEFAULT false;

-- migrate:down

ALTER TABLE events DROP COLUMN gated;
ALTER TABLE events DROP COLUMN replay_until;
ALTER TABLE events DROP COLUMN tags;
ALTER TABLE events DROP COLUMN contact;
ALTER TABLE events DROP COLUMN host_name;
