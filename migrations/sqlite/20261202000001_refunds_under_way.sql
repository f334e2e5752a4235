-- migrate:up

-- Few, and counted at every look at the shop's numbers.
CREATE INDEX refunds_sending ON refunds (id) WHERE status = 'sending';

-- migrate:down

DROP INDEX refunds_sending;
