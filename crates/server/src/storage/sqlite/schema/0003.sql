-- Partly used allowances, so that a restart does not renew them. `tag`: the owner, under a key that is not
-- in the database. `full_at_s`: when it is full again, in seconds. Nothing reveals who is in contact with whom: allowances
-- that involve two parties (who claims from whom, which address fills which inbox) are kept in memory only.
CREATE TABLE delivery_allowance (
    id        INTEGER PRIMARY KEY,
    kind      INTEGER NOT NULL,
    tag       BLOB    NOT NULL,
    full_at_s INTEGER NOT NULL
);
CREATE UNIQUE INDEX delivery_allowance_by_tag ON delivery_allowance (kind, tag);
CREATE INDEX delivery_allowance_by_time ON delivery_allowance (full_at_s);
