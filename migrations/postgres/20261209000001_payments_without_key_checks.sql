-- migrate:up

-- Tickets and payments are never deleted, and `tickets audit` lists rows without their counterpart. Each check locks the ticket of
-- every purchase, and costs more than the row of its order.
ALTER TABLE payments DROP CONSTRAINT payments_ticket_id_fkey;

-- migrate:down

ALTER TABLE payments ADD CONSTRAINT payments_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES tickets (id) NOT VALID;
