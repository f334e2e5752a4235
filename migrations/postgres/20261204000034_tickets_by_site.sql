-- migrate:up transaction:false

CREATE INDEX CONCURRENTLY tickets_by_site ON tickets (site_tag) WHERE site_tag IS NOT NULL;

-- migrate:down

DROP INDEX tickets_by_site;
