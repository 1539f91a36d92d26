-- Welcomes to a group that this client is still in, as far as it has read the log. They are opened once the log shows
-- that the client was removed.
CREATE TABLE held_welcomes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_row INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    welcome BLOB NOT NULL
);
CREATE INDEX held_welcomes_group ON held_welcomes (group_row);
