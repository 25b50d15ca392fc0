-- What must be sent, and what was done by whom.

-- A claim moves `due_at` to the end of its lease and counts up `attempts`; a report names the count.
CREATE TABLE outbox (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id   text   COLLATE "C" NOT NULL UNIQUE,
    kind       text   NOT NULL,
    recipient  text   NOT NULL,
    order_id   text   COLLATE "C",
    payload    text   NOT NULL,
    state      text   NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead')),
    attempts   bigint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    due_at     bigint NOT NULL,
    sent_at    bigint,
    last_error text
);

CREATE INDEX waiting_mail ON outbox (due_at, number) WHERE state = 'waiting';

CREATE INDEX waiting_mail_of_order ON outbox (order_id, number)
    WHERE state = 'waiting' AND order_id IS NOT NULL;

CREATE INDEX sent_mail ON outbox (sent_at) WHERE state = 'sent';

CREATE TABLE audit (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      bigint NOT NULL,
    by      text   NOT NULL,
    action  text   NOT NULL,
    subject text   NOT NULL,
    detail  text   NOT NULL
);
