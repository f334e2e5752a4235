-- migrate:up

-- When a job's email is sent, once it was counted towards the limits of its recipient.
ALTER TABLE jobs ADD COLUMN mail_at INTEGER;

-- migrate:down

ALTER TABLE jobs DROP COLUMN mail_at;
