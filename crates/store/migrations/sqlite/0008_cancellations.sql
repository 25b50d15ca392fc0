-- What buyers signed to call orders off, as it came: a row for each request that was followed,
-- under the number of the cancellation that answers it.

CREATE TABLE cancellation_requests (
    statement          INTEGER NOT NULL PRIMARY KEY,
    order_id           TEXT    NOT NULL,
    account            TEXT    NOT NULL,
    received_at        INTEGER NOT NULL,
    content_sha256     BLOB    NOT NULL CHECK (length(content_sha256) = 32),
    certificate_sha256 BLOB    NOT NULL CHECK (length(certificate_sha256) = 32),
    signed_data        BLOB    NOT NULL,
    UNIQUE (order_id, content_sha256)
) STRICT;
