-- migrate:up

-- Random bits of a row, from which its links and tokens are derived. NULL in rows that a release without them writes: those keep
-- the links that the number alone decides.
ALTER TABLE tickets ADD COLUMN link_key BLOB;
ALTER TABLE users ADD COLUMN account_key BLOB;

-- migrate:down

ALTER TABLE users DROP COLUMN account_key;
ALTER TABLE tickets DROP COLUMN link_key;
