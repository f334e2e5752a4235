-- migrate:up

-- Language of emails: that of the request which made the account or the order.
ALTER TABLE users ADD COLUMN language text NOT NULL DEFAULT 'en';
ALTER TABLE orders ADD COLUMN language text NOT NULL DEFAULT 'en';

-- migrate:down

ALTER TABLE orders DROP COLUMN language;
ALTER TABLE users DROP COLUMN language;
