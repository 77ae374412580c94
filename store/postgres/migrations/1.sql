-- The documents, in the order of creation when they are listed. A body that is null is in
-- the table of bodies, under the document's revision.
CREATE TABLE dragoman_documents (
    key      text COLLATE "C" PRIMARY KEY,
    created  bigint NOT NULL,
    revision bigint NOT NULL UNIQUE,
    body     bytea
);
CREATE TABLE dragoman_bodies (
    revision bigint PRIMARY KEY,
    body     bytea NOT NULL,
    gone     timestamptz -- when nothing new could read it any more
);
CREATE INDEX dragoman_bodies_gone ON dragoman_bodies (gone) WHERE gone IS NOT NULL;

-- What was deleted, until it is forgotten: the feed tells of it.
CREATE TABLE dragoman_tombstones (
    revision bigint PRIMARY KEY,
    key      text COLLATE "C" NOT NULL UNIQUE
);

-- One row: who commits holds it. Deletions up to floor are forgotten. The id is this fleet's
-- own, and the secret is what its nodes know each other by.
CREATE TABLE dragoman_feed (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    id       uuid NOT NULL DEFAULT gen_random_uuid(),
    secret   bytea NOT NULL,
    revision bigint NOT NULL DEFAULT 0,
    floor    bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10); -- each commit writes it anew, in the same page

-- What keys have used of usage plans, a row for each day: it changes all the time, and is in
-- no feed.
CREATE TABLE dragoman_usage (
    plan text COLLATE "C" NOT NULL,
    key  text COLLATE "C" NOT NULL,
    day  date NOT NULL,
    used bigint NOT NULL,
    PRIMARY KEY (plan, key, day)
) WITH (fillfactor = 50); -- each node adds to the rows of this day once a second
