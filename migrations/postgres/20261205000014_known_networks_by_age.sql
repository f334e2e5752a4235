-- migrate:up transaction:false

CREATE INDEX CONCURRENTLY known_networks_by_age ON known_networks (seen_at);

-- migrate:down

DROP INDEX known_networks_by_age;
