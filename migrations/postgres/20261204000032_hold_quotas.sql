-- migrate:up

-- Maximum of outstanding seats per network; NULL means the shop's setting, 0 no limit.
ALTER TABLE events ADD COLUMN network_limit integer CHECK (network_limit >= 0);
-- Keyed hashes of the buyer's network, while the seat is unpaid or free of charge.
ALTER TABLE tickets ADD COLUMN network_tag bytea;
ALTER TABLE tickets ADD COLUMN site_tag bytea;

-- migrate:down

ALTER TABLE tickets DROP COLUMN site_tag;
ALTER TABLE tickets DROP COLUMN network_tag;
ALTER TABLE events DROP COLUMN network_limit;
