-- Documents in the order of their creation, so that new ones are appended. A body
-- that is NULL is in bodies under the document's revision.
CREATE TABLE documents (
	created  INTEGER PRIMARY KEY,
	key      TEXT    NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	body     BLOB
) STRICT;

-- Large bodies. A row is never changed, and outlives its document for as long as
-- somebody reads a moment at which the document still had it.
CREATE TABLE bodies (
	revision INTEGER PRIMARY KEY,
	body     BLOB NOT NULL
) STRICT;

CREATE TABLE tombstones (
	revision INTEGER PRIMARY KEY,
	key      TEXT    NOT NULL UNIQUE
) STRICT;

-- One row: the last revision, and that of the newest forgotten deletion.
CREATE TABLE feed (
	revision INTEGER NOT NULL,
	floor    INTEGER NOT NULL
) STRICT;
INSERT INTO feed VALUES (0, 0);
