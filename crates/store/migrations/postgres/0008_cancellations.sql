-- What buyers signed to call orders off, as it came: a row for each request that was followed,
-- under the number of the cancellation that answers it.

CREATE TABLE cancellation_requests (
    statement          bigint PRIMARY KEY,
    order_id           text   COLLATE "C" NOT NULL,
    account            text   COLLATE "C" NOT NULL,
    received_at        bigint NOT NULL,
    content_sha256     bytea  NOT NULL CHECK (length(content_sha256) = 32),
    certificate_sha256 bytea  NOT NULL CHECK (length(certificate_sha256) = 32),
    signed_data        bytea  NOT NULL,
    UNIQUE (order_id, content_sha256)
);

ALTER TABLE cancellation_requests ALTER COLUMN signed_data SET STORAGE EXTERNAL;
