-- migrate:up

-- The price of a paid order is 0 when all of its valid tickets are free: those with a price were revoked.
ALTER TABLE payments DROP CONSTRAINT payments_price_msats_check;
ALTER TABLE payments ADD CONSTRAINT payments_price_msats_check CHECK (price_msats >= 0) NOT VALID;

-- migrate:down

ALTER TABLE payments DROP CONSTRAINT payments_price_msats_check;
ALTER TABLE payments ADD CONSTRAINT payments_price_msats_check CHECK (price_msats > 0) NOT VALID;
