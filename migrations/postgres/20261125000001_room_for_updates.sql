-- migrate:up

-- A new version of a row beside the old one needs no new entry in the indexes: pages keep room for it where rows change often.
ALTER TABLE jobs SET (fillfactor = 60);
ALTER TABLE events SET (fillfactor = 50);
ALTER TABLE payments SET (fillfactor = 85);

-- migrate:down

ALTER TABLE jobs RESET (fillfactor);
ALTER TABLE events RESET (fillfactor);
ALTER TABLE payments RESET (fillfactor);
