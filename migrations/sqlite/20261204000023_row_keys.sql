-- migrate:up

-- Random bits from which the links and tokens of a row are derived. NULL in rows of earlier releases, whose links are derived
-- from the id alone.
ALTER TABLE tickets ADD COLUMN link_key BLOB;
ALTER TABLE users ADD COLUMN account_key BLOB;

-- migrate:down

ALTER TABLE users DROP COLUMN account_key;
ALTER TABLE tickets DROP COLUMN link_key;
