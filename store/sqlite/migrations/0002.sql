-- A checksum of each row, over all its columns, and one number that stands for all
-- documents together: the sum of their checksums. Rows of before get theirs from the
-- program that runs this.
ALTER TABLE documents  ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bodies     ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tombstones ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;

ALTER TABLE feed ADD COLUMN id    BLOB    NOT NULL DEFAULT x'';
ALTER TABLE feed ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN sum   INTEGER NOT NULL DEFAULT 0;
