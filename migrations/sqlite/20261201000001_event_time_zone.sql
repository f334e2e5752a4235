-- migrate:up

-- A name of the IANA time zone database. NULL in rows of earlier releases.
ALTER TABLE events ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';

-- migrate:down

ALTER TABLE events DROP COLUMN time_zone;
