-- What is being written in a group and was not sent: the text with the message that it answers, and the edit of an own
-- message that is under way over it.
CREATE TABLE drafts (
    group_row INTEGER PRIMARY KEY REFERENCES groups (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    reply_to BLOB,
    edited BLOB,
    edit_text TEXT
);
