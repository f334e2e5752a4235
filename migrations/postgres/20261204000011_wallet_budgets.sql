-- migrate:up

-- Budgets: NULL means the shop's default. Claim: serialises exchanges of the single-use refresh token across replicas.
ALTER TABLE nwc_connections ADD COLUMN budget_per_purchase_sats bigint CHECK (budget_per_purchase_sats > 0);
ALTER TABLE nwc_connections ADD COLUMN budget_per_day_sats bigint CHECK (budget_per_day_sats > 0);
ALTER TABLE nwc_connections ADD COLUMN refresh_claimed_until timestamptz;
ALTER TABLE nwc_connections ADD COLUMN silences integer NOT NULL DEFAULT 0 CHECK (silences >= 0);

-- migrate:down

ALTER TABLE nwc_connections DROP COLUMN silences;
ALTER TABLE nwc_connections DROP COLUMN refresh_claimed_until;
ALTER TABLE nwc_connections DROP COLUMN budget_per_day_sats;
ALTER TABLE nwc_connections DROP COLUMN budget_per_purchase_sats;
