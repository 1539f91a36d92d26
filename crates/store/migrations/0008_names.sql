-- What people call themselves in a group, as last received: a label, never an identity. `alike` is the same for names
-- that look alike.
CREATE TABLE names (
    id INTEGER PRIMARY KEY,
    group_row INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    person INTEGER NOT NULL REFERENCES people (id),
    name TEXT NOT NULL,
    alike TEXT NOT NULL,
    UNIQUE (group_row, person)
);
CREATE INDEX names_alike ON names (group_row, alike);
-- The same for logins. They have plain letters only, so SQL can compute what the code computes for names.
ALTER TABLE people ADD COLUMN alike TEXT NOT NULL DEFAULT '';
UPDATE people SET alike = replace(replace(replace(replace(replace(replace(replace(
    handle, 'm', 'rn'), '0', 'o'), '1', 'l'), 'i', 'l'), '.', ''), '_', ''), '-', '');
CREATE INDEX people_alike ON people (alike);
-- Until when our own name is to be sent to a group; NULL: with the next message.
ALTER TABLE intents ADD COLUMN due INTEGER;
