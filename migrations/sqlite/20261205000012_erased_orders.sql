-- migrate:up

-- Pending orders of erased accounts: their invoices contain the name until they end.
CREATE TABLE erased_orders (
    payment_id INTEGER PRIMARY KEY REFERENCES payments (id)
) STRICT;

-- migrate:down

DROP TABLE erased_orders;
