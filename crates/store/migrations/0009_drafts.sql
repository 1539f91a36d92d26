-- Unsent drafts: the text with the message that it replies to, and an unfinished edit of one of our own messages above
-- it.
CREATE TABLE drafts (
    group_row INTEGER PRIMARY KEY REFERENCES groups (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    reply_to BLOB,
    edited BLOB,
    edit_text TEXT
);
