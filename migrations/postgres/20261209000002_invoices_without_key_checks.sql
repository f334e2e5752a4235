-- migrate:up

-- As for payments. Each file locks few tables, for a moment.
ALTER TABLE uma_request_invoices DROP CONSTRAINT uma_request_invoices_payment_id_fkey;

-- migrate:down

ALTER TABLE uma_request_invoices ADD CONSTRAINT uma_request_invoices_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id) NOT VALID;
