-- The time stated by the commit that began the epoch: no later commit may state an earlier one.
ALTER TABLE generations ADD COLUMN stated INTEGER NOT NULL DEFAULT 0;
