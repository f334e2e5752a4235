-- migrate:up

-- When the price of a published event last changed. Releases before this one write none.
ALTER TABLE events ADD COLUMN price_changed_at timestamptz;

-- migrate:down

ALTER TABLE events DROP COLUMN price_changed_at;
