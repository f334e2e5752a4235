-- migrate:up

-- State of email rate limits (GCRA), by limit and recipient.
CREATE TABLE mail_limits (
    scope      TEXT PRIMARY KEY NOT NULL,
    used_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_limits_by_age ON mail_limits (used_until);

-- UMA Requests by payer, waiting and pushed, and whether the payer answered with a verified pay request.
CREATE TABLE uma_pushes (
    payment_id INTEGER PRIMARY KEY REFERENCES payments (id),
    -- The UMA address in lower case.
    payer      TEXT NOT NULL,
    queued_at  INTEGER NOT NULL,
    pushed_at  INTEGER,
    payreq_at  INTEGER
) STRICT;
CREATE INDEX uma_pushes_by_payer ON uma_pushes (payer);

-- migrate:down

DROP TABLE uma_pushes;
DROP TABLE mail_limits;
