-- What the person is called; none: by the login.
ALTER TABLE account ADD COLUMN name TEXT;
