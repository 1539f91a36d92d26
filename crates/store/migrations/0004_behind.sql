-- An entry of the log that claims an epoch whose beginning this client did not see.
ALTER TABLE generations ADD COLUMN behind INTEGER;
