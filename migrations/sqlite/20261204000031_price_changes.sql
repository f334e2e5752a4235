-- migrate:up

-- Time of the last price change of a published event. NULL in rows of earlier releases.
ALTER TABLE events ADD COLUMN price_changed_at INTEGER;

-- migrate:down

ALTER TABLE events DROP COLUMN price_changed_at;
