-- migrate:up

ALTER TABLE uma_request_invoices VALIDATE CONSTRAINT uma_request_invoices_role_known;

-- migrate:down

SELECT 1;
