-- Allowances of which some is used, so that a restart gives nobody new ones. `tag`: whose it is, under a key that is not
-- in the database. `full_at_s`: when it is whole again, in seconds. Of whom it is with whom nothing is kept: allowances
-- that are of two (who claims of whom, which address fills which inbox) are in memory only.
CREATE TABLE delivery_allowance (
    id        INTEGER PRIMARY KEY,
    kind      INTEGER NOT NULL,
    tag       BLOB    NOT NULL,
    full_at_s INTEGER NOT NULL
);
CREATE UNIQUE INDEX delivery_allowance_by_tag ON delivery_allowance (kind, tag);
CREATE INDEX delivery_allowance_by_time ON delivery_allowance (full_at_s);
