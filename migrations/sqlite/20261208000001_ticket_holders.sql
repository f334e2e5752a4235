-- migrate:up

-- Person that a ticket is for, as named by its buyer.
ALTER TABLE tickets ADD COLUMN holder_name TEXT;
ALTER TABLE tickets ADD COLUMN holder_email TEXT;
-- Issued orders of guests, which an account with the proved address adopts.
CREATE INDEX orders_by_guest_email ON orders (guest_email) WHERE guest_email IS NOT NULL AND user_id IS NULL;

-- migrate:down

DROP INDEX orders_by_guest_email;
ALTER TABLE tickets DROP COLUMN holder_email;
ALTER TABLE tickets DROP COLUMN holder_name;
