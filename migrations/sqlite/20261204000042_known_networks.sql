-- migrate:up

-- Networks of successful log-ins, exempt from the counter of unknown networks. Keyed hashes, a few per account.
CREATE TABLE known_networks (
    user_id INTEGER NOT NULL REFERENCES users (id),
    network BLOB NOT NULL CHECK (length(network) = 16),
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, network)
) STRICT, WITHOUT ROWID;

-- migrate:down

DROP TABLE known_networks;
