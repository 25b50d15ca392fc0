-- The transparency log: a Merkle tree whose leaves are the statements' digests, in order of number.
-- Leaf n of a log is statement first_statement + n. Statements that are older than these tables are
-- appended when the schema is brought up to date.

CREATE TABLE logs (
    generation      INTEGER PRIMARY KEY CHECK (generation > 0),
    origin          TEXT    NOT NULL UNIQUE,
    first_statement INTEGER NOT NULL UNIQUE,
    size            INTEGER NOT NULL CHECK (size >= 0),
    root            BLOB    NOT NULL CHECK (length(root) = 32),
    edge            BLOB    NOT NULL CHECK (length(edge) % 32 = 0)  -- perfect subtrees, largest first
) STRICT;

-- What each witness last said.
CREATE TABLE cosignatures (
    log         INTEGER NOT NULL REFERENCES logs (generation),
    witness     TEXT    NOT NULL,
    size        INTEGER NOT NULL,
    root        BLOB    NOT NULL CHECK (length(root) = 32),
    line        TEXT    NOT NULL,
    cosigned_at INTEGER NOT NULL,
    PRIMARY KEY (log, witness)
) STRICT, WITHOUT ROWID;

INSERT INTO logs (generation, origin, first_statement, size, root, edge)
SELECT 1, origin, 0, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', x''
FROM shop;

-- A further kind of statement, and beside each what its leaf completes: the roots of the perfect
-- subtrees of 256, 65,536 … leaves that end with it, smallest first. They are the tiles above level 0.
CREATE TABLE statements_in_log (
    number    INTEGER PRIMARY KEY,
    kind      TEXT    NOT NULL CHECK (kind IN (
        'receipt', 'shipment', 'cancellation', 'key', 'seller', 'recovery'
    )),
    order_id  TEXT,
    account   TEXT,
    issued_at INTEGER NOT NULL,
    sha256    BLOB    NOT NULL CHECK (length(sha256) = 32),
    completes BLOB    CHECK (length(completes) % 32 = 0),
    der       BLOB    NOT NULL
) STRICT;

INSERT INTO statements_in_log (number, kind, order_id, account, issued_at, sha256, der)
SELECT number, kind, order_id, account, issued_at, sha256, der
FROM statements;

DROP TABLE statements;

ALTER TABLE statements_in_log RENAME TO statements;

CREATE INDEX statements_of_order ON statements (order_id, number) WHERE order_id IS NOT NULL;

CREATE INDEX seller_statements ON statements (number) WHERE kind = 'seller';
