-- migrate:up

ALTER TABLE uma_request_invoices VALIDATE CONSTRAINT uma_request_invoices_payment_hash_hex;

-- migrate:down

SELECT 1;
