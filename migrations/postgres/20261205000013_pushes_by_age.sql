-- migrate:up transaction:false

CREATE INDEX CONCURRENTLY uma_pushes_by_age ON uma_pushes (queued_at);

-- migrate:down

DROP INDEX uma_pushes_by_age;
