-- migrate:up

-- Partial: few rows, counted at each scrape of the metrics.
CREATE INDEX refunds_sending ON refunds (id) WHERE status = 'sending';

-- migrate:down

DROP INDEX refunds_sending;
