-- Whom the shop tells of what happens, by HTTP, and what was told.

-- A secret is shared with its receiver, who checks signatures with it; so it rests as it is.
CREATE TABLE webhooks (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    buyer           TEXT    REFERENCES buyers (id),  -- null for the seller's own
    url             TEXT    NOT NULL,
    kinds           TEXT    NOT NULL,                -- JSON
    secret          TEXT    NOT NULL,
    previous_secret TEXT,
    previous_until  INTEGER,
    created_at      INTEGER NOT NULL,
    last_success_at INTEGER,
    disabled_at     INTEGER,
    disabled_reason TEXT,
    CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
) STRICT;

-- A claim sets `lease_ends_at` and counts up `claims`; a report names the count. `attempts` is the
-- place in the schedule of retries, which a replay begins anew.
CREATE TABLE webhook_deliveries (
    number        INTEGER PRIMARY KEY,
    webhook       INTEGER NOT NULL REFERENCES webhooks (number),
    event_id      TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    order_id      TEXT,
    statement     INTEGER NOT NULL,
    payload       TEXT    NOT NULL,                  -- JSON
    state         TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'given-up', 'missed')),
    claims        INTEGER NOT NULL DEFAULT 0,
    attempts      INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    lease_ends_at INTEGER,
    tried_at      INTEGER,
    status        INTEGER,
    error         TEXT,
    UNIQUE (webhook, kind, statement)
) STRICT;

CREATE INDEX waiting_deliveries ON webhook_deliveries (webhook, number) WHERE state = 'waiting';

CREATE INDEX waiting_deliveries_of_order ON webhook_deliveries (webhook, order_id, number)
    WHERE state = 'waiting' AND order_id IS NOT NULL;

CREATE INDEX claimed_deliveries ON webhook_deliveries (webhook) WHERE lease_ends_at IS NOT NULL;

CREATE INDEX deliveries_of_webhook ON webhook_deliveries (webhook, number);

CREATE INDEX settled_deliveries ON webhook_deliveries (created_at) WHERE state <> 'waiting';
