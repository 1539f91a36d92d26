-- How the person arranges the list of groups. `read_position` is that of messages, never before `seen_position`, which is
-- that of membership changes: whoever jumps to the newest message has read, but not seen, what lies between.
-- `muted_until` is a time; the largest number is for ever.
ALTER TABLE groups ADD COLUMN read_position INTEGER NOT NULL DEFAULT -1;
ALTER TABLE groups ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN marked_unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN muted_until INTEGER NOT NULL DEFAULT 0;
UPDATE groups SET read_position = seen_position;
-- What counts is found by how it counts, without a look at the rest.
DROP INDEX timeline_counting;
CREATE INDEX timeline_counting ON timeline (group_row, counts, position) WHERE counts <> 0;
