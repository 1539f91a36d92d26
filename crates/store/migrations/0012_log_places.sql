-- Where the service's numbers and ours part: a service that was set back reuses the numbers of lost entries, and ours
-- never decrease. `log_marks` tells whether the service's log is still the one that was handled: four bytes of a hash
-- for each of the newest entries up to the cursor.
ALTER TABLE generations ADD COLUMN log_offset INTEGER NOT NULL DEFAULT 0;
ALTER TABLE generations ADD COLUMN log_marks BLOB NOT NULL DEFAULT x'';
