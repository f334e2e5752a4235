-- migrate:up

-- Which invoice of a payment is the order's own. NULL is what a release without roles writes: then the metadata tells.
ALTER TABLE uma_request_invoices ADD COLUMN role TEXT CHECK (role IN ('current', 'earlier', 'extra'));

-- migrate:down

ALTER TABLE uma_request_invoices DROP COLUMN role;
