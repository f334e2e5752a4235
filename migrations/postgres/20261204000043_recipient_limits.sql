-- migrate:up

-- State of email rate limits (GCRA), by limit and recipient.
CREATE TABLE mail_limits (
    scope      text PRIMARY KEY,
    used_until timestamptz NOT NULL
);
CREATE INDEX mail_limits_by_age ON mail_limits (used_until);

-- UMA Requests by payer, waiting and pushed, and whether the payer answered with a verified pay request.
CREATE TABLE uma_pushes (
    payment_id bigint PRIMARY KEY REFERENCES payments (id),
    -- The UMA address in lower case.
    payer      text NOT NULL,
    queued_at  timestamptz NOT NULL,
    pushed_at  timestamptz,
    payreq_at  timestamptz
);
CREATE INDEX uma_pushes_by_payer ON uma_pushes (payer);

-- migrate:down

DROP TABLE uma_pushes;
DROP TABLE mail_limits;
