-- Every movement of stock, and what the desk notes on orders.

-- Rows are only ever added. Of an item, the sums of the two changes are its two columns in `items`.
CREATE TABLE stock_movements (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       bigint NOT NULL,
    by       text   NOT NULL,
    sku      text   COLLATE "C" NOT NULL,
    kind     text   NOT NULL,
    on_hand  bigint NOT NULL,
    reserved bigint NOT NULL,
    order_id text   COLLATE "C",
    line     bigint,
    reason   text,
    CHECK (CASE kind
        WHEN 'received' THEN on_hand > 0 AND reserved = 0
        WHEN 'reserved' THEN on_hand = 0 AND reserved > 0
        WHEN 'released' THEN on_hand = 0 AND reserved < 0
        WHEN 'shipped' THEN on_hand < 0 AND reserved = on_hand
        WHEN 'corrected' THEN on_hand <> 0 AND reserved = 0 AND reason IS NOT NULL
        ELSE false
    END)
);

CREATE INDEX movements_of_item ON stock_movements (sku, number);

-- What people of the desk write for each other; buyers never see it.
CREATE TABLE order_notes (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id text   COLLATE "C" NOT NULL,
    at       bigint NOT NULL,
    by       text   NOT NULL,
    note     text   NOT NULL
);

CREATE INDEX notes_of_order ON order_notes (order_id, number);
