-- migrate:up

-- Links that log in without a password. SQLite cannot change a check, so the table is copied.
CREATE TABLE new_email_tokens (
    user_id    INTEGER NOT NULL REFERENCES users (id),
    purpose    TEXT NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'log_in')),
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    -- The address that the link was sent to, the only one it verifies.
    email      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, purpose)
) STRICT, WITHOUT ROWID;
INSERT INTO new_email_tokens SELECT * FROM email_tokens;
DROP TABLE email_tokens;
ALTER TABLE new_email_tokens RENAME TO email_tokens;
CREATE INDEX email_tokens_by_expiry ON email_tokens (expires_at);

-- migrate:down

DELETE FROM email_tokens WHERE purpose = 'log_in';
CREATE TABLE old_email_tokens (
    user_id    INTEGER NOT NULL REFERENCES users (id),
    purpose    TEXT NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    email      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, purpose)
) STRICT, WITHOUT ROWID;
INSERT INTO old_email_tokens SELECT * FROM email_tokens;
DROP TABLE email_tokens;
ALTER TABLE old_email_tokens RENAME TO email_tokens;
CREATE INDEX email_tokens_by_expiry ON email_tokens (expires_at);
