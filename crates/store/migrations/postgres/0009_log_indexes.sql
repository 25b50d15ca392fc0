-- What a proof is made from, without the pages that hold the statements themselves.

CREATE INDEX log_entries ON statements (number) INCLUDE (sha256);

CREATE INDEX log_hashes ON statements (number) INCLUDE (completes) WHERE completes IS NOT NULL;
