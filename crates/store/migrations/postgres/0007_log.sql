-- The transparency log: a Merkle tree whose leaves are the statements' digests, in order of number.
-- Leaf n of a log is statement first_statement + n.

CREATE TABLE logs (
    generation      bigint PRIMARY KEY CHECK (generation > 0),
    origin          text   COLLATE "C" NOT NULL UNIQUE,
    first_statement bigint NOT NULL UNIQUE,
    size            bigint NOT NULL CHECK (size >= 0),
    root            bytea  NOT NULL CHECK (length(root) = 32),
    edge            bytea  NOT NULL CHECK (length(edge) % 32 = 0)  -- perfect subtrees, largest first
) WITH (fillfactor = 10);

-- What each witness last said.
CREATE TABLE cosignatures (
    log         bigint NOT NULL REFERENCES logs (generation),
    witness     text   COLLATE "C" NOT NULL,
    size        bigint NOT NULL,
    root        bytea  NOT NULL CHECK (length(root) = 32),
    line        text   NOT NULL,
    cosigned_at bigint NOT NULL,
    PRIMARY KEY (log, witness)
);
