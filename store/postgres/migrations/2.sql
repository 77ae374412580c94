-- The numbers that processes have leased, a row for each: they change all the time, and are in
-- no feed. What is lost was called gone, and stays for a day.
CREATE TABLE dragoman_leases (
    node     integer PRIMARY KEY,
    instance text NOT NULL,
    about    bytea NOT NULL,           -- what the process tells of itself
    renewed  timestamptz NOT NULL DEFAULT clock_timestamp(),
    unbroken timestamptz NOT NULL DEFAULT clock_timestamp(), -- since when renewals have come without a break
    lost     integer NOT NULL DEFAULT 0,
    yielded  integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50); -- each row is written anew every few seconds, in the same page
