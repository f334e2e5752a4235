-- migrate:up transaction:false

CREATE INDEX CONCURRENTLY tickets_by_network ON tickets (network_tag) WHERE network_tag IS NOT NULL;

-- migrate:down

DROP INDEX tickets_by_network;
