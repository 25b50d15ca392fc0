-- Who trades. Times are microseconds since 1970 in UTC, digests are 32 bytes, identifiers are text.

CREATE TABLE shop (
    only_row    INTEGER PRIMARY KEY CHECK (only_row = 1),
    origin      TEXT    NOT NULL,
    root_sha256 BLOB    NOT NULL CHECK (length(root_sha256) = 32),
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE buyers (
    id                TEXT    NOT NULL PRIMARY KEY,
    name              TEXT    NOT NULL,
    address           TEXT,             -- JSON
    enabled           INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    on_stop           INTEGER NOT NULL CHECK (on_stop IN (0, 1)),
    manual_acceptance INTEGER NOT NULL CHECK (manual_acceptance IN (0, 1)),
    mail_detail       TEXT    NOT NULL CHECK (mail_detail IN ('full', 'number-only')),
    created_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id         TEXT    NOT NULL PRIMARY KEY,
    buyer      TEXT    REFERENCES buyers (id),  -- null for the seller's own
    role       TEXT    NOT NULL CHECK (role IN ('buyer', 'clerk', 'supervisor', 'auditor')),
    name       TEXT    NOT NULL,
    email      TEXT    NOT NULL,
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    verifier   TEXT,
    created_at INTEGER NOT NULL,
    CHECK ((role = 'buyer') = (buyer IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX accounts_of_buyer ON accounts (buyer, id);

-- Every key ever enrolled; revoked ones stay, since old orders were signed with them.
CREATE TABLE keys (
    id                     TEXT    NOT NULL PRIMARY KEY,
    account                TEXT    NOT NULL REFERENCES accounts (id),
    buyer                  TEXT    NOT NULL REFERENCES buyers (id),
    certificate            BLOB    NOT NULL,
    certificate_sha256     BLOB    NOT NULL UNIQUE CHECK (length(certificate_sha256) = 32),
    key_sha256             BLOB    NOT NULL UNIQUE CHECK (length(key_sha256) = 32),
    issuer_and_serial      BLOB    NOT NULL,
    subject_key_identifier BLOB,
    algorithm              TEXT    NOT NULL,
    enrolled_at            INTEGER NOT NULL,
    authorised_by          TEXT    NOT NULL,
    possession             BLOB,
    authorisation          BLOB,
    enrolment_statement    INTEGER NOT NULL UNIQUE,
    revoked_at             INTEGER,
    revocation_reason      TEXT,
    revocation_statement   INTEGER,
    UNIQUE (buyer, issuer_and_serial),
    UNIQUE (buyer, subject_key_identifier),
    CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL)),
    CHECK ((revoked_at IS NULL) = (revocation_statement IS NULL))
) STRICT;

CREATE INDEX keys_of_account ON keys (account, enrolment_statement);

-- Keys of imported accounts that are too weak to order with.
CREATE TABLE legacy_keys (
    account    TEXT NOT NULL REFERENCES accounts (id),
    algorithm  TEXT NOT NULL,
    key_sha256 BLOB NOT NULL CHECK (length(key_sha256) = 32),
    public_key BLOB NOT NULL,
    PRIMARY KEY (account, key_sha256)
) STRICT, WITHOUT ROWID;
