-- migrate:up transaction:false

-- Includes tickets without an order, which the backfill searches for.
CREATE INDEX CONCURRENTLY tickets_by_order ON tickets (order_id, id);

-- migrate:down

DROP INDEX tickets_by_order;
