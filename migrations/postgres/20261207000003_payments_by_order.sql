-- migrate:up transaction:false

CREATE UNIQUE INDEX CONCURRENTLY payments_by_order ON payments (order_id) WHERE order_id IS NOT NULL;

-- migrate:down

DROP INDEX payments_by_order;
