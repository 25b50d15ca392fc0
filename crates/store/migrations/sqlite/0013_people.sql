-- Several accounts for a buyer, machines that act for them, and who gets which mail.

-- The largest order of an account, in minor units. An account with rows orders in no other currency.
CREATE TABLE order_limits (
    account       TEXT    NOT NULL REFERENCES accounts (id),
    currency      TEXT    NOT NULL,
    largest_minor INTEGER NOT NULL CHECK (largest_minor >= 0),
    PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;

-- When an account's address was changed last.
CREATE TABLE email_changes (
    account    TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE correspondence (
    buyer          TEXT NOT NULL PRIMARY KEY REFERENCES buyers (id),
    language       TEXT NOT NULL,
    orders_email   TEXT,
    goods_in_email TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    id           TEXT    NOT NULL PRIMARY KEY,
    token_sha256 BLOB    NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    account      TEXT    NOT NULL REFERENCES accounts (id),
    scope        TEXT    NOT NULL CHECK (scope IN ('order', 'read')),
    label        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    ends_at      INTEGER,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX tokens_of_account ON tokens (account, id);

-- `ends_at` is the certificate's own end, null where it was not read yet; `reminded_days` is how many
-- days before it the last reminder was due.
ALTER TABLE keys ADD COLUMN label TEXT;
ALTER TABLE keys ADD COLUMN ends_at INTEGER;
ALTER TABLE keys ADD COLUMN reminded_days INTEGER;

CREATE INDEX active_keys_by_end ON keys (ends_at) WHERE revoked_at IS NULL;
