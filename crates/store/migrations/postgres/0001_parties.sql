-- Who trades. Times are microseconds since 1970 in UTC, digests are 32 bytes, identifiers are text.
-- Texts are compared byte by byte, so that they sort as they do everywhere else in the program.

CREATE TABLE shop (
    only_row    bigint  PRIMARY KEY CHECK (only_row = 1),
    origin      text    COLLATE "C" NOT NULL,
    root_sha256 bytea   NOT NULL CHECK (length(root_sha256) = 32),
    created_at  bigint  NOT NULL
);

CREATE TABLE buyers (
    id                text    COLLATE "C" PRIMARY KEY,
    name              text    COLLATE "C" NOT NULL,
    address           text,             -- JSON
    enabled           boolean NOT NULL,
    on_stop           boolean NOT NULL,
    manual_acceptance boolean NOT NULL,
    mail_detail       text    NOT NULL CHECK (mail_detail IN ('full', 'number-only')),
    created_at        bigint  NOT NULL
);

CREATE TABLE accounts (
    id         text    COLLATE "C" PRIMARY KEY,
    buyer      text    COLLATE "C" REFERENCES buyers (id),  -- null for the seller's own
    role       text    NOT NULL CHECK (role IN ('buyer', 'clerk', 'supervisor', 'auditor')),
    name       text    NOT NULL,
    email      text    NOT NULL,
    enabled    boolean NOT NULL,
    verifier   text,
    created_at bigint  NOT NULL,
    CHECK ((role = 'buyer') = (buyer IS NOT NULL))
);

CREATE INDEX accounts_of_buyer ON accounts (buyer, id);

-- Every key ever enrolled; revoked ones stay, since old orders were signed with them. `ends_at` is the
-- certificate's own end, null where it was not read yet; `reminded_days` is how many days before it the
-- last reminder was due.
CREATE TABLE keys (
    id                     text   COLLATE "C" PRIMARY KEY,
    account                text   COLLATE "C" NOT NULL REFERENCES accounts (id),
    buyer                  text   COLLATE "C" NOT NULL REFERENCES buyers (id),
    certificate            bytea  NOT NULL,
    certificate_sha256     bytea  NOT NULL UNIQUE CHECK (length(certificate_sha256) = 32),
    key_sha256             bytea  NOT NULL UNIQUE CHECK (length(key_sha256) = 32),
    issuer_and_serial      bytea  NOT NULL,
    subject_key_identifier bytea,
    algorithm              text   NOT NULL,
    enrolled_at            bigint NOT NULL,
    authorised_by          text   NOT NULL,
    possession             bytea,
    authorisation          bytea,
    enrolment_statement    bigint NOT NULL UNIQUE,
    revoked_at             bigint,
    revocation_reason      text,
    revocation_statement   bigint,
    label                  text,
    ends_at                bigint,
    reminded_days          bigint,
    UNIQUE (buyer, issuer_and_serial),
    UNIQUE (buyer, subject_key_identifier),
    CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL)),
    CHECK ((revoked_at IS NULL) = (revocation_statement IS NULL))
);

CREATE INDEX keys_of_account ON keys (account, enrolment_statement);

CREATE INDEX active_keys_by_end ON keys (ends_at) WHERE revoked_at IS NULL;

-- Keys of imported accounts that are too weak to order with.
CREATE TABLE legacy_keys (
    account    text  COLLATE "C" NOT NULL REFERENCES accounts (id),
    algorithm  text  COLLATE "C" NOT NULL,
    key_sha256 bytea NOT NULL CHECK (length(key_sha256) = 32),
    public_key bytea NOT NULL,
    PRIMARY KEY (account, key_sha256)
);
