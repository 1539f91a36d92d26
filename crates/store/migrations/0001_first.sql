-- Rowid tables with unique indexes throughout: with blobs they are several times faster than WITHOUT ROWID.
-- Enums are stored as the integers of their `Code`; times are milliseconds since the Unix epoch.

-- People, each once. Never deleted: they are few, and every other table refers to them.
CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    handle TEXT NOT NULL
);

CREATE TABLE account (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    person INTEGER NOT NULL REFERENCES people (id),
    device BLOB NOT NULL,
    service INTEGER NOT NULL,
    service_name TEXT,
    service_key BLOB NOT NULL,
    authority_key BLOB NOT NULL,
    identity_handle TEXT NOT NULL,
    device_handle TEXT NOT NULL,
    identity_certificate BLOB NOT NULL,
    device_certificate BLOB NOT NULL,
    created INTEGER NOT NULL,
    inbox_cursor INTEGER NOT NULL
);

CREATE TABLE contacts (
    person INTEGER PRIMARY KEY REFERENCES people (id),
    identity_key BLOB NOT NULL,
    first_seen INTEGER NOT NULL
);

CREATE TABLE key_packages (
    id INTEGER PRIMARY KEY,
    reference BLOB NOT NULL UNIQUE,
    handle TEXT NOT NULL,
    last_resort INTEGER NOT NULL,
    cipher_suite INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    data BLOB NOT NULL,
    public BLOB NOT NULL,
    chain BLOB NOT NULL
);

CREATE TABLE settings (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    value BLOB NOT NULL
);

-- How many transactions were written. The vault keeps a count too; a smaller one here means that an old copy of the
-- file was restored.
CREATE TABLE writes (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    count INTEGER NOT NULL
);
INSERT INTO writes (id, count) VALUES (1, 0);

-- `current` is the shown generation; none before the first is promoted. The counters follow `timeline`.
CREATE TABLE groups (
    id INTEGER PRIMARY KEY,
    group_id BLOB NOT NULL UNIQUE,
    current INTEGER,
    generations INTEGER NOT NULL DEFAULT 0,
    seen_position INTEGER NOT NULL DEFAULT -1,
    unread INTEGER NOT NULL DEFAULT 0,
    unseen INTEGER NOT NULL DEFAULT 0
);

-- One membership of a group, with its head. A row that is not its group's current one is staged.
CREATE TABLE generations (
    id INTEGER PRIMARY KEY,
    group_row INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    started INTEGER NOT NULL,
    signer TEXT,
    cursor INTEGER NOT NULL DEFAULT 0,
    log_time INTEGER NOT NULL DEFAULT 0,
    log_base INTEGER NOT NULL DEFAULT 0,
    name TEXT,
    status INTEGER,
    status_by INTEGER REFERENCES people (id),
    status_cause INTEGER,
    epoch INTEGER,
    tree_hash BLOB,
    epoch_authenticator BLOB,
    policy BLOB,
    cipher_suite INTEGER,
    own_leaf INTEGER,
    own_role INTEGER,
    people INTEGER,
    devices INTEGER,
    key_renewed INTEGER,
    renewal INTEGER,
    added_by INTEGER REFERENCES people (id),
    added_by_device BLOB,
    parent BLOB,
    UNIQUE (group_row, number)
);

-- Apart from the head, so that a new cursor does not rewrite the blob's pages.
CREATE TABLE states (
    generation INTEGER PRIMARY KEY REFERENCES generations (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    snapshot BLOB NOT NULL
);

CREATE TABLE prior_epochs (
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    record BLOB NOT NULL,
    UNIQUE (generation, epoch)
);

-- `layout` is the SHA-256 hashes of the tree's chunks, in order.
CREATE TABLE trees (
    generation INTEGER PRIMARY KEY REFERENCES generations (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    tree_hash BLOB NOT NULL,
    length INTEGER NOT NULL,
    layout BLOB NOT NULL
);

CREATE TABLE tree_chunks (
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    hash BLOB NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (generation, hash)
);

CREATE TABLE access_keys (
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    seed BLOB NOT NULL,
    UNIQUE (generation, epoch)
);

-- Occupied leaves have no `until_epoch`; former ones stay until the epochs before it are trimmed.
CREATE TABLE roster (
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    leaf INTEGER NOT NULL,
    person INTEGER NOT NULL REFERENCES people (id),
    device BLOB NOT NULL,
    role INTEGER NOT NULL,
    identity_key BLOB NOT NULL,
    signature_key BLOB NOT NULL,
    since_epoch INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until_epoch INTEGER
);
CREATE UNIQUE INDEX roster_leaf ON roster (generation, leaf) WHERE until_epoch IS NULL;
CREATE INDEX roster_person ON roster (generation, person, leaf);
CREATE INDEX roster_former ON roster (generation, until_epoch) WHERE until_epoch IS NOT NULL;

-- `place` is the position in the group's log, across generations. `seen` is set for this user's own changes; others'
-- are seen once the group's seen position has passed them.
CREATE TABLE membership (
    id INTEGER PRIMARY KEY,
    group_row INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    own INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    actor INTEGER REFERENCES people (id),
    actor_device BLOB,
    target INTEGER REFERENCES people (id),
    devices INTEGER NOT NULL,
    name TEXT,
    role INTEGER,
    epoch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    commit_hash BLOB NOT NULL,
    row_hash BLOB NOT NULL,
    chain_hash BLOB NOT NULL,
    UNIQUE (group_row, place)
);

-- `position`: sequence number × 1024 + place within it; from 2^52 for rows without a place in the log. `ref` is the
-- row in the table that `kind` names. `cause` and sender belong to unreadable entries and broken groups.
CREATE TABLE timeline (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_row INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    counts INTEGER NOT NULL,
    at INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    ref INTEGER,
    cause INTEGER,
    sender INTEGER REFERENCES people (id),
    device BLOB,
    UNIQUE (group_row, position)
);
CREATE INDEX timeline_counting ON timeline (group_row, position, counts) WHERE counts <> 0;

-- Texts and unknown content have a row in the timeline, at `position`; reactions, edits and deletions change how their
-- target is shown. `body` is the text, the emoji or the content type; none once deleted by its author.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    group_row INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    message BLOB NOT NULL,
    position INTEGER,
    sender INTEGER NOT NULL REFERENCES people (id),
    device BLOB NOT NULL,
    state INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    body TEXT,
    markdown INTEGER NOT NULL,
    target BLOB,
    reply_to BLOB,
    content BLOB NOT NULL,
    UNIQUE (group_row, message)
);
CREATE INDEX messages_target ON messages (group_row, target) WHERE target IS NOT NULL;

-- What this user wants done. `position` is that of the timeline's row of a failed intent that is not a message.
CREATE TABLE intents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_row INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    failure INTEGER,
    at INTEGER NOT NULL,
    message INTEGER UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
    position INTEGER,
    name TEXT,
    signer TEXT,
    chain BLOB
);
CREATE INDEX intents_state ON intents (group_row, state);

CREATE TABLE intent_people (
    id INTEGER PRIMARY KEY,
    intent INTEGER NOT NULL REFERENCES intents (id) ON DELETE CASCADE,
    person INTEGER NOT NULL REFERENCES people (id),
    key_packages BLOB NOT NULL,
    UNIQUE (intent, person)
);

CREATE TABLE submissions (
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    submission BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    body BLOB NOT NULL,
    first_access_key BLOB,
    blob_id BLOB,
    blob BLOB,
    intent INTEGER REFERENCES intents (id) ON DELETE SET NULL,
    message BLOB,
    accepted INTEGER,
    UNIQUE (generation, submission)
);
CREATE INDEX submissions_intent ON submissions (intent) WHERE intent IS NOT NULL;

CREATE TABLE submission_welcomes (
    id INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
    inbox BLOB NOT NULL,
    welcome BLOB NOT NULL
);
CREATE INDEX submission_welcomes_submission ON submission_welcomes (submission);

CREATE TABLE staged (
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    commit_hash BLOB NOT NULL,
    secrets BLOB NOT NULL,
    submission BLOB NOT NULL,
    intent INTEGER REFERENCES intents (id) ON DELETE SET NULL,
    UNIQUE (generation, commit_hash)
);
CREATE INDEX staged_intent ON staged (intent) WHERE intent IS NOT NULL;

-- Full-text search over `messages.body` comes with its own migration: an external-content FTS5 table with
-- 'secure-delete', kept by the same functions that write, edit and wipe messages.
