-- Whether the service is known to have a key package, and whether a group was joined with a last-resort one.
ALTER TABLE key_packages ADD COLUMN published INTEGER NOT NULL DEFAULT 1;
ALTER TABLE key_packages ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
