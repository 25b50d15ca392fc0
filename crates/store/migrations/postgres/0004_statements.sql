-- What the seller signed, in one sequence for all kinds. Rows are only ever added. Beside each is what
-- its leaf in the log completes: the roots of the perfect subtrees of 256, 65,536 … leaves that end with
-- it, smallest first. They are the tiles above level 0.

CREATE TABLE statements (
    number    bigint PRIMARY KEY,
    kind      text   NOT NULL CHECK (kind IN (
        'receipt', 'shipment', 'cancellation', 'key', 'seller', 'recovery'
    )),
    order_id  text   COLLATE "C",
    account   text   COLLATE "C",
    issued_at bigint NOT NULL,
    sha256    bytea  NOT NULL CHECK (length(sha256) = 32),
    completes bytea  CHECK (length(completes) % 32 = 0),
    der       bytea  NOT NULL
);

CREATE INDEX statements_of_order ON statements (order_id, number) WHERE order_id IS NOT NULL;

CREATE INDEX seller_statements ON statements (number) WHERE kind = 'seller';
