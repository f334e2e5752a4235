-- migrate:up

-- The price of a paid order is 0 when all of its valid tickets are free: those with a price were revoked.
-- SQLite changes a check by replacing the column.
ALTER TABLE payments ADD new_price INTEGER NOT NULL DEFAULT 0 CHECK (new_price >= 0);
UPDATE payments SET new_price = price_msats;
ALTER TABLE payments DROP COLUMN price_msats;
ALTER TABLE payments RENAME COLUMN new_price TO price_msats;

-- migrate:down

ALTER TABLE payments ADD new_price INTEGER NOT NULL DEFAULT 1 CHECK (new_price > 0);
UPDATE payments SET new_price = max(price_msats, 1);
ALTER TABLE payments DROP COLUMN price_msats;
ALTER TABLE payments RENAME COLUMN new_price TO price_msats;
