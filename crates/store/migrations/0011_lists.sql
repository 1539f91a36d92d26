-- How the person arranges the list of groups. `read_position` is that of messages, never before `seen_position`, which
-- is that of membership changes: jumping to the newest message reads, but does not see, what lies between.
-- `muted_until` is a time; the largest number means for ever.
ALTER TABLE groups ADD COLUMN read_position INTEGER NOT NULL DEFAULT -1;
ALTER TABLE groups ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN marked_unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN muted_until INTEGER NOT NULL DEFAULT 0;
UPDATE groups SET read_position = seen_position;
-- Counting rows are found by what they count as, without reading the rest.
DROP INDEX timeline_counting;
CREATE INDEX timeline_counting ON timeline (group_row, counts, position) WHERE counts <> 0;
