-- Whose order a change is about: a buyer who goes on from an old number reads what is the buyer's, and not
-- what happened to everybody's orders since.

ALTER TABLE order_changes ADD COLUMN buyer text COLLATE "C";

UPDATE order_changes
SET buyer = orders.buyer
FROM orders
WHERE orders.id = order_changes.order_id;

ALTER TABLE order_changes ALTER COLUMN buyer SET NOT NULL;

CREATE INDEX changes_of_buyer ON order_changes (buyer, number);

CREATE OR REPLACE FUNCTION number_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_changes (order_id, buyer, version)
    SELECT id, buyer, 1
    FROM added
    ORDER BY receipt;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION number_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_changes (order_id, buyer, version)
    SELECT added.order_id, orders.buyer, added.version
    FROM added
    JOIN orders ON orders.id = added.order_id
    ORDER BY added.order_id, added.version;
    RETURN NULL;
END;
$$;
