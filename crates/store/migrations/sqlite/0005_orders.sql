-- Orders at rest. The signed bytes come last in the row: lists never read them.

CREATE TABLE orders (
    id                    TEXT    NOT NULL PRIMARY KEY,
    buyer                 TEXT    NOT NULL,
    account               TEXT    NOT NULL,
    purchase_order_number TEXT    NOT NULL,
    attempt               INTEGER NOT NULL CHECK (attempt > 0),
    sales_order_number    INTEGER,
    decision              TEXT    NOT NULL CHECK (decision IN ('accepted', 'held', 'declined')),
    reasons               TEXT    NOT NULL,  -- JSON
    state                 TEXT    NOT NULL CHECK (state IN (
        'held', 'accepted', 'preparing', 'packed', 'part_shipped', 'shipped', 'closed', 'cancelled',
        'declined'
    )),
    version               INTEGER NOT NULL DEFAULT 1,
    fulfilment            TEXT    NOT NULL CHECK (fulfilment IN ('complete', 'partial')),
    currency              TEXT    NOT NULL,
    total_minor           INTEGER NOT NULL,
    ship_to               TEXT,              -- JSON
    note                  TEXT,
    issued_at             INTEGER NOT NULL,
    received_at           INTEGER NOT NULL,
    decided_at            INTEGER NOT NULL,
    held_until            INTEGER,
    content_sha256        BLOB    NOT NULL CHECK (length(content_sha256) = 32),
    certificate_sha256    BLOB    NOT NULL CHECK (length(certificate_sha256) = 32),
    receipt               INTEGER NOT NULL,
    signed_data           BLOB    NOT NULL,
    UNIQUE (buyer, purchase_order_number, attempt)
) STRICT;

CREATE UNIQUE INDEX one_order_per_number ON orders (buyer, purchase_order_number)
    WHERE state <> 'declined';

CREATE UNIQUE INDEX orders_by_sales_order_number ON orders (sales_order_number)
    WHERE sales_order_number IS NOT NULL;

CREATE INDEX orders_of_buyer ON orders (buyer, id);

CREATE INDEX open_orders ON orders (id)
    WHERE state NOT IN ('shipped', 'closed', 'cancelled', 'declined');

CREATE TABLE order_lines (
    order_id     TEXT    NOT NULL,
    line         INTEGER NOT NULL,
    sku          TEXT    NOT NULL,
    description  TEXT    NOT NULL,
    unit         TEXT    NOT NULL,
    unit_price   TEXT    NOT NULL,
    per          INTEGER NOT NULL,
    ordered      INTEGER NOT NULL CHECK (ordered > 0),
    reserved     INTEGER NOT NULL CHECK (reserved >= 0),
    back_ordered INTEGER NOT NULL CHECK (back_ordered >= 0),
    shipped      INTEGER NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    cancelled    INTEGER NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    PRIMARY KEY (order_id, line),
    CHECK (reserved + back_ordered + shipped + cancelled = ordered)
) STRICT, WITHOUT ROWID;

CREATE INDEX back_ordered_lines ON order_lines (sku, order_id) WHERE back_ordered > 0;

-- What happened after the decision, which the order's own row tells.
CREATE TABLE order_events (
    order_id TEXT    NOT NULL,
    version  INTEGER NOT NULL CHECK (version > 1),
    at       INTEGER NOT NULL,
    by       TEXT    NOT NULL,
    event    TEXT    NOT NULL,
    detail   TEXT,
    PRIMARY KEY (order_id, version)
) STRICT, WITHOUT ROWID;

-- Refused messages: a ring of slots for each buyer. `number` counts the buyer's refusals, so that
-- what the ring has dropped is still counted.
CREATE TABLE refusals (
    buyer                 TEXT    NOT NULL,
    slot                  INTEGER NOT NULL,
    number                INTEGER NOT NULL,
    id                    TEXT    NOT NULL,
    account               TEXT    NOT NULL,
    received_at           INTEGER NOT NULL,
    code                  TEXT    NOT NULL,
    message_sha256        BLOB    CHECK (length(message_sha256) = 32),
    purchase_order_number TEXT,
    issued_at             INTEGER,
    items                 TEXT,              -- JSON
    PRIMARY KEY (buyer, slot),
    UNIQUE (buyer, number),
    UNIQUE (id)
) STRICT, WITHOUT ROWID;
