-- Short-lived secrets, each known only by its SHA-256.

CREATE TABLE sessions (
    token_sha256 bytea  PRIMARY KEY CHECK (length(token_sha256) = 32),
    account      text   COLLATE "C" NOT NULL REFERENCES accounts (id),
    created_at   bigint NOT NULL,
    seen_at      bigint NOT NULL,
    idle_ends_at bigint NOT NULL,
    ends_at      bigint NOT NULL
);

CREATE INDEX sessions_of_account ON sessions (account);

CREATE TABLE challenges (
    challenge_sha256 bytea  PRIMARY KEY CHECK (length(challenge_sha256) = 32),
    account          text   COLLATE "C" NOT NULL REFERENCES accounts (id),
    expires_at       bigint NOT NULL
);

CREATE INDEX challenges_of_account ON challenges (account);

CREATE TABLE invites (
    code_sha256 bytea  PRIMARY KEY CHECK (length(code_sha256) = 32),
    account     text   COLLATE "C" NOT NULL REFERENCES accounts (id),
    created_at  bigint NOT NULL,
    expires_at  bigint NOT NULL,
    redeemed_at bigint,
    used_at     bigint
);

CREATE INDEX invites_of_account ON invites (account);
