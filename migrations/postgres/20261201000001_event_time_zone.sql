-- migrate:up

-- A name of the IANA time zone database. Releases before this one write none.
ALTER TABLE events ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';

-- migrate:down

ALTER TABLE events DROP COLUMN time_zone;
