-- Short-lived secrets, each known only by its SHA-256.

CREATE TABLE sessions (
    token_sha256 BLOB    NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),
    account      TEXT    NOT NULL REFERENCES accounts (id),
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    idle_ends_at INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_account ON sessions (account);

CREATE TABLE challenges (
    challenge_sha256 BLOB    NOT NULL PRIMARY KEY CHECK (length(challenge_sha256) = 32),
    account          TEXT    NOT NULL REFERENCES accounts (id),
    expires_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX challenges_of_account ON challenges (account);

CREATE TABLE invites (
    code_sha256 BLOB    NOT NULL PRIMARY KEY CHECK (length(code_sha256) = 32),
    account     TEXT    NOT NULL REFERENCES accounts (id),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    redeemed_at INTEGER,
    used_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX invites_of_account ON invites (account);
