-- migrate:up

-- Networks of successful log-ins, exempt from the counter of unknown networks. Keyed hashes, a few per account.
CREATE TABLE known_networks (
    user_id bigint NOT NULL REFERENCES users (id),
    network bytea NOT NULL CHECK (octet_length(network) = 16),
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, network)
);

-- migrate:down

DROP TABLE known_networks;
