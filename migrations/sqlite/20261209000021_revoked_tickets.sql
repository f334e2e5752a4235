-- migrate:up

-- Price of tickets that were revoked while others of the order stay valid, and how much of it was refunded.
ALTER TABLE payments ADD COLUMN revoked_msats INTEGER NOT NULL DEFAULT 0 CHECK (revoked_msats >= 0);
ALTER TABLE payments ADD COLUMN revoked_refunded_msats INTEGER NOT NULL DEFAULT 0 CHECK (revoked_refunded_msats >= 0);

-- migrate:down

ALTER TABLE payments DROP COLUMN revoked_refunded_msats;
ALTER TABLE payments DROP COLUMN revoked_msats;
