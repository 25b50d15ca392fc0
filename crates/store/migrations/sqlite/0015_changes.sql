-- What happens to orders, in one sequence for all of them: a row for each row of a timeline, the
-- decision being version 1. Rows are only ever added, so that whoever follows can go on from a number.

CREATE TABLE order_changes (
    number   INTEGER PRIMARY KEY,
    order_id TEXT    NOT NULL,
    version  INTEGER NOT NULL
) STRICT;

INSERT INTO order_changes (order_id, version)
SELECT order_id, version
FROM (
    SELECT id AS order_id, 1 AS version, decided_at AS at FROM orders
    UNION ALL
    SELECT order_id, version, at FROM order_events
)
ORDER BY at, order_id, version;

CREATE INDEX changes_of_order ON order_changes (order_id, number);

CREATE TRIGGER a_decision_is_a_change AFTER INSERT ON orders
BEGIN
    INSERT INTO order_changes (order_id, version) VALUES (new.id, 1);
END;

CREATE TRIGGER an_event_is_a_change AFTER INSERT ON order_events
BEGIN
    INSERT INTO order_changes (order_id, version) VALUES (new.order_id, new.version);
END;
