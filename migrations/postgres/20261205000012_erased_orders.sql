-- migrate:up

-- Pending orders of erased accounts: their invoices contain the name until they end.
CREATE TABLE erased_orders (
    payment_id bigint PRIMARY KEY REFERENCES payments (id)
);

-- migrate:down

DROP TABLE erased_orders;
