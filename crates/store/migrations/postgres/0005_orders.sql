-- Orders at rest. The signed bytes come last in the row: lists never read them. They are not
-- compressed: most of them is certificates and signatures.

CREATE TABLE orders (
    id                    text   COLLATE "C" PRIMARY KEY,
    buyer                 text   COLLATE "C" NOT NULL,
    account               text   COLLATE "C" NOT NULL,
    purchase_order_number text   COLLATE "C" NOT NULL,
    attempt               bigint NOT NULL CHECK (attempt > 0),
    sales_order_number    bigint,
    decision              text   NOT NULL CHECK (decision IN ('accepted', 'held', 'declined')),
    reasons               text   NOT NULL,  -- JSON
    state                 text   COLLATE "C" NOT NULL CHECK (state IN (
        'held', 'accepted', 'preparing', 'packed', 'part_shipped', 'shipped', 'closed', 'cancelled',
        'declined'
    )),
    version               bigint NOT NULL DEFAULT 1,
    fulfilment            text   NOT NULL CHECK (fulfilment IN ('complete', 'partial')),
    currency              text   COLLATE "C" NOT NULL,
    total_minor           bigint NOT NULL,
    ship_to               text,              -- JSON
    note                  text,
    issued_at             bigint NOT NULL,
    received_at           bigint NOT NULL,
    decided_at            bigint NOT NULL,
    held_until            bigint,
    content_sha256        bytea  NOT NULL CHECK (length(content_sha256) = 32),
    certificate_sha256    bytea  NOT NULL CHECK (length(certificate_sha256) = 32),
    receipt               bigint NOT NULL,
    signed_data           bytea  NOT NULL,
    UNIQUE (buyer, purchase_order_number, attempt)
);

ALTER TABLE orders ALTER COLUMN signed_data SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX one_order_per_number ON orders (buyer, purchase_order_number)
    WHERE state <> 'declined';

CREATE UNIQUE INDEX orders_by_sales_order_number ON orders (sales_order_number)
    WHERE sales_order_number IS NOT NULL;

CREATE INDEX open_orders ON orders (id)
    WHERE state NOT IN ('shipped', 'closed', 'cancelled', 'declined');

-- The date of a line is its own or its order's, YYYY-MM-DD.
CREATE TABLE order_lines (
    order_id           text   COLLATE "C" NOT NULL,
    line               bigint NOT NULL,
    sku                text   COLLATE "C" NOT NULL,
    description        text   COLLATE "C" NOT NULL,
    unit               text   NOT NULL,
    unit_price         text   COLLATE "C" NOT NULL,
    per                bigint NOT NULL,
    requested_delivery text   COLLATE "C",
    ordered            bigint NOT NULL CHECK (ordered > 0),
    reserved           bigint NOT NULL CHECK (reserved >= 0),
    packed             bigint NOT NULL DEFAULT 0 CHECK (0 <= packed AND packed <= reserved),
    back_ordered       bigint NOT NULL CHECK (back_ordered >= 0),
    shipped            bigint NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    cancelled          bigint NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    PRIMARY KEY (order_id, line),
    CHECK (reserved + back_ordered + shipped + cancelled = ordered)
);

CREATE INDEX back_ordered_lines ON order_lines (sku, order_id) WHERE back_ordered > 0;

-- What happened after the decision, which the order's own row tells.
CREATE TABLE order_events (
    order_id text   COLLATE "C" NOT NULL,
    version  bigint NOT NULL CHECK (version > 1),
    at       bigint NOT NULL,
    by       text   NOT NULL,
    event    text   NOT NULL,
    detail   text,
    PRIMARY KEY (order_id, version)
);

-- Refused messages: a ring of slots for each buyer. `number` counts the buyer's refusals, so that
-- what the ring has dropped is still counted.
CREATE TABLE refusals (
    buyer                 text   COLLATE "C" NOT NULL,
    slot                  bigint NOT NULL,
    number                bigint NOT NULL,
    id                    text   COLLATE "C" NOT NULL,
    account               text   NOT NULL,
    received_at           bigint NOT NULL,
    code                  text   NOT NULL,
    message_sha256        bytea  CHECK (length(message_sha256) = 32),
    purchase_order_number text,
    issued_at             bigint,
    items                 text,              -- JSON
    PRIMARY KEY (buyer, slot),
    UNIQUE (buyer, number),
    UNIQUE (id)
);
