-- migrate:up

-- Links sent by email: one open link per account and purpose. Only a hash is stored.
CREATE TABLE email_tokens (
    user_id    INTEGER NOT NULL REFERENCES users (id),
    purpose    TEXT NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    -- The address that the link was sent to, the only one it verifies.
    email      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_tokens_by_expiry ON email_tokens (expires_at);

-- migrate:down

DROP TABLE email_tokens;
