-- migrate:up

-- Address of the wallet that pays an order for which the buyer gave none; empty if several wallets named theirs.
ALTER TABLE payments ADD COLUMN payer_address TEXT;

-- migrate:down

ALTER TABLE payments DROP COLUMN payer_address;
