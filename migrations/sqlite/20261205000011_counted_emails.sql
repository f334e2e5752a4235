-- migrate:up

-- Send time of a job's email, set once it is counted towards its recipient's limits.
ALTER TABLE jobs ADD COLUMN mail_at INTEGER;

-- migrate:down

ALTER TABLE jobs DROP COLUMN mail_at;
