-- What is sold. Available is on hand less reserved, and never a column.

CREATE TABLE items (
    sku        TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    unit       TEXT    NOT NULL,
    currency   TEXT    NOT NULL,
    unit_price TEXT    NOT NULL,
    per        INTEGER NOT NULL CHECK (per > 0),
    on_hand    INTEGER NOT NULL DEFAULT 0,
    reserved   INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT stock_is_never_promised_twice CHECK (0 <= reserved AND reserved <= on_hand)
) STRICT, WITHOUT ROWID;
