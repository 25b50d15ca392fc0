-- Whom the shop tells of what happens, by HTTP, and what was told.

-- A secret is shared with its receiver, who checks signatures with it; so it rests as it is.
CREATE TABLE webhooks (
    number          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    buyer           text   COLLATE "C" REFERENCES buyers (id),  -- null for the seller's own
    url             text   NOT NULL,
    kinds           text[] NOT NULL,
    secret          text   NOT NULL,
    previous_secret text,
    previous_until  bigint,
    created_at      bigint NOT NULL,
    last_success_at bigint,
    disabled_at     bigint,
    disabled_reason text,
    CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);

-- A claim sets `lease_ends_at` and counts up `claims`; a report names the count. `attempts` is the
-- place in the schedule of retries, which a replay begins anew.
CREATE TABLE webhook_deliveries (
    number        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook       bigint NOT NULL REFERENCES webhooks (number),
    event_id      text   COLLATE "C" NOT NULL,
    kind          text   COLLATE "C" NOT NULL,
    order_id      text   COLLATE "C",
    statement     bigint NOT NULL,
    payload       text   NOT NULL,                  -- JSON
    state         text   NOT NULL CHECK (state IN ('waiting', 'delivered', 'given-up', 'missed')),
    claims        bigint NOT NULL DEFAULT 0,
    attempts      bigint NOT NULL DEFAULT 0,
    created_at    bigint NOT NULL,
    due_at        bigint NOT NULL,
    lease_ends_at bigint,
    tried_at      bigint,
    status        bigint,
    error         text,
    UNIQUE (webhook, kind, statement)
);

CREATE INDEX waiting_deliveries ON webhook_deliveries (webhook, number) WHERE state = 'waiting';

CREATE INDEX waiting_deliveries_of_order ON webhook_deliveries (webhook, order_id, number)
    WHERE state = 'waiting' AND order_id IS NOT NULL;

CREATE INDEX claimed_deliveries ON webhook_deliveries (webhook) WHERE lease_ends_at IS NOT NULL;

CREATE INDEX deliveries_of_webhook ON webhook_deliveries (webhook, number);

CREATE INDEX settled_deliveries ON webhook_deliveries (created_at) WHERE state <> 'waiting';
