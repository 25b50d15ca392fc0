-- What is sold. Available is on hand less reserved, and never a column. Pages are left partly empty, so
-- that stock which moves is written beside where it was.

CREATE TABLE items (
    sku        text    COLLATE "C" PRIMARY KEY,
    name       text    COLLATE "C" NOT NULL,
    unit       text    NOT NULL,
    currency   text    COLLATE "C" NOT NULL,
    unit_price text    NOT NULL,
    per        bigint  NOT NULL CHECK (per > 0),
    on_hand    bigint  NOT NULL DEFAULT 0,
    reserved   bigint  NOT NULL DEFAULT 0,
    backorder  boolean NOT NULL DEFAULT true,
    low_stock  bigint  CHECK (low_stock >= 0),
    CONSTRAINT stock_is_never_promised_twice CHECK (0 <= reserved AND reserved <= on_hand)
) WITH (fillfactor = 50);
