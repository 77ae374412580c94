-- Documents without an index of their keys: whoever writes knows each by its creation, and
-- everything that is read comes from memory. In the order of keys, which are random, each
-- new document changed a page of its own, and a commit is as long as the pages that it changes.
CREATE TABLE moved (
	created  INTEGER PRIMARY KEY,
	key      TEXT    NOT NULL,
	revision INTEGER NOT NULL,
	body     BLOB,
	sum      INTEGER NOT NULL
) STRICT;
INSERT INTO moved (created, key, revision, body, sum) SELECT created, key, revision, body, sum FROM documents ORDER BY created;
DROP TABLE documents;
ALTER TABLE moved RENAME TO documents;
