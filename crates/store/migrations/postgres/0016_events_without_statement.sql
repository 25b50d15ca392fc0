-- Some events are told of by no statement: a back-order that is filled changes nothing that was signed.

ALTER TABLE webhook_deliveries ALTER COLUMN statement DROP NOT NULL;
