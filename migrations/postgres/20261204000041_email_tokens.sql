-- migrate:up

-- Links sent by email: one open link per account and purpose. Only a hash is stored.
CREATE TABLE email_tokens (
    user_id    bigint NOT NULL REFERENCES users (id),
    purpose    text NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    -- The address that the link was sent to, the only one it verifies.
    email      text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, purpose)
);
CREATE INDEX email_tokens_by_expiry ON email_tokens (expires_at);

-- migrate:down

DROP TABLE email_tokens;
