-- What must be sent, and what was done by whom.

-- A claim moves `due_at` to the end of its lease and counts up `attempts`; a report names the count.
CREATE TABLE outbox (
    number     INTEGER PRIMARY KEY,
    event_id   TEXT    NOT NULL UNIQUE,
    kind       TEXT    NOT NULL,
    recipient  TEXT    NOT NULL,
    order_id   TEXT,
    payload    TEXT    NOT NULL,
    state      TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    sent_at    INTEGER,
    last_error TEXT
) STRICT;

CREATE INDEX waiting_mail ON outbox (due_at, number) WHERE state = 'waiting';

CREATE INDEX waiting_mail_of_order ON outbox (order_id, number)
    WHERE state = 'waiting' AND order_id IS NOT NULL;

CREATE INDEX sent_mail ON outbox (sent_at) WHERE state = 'sent';

CREATE TABLE audit (
    number  INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    by      TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    detail  TEXT    NOT NULL
) STRICT;
