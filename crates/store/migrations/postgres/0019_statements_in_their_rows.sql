-- A statement is certificates and signatures for the most part: to try to compress it costs more than it saves. It
-- never changes, so it may as well stay in its row; 8160 octets are the most that a row of a page has. Statements that
-- were kept before stay as they are.

ALTER TABLE statements ALTER COLUMN der SET STORAGE EXTERNAL;
ALTER TABLE statements SET (toast_tuple_target = 8160);
