-- migrate:up

-- Few, and counted at every look at the shop's numbers.
CREATE INDEX pay_orders_open ON pay_orders (payer) WHERE status IN ('ordered', 'unresolved');

-- migrate:down

DROP INDEX pay_orders_open;
