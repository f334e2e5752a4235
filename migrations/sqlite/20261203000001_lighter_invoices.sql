-- migrate:up

-- A bolt11 is found by its payment hash.
DROP INDEX uma_request_invoices_by_bolt11;

-- migrate:down

CREATE INDEX uma_request_invoices_by_bolt11 ON uma_request_invoices (bolt11);
