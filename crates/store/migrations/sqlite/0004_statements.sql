-- What the seller signed, in one sequence for all kinds. Rows are only ever added.

CREATE TABLE statements (
    number    INTEGER PRIMARY KEY,
    kind      TEXT    NOT NULL CHECK (kind IN ('receipt', 'shipment', 'cancellation', 'key', 'seller')),
    order_id  TEXT,
    account   TEXT,
    issued_at INTEGER NOT NULL,
    sha256    BLOB    NOT NULL CHECK (length(sha256) = 32),
    der       BLOB    NOT NULL
) STRICT;

CREATE INDEX statements_of_order ON statements (order_id, number) WHERE order_id IS NOT NULL;

CREATE INDEX seller_statements ON statements (number) WHERE kind = 'seller';
