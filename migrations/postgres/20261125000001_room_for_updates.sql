-- migrate:up

-- Room for HOT updates on tables whose rows change often: they need no new index entries.
ALTER TABLE jobs SET (fillfactor = 60);
ALTER TABLE events SET (fillfactor = 50);
ALTER TABLE payments SET (fillfactor = 85);

-- migrate:down

ALTER TABLE jobs RESET (fillfactor);
ALTER TABLE events RESET (fillfactor);
ALTER TABLE payments RESET (fillfactor);
