-- Who sent the Welcome, and whether the group's log is known to have begun its epoch. Welcomes held before this
-- version have an unknown sender.
ALTER TABLE held_welcomes ADD COLUMN sender TEXT NOT NULL DEFAULT '';
ALTER TABLE held_welcomes ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE held_welcomes ADD COLUMN known INTEGER NOT NULL DEFAULT 0;
