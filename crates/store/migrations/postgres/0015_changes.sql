-- What happens to orders, in one sequence for all of them: a row for each row of a timeline, the
-- decision being version 1. Rows are only ever added, so that whoever follows can go on from a number:
-- whoever writes has the only turn to write until it commits, so that numbers become visible in order.

CREATE TABLE order_changes (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id text   COLLATE "C" NOT NULL,
    version  bigint NOT NULL
);

CREATE INDEX changes_of_order ON order_changes (order_id, number);

CREATE FUNCTION number_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_changes (order_id, version)
    SELECT id, 1
    FROM added
    ORDER BY receipt;
    RETURN NULL;
END;
$$;

CREATE TRIGGER a_decision_is_a_change
    AFTER INSERT ON orders
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION number_decisions();

CREATE FUNCTION number_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_changes (order_id, version)
    SELECT order_id, version
    FROM added
    ORDER BY order_id, version;
    RETURN NULL;
END;
$$;

CREATE TRIGGER an_event_is_a_change
    AFTER INSERT ON order_events
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION number_events();
