-- migrate:up

-- Marks the current invoice of a payment. NULL in rows of releases without roles: the metadata decides.
ALTER TABLE uma_request_invoices ADD COLUMN role text;
ALTER TABLE uma_request_invoices ADD CONSTRAINT uma_request_invoices_role_known
    CHECK (role IN ('current', 'earlier', 'extra')) NOT VALID;

-- migrate:down

ALTER TABLE uma_request_invoices DROP COLUMN role;
