-- migrate:up

-- Which invoice of a payment is the order's own. NULL is what a release without roles writes: then the metadata tells.
ALTER TABLE uma_request_invoices ADD COLUMN role text;
ALTER TABLE uma_request_invoices ADD CONSTRAINT uma_request_invoices_role_known
    CHECK (role IN ('current', 'earlier', 'extra')) NOT VALID;

-- migrate:down

ALTER TABLE uma_request_invoices DROP COLUMN role;
