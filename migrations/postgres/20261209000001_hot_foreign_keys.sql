-- migrate:up

-- Tickets and payments are never deleted, and the ledger counts payments without a ticket and invoices without a payment.
-- Each check locks and marks the referenced row of every purchase.
ALTER TABLE payments DROP CONSTRAINT payments_ticket_id_fkey;
ALTER TABLE uma_request_invoices DROP CONSTRAINT uma_request_invoices_payment_id_fkey;

-- migrate:down

ALTER TABLE payments ADD CONSTRAINT payments_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES tickets (id) NOT VALID;
ALTER TABLE uma_request_invoices ADD CONSTRAINT uma_request_invoices_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id) NOT VALID;
