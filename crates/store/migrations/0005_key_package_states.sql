-- Whether a key package is known to be at the service, and whether a group was joined by a last-resort one.
ALTER TABLE key_packages ADD COLUMN published INTEGER NOT NULL DEFAULT 1;
ALTER TABLE key_packages ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
