-- migrate:up

-- Marks the current invoice of a payment. NULL in rows of releases without roles: the metadata decides.
ALTER TABLE uma_request_invoices ADD COLUMN role TEXT CHECK (role IN ('current', 'earlier', 'extra'));

-- migrate:down

ALTER TABLE uma_request_invoices DROP COLUMN role;
