-- migrate:up

ALTER TABLE payments VALIDATE CONSTRAINT payments_price_msats_check;

-- migrate:down

SELECT 1;
