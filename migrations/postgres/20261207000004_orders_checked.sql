-- migrate:up

ALTER TABLE tickets VALIDATE CONSTRAINT tickets_have_all_of_an_order;

-- migrate:down

SELECT 1;
