-- Tables of the two services. Rowid tables with unique indexes: blobs make WITHOUT ROWID slow.

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- ---- Delivery Service: group logs ----

CREATE TABLE delivery_log (
    id      INTEGER PRIMARY KEY,
    log     BLOB    NOT NULL,
    epoch   INTEGER NOT NULL,
    head    INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL,
    fence   INTEGER NOT NULL,
    trimmed INTEGER NOT NULL
);
CREATE UNIQUE INDEX delivery_log_by_log ON delivery_log (log);

-- `parent` is part of the key: an epoch may be begun by a second commit once a log can have branches.
CREATE TABLE delivery_epoch (
    id         INTEGER PRIMARY KEY,
    log        INTEGER NOT NULL REFERENCES delivery_log (id),
    epoch      INTEGER NOT NULL,
    parent     BLOB    NOT NULL,
    access_key BLOB    NOT NULL,
    begun      INTEGER NOT NULL,
    ended      INTEGER,
    revoked    INTEGER NOT NULL
);
CREATE UNIQUE INDEX delivery_epoch_by_epoch ON delivery_epoch (log, epoch, parent);
CREATE INDEX delivery_epoch_revoked ON delivery_epoch (log, epoch) WHERE revoked = 1;

CREATE TABLE delivery_entry (
    id    INTEGER PRIMARY KEY,
    log   INTEGER NOT NULL REFERENCES delivery_log (id),
    seq   INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    kind  INTEGER NOT NULL,
    body  BLOB    NOT NULL
);
CREATE UNIQUE INDEX delivery_entry_by_seq ON delivery_entry (log, seq);

CREATE TABLE delivery_submission (
    id         INTEGER PRIMARY KEY,
    log        INTEGER NOT NULL REFERENCES delivery_log (id),
    submission BLOB    NOT NULL,
    epoch      INTEGER NOT NULL,
    digest     BLOB    NOT NULL,
    seq        INTEGER NOT NULL
);
CREATE UNIQUE INDEX delivery_submission_by_id ON delivery_submission (log, submission);
CREATE INDEX delivery_submission_by_epoch ON delivery_submission (log, epoch);

-- ---- Delivery Service: inboxes (nothing in them names a log) ----

CREATE TABLE delivery_inbox (
    id      INTEGER PRIMARY KEY,
    inbox   BLOB    NOT NULL,
    head    INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    bytes   INTEGER NOT NULL
);
CREATE UNIQUE INDEX delivery_inbox_by_inbox ON delivery_inbox (inbox);

CREATE TABLE delivery_welcome (
    id      INTEGER PRIMARY KEY,
    inbox   INTEGER NOT NULL REFERENCES delivery_inbox (id),
    seq     INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL,
    welcome BLOB    NOT NULL
);
CREATE UNIQUE INDEX delivery_welcome_by_seq ON delivery_welcome (inbox, seq);

-- ---- Delivery Service: key packages ----

-- `key_package` is NULL once it was handed out; the digest stays until it expires, so that it never comes back.
CREATE TABLE delivery_key_package (
    id           INTEGER PRIMARY KEY,
    user         TEXT    NOT NULL,
    client       TEXT    NOT NULL,
    suite        INTEGER NOT NULL,
    not_after_ms INTEGER NOT NULL,
    digest       BLOB    NOT NULL,
    key_package  BLOB
);
CREATE UNIQUE INDEX delivery_key_package_by_digest ON delivery_key_package (client, digest);
CREATE INDEX delivery_key_package_at_hand ON delivery_key_package (client, suite) WHERE key_package IS NOT NULL;
CREATE INDEX delivery_key_package_by_user ON delivery_key_package (user);
CREATE INDEX delivery_key_package_by_expiry ON delivery_key_package (not_after_ms);

CREATE TABLE delivery_last_resort (
    id           INTEGER PRIMARY KEY,
    user         TEXT    NOT NULL,
    client       TEXT    NOT NULL,
    suite        INTEGER NOT NULL,
    not_after_ms INTEGER NOT NULL,
    key_package  BLOB    NOT NULL
);
CREATE UNIQUE INDEX delivery_last_resort_by_client ON delivery_last_resort (client, suite);
CREATE INDEX delivery_last_resort_by_user ON delivery_last_resort (user);

-- ---- Delivery Service: blobs ----

CREATE TABLE delivery_blob (
    id    INTEGER PRIMARY KEY,
    blob  BLOB    NOT NULL,
    at_ms INTEGER NOT NULL,
    data  BLOB    NOT NULL
);
CREATE UNIQUE INDEX delivery_blob_by_blob ON delivery_blob (blob);

-- ---- Authentication Service ----

CREATE TABLE authentication_account (
    id           INTEGER PRIMARY KEY,
    name         TEXT    NOT NULL,
    identity_key BLOB    NOT NULL,
    certificate  BLOB    NOT NULL
);
CREATE UNIQUE INDEX authentication_account_by_name ON authentication_account (name);
