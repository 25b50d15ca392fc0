-- Packed units, how items are kept, every movement of stock, and what the desk notes on orders.

ALTER TABLE order_lines ADD COLUMN packed INTEGER NOT NULL DEFAULT 0
    CHECK (0 <= packed AND packed <= reserved);

UPDATE order_lines
SET packed = reserved
WHERE order_id IN (SELECT id FROM orders WHERE state = 'packed');

ALTER TABLE items ADD COLUMN backorder INTEGER NOT NULL DEFAULT 1 CHECK (backorder IN (0, 1));

ALTER TABLE items ADD COLUMN low_stock INTEGER CHECK (low_stock >= 0);

-- Rows are only ever added. Of an item, the sums of the two changes are its two columns in `items`.
CREATE TABLE stock_movements (
    number   INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    by       TEXT    NOT NULL,
    sku      TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    on_hand  INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    order_id TEXT,
    line     INTEGER,
    reason   TEXT,
    CHECK (CASE kind
        WHEN 'received' THEN on_hand > 0 AND reserved = 0
        WHEN 'reserved' THEN on_hand = 0 AND reserved > 0
        WHEN 'released' THEN on_hand = 0 AND reserved < 0
        WHEN 'shipped' THEN on_hand < 0 AND reserved = on_hand
        WHEN 'corrected' THEN on_hand <> 0 AND reserved = 0 AND reason IS NOT NULL
        ELSE false
    END)
) STRICT;

CREATE INDEX movements_of_item ON stock_movements (sku, number);

-- What was there before movements were kept, so that the sums are right from the first row.
INSERT INTO stock_movements (at, by, sku, kind, on_hand, reserved, reason)
SELECT
    (SELECT coalesce(max(issued_at), 0) FROM statements),
    'automatic',
    sku,
    'corrected',
    on_hand + gone,
    0,
    'on hand when movements began to be kept'
FROM (
    SELECT
        items.sku,
        items.on_hand,
        (
            SELECT coalesce(sum(order_lines.shipped), 0)
            FROM order_lines
            WHERE order_lines.sku = items.sku
        ) AS gone
    FROM items
)
WHERE on_hand + gone > 0;

INSERT INTO stock_movements (at, by, sku, kind, on_hand, reserved, order_id, line)
SELECT
    orders.decided_at,
    'automatic',
    order_lines.sku,
    'reserved',
    0,
    order_lines.reserved + order_lines.shipped,
    order_lines.order_id,
    order_lines.line
FROM order_lines
JOIN orders ON orders.id = order_lines.order_id
WHERE order_lines.reserved + order_lines.shipped > 0;

INSERT INTO stock_movements (at, by, sku, kind, on_hand, reserved, order_id, line)
SELECT
    orders.decided_at,
    'automatic',
    order_lines.sku,
    'shipped',
    -order_lines.shipped,
    -order_lines.shipped,
    order_lines.order_id,
    order_lines.line
FROM order_lines
JOIN orders ON orders.id = order_lines.order_id
WHERE order_lines.shipped > 0;

-- What people of the desk write for each other; buyers never see it.
CREATE TABLE order_notes (
    number   INTEGER PRIMARY KEY,
    order_id TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    by       TEXT    NOT NULL,
    note     TEXT    NOT NULL
) STRICT;

CREATE INDEX notes_of_order ON order_notes (order_id, number);
