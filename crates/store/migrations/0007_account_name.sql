-- The person's name; NULL: the login is shown.
ALTER TABLE account ADD COLUMN name TEXT;
