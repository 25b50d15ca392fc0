-- Several accounts for a buyer, machines that act for them, and who gets which mail.

-- The largest order of an account, in minor units. An account with rows orders in no other currency.
CREATE TABLE order_limits (
    account       text   COLLATE "C" NOT NULL REFERENCES accounts (id),
    currency      text   COLLATE "C" NOT NULL,
    largest_minor bigint NOT NULL CHECK (largest_minor >= 0),
    PRIMARY KEY (account, currency)
);

-- When an account's address was changed last.
CREATE TABLE email_changes (
    account    text   COLLATE "C" PRIMARY KEY REFERENCES accounts (id),
    changed_at bigint NOT NULL
);

CREATE TABLE correspondence (
    buyer          text COLLATE "C" PRIMARY KEY REFERENCES buyers (id),
    language       text NOT NULL,
    orders_email   text,
    goods_in_email text
);

CREATE TABLE tokens (
    id           text   COLLATE "C" PRIMARY KEY,
    token_sha256 bytea  NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    account      text   COLLATE "C" NOT NULL REFERENCES accounts (id),
    scope        text   NOT NULL CHECK (scope IN ('order', 'read')),
    label        text   NOT NULL,
    created_at   bigint NOT NULL,
    ends_at      bigint,
    revoked_at   bigint
);

CREATE INDEX tokens_of_account ON tokens (account, id);
