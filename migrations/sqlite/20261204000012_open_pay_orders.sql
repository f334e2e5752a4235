-- migrate:up

-- Partial: few rows, counted at each scrape of the metrics.
CREATE INDEX pay_orders_open ON pay_orders (payer) WHERE status IN ('ordered', 'unresolved');

-- migrate:down

DROP INDEX pay_orders_open;
