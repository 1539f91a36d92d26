-- The time that the commit which began the epoch states: no later commit may state an earlier one.
ALTER TABLE generations ADD COLUMN stated INTEGER NOT NULL DEFAULT 0;
