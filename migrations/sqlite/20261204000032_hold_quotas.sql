-- migrate:up

-- Maximum of outstanding seats per network; NULL means the shop's setting, 0 no limit.
ALTER TABLE events ADD COLUMN network_limit INTEGER CHECK (network_limit >= 0);
-- Keyed hashes of the buyer's network, while the seat is unpaid or free of charge.
ALTER TABLE tickets ADD COLUMN network_tag BLOB;
ALTER TABLE tickets ADD COLUMN site_tag BLOB;
CREATE INDEX tickets_by_network ON tickets (network_tag) WHERE network_tag IS NOT NULL;
CREATE INDEX tickets_by_site ON tickets (site_tag) WHERE site_tag IS NOT NULL;

-- migrate:down

DROP INDEX tickets_by_site;
DROP INDEX tickets_by_network;
ALTER TABLE tickets DROP COLUMN site_tag;
ALTER TABLE tickets DROP COLUMN network_tag;
ALTER TABLE events DROP COLUMN network_limit;
