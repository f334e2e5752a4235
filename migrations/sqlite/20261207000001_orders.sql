-- migrate:up

CREATE TABLE ticket_types (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id INTEGER NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name <> ''),
    description TEXT NOT NULL,
    price_kind TEXT NOT NULL CHECK (price_kind IN ('fixed', 'currency', 'chosen')),
    -- The price; for `chosen` the smallest amount.
    price_sats INTEGER CHECK (price_sats >= 0),
    price_currency TEXT CHECK (length(price_currency) = 3),
    price_minor_units INTEGER CHECK (price_minor_units > 0),
    quota INTEGER CHECK (quota >= 0),
    -- Pending and paid tickets of this type; changed under the event's lock together with them.
    taken INTEGER NOT NULL DEFAULT 0 CHECK (taken >= 0),
    sale_starts_at INTEGER,
    sale_ends_at INTEGER,
    min_per_order INTEGER NOT NULL CHECK (min_per_order > 0),
    max_per_order INTEGER CHECK (max_per_order >= min_per_order),
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'hidden')),
    position INTEGER NOT NULL CHECK (position >= 0),
    archived_at INTEGER,
    price_changed_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK (CASE price_kind WHEN 'currency' THEN price_sats IS NULL AND price_currency IS NOT NULL AND price_minor_units IS NOT NULL
        ELSE price_sats IS NOT NULL AND price_currency IS NULL AND price_minor_units IS NULL END)
) STRICT;
CREATE INDEX ticket_types_by_event ON ticket_types (event_id, id);

CREATE TABLE promo_codes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- NULL is valid for all events.
    event_id INTEGER REFERENCES events (id) ON DELETE CASCADE,
    code TEXT NOT NULL CHECK (code <> ''),
    discount_kind TEXT NOT NULL CHECK (discount_kind IN ('percent', 'sats', 'free')),
    discount_amount INTEGER CHECK (discount_amount > 0),
    -- Whether it applies to all types rather than to those in `promo_code_types`.
    all_types INTEGER NOT NULL CHECK (all_types IN (0, 1)),
    max_uses INTEGER CHECK (max_uses > 0),
    -- Orders that have a seat with this code; changed under the row's lock together with them.
    used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
    max_uses_per_buyer INTEGER CHECK (max_uses_per_buyer > 0),
    valid_from INTEGER,
    valid_until INTEGER,
    archived_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK ((discount_kind = 'free') = (discount_amount IS NULL))
) STRICT;
CREATE UNIQUE INDEX promo_codes_by_code ON promo_codes (code, event_id);
CREATE UNIQUE INDEX promo_codes_for_all_events ON promo_codes (code) WHERE event_id IS NULL;
CREATE INDEX promo_codes_by_event ON promo_codes (event_id, id);

CREATE TABLE promo_code_types (
    promo_code_id INTEGER NOT NULL REFERENCES promo_codes (id) ON DELETE CASCADE,
    ticket_type_id INTEGER NOT NULL REFERENCES ticket_types (id) ON DELETE CASCADE,
    PRIMARY KEY (promo_code_id, ticket_type_id)
) STRICT;
CREATE INDEX promo_code_types_by_type ON promo_code_types (ticket_type_id);

CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id INTEGER NOT NULL REFERENCES events (id),
    kind TEXT NOT NULL CHECK (kind IN ('sale', 'complimentary')),
    -- NULL for guests and after erasure of the account.
    user_id INTEGER REFERENCES users (id),
    guest_email TEXT,
    email_confirmed_at INTEGER,
    payer_address TEXT,
    -- What limits per buyer are counted by (`tickets::BuyerKey`).
    buyer_key TEXT,
    total_sats INTEGER NOT NULL CHECK (total_sats >= 0),
    promo_code_id INTEGER REFERENCES promo_codes (id),
    status TEXT NOT NULL CHECK (status IN
        ('pending', 'awaiting_confirmation', 'paid', 'failed', 'expired', 'cancelled', 'refunded')),
    hold_expires_at INTEGER,
    issued_at INTEGER,
    -- Ticket of a release without orders.
    legacy_ticket_id INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX orders_by_legacy_ticket ON orders (legacy_ticket_id) WHERE legacy_ticket_id IS NOT NULL;
CREATE INDEX orders_by_buyer ON orders (buyer_key, id) WHERE buyer_key IS NOT NULL;
CREATE INDEX orders_by_promo_code ON orders (promo_code_id) WHERE promo_code_id IS NOT NULL;

CREATE TABLE order_lines (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    ticket_type_id INTEGER NOT NULL REFERENCES ticket_types (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    list_price_sats INTEGER NOT NULL CHECK (list_price_sats >= 0),
    discount_sats INTEGER NOT NULL CHECK (discount_sats BETWEEN 0 AND list_price_sats),
    -- How the list price was converted, as JSON.
    conversion TEXT,
    PRIMARY KEY (order_id, position)
) STRICT;

-- NULL in rows of releases without orders until the backfill reaches them.
ALTER TABLE tickets ADD COLUMN order_id INTEGER REFERENCES orders (id);
ALTER TABLE tickets ADD COLUMN ticket_type_id INTEGER REFERENCES ticket_types (id);
ALTER TABLE tickets ADD COLUMN price_msats INTEGER CHECK (price_msats >= 0);
ALTER TABLE payments ADD COLUMN order_id INTEGER REFERENCES orders (id);
-- Includes tickets without an order, which the backfill searches for.
CREATE INDEX tickets_by_order ON tickets (order_id, id);
CREATE UNIQUE INDEX payments_by_order ON payments (order_id) WHERE order_id IS NOT NULL;

-- One row: since when all processes maintain orders. NULL while the previous release may run beside this one.
CREATE TABLE orders_rollout (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    finished_at INTEGER
) STRICT;
INSERT INTO orders_rollout (id) VALUES (1);

-- migrate:down

DROP TABLE orders_rollout;
DROP INDEX payments_by_order;
DROP INDEX tickets_by_order;
ALTER TABLE payments DROP COLUMN order_id;
ALTER TABLE tickets DROP COLUMN price_msats;
ALTER TABLE tickets DROP COLUMN ticket_type_id;
ALTER TABLE tickets DROP COLUMN order_id;
DROP TABLE order_lines;
DROP TABLE orders;
DROP TABLE promo_code_types;
DROP TABLE promo_codes;
DROP TABLE ticket_types;
