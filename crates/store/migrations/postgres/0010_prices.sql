-- What single buyers agreed on, and how much may be open with them. Days are YYYY-MM-DD in UTC, and
-- both ends are days on which the price holds.

CREATE TABLE prices (
    buyer      text   COLLATE "C" NOT NULL REFERENCES buyers (id),
    sku        text   COLLATE "C" NOT NULL REFERENCES items (sku),
    currency   text   COLLATE "C" NOT NULL,
    valid_from text   COLLATE "C" NOT NULL,
    valid_to   text   COLLATE "C",                -- null for open end
    unit_price text   NOT NULL,
    per        bigint NOT NULL CHECK (per > 0),
    PRIMARY KEY (buyer, sku, currency, valid_from),
    CHECK (valid_to >= valid_from)
);

CREATE TABLE credit_limits (
    buyer       text   COLLATE "C" NOT NULL REFERENCES buyers (id),
    currency    text   COLLATE "C" NOT NULL,
    limit_minor bigint NOT NULL CHECK (limit_minor >= 0),
    PRIMARY KEY (buyer, currency)
);

CREATE INDEX open_orders_of_buyer ON orders (buyer, currency)
    WHERE state NOT IN ('shipped', 'closed', 'cancelled', 'declined');

CREATE INDEX held_orders ON orders (held_until) WHERE state = 'held';
