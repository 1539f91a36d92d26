-- Edits, reactions and deletions of a message are found by kind and author, newest last, without reading the rest:
-- anybody may send tens of thousands about one message.
DROP INDEX messages_target;
CREATE INDEX messages_target ON messages (group_row, target, kind, sender, seq) WHERE target IS NOT NULL;
CREATE INDEX messages_failed ON messages (group_row, target) WHERE target IS NOT NULL AND state = 3;
-- Deleted reactions no longer have a target.
UPDATE messages SET target = NULL, body = NULL, content = x''
WHERE kind = 1 AND state IN (0, 2) AND EXISTS (
    SELECT 1 FROM messages d WHERE d.group_row = messages.group_row AND d.target = messages.message
    AND d.kind = 3 AND d.sender = messages.sender AND d.state IN (0, 2));
