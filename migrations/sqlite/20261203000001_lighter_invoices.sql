-- migrate:up

-- A bolt11 is found by the payment hash in it.
DROP INDEX uma_request_invoices_by_bolt11;

-- migrate:down

CREATE INDEX uma_request_invoices_by_bolt11 ON uma_request_invoices (bolt11);
