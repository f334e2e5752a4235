-- migrate:up

-- When the payer's VASP refused the pushed UMA Request.
ALTER TABLE uma_pushes ADD COLUMN refused_at timestamptz;

-- migrate:down

ALTER TABLE uma_pushes DROP COLUMN refused_at;
