-- What single buyers agreed on, and how much may be open with them. Days are YYYY-MM-DD in UTC, and
-- both ends are days on which the price holds.

CREATE TABLE prices (
    buyer      TEXT    NOT NULL REFERENCES buyers (id),
    sku        TEXT    NOT NULL REFERENCES items (sku),
    currency   TEXT    NOT NULL,
    valid_from TEXT    NOT NULL,
    valid_to   TEXT,                -- null for open end
    unit_price TEXT    NOT NULL,
    per        INTEGER NOT NULL CHECK (per > 0),
    PRIMARY KEY (buyer, sku, currency, valid_from),
    CHECK (valid_to >= valid_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE credit_limits (
    buyer       TEXT    NOT NULL REFERENCES buyers (id),
    currency    TEXT    NOT NULL,
    limit_minor INTEGER NOT NULL CHECK (limit_minor >= 0),
    PRIMARY KEY (buyer, currency)
) STRICT, WITHOUT ROWID;

CREATE INDEX open_orders_of_buyer ON orders (buyer, currency)
    WHERE state NOT IN ('shipped', 'closed', 'cancelled', 'declined');

CREATE INDEX held_orders ON orders (held_until) WHERE state = 'held';
