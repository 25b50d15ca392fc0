-- Whose order a change is about: a buyer who goes on from an old number reads what is the buyer's, and not
-- what happened to everybody's orders since.

DROP TRIGGER a_decision_is_a_change;
DROP TRIGGER an_event_is_a_change;
DROP INDEX changes_of_order;
ALTER TABLE order_changes RENAME TO changes_of_nobody;

CREATE TABLE order_changes (
    number   INTEGER PRIMARY KEY,
    order_id TEXT    NOT NULL,
    buyer    TEXT    NOT NULL,
    version  INTEGER NOT NULL
) STRICT;

INSERT INTO order_changes (number, order_id, buyer, version)
SELECT number, order_id, buyer, changes_of_nobody.version
FROM changes_of_nobody
JOIN orders ON orders.id = changes_of_nobody.order_id
ORDER BY number;

DROP TABLE changes_of_nobody;

CREATE INDEX changes_of_order ON order_changes (order_id, number);
CREATE INDEX changes_of_buyer ON order_changes (buyer, number);

CREATE TRIGGER a_decision_is_a_change AFTER INSERT ON orders
BEGIN
    INSERT INTO order_changes (order_id, buyer, version) VALUES (new.id, new.buyer, 1);
END;

CREATE TRIGGER an_event_is_a_change AFTER INSERT ON order_events
BEGIN
    INSERT INTO order_changes (order_id, buyer, version)
    SELECT id, buyer, new.version
    FROM orders
    WHERE id = new.order_id;
END;
