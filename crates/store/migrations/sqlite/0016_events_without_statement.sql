-- Some events are told of by no statement: a back-order that is filled changes nothing that was signed.

CREATE TABLE deliveries (
    number        INTEGER PRIMARY KEY,
    webhook       INTEGER NOT NULL REFERENCES webhooks (number),
    event_id      TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    order_id      TEXT,
    statement     INTEGER,                           -- null if no statement tells of it
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

INSERT INTO deliveries (
    number,
    webhook,
    event_id,
    kind,
    order_id,
    statement,
    payload,
    state,
    claims,
    attempts,
    created_at,
    due_at,
    lease_ends_at,
    tried_at,
    status,
    error
)
SELECT
    number,
    webhook,
    event_id,
    kind,
    order_id,
    statement,
    payload,
    state,
    claims,
    attempts,
    created_at,
    due_at,
    lease_ends_at,
    tried_at,
    status,
    error
FROM webhook_deliveries;

DROP TABLE webhook_deliveries;

ALTER TABLE deliveries RENAME TO webhook_deliveries;

CREATE INDEX waiting_deliveries ON webhook_deliveries (webhook, number) WHERE state = 'waiting';

CREATE INDEX waiting_deliveries_of_order ON webhook_deliveries (webhook, order_id, number)
    WHERE state = 'waiting' AND order_id IS NOT NULL;

CREATE INDEX claimed_deliveries ON webhook_deliveries (webhook) WHERE lease_ends_at IS NOT NULL;

CREATE INDEX deliveries_of_webhook ON webhook_deliveries (webhook, number);

CREATE INDEX settled_deliveries ON webhook_deliveries (created_at) WHERE state <> 'waiting';
