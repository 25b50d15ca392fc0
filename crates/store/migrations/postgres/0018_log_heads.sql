-- The log's ends, with the time that no statement after may precede. A seller statement that the root signed
-- elsewhere carries the time it was asked at, which may lie before that of leaves before it: what counts is the
-- greatest since the last leaf that is of another kind.

CREATE VIEW log_heads AS
SELECT
    generation,
    origin,
    first_statement,
    size,
    root,
    edge,
    (
        SELECT max(issued_at)
        FROM statements
        WHERE number < first_statement + size
            AND number >= coalesce(
                (
                    SELECT number
                    FROM statements
                    WHERE number < first_statement + size
                        AND kind <> 'seller'
                    ORDER BY number DESC
                    LIMIT 1
                ),
                0
            )
    ) AS last_issued_at
FROM logs;
