-- migrate:up

CREATE INDEX uma_pushes_by_age ON uma_pushes (queued_at);
CREATE INDEX known_networks_by_age ON known_networks (seen_at);

-- migrate:down

DROP INDEX known_networks_by_age;
DROP INDEX uma_pushes_by_age;
